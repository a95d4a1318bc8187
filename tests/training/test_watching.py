"""The watch over Gaussian latents: what it says, and that it leaves training alone."""

import json
import math

import pytest
import torch
from test_resume import Killed, assert_equal
from tiny import SCHEMA, dataset, session

from latentloom.core.system import System
from latentloom.data.dataset import Quantity, Schema
from latentloom.objectives.criteria import Penalty, SquaredError
from latentloom.objectives.objective import Objective, Term
from latentloom.representations.autoencoder import Autoencoder
from latentloom.representations.bottlenecks import Free, Gaussian
from latentloom.representations.decoders import ConvDecoder
from latentloom.representations.encoders import ConvEncoder
from latentloom.representations.health import LatentHealth
from latentloom.schedules import Constant
from latentloom.training import player as subject
from latentloom.training.forward_passes import Reconstruct
from latentloom.training.loop import train
from latentloom.training.observers import History, Observer
from latentloom.training.phase import Phase, Probe
from latentloom.training.player import Player
from latentloom.training.run_folder import RunFolder
from latentloom.training.update import Update
from latentloom.training.watching import NAMED, layout, look, watched

CPU = torch.device("cpu")


def vae(bottleneck=Gaussian):
    torch.manual_seed(5)
    return System(
        channels=1,
        representation=Autoencoder(
            encoder=ConvEncoder(1, 1, 1, "circular", widths=[4, 8], strides=[2, 2]),
            bottleneck=bottleneck(8, dim=2),
            decoder=ConvDecoder(2, 1, 1, 1, "circular", widths=[8, 4], strides=[2, 2]),
        ),
    )


def phase(**changes):
    squared = {"mse": Term(criterion=SquaredError())}
    kl = {"kl": Term(criterion=Penalty(name="kl"), weight=Constant(0.01))}
    update = Update(
        trains=("representation",),
        forward_pass=Reconstruct(penalties=("kl",)),
        objective=Objective(squared | kl),
    )
    probe = Probe(forward_pass=Reconstruct(), criterion=SquaredError())
    settings = {"epochs": 3, "batch_size": 16, "ema": 0.9, "probes": {"error": probe}}
    return Phase(name="learn", updates=(update,), **settings | changes)


def trained(path, *, observers=(), **changes):
    run = session(path, parts=vae(), observers=observers)
    return train([phase(**changes)], run), run.system.state_dict()


def test_rows_say_what_latents_carry_and_what_comes_back(tmp_path):
    folder = RunFolder(tmp_path)
    rows, _ = trained(tmp_path, observers=[History(folder)])
    names = {f"latents/{name}" for name in LatentHealth.__annotations__}
    names |= {"spread/voltage", "explained/voltage"}
    for row in rows:
        assert names <= row.keys()
        assert all(math.isfinite(row[name]) for name in names)
    assert json.loads(folder.history.read_text()) == [dict(row) for row in rows]
    assert "latents/active" in (tmp_path / "learn" / "training_metrics.csv").read_text()


@pytest.mark.parametrize("probes", ["with", "without"])
def test_looks_are_as_rare_as_validations(tmp_path, probes):
    changes = {} if probes == "with" else {"probes": {}}
    rows, _ = trained(tmp_path, epochs=5, validate_every=2, **changes)
    assert ["latents/active" in row for row in rows] == [False, True, False, True, True]


def test_looking_changes_nothing_of_the_training(tmp_path, monkeypatch):
    _, seen = trained(tmp_path / "seen")
    monkeypatch.setattr(subject, "watched", lambda system: False)
    rows, unseen = trained(tmp_path / "unseen")
    assert "latents/active" not in rows[-1]
    assert_equal(seen, unseen)


@pytest.mark.parametrize("step", [1, 3, 4])
def test_a_killed_run_goes_on_to_the_same_rows_and_bits(tmp_path, monkeypatch, step):
    whole, wanted = trained(tmp_path / "whole")
    plain, count = Player.take_step, iter(range(10**6))

    def take_step(player, epoch):
        if next(count) == step:
            raise Killed
        return plain(player, epoch)

    monkeypatch.setattr(Player, "take_step", take_step)
    with pytest.raises(Killed):
        trained(tmp_path / "cut")
    monkeypatch.setattr(Player, "take_step", plain)
    rows, found = trained(tmp_path / "cut")
    assert_equal(found, wanted)
    for row, other in zip(rows, whole, strict=True):
        assert {**row, "seconds": 0} == {**other, "seconds": 0}


class Keen(Observer):
    """Keeps what it sees."""

    def __init__(self):
        self.looks = []

    def looked(self, row, look):
        self.looks.append((row["epoch"], look))


def test_observers_see_signals_and_latents(tmp_path):
    keen = Keen()
    trained(tmp_path, observers=[keen])
    assert [epoch for epoch, _ in keen.looks] == [1, 2, 3]
    seen = keen.looks[-1][1]
    assert seen.truth.shape == seen.made.shape == (8, 16, 1)
    assert seen.posteriors.mean.shape == (8, 4, 2)


def test_a_look_is_at_the_same_few_signals_in_any_mode_and_takes_no_chance():
    system, data = vae(), dataset(600)
    before = torch.get_rng_state()
    one = look(system.train(), data, CPU)
    assert torch.equal(before, torch.get_rng_state())
    assert one.columns == look(system, data, CPU).columns
    assert len(one.truth) == 512
    assert torch.equal(one.truth[[0, -1]], data.series[[0, -1]])


def test_only_normal_distributions_are_watched():
    assert watched(vae())
    assert not watched(vae(Free))
    assert not watched(System(channels=1))


def test_spans_are_told_of_then_channels_then_all_together():
    many = Schema(series=tuple(Quantity(f"x{c}") for c in range(NAMED + 1)))
    assert dict(layout(SCHEMA)) == {"voltage": 1}
    assert dict(layout(many)) == {"signal": NAMED + 1}
    spans = Schema(series=many.series[:3], spans={"xy": 2, "rot": 1})
    assert dict(layout(spans)) == {"xy": 2, "rot": 1}
