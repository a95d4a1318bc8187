"""When codes are replaced, which ones, and that no weights are kept right after."""

import pytest
import torch
from tiny import session

from latentloom.core.system import System
from latentloom.objectives.criteria import Penalty, SquaredError
from latentloom.objectives.objective import Objective, Term
from latentloom.representations.autoencoder import Autoencoder
from latentloom.representations.categorical_codes import Categorical
from latentloom.representations.categorical_decoder import CategoricalDecoder
from latentloom.representations.categorical_encoder import CategoricalEncoder
from latentloom.representations.levels import Level
from latentloom.training.forward_passes import Reconstruct
from latentloom.training.loop import train
from latentloom.training.phase import Phase, Probe
from latentloom.training.player import Player
from latentloom.training.resetting import Adaptive, Order, Periodic, Resetting, Standing
from latentloom.training.run_folder import read_tensors
from latentloom.training.update import Update

FULL, HALF = [1.0, 1.0], [0.5, 0.5]


def tokenizer(arrangement="parallel"):
    levels = [Level(dim=2, size=8), Level(dim=2, size=4)]
    return System(
        channels=1,
        representation=Autoencoder(
            encoder=CategoricalEncoder(1, (1,), (("a", 0),), embedding=4, hidden=4),
            bottleneck=Categorical(
                4, (1,), levels=levels, revive_below=0.0, arrangement=arrangement
            ),
            decoder=CategoricalDecoder(4, 1, (2, 2), (1,), hidden=4),
        ),
    )


def phase(**settings):
    shares = (2, 2)
    passes = Reconstruct(penalties=("commitment",), shares=shares)
    terms = {
        "mse": Term(criterion=SquaredError()),
        "commitment": Term(criterion=Penalty(name="commitment")),
    }
    return Phase(
        name="represent",
        batch_size=16,
        updates=(
            Update(trains=("representation",), forward_pass=passes, objective=Objective(terms)),
        ),
        probes={"mse": Probe(forward_pass=passes, criterion=SquaredError())},
        select="mse",
        **{"epochs": 6, "resets": Periodic(every=2, percentile=100, below=0.9)} | settings,
    )


def at(epoch, *used, **settings):
    return Standing(epoch=epoch, used=list(used), **settings)


def test_periodic_resets_come_when_they_say():
    reset = Periodic(every=3, percentile=20.0)
    due = [epoch for epoch in range(1, 10) if reset(at(epoch, FULL))]
    assert due == [3, 6, 9]
    assert reset(at(3, FULL)) == Order((True, True), 20.0)


def test_adaptive_resets_become_rare_and_mild():
    reset = Adaptive(every=5, percentile=10.0)
    due = {epoch: reset(at(epoch, HALF)) for epoch in range(1, 61)}
    assert [epoch for epoch, order in due.items() if order] == [5, 10, 20, 40, 60]
    assert [order.percentile for order in due.values() if order] == [10.0, 7.0, 5.0, 5.0, 5.0]


@pytest.mark.parametrize(
    ("settings", "standing"),
    [
        ({}, at(50, [0.95, 0.9])),
        ({"window": 2}, at(50, HALF, scores=[1.0, 0.9, 0.8])),
        ({"patience": 3}, at(50, HALF, since_best=4)),
    ],
    ids=["all is well", "the score gets better", "patience was tried"],
)
def test_adaptive_resets_let_alone_what_works(settings, standing):
    assert Adaptive(**settings)(standing) is None


@pytest.mark.parametrize(
    ("settings", "standing"),
    [
        ({"enough": 0.99}, at(50, [0.95, 0.9])),
        ({"window": 2, "gain": 0.3}, at(50, HALF, scores=[1.0, 0.9, 0.8])),
        ({"window": 3}, at(50, HALF, scores=[1.0, 0.9, 0.8])),
        ({"patience": 4}, at(50, HALF, since_best=4)),
    ],
)
def test_adaptive_resets_come_where_it_does_not(settings, standing):
    assert Adaptive(**settings)(standing) == Order((True, True), 10.0)


