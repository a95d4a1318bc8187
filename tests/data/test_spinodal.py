"""Simulated spinodal decomposition obeys its equation, and a stopped simulation goes on."""

import csv
from dataclasses import replace

import numpy as np
import pytest
import torch

from latentloom.cli.main import main
from latentloom.core.errors import DataError
from latentloom.data.fields import read_basis
from latentloom.data.formats import read
from latentloom.data.simulate import Spinodal
from latentloom.data.simulate.spinodal import file, simulate, write
from latentloom.data.simulate.spinodal.energy import free_energy
from latentloom.data.simulate.spinodal.flow import LEAST, MOST, Material, evolve, substeps
from latentloom.data.simulate.spinodal.runs import CONDITIONS, beginnings
from latentloom.data.splits import GivenTest

SMALL = Spinodal(records=6, grid=16, frames=12, components=3)
MOBILITY, GRADIENT = [1.0, 1.7], [0.8, 0.5]
COLUMNS = ["mobility", "gradient_coefficient"]


def start(size=32, seed=0):
    random = np.random.default_rng(seed)
    mean = np.array([0.5, 0.42])[:, None, None]
    return torch.from_numpy(mean + 0.15 * (random.random((2, size, size)) - 0.5))


def material(kind=torch.float64):
    return Material(torch.tensor(MOBILITY, dtype=kind), torch.tensor(GRADIENT, dtype=kind))


def laplacian(field):
    return sum(np.roll(field, by, axis) for by in (1, -1) for axis in (1, 2)) - 4 * field


def explicit(field, frames, interval, step):
    """The plain loop: Euler's explicit steps on the grid itself."""
    field, seen = field.numpy(), [field.numpy()]
    mobility, gradient = (np.array(x)[:, None, None] for x in (MOBILITY, GRADIENT))
    for _ in range(frames - 1):
        for _ in range(round(interval / step)):
            slope = 2 * field * (1 - field) ** 2 - 2 * field**2 * (1 - field)
            field = field + step * mobility * laplacian(slope - gradient * laplacian(field))
        seen.append(field)
    return np.stack(seen)


def solved(frames, step, kind=torch.float64):
    counts = substeps(frames, 0.2, step)
    return list(evolve(start().to(kind), material(kind), counts, 0.2))


@pytest.fixture(scope="module")
def truth():
    """Nearly exact frames, up to time 4."""
    return torch.stack([frame.field for frame in solved(21, 0.002)]).numpy()


@pytest.fixture
def little_chunks(monkeypatch):
    monkeypatch.setattr(file, "CHUNK", 2)


def error(frames, truth):
    """Root mean square difference over that of the fields about their mean, worst frame."""
    spread = (truth - truth.mean((2, 3), keepdims=True)).std((1, 2, 3))
    return (np.sqrt(((frames - truth) ** 2).mean((1, 2, 3))) / spread).max()


def test_the_solver_follows_the_plain_explicit_loop():
    plain = explicit(start(), 6, 0.2, 2e-4)
    found = torch.stack([frame.field for frame in solved(6, 0.01)]).numpy()
    assert error(found, plain) < 1e-3


def test_the_usual_step_is_nearer_to_the_truth_than_the_explicit_loop_at_a_hundredth(truth):
    usual = torch.stack([frame.field for frame in solved(21, 0.05)]).numpy()
    assert error(usual, truth) < 2e-3
    assert error(usual, truth) < error(explicit(start(), 21, 0.2, 0.01), truth)


def test_halving_the_step_quarters_the_error(truth):
    found = [torch.stack([f.field for f in solved(21, step)]).numpy() for step in (0.04, 0.02)]
    coarse, fine = (error(fields, truth) for fields in found)
    assert coarse / fine == pytest.approx(4, rel=0.25)


def test_single_precision_is_good_enough(truth):
    found = torch.stack([frame.field for frame in solved(21, 0.05, torch.float32)])
    double = torch.stack([frame.field for frame in solved(21, 0.05)])
    assert error(found.double().numpy(), double.numpy()) < 1e-4


def test_energy_falls_from_frame_to_frame_and_mass_stays():
    dataset = simulate(replace(SMALL, frames=40), seed=1)
    energy, mass = dataset.extras["energy"], dataset.extras["mass"]
    assert bool((energy.diff(dim=1) < 0).all())
    assert float((mass - mass[:, :1]).abs().max()) < 1e-6


