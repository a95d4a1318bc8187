"""A phase may count its steps instead of its epochs."""

from dataclasses import replace

import pytest
import torch
from test_resume import assert_equal, killed_at
from tiny import phases, session, weights_of

from latentloom.training.loop import train
from latentloom.training.observers import Observer
from latentloom.training.phase import Phase


def counted(iterations, **changes):
    """The first phase for so many steps; an epoch has two."""
    (direct, *_) = phases(epochs=None, iterations=iterations, **changes)
    return [direct]


@pytest.mark.parametrize("iterations", [2, 6])
def test_whole_epochs_are_the_same_however_they_are_counted(tmp_path, iterations):
    epochs = weights_of(tmp_path / "epochs", phases(epochs=iterations // 2)[:1])
    assert_equal(weights_of(tmp_path / "steps", counted(iterations)), epochs)


def test_the_last_epoch_is_cut_short_and_judged(tmp_path):
    rows = train(counted(5, validate_every=2), session(tmp_path))
    assert [row["iteration"] for row in rows] == [2, 4, 5]
    assert ["validation/error" in row for row in rows] == [False, True, True]


def test_schedules_run_over_the_iterations(tmp_path):
    rates = [
        row["schedule/learning_rate"] for row in train(counted(5), session(tmp_path))
    ]  # from 0.01 to 0
    assert rates == pytest.approx([0.01 * (1 - share) for share in (0.4, 0.8, 1.0)])


@pytest.mark.parametrize("step", [1, 3, 4])
def test_a_killed_phase_resumes_to_the_same_bits(tmp_path, monkeypatch, step):
    whole = weights_of(tmp_path / "whole", counted(5))
    killed_at(monkeypatch, tmp_path / "killed", step, counted(5))
    assert_equal(weights_of(tmp_path / "killed", counted(5)), whole)


class Announced(Observer):
    def phase_begins(self, name, *, epochs, steps, first_step):
        self.told = (epochs, steps, first_step)


def test_those_who_watch_are_told_of_epochs(tmp_path):
    watching = Announced()
    train(counted(5), session(tmp_path, observers=[watching]))
    assert watching.told == (3, 2, 0)


def test_how_much_is_over_is_told_by_either_count():
    (steps,) = counted(8)
    assert steps.progress({"epoch": 1, "iteration": 2}) == 0.25
    assert phases(epochs=4)[0].progress({"epoch": 1}) == 0.25


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({}, "a phase must have either epochs or iterations, got neither"),
        ({"epochs": 1, "iterations": 1}, "got both; set one of them to null"),
        ({"epochs": 0}, "epochs must be at least 1, got 0"),
        ({"iterations": 0}, "iterations must be at least 1, got 0"),
    ],
)
def test_a_phase_counts_in_one_of_them(counts, words):
    with pytest.raises(ValueError, match=words):
        Phase(name="x", updates=phases()[0].updates, **counts)


def test_a_step_is_a_turn_of_all_updates(tmp_path):
    (phase,) = counted(3)
    twice = replace(phase, updates=(replace(phase.updates[0], repeats=2),))
    rows = train([twice], session(tmp_path))  # one step an epoch, for it reads both batches
    assert [row["iteration"] for row in rows] == [1, 2, 3]
    assert torch.tensor([row["train/mse"] for row in rows]).isfinite().all()