@pytest.mark.parametrize(
    ("settings", "used"),
    [
        ({}, [[1.0, 0.1]]),
        ({"collapsed": 0.6}, [HALF, [0.7, 0.5]]),
        ({"window": 2}, [[1.0, 1.0], HALF, [0.96, 0.9]]),
        ({"window": 1, "fallen": 0.3}, [[1.0, 1.0], [0.8, 0.6]]),
    ],
)
def test_a_book_that_fails_is_helped_at_once(settings, used):
    assert Adaptive(**settings)(at(7, *used)) == Order((False, True), 10.0)


def test_a_slow_fall_is_no_failure():
    assert Adaptive(window=2, fallen=0.2)(at(7, [1.0], [0.9], [0.81])) is None


@pytest.mark.parametrize("kind", [Periodic, Adaptive])
@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"every": 0}, "every must be at least 1, got 0"),
        ({"percentile": 101.0}, r"percentile must be in \[0, 100\], got 101.0"),
        ({"below": -0.1}, "below must be at least 0, got -0.1"),
        ({"most": 1.5}, r"most must be in \[0, 1\], got 1.5"),
    ],
)
def test_a_reset_that_cannot_be_is_refused(kind, settings, problem):
    with pytest.raises(ValueError, match=problem):
        kind(**settings)


@pytest.mark.parametrize("arrangement", ["parallel", "residual"])
def test_only_the_books_that_are_meant_are_looked_at(arrangement):
    system = tokenizer(arrangement)
    resetting = Resetting(Adaptive(below=2.0, percentile=100), system, ("representation",))
    row = resetting.close_epoch(3, [1.0, 0.1], None, 0)
    assert row == {"codes/replaced": 1}  # a quarter of the 4 codes of the second book
    condemned = torch.cat([shelf.condemned.sum(1) for shelf in resetting.shelves])
    assert condemned.tolist() == [0, 1]


def test_codes_go_after_the_validation_and_come_back_in_the_next_step(tmp_path, monkeypatch):
    seen, plain = [], Player.weights

    def weights(player):
        kept = plain(player)
        seen.append([v.any().item() for n, v in kept.items() if n.endswith("condemned")])
        return kept

    monkeypatch.setattr(Player, "weights", weights)
    rows = train([phase()], session(tmp_path, parts=tokenizer()))
    assert [row.get("codes/replaced") is not None for row in rows] == [True] * 5 + [False]
    assert sum(row.get("codes/replaced", 0) for row in rows) > 0
    assert seen
    assert not any(map(any, seen))


def test_no_reset_comes_after_the_last_epoch(tmp_path):
    train([phase(epochs=2)], session(tmp_path, parts=tokenizer()))
    weights = read_tensors(tmp_path / "represent" / "final_model.pt", kind="model")["weights"]
    assert not [n for n, v in weights.items() if n.endswith("condemned") and v.any()]


def played(path, **changes):
    torch.manual_seed(0)
    run = session(path, parts=tokenizer(), **changes)
    train([phase()], run)
    return run.system.state_dict()


@pytest.mark.parametrize("step", [3, 4, 5, 9])
def test_a_killed_run_with_resets_resumes_to_the_same_bits(tmp_path, monkeypatch, step):
    whole = played(tmp_path / "whole")
    plain, count = Player.take_step, iter(range(99))

    def take_step(player, epoch):
        if next(count) == step:
            raise KeyboardInterrupt
        return plain(player, epoch)

    monkeypatch.setattr(Player, "take_step", take_step)
    with pytest.raises(KeyboardInterrupt):
        played(tmp_path / "killed")
    monkeypatch.setattr(Player, "take_step", plain)
    again = played(tmp_path / "killed")
    assert all(torch.equal(whole[name], again[name]) for name in whole)
