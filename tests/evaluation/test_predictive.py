import numpy as np
import pytest
import torch

from latentloom.evaluation.distances.predictive import (
    LegacyPredictive,
    Predictive,
    PredictiveRatio,
)
from latentloom.evaluation.distances.role import InapplicableError, ones, value
from latentloom.evaluation.judges.forecaster import LegacyForecaster
from latentloom.evaluation.judges.training import Training
from latentloom.evaluation.judges.views import Seen
from latentloom.evaluation.population import Population, Trial
from latentloom.nn.stacked import sources

QUICK = Training(steps=150, batch=64, rate=1e-2)


def walk(size=200, steps=12, *, seed=0, keeps=0.5, width=1, lengths=None):
    """Autoregressive signals of unit deviation: each step keeps a share of the last."""
    rng = np.random.default_rng(seed)
    x = [rng.normal(size=(size, width))]
    for _ in range(steps - 1):
        x.append(keeps * x[-1] + np.sqrt(1 - keeps**2) * rng.normal(size=(size, width)))
    return Population(values=np.stack(x, 1).astype(np.float32), lengths=lengths)


def trial(made, **settings):
    return Trial(train=walk(**settings), held=walk(seed=1, **settings), made=made)


def test_the_best_forecast_is_nearly_reached_and_not_beaten():
    found = value(Predictive(repeats=2, training=QUICK), trial(walk(seed=2)))
    best = np.sqrt(0.75) * np.sqrt(2 / np.pi)  # mean size of what cannot be foretold
    assert 0.97 * best < found < 1.06 * best


def test_learning_from_signals_without_memory_costs():
    signals = trial(walk(seed=2, keeps=0.0), keeps=0.95)
    assert value(PredictiveRatio(repeats=1, training=QUICK), signals) > 1.3


def test_learning_from_the_train_signals_costs_nothing():
    signals = trial(walk())
    found = PredictiveRatio(repeats=2, training=QUICK).compare(signals, seed=0)
    assert found.weighed(*ones(signals)) == pytest.approx([1.0, 1.0], abs=1e-3)


def test_padding_does_not_leak():
    lengths = np.random.default_rng(3).integers(1, 13, 200)
    clean = trial(walk(seed=2, lengths=lengths), lengths=lengths)
    made, held = (
        Population(values=np.where(p.mask[..., None], p.values, np.float32(99)), lengths=lengths)
        for p in (clean.made, clean.held)
    )
    soiled = Trial(train=clean.train, held=held, made=made)
    distance = Predictive(repeats=1, training=Training(steps=20, batch=32))
    assert value(distance, soiled) == value(distance, clean)


def test_units_do_not_matter():
    clean = trial(walk(seed=2))
    larger = Trial(
        **{
            name: Population(values=1000 * getattr(clean, name).values)
            for name in ("train", "held", "made")
        }
    )
    distance = Predictive(repeats=1, training=Training(steps=20, batch=32))
    assert value(distance, larger) == pytest.approx(value(distance, clean), rel=1e-3)


def test_signals_count_by_their_weight():
    signals = trial(walk(seed=2))
    compared = Predictive(repeats=1, training=QUICK).compare(signals, seed=0)
    first, made = np.arange(200) < 70, np.ones(200)
    parts = [compared.weighed(1.0 * rows, made)[0] for rows in (first, ~first)]
    whole = compared.weighed(np.ones(200), made)[0]
    assert whole == pytest.approx(0.35 * parts[0] + 0.65 * parts[1])


def test_the_published_forecast_is_of_the_last_channel_from_the_others_before():
    network, values = LegacyForecaster(4, random=sources([0])), torch.rand(1, 3, 6, 4)
    values.requires_grad_()
    network(Seen(values, torch.full((1, 3), 6)))[:, :, 2].sum().backward()
    felt = values.grad[0].abs().sum(0) > 0
    assert felt[:3, :3].all()
    assert not felt[:3, 3].any()
    assert felt[3].tolist() == [False, False, False, True]
    assert not felt[4:].any()


def test_the_published_score_of_a_constant_is_near_none():
    values = np.full((60, 8, 2), 0.5, dtype=np.float32)
    same = Population(values=values)
    distance = LegacyPredictive(repeats=2, steps=300, batch=32)
    assert value(distance, Trial(train=same, held=same, made=same)) < 0.02


def test_the_published_forecast_refuses_one_channel():
    with pytest.raises(InapplicableError, match="there is only 1 channel; use the strict"):
        LegacyPredictive().compare(trial(walk()), seed=0)


@pytest.mark.parametrize("distance", [Predictive(), PredictiveRatio()])
def test_signals_of_one_step_are_refused(distance):
    with pytest.raises(InapplicableError, match="a forecast of 1 steps needs at least 2"):
        distance.compare(trial(walk(steps=1), steps=1), seed=0)


def test_a_ratio_to_no_error_is_refused():
    still = Population(values=np.zeros((20, 4, 1), dtype=np.float32))
    signals = Trial(train=still, held=still, made=still)
    with pytest.raises(InapplicableError, match="foretold without error"):
        PredictiveRatio(training=Training(steps=2, batch=8)).compare(signals, seed=0)


def test_one_group_is_too_few_to_learn_from():
    made = Population(values=walk().values, group=np.zeros(200, dtype=int))
    with pytest.raises(InapplicableError, match="must be of at least 2 groups, got 1"):
        Predictive().compare(trial(made), seed=0)
