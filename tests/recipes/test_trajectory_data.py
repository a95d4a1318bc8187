"""Recipes of ragged paths: what is derived, what is refused, and files that come later."""

import numpy as np
import pytest
import torch
import yaml

from latentloom.api import train
from latentloom.cli.main import main
from latentloom.core.errors import DataError, RecipeError
from latentloom.data.simulate.pointing import Pointing, simulate
from latentloom.recipes.exchange import known_from
from latentloom.recipes.plan import Plan
from latentloom.recipes.sourcing import open_source
from latentloom.recipes.specimens import Specimens

COLUMNS = {
    "channels": {"points": ["t", "x", "y"]},
    "series": ["t [ms]", "x [px]", "y [px]"],
    "condition": ["target [px]"],
    "offsets": "offsets",
    "group": "user",
}
DERIVE = [
    {"kind": "start_at_origin", "names": ["t", "x", "y"]},
    {"kind": "displacement", "names": ["x", "y"]},
]
TRANSFORMS = [
    {"kind": "increasing", "names": ["t"]},
    "whole_numbers",
    {"kind": "from_start", "names": ["t", "x", "y"]},
    {"kind": "rotated", "names": ["x", "y"], "by": ["direction_cos", "direction_sin"]},
    {"kind": "standard", "arrays": ["series", "condition"]},
]
CODER = {"kind": "conv", "widths": [4, 4], "strides": [2, 2]}
SQUARED = {"squared": {"criterion": "squared"}}


def paths(seed=0, size=24):
    """Lists of points of t, x and y, all in one array; and where each path begins."""
    made = simulate(Pointing(records=size, distance=(50.0, 200.0)), seed)
    points = [row[:length].numpy() for row, length in zip(made.series, made.lengths, strict=True)]
    return points, made.extras["target_distance"][:, 0].numpy()


def written(folder, points, target, name="paths.npz"):
    lengths = [len(path) for path in points]
    np.savez(
        folder / name,
        points=np.concatenate(points),
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        target=target,
        user=np.arange(len(points)) // 2,
    )
    return folder / name


def recipe(source, **changes):
    update = {"trains": ["representation"], "forward_pass": "reconstruct", "objective": SQUARED}
    phase = {"name": "represent", "epochs": 1, "batch_size": 8, "updates": [update]}
    phase["vary"] = {"kind": "mirror", "across": [["y", "direction_sin"], ["x", "direction_cos"]]}
    data = {"source": str(source), "columns": COLUMNS, "derive": DERIVE, "transforms": TRANSFORMS}
    return {
        "data": data | {"split": {"kind": "groups", "train": 0.6, "validation": 0.2}} | changes,
        "parts": {
            "representation": {
                "encoder": CODER,
                "bottleneck": {"kind": "free", "dim": 2},
                "decoder": CODER,
            },
        },
        "phases": [phase],
    }


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("paths")
    return train(recipe(written(folder, *paths())), folder / "run", device="cpu")


def test_what_is_derived_is_known_of_every_path(run):
    names = ("target", "distance", "direction_cos", "direction_sin")
    assert run.schema.names("condition") == names
    assert str(run.schema.condition[1]) == "distance [px]"


def test_a_file_of_the_same_layout_is_read_as_in_training(run, tmp_path):
    points, target = paths(seed=1, size=5)
    path = written(tmp_path, points, target)
    known = known_from(run.schema, path, {}, series="series", data=run.plan.data)
    assert known.lengths.tolist() == [len(path) for path in points]
    assert not known.series[:, 0].any()
    ends = np.array([path[-1, 1:] - path[0, 1:] for path in points])
    moved = known.condition[:, 1:2] * known.condition[:, 2:]
    np.testing.assert_allclose(moved.numpy(), ends, atol=1e-3)


def test_what_drives_a_run_may_be_a_file_of_paths(run, tmp_path):
    path = written(tmp_path, *paths(seed=1, size=5))
    known = known_from(run.schema, path, {}, data=run.plan.data)
    assert known.series is None
    whole = known_from(run.schema, path, {}, series="series", data=run.plan.data)
    assert torch.equal(known.condition, whole.condition)


def test_arrays_of_users_get_what_is_derived_too(run):
    points, target = paths(seed=1, size=5)
    known = run.gather(series=points, condition={"target": target})
    assert run.reconstruct(known).shape == (*known.series.shape[:2], 3)
    assert known.condition[0, 1] == pytest.approx(
        np.linalg.norm(points[0][-1, 1:] - points[0][0, 1:])
    )


def test_what_comes_back_begins_at_the_origin_and_goes_on_in_time(run):
    points, target = paths(seed=1, size=5)
    made = run.reconstruct(points, condition={"target": target})
    assert not made[:, 0].any()
    assert np.array_equal(made, made.round())
    for path, own in zip(points, made, strict=True):
        assert (np.diff(own[: len(path), 0]) >= 1).all()


