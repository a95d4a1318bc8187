import numpy as np
import pytest

from latentloom.evaluation.distances.channels import (
    Correlational,
    CrossCorrelation,
    LegacyCorrelational,
)
from latentloom.evaluation.distances.lagged import Lagged
from latentloom.evaluation.distances.role import InapplicableError, ones, value
from latentloom.evaluation.population import Population, Trial

KINDS = [LegacyCorrelational(), Correlational(), CrossCorrelation()]
every = pytest.mark.parametrize("distance", KINDS, ids=lambda distance: type(distance).__name__)


def trial(held, made, lengths=(None, None)):
    real, other = (
        Population(values=np.asarray(x, dtype=np.float32), lengths=length)
        for x, length in zip((held, made), lengths, strict=True)
    )
    return Trial(train=real, held=real, made=other)


def mixed(size, strength, seed):
    """Three channels, the second of which follows the first."""
    x = np.random.default_rng(seed).normal(size=(size, 18, 3))
    x[..., 1] += strength * x[..., 0]
    return x.astype(np.float32)


def flat(x, lengths):
    return np.concatenate([row[:length] for row, length in zip(x, lengths, strict=True)])


def test_correlational_is_that_of_numpy():
    held, made, rng = mixed(50, 1.0, 0), mixed(40, 0.2, 1), np.random.default_rng(2)
    lengths = rng.integers(4, 19, 50), rng.integers(4, 19, 40)
    here, there = (
        np.corrcoef(flat(x, length).T) for x, length in zip((held, made), lengths, strict=True)
    )
    wanted = np.abs(here - there)[np.tril_indices(3, -1)].mean()
    assert value(Correlational(), trial(held, made, lengths)) == pytest.approx(wanted, rel=1e-5)


def test_correlational_of_a_known_mixture():
    found = value(Correlational(), trial(mixed(4000, 1.0, 0), mixed(4000, 0.0, 1)))
    assert found == pytest.approx(np.sqrt(0.5) / 3, abs=0.01)


def test_legacy_correlational_is_the_published_formula():
    held, made = mixed(50, 1.0, 0), mixed(60, 0.2, 1)
    found = LegacyCorrelational().compare(trial(held, made), seed=3)
    wanted = []
    for seed in range(3, 8):
        rng = np.random.default_rng(seed)
        subsets = held[rng.integers(50, size=10)], made[rng.integers(60, size=10)]
        units = [(x - x.mean((0, 1))) / x.std((0, 1), ddof=1) for x in subsets]
        products = [np.einsum("nti,ntj->ij", x, x) / x[..., 0].size for x in units]
        wanted.append(np.abs(np.tril(products[0] - products[1])).sum() / 10)
    assert found.weighed(np.ones(50), np.ones(60)) == pytest.approx(wanted, rel=1e-5)
    assert (found.real, found.made, found.dimensions) == (10, 10, 6)


def lagged_correlation(x, lengths, i, j, lag):
    """Mean of x_i(t) x_j(t + lag) by loops."""
    every = flat(x, lengths)
    unit = (x - every.mean(0)) / every.std(0)
    products = [
        row[max(0, -lag) : length - max(0, lag), i] * row[max(0, lag) : length + min(0, lag), j]
        for row, length in zip(unit, lengths, strict=True)
        if length > abs(lag)
    ]
    return np.concatenate(products).mean()


def test_cross_correlation_is_the_loop():
    held, made, rng = mixed(30, 1.0, 0), mixed(25, 0.2, 1), np.random.default_rng(2)
    lengths = rng.integers(3, 19, 30), rng.integers(3, 19, 25)
    apart = [
        lagged_correlation(held, lengths[0], i, j, lag)
        - lagged_correlation(made, lengths[1], i, j, lag)
        for i, j in ((1, 0), (2, 0), (2, 1))
        for lag in range(-4, 5)
    ]
    found = value(CrossCorrelation(lags=4), trial(held, made, lengths))
    assert found == pytest.approx(np.abs(apart).mean(), rel=1e-4)


def test_cross_correlation_sees_who_leads():
    x = np.random.default_rng(0).normal(size=(2000, 21))
    leading = np.stack([x[:, 1:], x[:, :-1]], -1)
    led = leading[..., ::-1].copy()
    found = value(CrossCorrelation(lags=2), trial(leading, led))
    assert found == pytest.approx(2 / 5, abs=0.02)  # 1 against 0 at each of two of five lags
    assert value(Correlational(), trial(leading, led)) < 0.01


def test_few_pairs_and_signals_stand_for_many():
    held, made = mixed(500, 1.0, 0), mixed(400, 0.2, 1)
    few = CrossCorrelation(lags=1, pairs=2, most=300).compare(trial(held, made), seed=0)
    assert (few.real, few.made, few.dimensions) == (300, 300, 2 * 3)
    assert few.weighed(np.ones(500), np.ones(400)).shape == (1,)


@every
def test_one_channel_has_no_correlations(distance):
    x = np.random.default_rng(0).normal(size=(20, 9, 1))
    with pytest.raises(InapplicableError, match="at least 2 that vary, got 1"):
        value(distance, trial(x, x))


@every
def test_a_constant_made_channel_correlates_with_none(distance):
    held = mixed(400, 3.0, 0)
    made = held.copy()
    made[..., 1] = 0.5
    assert value(distance, trial(held, made)) > 2 * value(distance, trial(held, held[::2]))


@every
def test_weights_of_zero_leave_signals_out(distance):
    held, made = mixed(400, 1.0, 0), mixed(300, 0.2, 1)
    compared = distance.compare(trial(held, np.concatenate([made, 50 + made])), seed=0)
    weights = np.repeat([1.0, 0.0], 300)
    found = compared.weighed(np.ones(400), weights).mean()
    assert found == pytest.approx(value(distance, trial(held, made)), rel=0.2)


@every
def test_the_size_of_weights_does_not_matter(distance):
    both = trial(mixed(100, 1.0, 0), mixed(80, 0.2, 1))
    compared = distance.compare(both, seed=0)
    held, made = ones(both)
    assert compared.weighed(2 * held, 7 * made) == pytest.approx(compared.weighed(held, made))


def test_lags_beyond_every_signal_correlate_with_nothing():
    x = np.random.default_rng(0).normal(size=(5, 8, 1))
    mask = np.broadcast_to(np.arange(8) < 3, (5, 8))
    found = Lagged(x, mask, pairs=np.array([[0, 0]]), lags=5).correlation(np.ones(5))
    assert found[0, 0] == pytest.approx(1)
    assert (found[3:] == 0).all()
