"""Series longer than the windows that a run draws."""

import copy
import json
from dataclasses import replace

import numpy as np
import pytest
from waves import WAVES

from latentloom.cli.main import main
from latentloom.core.errors import RunError
from latentloom.data.formats import read
from latentloom.data.joining import Joining
from latentloom.recipes.conduct import Conduct, train
from latentloom.recipes.long_series import drifted, long_series
from latentloom.recipes.plan import Plan


@pytest.fixture(scope="module")
def windows(tmp_path_factory):
    """A run that draws windows of eight steps, of two kinds."""
    folder = tmp_path_factory.mktemp("long")
    kind = np.arange(40) % 2
    series = kind[:, None] + np.random.default_rng(0).normal(size=(40, 8)) / 10
    np.savez(folder / "two.npz", level=series.astype("float32"), kind=kind.astype("float32"))
    tree = copy.deepcopy(WAVES)
    columns = {"series": ["level [V]"], "condition": ["kind"]}
    tree["data"] = {"source": str(folder / "two.npz"), "columns": columns}
    tree["parts"]["generator"] = {"kind": "flow", "width": 8, "layers": 1, "latent_steps": 4}
    update = {
        "trains": ["generator"],
        "forward_pass": "latents",
        "objective": {"surprise": {"criterion": "surprise"}},
    }
    tree["phases"].append({"name": "draw", "epochs": 1, "updates": [update]})
    return train(Plan.of(tree), folder / "run", Conduct(device="cpu"))


def test_a_series_is_as_long_as_it_was_asked(windows, tmp_path, capsys):
    made = tmp_path / "long.npz"
    command = ["generate", str(windows.folder.path), "--steps", "50", "--overlap", "3", "-n", "2"]
    assert main([*command, "--condition", "kind=1", "-o", str(made)]) == 0
    assert "wrote 2 signals to" in capsys.readouterr().out
    dataset = read(made)
    assert tuple(dataset.series.shape) == (2, 50, 1)
    assert dataset.condition.tolist() == [[1.0], [1.0]]
    again = long_series(
        windows, 50, joining=Joining(overlap=3), condition={"kind": 1.0}, samples=2
    )
    assert dataset.series.equal(again.series)


def test_what_is_not_told_differs_from_window_to_window_and_is_not_said(windows):
    made = long_series(windows, 30)
    assert made.condition is None
    assert not made.schema.condition


def test_a_series_that_leaves_the_range_is_spoken_of(windows):
    made = long_series(windows, 30)
    learned = json.loads(windows.folder.data.read_text())["ranges"]["state"]["level"]
    far = replace(made, series=made.series * 0 + 2 * learned[1])
    (sentence,) = drifted(windows, far)
    assert sentence.startswith(f"level {2 * learned[1]:.6g} in the series lies outside what was")


def test_a_run_that_answers_a_drive_makes_no_long_series(run):
    with pytest.raises(RunError, match="needs a generator of windows that are all equally long"):
        long_series(run, 500)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--steps", "7"], "steps must be at least 8, which is a window of the run, got 7"),
        (["--steps", "20", "--overlap", "8"], "overlap must be less than the 8 steps of a window"),
        (["--overlap", "3"], "say how long with --steps"),
        (["--steps", "20", "--drive", "a.npz"], "give it with --condition, not in a --drive"),
    ],
)
def test_what_cannot_be_joined_is_refused_in_a_line(windows, tmp_path, capsys, options, words):
    path = tmp_path / "a.npz"
    assert main(["generate", str(windows.folder.path), *options, "-o", str(path)]) == 2
    told = capsys.readouterr().err
    assert words in told
    assert len(told.strip().splitlines()) == 1
    assert not path.exists()
