"""A user's own fields become series on one basis, wherever they lie."""

import h5py
import numpy as np
import pytest
import torch

from latentloom.cli.main import main
from latentloom.core.errors import DataError
from latentloom.data.fields import profiles, read_basis
from latentloom.data.fields.preparing import Preparation, prepare
from latentloom.data.fields.reading import field_runs
from latentloom.data.fields.vtk import read_vtk
from latentloom.data.formats import read

THREE = Preparation(components=3, held_out=0.0)


def fields(runs=4, frames=6, size=12, seed=0):
    """Noise that is smoothed more and more."""
    field = np.random.default_rng(seed).normal(size=(runs, size, size))
    seen = []
    for _ in range(frames):
        field = field + sum(np.roll(field, by, axis) for by in (1, -1) for axis in (1, 2))
        seen.append(field / field.std((1, 2), keepdims=True))
    return np.stack(seen, 1)


def vtk(path, field, kind="STRUCTURED_GRID", scalars=("CON",), cells=False):
    """A frame as the plain writers of phase-field codes have it."""
    rows, columns = field.shape
    more = 1 if cells else 0
    lines = ["# vtk DataFile Version 2.0", path.name, "ASCII", f"DATASET {kind}"]
    lines += [f"DIMENSIONS {columns + more:5d} {rows + more:5d} {1:5d}"]
    if kind == "STRUCTURED_GRID":
        lines.append(f"POINTS {field.size:7d} float")
        lines += [f"{x:14.6e} {y:14.6e} {0:14.6e}" for y in range(rows) for x in range(columns)]
    else:
        lines += ["ORIGIN 0 0 0", "SPACING 1 1 1"]
    lines.append(f"{'CELL' if cells else 'POINT'}_DATA {field.size:5d}")
    for number, name in enumerate(scalars):
        lines += [f"SCALARS {name} float 1", "LOOKUP_TABLE default"]
        lines += [f"{value + number:14.6e}" for value in field.ravel()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def run_folder(path, run, steps=None):
    for number, field in enumerate(run):
        vtk(path / f"time_{(steps or range(0, 999, 50))[number]}.vtk", field)


def series(paths, **settings):
    made = prepare(
        field_runs(paths), Preparation(**{"components": 3, "held_out": 0.0, **settings}), 0
    )
    return made.dataset


def test_every_kind_of_file_gives_the_same_series(tmp_path):
    values = fields()
    np.save(tmp_path / "a.npy", values)
    np.savez(tmp_path / "b.npz", fields=values)
    with h5py.File(tmp_path / "c.h5", "w") as file:
        file["concentration"] = values
    for row, run in enumerate(values):
        (tmp_path / "d").mkdir(exist_ok=True)
        np.save(tmp_path / "d" / f"run_{row}.npy", run)
        run_folder(tmp_path / "e" / f"run_{row}", run)
        for step, field in enumerate(run):
            (tmp_path / "f" / f"run_{row}").mkdir(parents=True, exist_ok=True)
            np.save(tmp_path / "f" / f"run_{row}" / f"frame{step}.npy", field)
    plain = series([tmp_path / "a.npy"]).series
    assert plain.shape == (4, 6, 3)
    for name in ("b.npz", "c.h5", "d", "e", "f"):
        assert np.allclose(series([tmp_path / name]).series, plain, atol=2e-5), name
    many = series([tmp_path / "d" / f"run_{row}.npy" for row in range(4)])
    assert np.array_equal(many.series, plain)


def test_the_scores_are_of_the_profiles_about_their_mean(tmp_path):
    values = fields()
    np.save(tmp_path / "a.npy", values)
    made = prepare(field_runs([tmp_path / "a.npy"]), THREE, 0)
    told = profiles(torch.fft.rfft2(torch.from_numpy(values))).numpy()
    plain = (told - told.mean((0, 1))) @ made.basis.components.T
    assert np.allclose(made.dataset.series, plain, atol=1e-5)
    assert np.allclose(made.dataset.extras["mass"], values.mean((2, 3)), atol=1e-6)


@pytest.mark.parametrize("kind", ["STRUCTURED_GRID", "STRUCTURED_POINTS"])
@pytest.mark.parametrize("cells", [False, True])
def test_a_vtk_file_is_read_along_its_first_axis(kind, cells, tmp_path):
    field = np.arange(12.0).reshape(3, 4)
    vtk(tmp_path / "time_0.vtk", field, kind, cells=cells)
    assert np.array_equal(read_vtk(tmp_path / "time_0.vtk"), field)


def test_a_vtk_file_of_several_scalars_is_asked_for_one(tmp_path):
    path, field = tmp_path / "t.vtk", np.arange(16.0).reshape(4, 4)
    vtk(path, field, scalars=("ETA", "CON"))
    assert np.array_equal(read_vtk(path), field + 1)
    assert np.array_equal(read_vtk(path, "ETA"), field)
    with pytest.raises(DataError, match=r"must have the scalar 'XI', it has \['ETA', 'CON'\]"):
        read_vtk(path, "XI")


def test_frames_are_in_the_order_of_their_steps_which_are_kept(tmp_path):
    values, steps = fields(1)[0], [0, 50, 200, 1000, 5000, 10000]
    run_folder(tmp_path / "run", values, steps)
    np.save(tmp_path / "a.npy", values)
    found = series([tmp_path / "run"])
    assert found.extras["step"].tolist() == [steps]
    assert np.allclose(found.series, series([tmp_path / "a.npy"]).series, atol=2e-5)


def test_folders_say_their_conditions_in_their_names_or_in_a_file(tmp_path):
    values = fields(3)
    for name, run in zip(("0.38,1.23,0.67", "0.5,1.5,0.9", "last"), values, strict=True):
        run_folder(tmp_path / name, run)
    (tmp_path / "last" / "parameters.txt").write_text(
        "Simulation\nc0 = 0.41\nM: 1.75\nkappa 0.55\nnx = 128\n"
    )
    found = series([tmp_path])
    assert found.schema.names("condition") == COMPOSED
    expected = [[0.38, 1.23, 0.67], [0.5, 1.5, 0.9], [0.41, 1.75, 0.55]]
    assert np.allclose(found.condition, expected)


COMPOSED = ("mean_concentration", "mobility", "gradient_coefficient")


def test_numbers_beside_the_fields_are_conditions(tmp_path):
    np.savez(
        tmp_path / "a.npz",
        fields=fields(3),
        c0=np.array([0.3, 0.4, 0.5]),
        other=np.arange(6.0).reshape(3, 2),
        time=np.arange(3.0),
        names=np.array(["a", "b", "c"]),
    )
    found = series([tmp_path / "a.npz"])
    assert found.schema.names("condition") == ("mean_concentration", "other_0", "other_1")
    assert np.allclose(found.condition, [[0.3, 0, 1], [0.4, 2, 3], [0.5, 4, 5]])


def test_runs_may_have_different_numbers_of_frames(tmp_path):
    for row, frames in enumerate((6, 4)):
        np.save(tmp_path / f"{row}.npy", fields(1, frames)[0])
    found = series([tmp_path])
    assert found.lengths.tolist() == [6, 4]
    assert not found.series[1, 4:].any()


def test_new_fields_are_told_on_a_basis_that_is_there(tmp_path, capsys):
    np.save(tmp_path / "a.npy", fields(4))
    np.save(tmp_path / "b.npy", fields(2, seed=5))
    np.save(tmp_path / "both.npy", np.concatenate([fields(4)[:1], fields(2, seed=5)]))
    out = ["--components", "3", "-o"]
    first = ["data", "prepare", f"{tmp_path}/a.npy", *out, f"{tmp_path}/first.npz"]
    assert main(first) == 0
    basis = f"{tmp_path}/first.basis.npz"
    for name in ("b", "both"):
        made = f"{tmp_path}/{name}.h5"
        flags = ["-o", made, "--basis", basis]
        assert main(["data", "prepare", f"{tmp_path}/{name}.npy", *flags]) == 0
    assert "the given basis keeps 0." in capsys.readouterr().out
    first, b, both = (read(tmp_path / name) for name in ("first.npz", "b.h5", "both.h5"))
    assert np.array_equal(both.series[0], first.series[0])
    assert np.array_equal(both.series[1:], b.series)
    assert "held_out" in first.extras
    assert "held_out" not in b.extras
    assert np.array_equal(
        read_basis(tmp_path / "b.basis.npz").mean, read_basis(tmp_path / "first.basis.npz").mean
    )


def test_a_basis_of_radii_reads_larger_grids_and_refuses_smaller_ones(tmp_path):
    for name, size in (("a", 12), ("large", 16), ("small", 8)):
        np.save(tmp_path / f"{name}.npy", fields(size=size))
    basis = prepare(field_runs([tmp_path / "a.npy"]), THREE, 0).basis
    large = prepare(field_runs([tmp_path / "large.npy"]), THREE, 0, basis=basis)
    assert tuple(large.dataset.series.shape) == (4, 6, 3)
    problem = "must have 12 cells a side or more, for the radii 0 to 6 of the basis, got 8"
    with pytest.raises(DataError, match=problem):
        prepare(field_runs([tmp_path / "small.npy"]), THREE, 0, basis=basis)


def test_a_basis_of_maps_is_of_one_size(tmp_path):
    for name, size in (("a", 12), ("large", 16)):
        np.save(tmp_path / f"{name}.npy", fields(size=size))
    maps = Preparation(form="maps", components=3, held_out=0.0)
    basis = prepare(field_runs([tmp_path / "a.npy"]), maps, 0).basis
    with pytest.raises(DataError, match="must be 12 x 12 as the maps of the basis are, got 16"):
        prepare(field_runs([tmp_path / "large.npy"]), maps, 0, basis=basis)


def test_runs_are_written_as_a_folder_too(tmp_path):
    np.savez(tmp_path / "a.npz", fields=fields(3), m=np.arange(3.0), kappa=np.arange(3.0) / 2)
    out = tmp_path / "runs"
    flags = ["--components", "3", "--columns", "mobility", "-o", str(out)]
    assert main(["data", "prepare", f"{tmp_path}/a.npz", *flags]) == 0
    assert (out / "3.csv").read_text().splitlines()[0] == "step,comp_1,comp_2,comp_3,mobility"
    assert read(out).extras["gradient_coefficient"][:, 0].tolist() == [0.0, 0.5, 1.0]


BAD = {
    "not square": (lambda: fields(size=12)[:, :, :, :9], "must be square, .* got 12 x 9"),
    "not finite": (
        lambda: np.where(np.arange(6)[:, None, None] == 4, np.nan, fields()),
        r"run 0: fields must be finite, and 1 frames are not, the first is frame 4",
    ),
    "constant": (
        lambda: np.where(np.arange(6)[:, None, None] == 2, 0.5, fields()),
        "run 0: fields must not be constant, .* is frame 2",
    ),
    "one frame": (lambda: fields(frames=1), r"must hold two frames or more, .* got \(1, 12, 12\)"),
    "one field": (lambda: fields()[0, 0], r"must be T x n x n, or N x T x n x n, got an array of"),
    "few frames": (lambda: fields(1, 3), "components must be fewer than the frames"),
}


@pytest.mark.parametrize(("make", "problem"), BAD.values(), ids=BAD)
def test_bad_fields_are_refused_in_one_line(make, problem, tmp_path):
    np.save(tmp_path / "a.npy", make())
    with pytest.raises(DataError, match=problem):
        series([tmp_path / "a.npy"])


def test_mixed_sizes_are_refused(tmp_path):
    for name, size in (("a", 12), ("b", 10)):
        np.save(tmp_path / f"{name}.npy", fields(1, size=size)[0])
    problem = r"b\.npy: fields must be 12 x 12 as those of .*a\.npy are, got 10 x 10"
    with pytest.raises(DataError, match=problem):
        series([tmp_path])
    for step, size in ((0, 12), (50, 10)):
        vtk(tmp_path / "run" / f"time_{step}.vtk", fields(1, 1, size)[0, 0])
    problem = r"time_50\.vtk: must be \(12, 12\) as time_0\.vtk is, got \(10, 10\)"
    with pytest.raises(DataError, match=problem):
        series([tmp_path / "run"])


def test_runs_that_tell_different_conditions_are_refused(tmp_path):
    for name, run in zip(("0.4,1.2,0.7", "other"), fields(2), strict=True):
        run_folder(tmp_path / name, run)
    with pytest.raises(DataError, match="conditions must be the same in all runs, got"):
        series([tmp_path])


def test_files_that_hold_no_fields_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", one=fields(), two=fields())
    with pytest.raises(
        DataError, match=r"told which by --array NAME; it has one \(4, 6, 12, 12\)"
    ):
        series([tmp_path / "a.npz"])
    with pytest.raises(DataError, match=r"array must be one of \['one', 'two'\].* got 'three'"):
        field_runs([tmp_path / "a.npz"], "three")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="has no frames: it must hold"):
        field_runs([tmp_path / "empty"])
    with pytest.raises(DataError, match=r"none\.npy: does not exist"):
        field_runs([tmp_path / "none.npy"])
    with pytest.raises(DataError, match=r"none\.h5: does not exist"):
        field_runs([tmp_path / "none.h5"])


