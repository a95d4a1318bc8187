"""A phase may hand on the weights that it was handed, and then never makes things worse."""

import dataclasses

import pytest
import torch
from test_resume import assert_equal, killed_at
from tiny import phases, session

from latentloom.schedules import Constant
from latentloom.training.loop import train
from latentloom.training.observers import Observer
from latentloom.training.phase import Phase
from latentloom.training.run_folder import read_tensors


def again(rate, **changes):
    """A phase of the base, and one that trains it on at another learning rate."""
    (first, *_) = phases(augment=(), epochs=2)
    (update,) = first.updates
    ruined = dataclasses.replace(update, learning_rate=Constant(rate))
    second = dataclasses.replace(
        first, name="again", updates=(ruined,), ema=0.0, incoming="judged", **changes
    )
    return [first, second]


def handed_on(path, played, **changes):
    run = session(path, **changes)
    rows = train(played, run)
    best = [read_tensors(run.folder.best(p.name), kind="model") for p in played]
    return rows, [model["weights"] for model in best], run


class Notes(Observer):
    def __init__(self):
        self.told = []

    def noticed(self, sentence):
        self.told.append(sentence)


def test_a_phase_that_ruins_the_weights_hands_on_those_it_was_handed(tmp_path):
    notes = Notes()
    rows, (first, second), run = handed_on(tmp_path, again(10.0), observers=[notes])
    scores = [row["validation/error"] for row in rows]
    assert min(scores[2:]) > min(scores[:2])
    assert_equal(first, second)
    finished = read_tensors(run.folder.model, kind="model")
    assert finished["val_loss"] == min(scores)
    assert finished["metrics"]["phase"] == "direct"
    (said,) = notes.told
    assert said.startswith("again: no epoch was better than the weights it started from, with")


def test_without_it_they_are_ruined(tmp_path):
    ruins = again(10.0)
    ruins[1] = dataclasses.replace(ruins[1], incoming=None)
    _, (first, second), run = handed_on(tmp_path, ruins)
    assert not all(torch.equal(first[name], second[name]) for name in first)
    assert read_tensors(run.folder.model, kind="model")["metrics"]["phase"] == "again"


def test_a_better_epoch_is_handed_on(tmp_path):
    rows, (first, second), run = handed_on(tmp_path, again(1e-3))
    scores = [row["validation/error"] for row in rows]
    assert min(scores[2:]) < min(scores[:2])
    assert not all(torch.equal(first[name], second[name]) for name in first)
    assert read_tensors(run.folder.model, kind="model")["metrics"]["phase"] == "again"


@pytest.mark.parametrize("rate", [1e-4, 1e-2, 10.0])
def test_the_score_never_rises_from_phase_to_phase(tmp_path, rate):
    handed_on(tmp_path, again(rate))
    scores = [
        read_tensors(tmp_path / name / "best_model.pt", kind="model")["score"]
        for name in ("direct", "again")
    ]
    assert scores[1] <= scores[0]


def test_patience_counts_from_the_incoming_score(tmp_path):
    impatient = again(10.0, patience=2)
    impatient[1] = dataclasses.replace(impatient[1], epochs=9)
    rows, _, _ = handed_on(tmp_path, impatient)
    assert [row["phase"] for row in rows].count("again") == 2


@pytest.mark.parametrize("step", [4, 5, 7])
@pytest.mark.parametrize("rate", [1e-3, 10.0])
def test_a_killed_run_hands_on_the_same(tmp_path, monkeypatch, step, rate):
    whole = handed_on(tmp_path / "whole", again(rate))[1]
    killed_at(monkeypatch, tmp_path / "killed", step, again(rate))
    resumed = handed_on(tmp_path / "killed", again(rate))[1]
    for one, other in zip(whole, resumed, strict=True):
        assert_equal(one, other)


def test_weights_are_judged_by_a_score():
    (first, *_) = phases()
    with pytest.raises(ValueError, match="incoming must come with select"):
        Phase(name="x", epochs=1, updates=first.updates, incoming="judged")
    with pytest.raises(ValueError, match="threads must be at least 1, got 0"):
        dataclasses.replace(first, threads=0)