def test_energy_is_the_sum_over_cells_by_hand():
    field = start(6)
    waves = torch.fft.rfft2(field)
    plain = field.numpy()
    slopes = sum((np.roll(plain, -1, axis) - plain) ** 2 for axis in (1, 2))
    whole = plain**2 * (1 - plain) ** 2 + np.array(GRADIENT)[:, None, None] / 2 * slopes
    found = free_energy(field, waves, material().gradient_coefficient)
    assert np.allclose(found.numpy(), whole.sum((1, 2)))


def test_a_still_mixture_stays_as_it_is():
    flat = torch.full((2, 8, 8), 0.5)
    frames = list(evolve(flat, material(torch.float32), [3, 3], 0.2))
    assert all(torch.allclose(frame.field, flat) for frame in frames)


def test_clipping_keeps_concentrations_in_their_range_at_the_price_of_mass():
    rough = 8 * start() - 3.5
    frames = list(evolve(rough, material(), [20, 4], 0.2, clip=True))
    assert all(LEAST <= frame.field.min() <= frame.field.max() <= MOST for frame in frames[1:])
    assert float((frames[-1].field.mean((1, 2)) - rough.mean((1, 2))).abs().max()) > 1e-6


def test_the_first_frame_is_the_start_itself():
    begun = beginnings(SMALL, 3, range(2))
    first = next(evolve(torch.from_numpy(begun.field), begun.material, [1], 0.2))
    assert np.array_equal(first.field.numpy(), begun.field)
    concentration, amplitude = begun.conditions[:, 2:].T
    assert np.abs(begun.field - concentration[:, None, None]).max() <= amplitude.max() / 2


def test_what_is_drawn_is_in_its_range_and_told():
    dataset = simulate(replace(SMALL, records=20), seed=0)
    assert dataset.schema.names("condition") == CONDITIONS
    for column, name in zip(dataset.condition.T, CONDITIONS, strict=True):
        low, high = getattr(SMALL, name)
        assert low <= column.min() < column.max() <= high
    assert dataset.schema.names("series") == ("comp_1", "comp_2", "comp_3")
    assert torch.allclose(dataset.extras["time"][5], 0.2 * torch.arange(12))


def test_a_run_is_the_same_however_many_there_are():
    few, more = (file.chunk(SMALL, 0, range(records)) for records in (3, 6))
    assert all(np.array_equal(few[name], more[name][:3]) for name in few)


def test_workers_and_stops_change_nothing(tmp_path, little_chunks, monkeypatch):
    write(SMALL, 0, tmp_path / "plain.h5")
    calls = []

    def stop(done, total):
        calls.append(done)
        if len(calls) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(SMALL, 0, tmp_path / "stopped.h5", progress=stop)
    calls.clear()
    write(SMALL, 0, tmp_path / "stopped.h5", progress=lambda done, total: calls.append(done))
    assert calls == [4, 6]
    write(SMALL, 0, tmp_path / "shared.npz", workers=2)
    plain = read(tmp_path / "plain.h5").arrays()
    for other in ("stopped.h5", "shared.npz"):
        found = read(tmp_path / other).arrays()
        assert all(torch.equal(plain[name], found[name]) for name in plain)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "plain.basis.npz",
        "plain.h5",
        "shared.basis.npz",
        "shared.npz",
        "stopped.basis.npz",
        "stopped.h5",
    ]


def test_another_simulation_does_not_go_on_with_these_parts(tmp_path, little_chunks):
    def stop(done, total):
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(SMALL, 0, tmp_path / "a.h5", progress=stop)
    with pytest.raises(DataError, match=r"a\.h5\.parts: holds parts of .*; ask for the same"):
        write(SMALL, 1, tmp_path / "a.h5")


def test_a_folder_has_a_file_a_run_and_loses_nothing(tmp_path):
    write(SMALL, 0, tmp_path / "runs")
    with (tmp_path / "runs" / "1.csv").open() as lines:
        rows = list(csv.reader(lines))
    parts = ["comp_1", "comp_2", "comp_3"]
    assert rows[0] == ["step", *parts, *CONDITIONS]
    assert [row[0] for row in rows[1:]] == [str(step) for step in range(12)]
    whole, found = simulate(SMALL, 0), read(tmp_path / "runs")
    assert found.schema == whole.schema
    arrays = found.arrays()
    for name, array in whole.arrays().items():
        assert torch.allclose(arrays[name], array, rtol=1e-6)