def test_arrays_of_users_need_no_more_digits_than_are_kept(run):
    points, target = paths(seed=1, size=5)
    late = [path + np.array([1.7e12, 0, 0]) for path in points]
    with pytest.raises(DataError, match="series: t needs more digits than are kept"):
        run.gather(series=late, condition={"target": target})
    wanted = run.gather(series=points, condition={"target": target}).series
    apart = [path - np.array([1.7e12, 0, 0]) for path in late]
    assert torch.equal(run.gather(series=apart, condition={"target": target}).series, wanted)


def test_what_a_run_is_examined_by_has_the_lengths_that_were_made(tmp_path):
    tree = recipe(written(tmp_path, *paths()))
    own_time = {"kind": "own_time", "points": 8}
    tree["parts"] = {
        "representation": {
            "encoder": {"kind": "pointwise", "width": 3, "sees": "signal"},
            "bottleneck": {
                "kind": "pooled",
                "dim": 5,
                "steps": 512,
                "pool": own_time,
                "expand": own_time,
            },
            "decoder": {"kind": "pointwise", "sees": "latent"},
        },
        "generator": "standard_normal",
    }
    run = train(tree, tmp_path / "made", device="cpu")
    known = open_source(run.plan.data, 0)
    made = Specimens(run, known).made()
    lengths = run.generated(known, decoding=run.plan.evaluation.sampling).lengths
    assert not torch.equal(lengths, known.lengths)
    real = np.abs(made).sum(2) > 0
    assert [int(row.nonzero()[0].max()) + 1 for row in real] == lengths.tolist()


def told(capsys, tree, folder):
    """What the command line says of a recipe that it refuses."""
    (folder / "recipe.yaml").write_text(yaml.safe_dump(tree))
    assert main(["train", str(folder / "recipe.yaml"), "-o", str(folder / "refused")]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    return lines[0]


def test_time_that_does_not_increase_is_refused_by_sample_step_and_value(capsys, tmp_path):
    points, target = paths()
    points[17][4, 0] = points[17][3, 0]
    line = told(capsys, recipe(written(tmp_path, points, target)), tmp_path)
    time = points[17][3, 0]
    assert f"paths.npz: t must increase from step to step, got {time:g} after {time:g}" in line
    assert "at step 4 of sample 17" in line
    assert "remove the steps that repeat or go back" in line


def test_samples_are_counted_in_the_file_though_others_are_left_out(capsys, tmp_path):
    points, target = paths()
    points[3] = points[3][:1]
    points[17][4, 0] = -1.0
    line = told(capsys, recipe(written(tmp_path, points, target), least_steps=2), tmp_path)
    assert "got -1 after" in line
    assert "of sample 17" in line


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (0, "sample 5 has no steps, the first of 1 such samples; leave them out with data.least"),
        (
            1,
            "sample 5 has a single point, the first of 1 such samples; set data.least_steps to 2",
        ),
    ],
)
def test_paths_of_no_or_one_point_are_refused_or_left_out(capsys, tmp_path, length, words):
    points, target = paths()
    points[5] = points[5][:length]
    path = written(tmp_path, points, target)
    assert words in told(capsys, recipe(path), tmp_path)
    assert open_source(Plan.of(recipe(path, least_steps=2)).data, 0).size == len(points) - 1


def test_a_path_that_ends_where_it_begins_has_no_direction(capsys, tmp_path):
    points, target = paths()
    points[5][-1, 1:] = points[5][0, 1:]
    line = told(capsys, recipe(written(tmp_path, points, target)), tmp_path)
    assert "x and y: must tell a direction, and sample 5 ends where it begins, after" in line


def test_missing_values_are_refused_by_sample_and_step(capsys, tmp_path):
    points, target = paths()
    points[5][2, 1] = np.nan
    line = told(capsys, recipe(written(tmp_path, points, target)), tmp_path)
    assert "a value that is not finite, the first (nan) in sample 5, step 2 of x" in line


def test_a_column_that_is_not_there_is_named(capsys, tmp_path):
    columns = COLUMNS | {"condition": ["targt"]}
    line = told(capsys, recipe(written(tmp_path, *paths()), columns=columns), tmp_path)
    assert "has no 'targt'" in line
    assert "did you mean 'target'?" in line


def test_all_paths_may_be_too_short(tmp_path):
    source = recipe(written(tmp_path, *paths()), least_steps=999)
    with pytest.raises(
        DataError, match=r"must hold a sample of 999 steps.*lower data.least_steps"
    ):
        open_source(Plan.of(source).data, 0)


def test_mistakes_are_found_before_any_file_is_read():
    nowhere = "nowhere.npz"
    with pytest.raises(RecipeError, match=r"data.derive: series: has no 'z'"):
        Plan.of(recipe(nowhere, derive=[{"kind": "displacement", "names": ["x", "z"]}])).rehearse()
    tree = recipe(nowhere)
    tree["phases"][0]["vary"]["across"] = [["y", "direction_sine"]]
    with pytest.raises(RecipeError, match=r"phases.0.vary: mirror: must name what has a sign"):
        Plan.of(tree).rehearse()
    with pytest.raises(RecipeError, match="streaming: must be off with derive and least_steps"):
        Plan.of(recipe(nowhere, streaming="on")).rehearse()
