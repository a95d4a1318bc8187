"""A guarded phase that collapses goes back to where it was well."""

import dataclasses
import math

import pytest
import torch
from test_resume import assert_equal, killed_at
from tiny import phases, session, weights_of

from latentloom.core.roles import Criterion
from latentloom.schedules import Constant, Joined
from latentloom.training.forward_passes import Predict
from latentloom.training.guarding import Guard
from latentloom.training.loop import train
from latentloom.training.observers import Observer
from latentloom.training.phase import Probe
from latentloom.training.run_folder import read_tensors


class Extent(Criterion):
    """How far from zero outputs are."""

    reads = frozenset({"output"})

    def __call__(self, outputs, progress):
        return outputs["output"].abs().mean((1, 2))


class Notes(Observer):
    def __init__(self):
        self.told = []

    def noticed(self, sentence):
        self.told.append(sentence)


def guarded(*, epochs=6, rate=None, select="error", ema=0.0, **bounds):
    """A phase whose outputs blow up from its third epoch on, and how far they may."""
    (first, *_) = phases(augment=(), epochs=epochs, min_delta=0.0)
    blows = Joined(parts=[Constant(1e-3), Constant(10.0)], cuts=[2 / 6])
    update = dataclasses.replace(first.updates[0], learning_rate=rate or blows)
    extent = Probe(forward_pass=Predict(), criterion=Extent())
    return [
        dataclasses.replace(
            first,
            updates=(update,),
            probes={**first.probes, "extent": extent},
            guard=Guard(probe="extent", **({"most": 3.0} | bounds)),
            select=select,
            ema=ema,
        )
    ]


def played(path, phase, **changes):
    notes = Notes()
    run = session(path, observers=[notes], **changes)
    return train(phase, run), notes.told, run


def test_a_phase_beyond_its_bounds_goes_back_to_its_best_weights_and_more_slowly(tmp_path):
    rows, told, run = played(tmp_path, guarded(lower=0.1, most_often=9))
    assert [row["guard/rolled_back"] for row in rows[:3]] == [0, 0, 1]
    assert rows[2]["validation/extent"] > 3
    extent = f"{rows[2]['validation/extent']:.4g}"
    assert told[0] == (
        f"direct, epoch 3: extent must be at most 3, got {extent}; rolled back to the best"
        " weights so far, of epoch 2, learning rates times 0.1 (1 of at most 9)"
    )
    assert rows[3]["schedule/learning_rate"] == pytest.approx(1.0)
    best = read_tensors(run.folder.best("direct"), kind="model")
    counts = [0, *(row["guard/rolled_back"] for row in rows)]
    well = [
        row
        for row, before in zip(rows, counts, strict=False)
        if row["guard/rolled_back"] == before
    ]
    assert best["score"] == min(row["validation/error"] for row in well)


def test_without_a_best_it_goes_back_to_where_it_started(tmp_path):
    before = {n: t.clone() for n, t in session(tmp_path / "x").system.state_dict().items()}
    phase = guarded(epochs=1, rate=Constant(10.0), select="")
    _, told, run = played(tmp_path, phase)
    assert "rolled back to the weights it started from, learning rates times 0.5" in told[0]
    after = run.system.state_dict()
    assert all(torch.equal(after[n], before[n]) for n in before if n != "trust")


def test_a_phase_that_is_rolled_back_too_often_ends(tmp_path):
    rows, told, _ = played(tmp_path, guarded(epochs=9, most=0.0, most_often=2))
    assert len(rows) == 2
    assert told[-1] == "direct: ends, rolled back as often as it may be"
    assert len(told) == 3


def test_optimisers_and_averages_start_afresh(tmp_path):
    whole = guarded(epochs=2, rate=Constant(1e-3), most=0.0, lower=1.0, select="", ema=0.9)
    once = [dataclasses.replace(whole[0], epochs=1)]
    _, _, twice = played(tmp_path / "twice", whole)
    _, _, before = played(tmp_path / "once", once)
    assert_equal(twice.system.state_dict(), before.system.state_dict())


def test_a_gradient_that_is_not_finite_rolls_back_too(tmp_path):
    class Ill(Predict):
        def __call__(self, system, batch, progress):
            made = dict(super().__call__(system, batch, progress))
            ill = 0.4 < progress < 0.45
            return {**made, "output": made["output"] * (math.nan if ill else 1.0)}

    phase = guarded(rate=Constant(1e-3))[0]
    update = dataclasses.replace(phase.updates[0], forward_pass=Ill())
    rows, told, _ = played(tmp_path, [dataclasses.replace(phase, updates=(update,))])
    assert told[0].startswith(
        "direct, epoch 3, step 2: the gradient must be finite, got mse nan, total nan; rolled"
        " back to the best weights so far, of epoch 2, learning rates times 0.5 (1 of at most 5)"
    )
    assert len(rows) == 6
    assert all(math.isfinite(row["train/mse"]) for row in rows)


def test_a_phase_gives_up_in_the_middle_of_an_epoch(tmp_path):
    class Ill(Predict):
        def __call__(self, system, batch, progress):
            made = super().__call__(system, batch, progress)
            return {**made, "output": made["output"] * math.nan}

    phase = guarded(most_often=1)[0]
    update = dataclasses.replace(phase.updates[0], forward_pass=Ill())
    rows, told, _ = played(tmp_path, [dataclasses.replace(phase, updates=(update,))])
    assert len(rows) == 1
    assert told[-1] == "direct: ends, rolled back as often as it may be"


@pytest.mark.parametrize("step", [3, 5, 6, 7, 9])
def test_a_killed_run_is_rolled_back_to_the_same_bits(tmp_path, monkeypatch, step):
    made = guarded(most_often=9, ema=0.5)
    whole = weights_of(tmp_path / "whole", made)
    killed_at(monkeypatch, tmp_path / "killed", step, made)
    assert_equal(weights_of(tmp_path / "killed", made), whole)


def test_a_guard_that_never_acts_changes_nothing(tmp_path):
    (phase,) = guarded(rate=Constant(1e-3), most=1e9)
    bare = weights_of(tmp_path / "bare", [dataclasses.replace(phase, guard=None)])
    assert_equal(weights_of(tmp_path / "guarded", [phase]), bare)


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (0.7, ""),
        (math.nan, "spread must be finite, got nan"),
        (0.4, "spread must be at least 0.5, got 0.4"),
        (2.5, "spread must be at most 2, got 2.5"),
    ],
)
def test_what_is_wrong_is_said(score, words):
    assert Guard(probe="spread", least=0.5, most=2.0).complaint(score) == words


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"lower": 0.0}, r"lower must be in \(0, 1\], got 0.0"),
        ({"most_often": 0}, "most_often must be at least 1, got 0"),
        ({"least": 2.0, "most": 1.0}, "least must not exceed most 1.0, got 2.0"),
    ],
)
def test_nonsense_is_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        Guard(probe="spread", **settings)


def test_a_guard_watches_a_probe():
    (first, *_) = phases()
    words = r"guard.probe must name one of \['error'\], got 'eror'"
    with pytest.raises(ValueError, match=words):
        dataclasses.replace(first, guard=Guard(probe="eror"))
