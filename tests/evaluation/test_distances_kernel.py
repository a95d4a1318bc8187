import numpy as np
import pytest

from latentloom.evaluation.distances.kernel import DependenceMmd, ValueMmd
from latentloom.evaluation.distances.role import InapplicableError, value
from latentloom.evaluation.population import Population, Trial


def trial(held, made, lengths=(None, None)):
    real, other = (
        Population(values=np.asarray(x, dtype=np.float32), lengths=length)
        for x, length in zip((held, made), lengths, strict=True)
    )
    return Trial(train=real, held=real, made=other)


def discrepancy(x, y):
    """Squared MMD of two lists of numbers by its definition."""

    def mean(a, b):
        square = np.subtract.outer(a.astype(float), b) ** 2
        widths = (0.01, 0.05, 0.1, 0.2, 0.5, 0.7, 1.0, 1.5, 2.0)
        return sum(np.exp(-0.5 * square / a).mean() for a in widths)

    return mean(x, x) + mean(y, y) - 2 * mean(x, y)


@pytest.fixture
def signals():
    rng = np.random.default_rng(0)
    held, made = rng.uniform(size=(40, 12, 2)), rng.beta(2, 3, size=(50, 12, 2))
    held[..., 1] = (held[..., 0] + held[..., 1]) / 2
    return held, made, (rng.integers(3, 13, 40), rng.integers(3, 13, 50))


def test_value_discrepancy_is_its_definition(signals):
    held, made, lengths = signals
    flat = [
        [np.concatenate([row[:n, c] for row, n in zip(x, length, strict=True)]) for c in (0, 1)]
        for x, length in zip((held, made), lengths, strict=True)
    ]
    wanted = np.mean([discrepancy(x, y) for x, y in zip(*flat, strict=True)])
    assert value(ValueMmd(), trial(held, made, lengths)) == pytest.approx(wanted, rel=1e-3)


def test_dependence_discrepancy_is_its_definition(signals):
    held, made, lengths = signals
    found = [
        np.array([np.corrcoef(row[:n].T)[0, 1] for row, n in zip(x, length, strict=True)])
        for x, length in zip((held, made), lengths, strict=True)
    ]
    both = trial(held, made, lengths)
    assert value(DependenceMmd(), both) == pytest.approx(discrepancy(*found), rel=1e-3)


def test_dependence_is_seen_where_it_differs_between_signals():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 20))
    sign = rng.choice([-1, 1], size=(300, 1))
    held = np.stack([x, sign * x], -1)  # together or opposed: uncorrelated on average
    loose = rng.normal(size=held.shape)
    assert value(DependenceMmd(), trial(held, loose)) > 1


@pytest.mark.parametrize("distance", [ValueMmd(), DependenceMmd()], ids=["value", "dependence"])
def test_weights_repeat_signals(distance, signals):
    held, made, lengths = signals
    counts = np.random.default_rng(1).integers(1, 4, 50)
    rows = np.repeat(np.arange(50), counts)
    long = trial(held, made[rows], (lengths[0], lengths[1][rows]))
    compared = distance.compare(trial(held, made, lengths), seed=0)
    found = compared.weighed(np.ones(40), counts.astype(float))
    assert found.mean() == pytest.approx(value(distance, long), rel=1e-6)


def test_one_channel_depends_on_nothing():
    x = np.random.default_rng(0).normal(size=(20, 9, 1))
    with pytest.raises(InapplicableError, match="at least 2 channels, got 1"):
        value(DependenceMmd(), trial(x, x))


def test_constant_channels_have_a_correlation_of_zero(signals):
    held, _, _ = signals
    flat = held.copy()
    flat[..., 1] = 0.1
    found = value(DependenceMmd(), trial(flat, flat + 0.5))
    assert found == pytest.approx(0)


def test_few_signals_stand_for_many(signals):
    compared = ValueMmd(most=30).compare(trial(*signals[:2]), seed=0)
    assert (compared.real, compared.made) == (30, 30)
    assert compared.weighed(np.ones(40), np.ones(50)).shape == (1,)