def test_a_folder_can_have_the_two_columns_of_old_and_keeps_the_others_aside(tmp_path):
    out = str(tmp_path / "runs")
    flags = ["--set", "grid=16", "--set", "frames=12", "--columns", ",".join(COLUMNS)]
    flags += ["--workers", "1"]
    assert main(["data", "simulate", "spinodal", "--records", "11", "-o", out, *flags]) == 0
    header = (tmp_path / "runs" / "11.csv").read_text().splitlines()[0]
    assert header.split(",") == ["step", *(f"comp_{n}" for n in range(1, 6)), *COLUMNS]
    found = read(out)
    assert found.schema.names("condition") == tuple(COLUMNS)
    whole = simulate(Spinodal(records=11, grid=16, frames=12), 0)
    assert torch.allclose(found.extras["mean_concentration"][:, 0], whole.condition[:, 2])
    assert torch.allclose(found.series, whole.series, rtol=1e-6)


def test_the_basis_lies_beside_the_file_and_was_fitted_to_the_others(tmp_path):
    notes = write(replace(SMALL, records=10, held_out=0.3), 0, tmp_path / "a.h5")
    basis, dataset = read_basis(tmp_path / "a.basis.npz"), read(tmp_path / "a.h5")
    marks = dataset.extras["held_out"][:, 0] != 0
    assert int(marks.sum()) == 3
    assert float(dataset.series[~marks].mean((0, 1)).abs().max()) < 1e-4
    variance = dataset.series[~marks].flatten(0, 1).var(0, correction=0).numpy()
    assert np.allclose(
        variance / variance.sum(), basis.explained / basis.explained.sum(), rtol=1e-3
    )
    split = GivenTest(keep="samples")(dataset, 0)
    assert split.test.tolist() == marks.nonzero()[:, 0].tolist()
    assert basis.held_out.shape == (3,)
    assert "free energy falls in 100.00%" in notes[0]
    assert f"{basis.held_out[-1]:.3f} of runs that they were not fitted to" in notes[1]


def test_components_of_each_run_have_no_basis_and_centred_scores(tmp_path):
    notes = write(replace(SMALL, form="per_run"), 0, tmp_path / "a.npz")
    assert "cannot be compared" in notes[1]
    assert not (tmp_path / "a.basis.npz").exists()
    series = read(tmp_path / "a.npz").series
    assert float(series.mean(1).abs().max()) < 1e-5


def test_whole_maps_are_mostly_of_the_run_and_profiles_are_not():
    settings = Spinodal(records=30, grid=32, frames=40)
    kept = {
        form: file.sequences(replace(settings, form=form), 0).basis.held_out[-1]
        for form in ("radial", "maps")
    }
    assert kept["radial"] > 0.9
    assert kept["maps"] < 0.6


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"records": 0}, "records must be at least 1, got 0"),
        ({"grid": 31}, "grid must be even, got 31"),
        ({"mobility": (2.0, 1.0)}, "mobility must rise from above 0, got 2.0 to 1.0"),
        ({"mean_concentration": (0.05, 0.7)}, "mean_concentration must keep half of noise"),
        ({"components": 12, "frames": 12}, "components must be at most 11, for 12 frames"),
        ({"step": 0.0}, "step must be positive"),
        ({"held_out": 1.0}, r"held_out must be in \[0, 1\), got 1.0"),
    ],
)
def test_nonsense_is_refused(settings, problem):
    with pytest.raises(ValueError, match=problem):
        Spinodal(**settings)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["-o", "a.h5", "--columns", "mobility"], "columns are chosen of a folder of CSV files"),
        (["-o", "a", "--columns", "mobilty"], "got 'mobilty'; did you mean 'mobility'?"),
        (["-o", "a.xyz"], "its ending must be one of"),
        (["-o", "a.h5", "--set", "grid=7"], "simulate.grid: must be at least 8, got 7"),
    ],
)
def test_a_wrong_command_is_one_line(arguments, problem, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["data", "simulate", "spinodal", "--records", "2", *arguments]) == 2
    said = capsys.readouterr().err
    assert problem in said
    assert said.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_columns_are_of_these_runs_only(tmp_path, capsys):
    out = str(tmp_path / "a")
    assert main(["data", "simulate", "sines", "--records", "2", "-o", out, "--columns", "x"]) == 2
    assert (
        "columns can be chosen of runs of spinodal decomposition only" in capsys.readouterr().err
    )


def test_a_file_that_is_there_is_kept(tmp_path):
    (tmp_path / "a.basis.npz").write_text("mine")
    with pytest.raises(DataError, match=r"a\.basis\.npz: exists already"):
        write(SMALL, 0, tmp_path / "a.h5")
    assert (tmp_path / "a.basis.npz").read_text() == "mine"
