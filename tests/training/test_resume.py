"""A run that was killed any number of times ends as if nothing had happened."""

import os
import signal

import pytest
import torch
from tiny import phases, session, weights_of

from latentloom.core.errors import RunError
from latentloom.training.loop import train
from latentloom.training.observers import Observer
from latentloom.training.plateau import Plateau
from latentloom.training.player import Player
from latentloom.training.run_folder import RunFolder, read_tensors


class Killed(BaseException):
    """Stands for a power cut: nothing of the run may catch it."""


def killed_at(monkeypatch, path, step, played=None, **changes):
    """Plays until the given step of the whole run, then dies without a word."""
    plain = Player.take_step
    count = iter(range(10**6))

    def take_step(player, epoch):
        if next(count) == step:
            raise Killed
        return plain(player, epoch)

    monkeypatch.setattr(Player, "take_step", take_step)
    with pytest.raises(Killed):
        train(played or phases(), session(path, **changes))
    monkeypatch.setattr(Player, "take_step", plain)


def assert_equal(a, b):
    assert a.keys() == b.keys()
    for name in a:
        assert torch.equal(a[name], b[name]), name


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    return weights_of(tmp_path_factory.mktemp("whole"))


# 2 steps an epoch, 3 epochs a phase: 1 is mid-epoch, 6 between phases, 9 and 15 later on.
@pytest.mark.parametrize("step", [1, 2, 6, 9, 15])
def test_a_killed_run_resumes_to_the_same_bits(tmp_path, monkeypatch, uninterrupted, step):
    killed_at(monkeypatch, tmp_path, step)
    assert_equal(weights_of(tmp_path), uninterrupted)


def test_many_kills_and_rare_checkpoints_change_nothing(tmp_path, monkeypatch, uninterrupted):
    killed_at(monkeypatch, tmp_path, 3, checkpoint_seconds=0.0)
    killed_at(monkeypatch, tmp_path, 2, checkpoint_seconds=1e6)
    killed_at(monkeypatch, tmp_path, 4, checkpoint_seconds=0.0)
    assert_equal(weights_of(tmp_path, checkpoint_seconds=1e6), uninterrupted)


# 2 steps an epoch: 5 is before the rate first falls, 6 just after, 7 and 11 while it is low.
@pytest.mark.parametrize("step", [5, 6, 7, 11])
def test_a_lowered_learning_rate_resumes_to_the_same_bits(tmp_path, monkeypatch, step):
    plateau = Plateau(factor=0.5, patience=2)
    falls = phases(epochs=7, min_delta=1e6, plateau=plateau)[:1]
    whole = weights_of(tmp_path / "whole", falls)
    assert not torch.equal(_any(whole), _any(weights_of(tmp_path / "a", phases(epochs=7)[:1])))
    killed_at(monkeypatch, tmp_path / "killed", step, falls)
    assert_equal(weights_of(tmp_path / "killed", falls), whole)


def _any(weights):
    return torch.cat([value.flatten() for name, value in weights.items() if "base" in name])


def test_the_history_has_no_gap_and_no_double(tmp_path, monkeypatch):
    killed_at(monkeypatch, tmp_path, 9)
    rows = train(phases(), session(tmp_path))
    assert [(r["phase"], r["epoch"]) for r in rows] == [
        (name, epoch) for name in ("direct", "represent", "generate") for epoch in (1, 2, 3)
    ]


class Impatient(Observer):
    """Presses Ctrl-C after a number of reports."""

    def __init__(self, reports):
        self.left = reports

    def step_ends(self, step, losses):
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_saves_and_the_run_goes_on(tmp_path, uninterrupted):
    with pytest.raises(KeyboardInterrupt):
        train(
            phases(),
            session(tmp_path, observers=[Impatient(4)], checkpoint_seconds=1e6, news_every=1),
        )
    assert RunFolder(tmp_path).checkpoint() is not None
    assert_equal(weights_of(tmp_path), uninterrupted)


def test_another_recipe_is_refused(tmp_path, monkeypatch):
    killed_at(monkeypatch, tmp_path, 3)
    with pytest.raises(RunError, match="must be a checkpoint of this recipe and this data"):
        train(phases(), session(tmp_path, identity="other"))


def test_a_finished_run_keeps_models_and_no_checkpoint(tmp_path, uninterrupted):
    weights_of(tmp_path)
    folder = RunFolder(tmp_path)
    assert folder.checkpoint() is None
    assert_equal(read_tensors(folder.model, kind="model")["weights"], uninterrupted)
    for name in ("direct", "represent", "generate"):
        for file in ("best_model.pt", "final_model.pt"):
            assert (folder.phase(name) / file).is_file()
