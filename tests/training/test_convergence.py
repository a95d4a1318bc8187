"""A phase that must converge lets none build on it before it has."""

import dataclasses
import json

import pytest
import torch
from test_resume import assert_equal, killed_at
from tiny import phases, session, weights_of

from latentloom.core.errors import TrainingError
from latentloom.schedules import Constant
from latentloom.training.convergence import Convergence
from latentloom.training.guarding import Guard
from latentloom.training.loop import train
from latentloom.training.observers import History, Observer
from latentloom.training.run_folder import RunFolder

EASY, HARD = 1e6, 1e-6


def demanding(below, *, epochs=3, how=None):
    """A phase at a constant rate that must converge, and one that follows it."""
    first, second, _ = phases(augment=(), epochs=epochs)
    update = dataclasses.replace(first.updates[0], learning_rate=Constant(1e-2))
    told = Convergence(below=below, **(how or {}))
    first = dataclasses.replace(first, updates=(update,), convergence=told)
    return [first, dataclasses.replace(second, epochs=1)]


class Notes(Observer):
    def __init__(self):
        self.told = []

    def noticed(self, sentence):
        self.told.append(sentence)


def test_a_converged_phase_ends_and_says_so(tmp_path):
    notes = Notes()
    rows = train(demanding(EASY), session(tmp_path, observers=[notes]))
    assert [row["phase"] for row in rows] == ["direct", "represent"]
    assert rows[0]["convergence/iteration"] == 2
    assert rows[0]["convergence/best"] == rows[0]["validation/error"]
    assert rows[0]["convergence/below"] == EASY
    (said,) = notes.told
    assert said.startswith("direct: converged: error was below 1e+06 after 2 iterations, and is ")


def test_or_goes_on_to_its_end(tmp_path):
    rows = train(demanding(EASY, how={"then": "go_on"}), session(tmp_path))
    assert [row["phase"] for row in rows] == ["direct"] * 3 + ["represent"]
    assert [row["convergence/iteration"] for row in rows[:3]] == [2, 2, 2]


def test_an_unconverged_phase_stops_the_run_before_the_next_with_all_saved(tmp_path):
    folder = RunFolder(tmp_path)
    resume = f"latentloom train --resume-from {tmp_path}"
    with pytest.raises(TrainingError) as caught:
        train(demanding(HARD), session(tmp_path, observers=[History(folder)]))
    rows = json.loads(folder.history.read_text())
    best = min(row["validation/error"] for row in rows)
    assert str(caught.value) == (
        f"direct: did not converge: error must be below 1e-06, and is {best:.4g} at best after"
        " 6 iterations; represent would build on that and did not begin; all is saved; train it"
        f" longer with: {resume} --set phases.0.epochs=6; or begin represent all the same with:"
        f" {resume} --set phases.0.convergence.otherwise=go_on"
    )
    assert len(rows) == 3
    assert "convergence/iteration" not in rows[-1]
    assert folder.best("direct").is_file()
    assert folder.standing("direct").is_file()
    assert not folder.phase("represent").exists()


def test_it_says_so_again_until_something_changes(tmp_path):
    for _ in range(2):
        with pytest.raises(TrainingError, match="did not converge"):
            weights_of(tmp_path, demanding(HARD))
    all_the_same = weights_of(tmp_path, demanding(HARD, how={"otherwise": "go_on"}))
    never_asked = weights_of(tmp_path / "other", demanding(HARD, how={"otherwise": "go_on"}))
    assert_equal(all_the_same, never_asked)


def test_a_phase_that_is_prolonged_is_as_if_it_had_been_longer_from_the_start(tmp_path):
    with pytest.raises(TrainingError, match=r"phases.0.epochs=4"):
        weights_of(tmp_path / "short", demanding(HARD, epochs=2))
    how = {"otherwise": "go_on"}
    prolonged = weights_of(tmp_path / "short", demanding(HARD, epochs=4, how=how))
    assert_equal(prolonged, weights_of(tmp_path / "long", demanding(HARD, epochs=4, how=how)))


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"patience": 1, "min_delta": 1e6}, "--set phases.0.patience=2;"),
        ({"epochs": None, "iterations": 3}, "--set phases.0.iterations=6;"),
        (
            {"guard": Guard(probe="error", most=0.0, most_often=1)},
            "--set phases.0.guard.most_often=2;",
        ),
    ],
)
def test_what_ended_the_phase_is_what_prolongs_it(tmp_path, changes, setting):
    first, second = demanding(HARD)
    with pytest.raises(TrainingError) as caught:
        train([dataclasses.replace(first, **changes), second], session(tmp_path))
    assert f"longer with: latentloom train --resume-from {tmp_path} {setting}" in str(caught.value)


def test_nothing_is_refused_where_nothing_follows(tmp_path):
    notes = Notes()
    train(demanding(HARD)[:1], session(tmp_path, observers=[notes]))
    assert notes.told[0].startswith("direct: did not converge: error must be below 1e-06, and is ")


@pytest.mark.parametrize("step", [3, 6, 7])
def test_a_killed_run_converges_at_the_same_iteration(tmp_path, monkeypatch, step):
    how = {"then": "go_on"}
    rows = train(demanding(EASY, how=how), session(tmp_path / "whole"))
    killed_at(monkeypatch, tmp_path / "killed", step, demanding(EASY, how=how))
    again = train(demanding(EASY, how=how), session(tmp_path / "killed"))
    reached = [[row.get("convergence/iteration") for row in some] for some in (rows, again)]
    assert reached[0] == reached[1]


def test_a_threshold_is_a_number_and_is_judged_by_a_score():
    with pytest.raises(ValueError, match="below must be finite, got inf"):
        Convergence(below=float("inf"))
    (first, *_) = demanding(EASY)
    with pytest.raises(ValueError, match="convergence must come with select, the probe that"):
        dataclasses.replace(first, select="")


def test_weights_that_are_handed_on_are_those_that_converged(tmp_path):
    run = session(tmp_path)
    train(demanding(EASY), run)
    best = torch.load(run.folder.best("direct"), weights_only=True)
    assert best["score"] < EASY