def test_vtk_files_that_are_something_else_are_refused(tmp_path):
    path = tmp_path / "time_0.vtk"
    path.write_text("# vtk DataFile Version 2.0\nx\nBINARY\nDATASET STRUCTURED_POINTS\n")
    with pytest.raises(DataError, match="must be a legacy VTK file in ASCII"):
        read_vtk(path)
    path.write_text("# vtk DataFile Version 2.0\nx\nASCII\nDATASET POLYDATA\n")
    with pytest.raises(DataError, match="must hold one of STRUCTURED_POINTS, STRUCTURED_GRID"):
        read_vtk(path)
    vtk(path, np.ones((4, 4)))
    path.write_text(path.read_text()[:-60])
    with pytest.raises(DataError, match=r"must hold 16 numbers of CON, .* it is cut short"):
        read_vtk(path)
    path.write_text(path.read_text().replace("4     4     1", "4     4     4"))
    with pytest.raises(DataError, match=r"must hold one layer of a grid, got \[4, 4, 4\]"):
        read_vtk(path)


@pytest.mark.parametrize(
    ("flags", "problem"),
    [
        (["--held-out", "1"], "held_out must be in [0, 1), got 1.0"),
        (["--basis", "no.npz"], "no.npz: must be the file of a basis"),
        (["--columns", "mobility"], "columns must be some of [], got 'mobility'"),
    ],
)
def test_a_wrong_command_is_one_line(flags, problem, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    np.save("a.npy", fields(2))
    assert main(["data", "prepare", "a.npy", "--components", "3", "-o", "out", *flags]) == 2
    said = capsys.readouterr().err
    assert problem in said
    assert said.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.npy"]
