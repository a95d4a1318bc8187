import numpy as np
import pytest
from scipy import signal, stats

from latentloom.evaluation.distances.autocorrelation import AutocorrelationDistance
from latentloom.evaluation.distances.lengths import LengthDistance
from latentloom.evaluation.distances.marginal import LegacyMarginal, Marginal
from latentloom.evaluation.distances.moments import KurtosisDistance, SkewnessDistance
from latentloom.evaluation.distances.pooled import shares, standardized, typical
from latentloom.evaluation.distances.role import InapplicableError, value
from latentloom.evaluation.distances.spectral import SpectralDistance, periodogram
from latentloom.evaluation.population import Population, Trial


def trial(held, made, lengths=(None, None)):
    real, other = (
        Population(values=np.asarray(x, dtype=np.float32), lengths=length)
        for x, length in zip((held, made), lengths, strict=True)
    )
    return Trial(train=real, held=real, made=other)


@pytest.fixture
def walks():
    """A random walk of two channels, a skewed one, and lengths for both."""
    rng = np.random.default_rng(0)
    held = rng.normal(size=(60, 20, 2)).cumsum(1)
    made = rng.gamma(2.0, size=(45, 20, 2)) + 0.2 * rng.normal(size=(45, 20, 2)).cumsum(1)
    lengths = rng.integers(6, 21, 60), rng.integers(6, 21, 45)
    return held.astype(np.float32), made.astype(np.float32), lengths


def pooled(x, lengths, channel):
    return np.concatenate([x[i, :length, channel] for i, length in enumerate(lengths)])


def test_units_are_those_of_the_held_signals(walks):
    held, made, lengths = walks
    here, there = standardized(trial(held, made, lengths))
    values = pooled(here, lengths[0], 1)
    assert (values.mean(), values.std()) == pytest.approx((0, 1), abs=1e-6)
    wanted = (made[0, 0] - pooled(held, lengths[0], 0).mean()) / pooled(held, lengths[0], 0).std()
    assert there[0, 0, 0] == pytest.approx(wanted[0], rel=1e-5)


def test_a_constant_channel_is_left_out(walks):
    held, made, _ = walks
    held = np.concatenate([held, np.full_like(held[..., :1], 3.0)], -1)
    made = np.concatenate([made, made[..., :1]], -1)
    assert standardized(trial(held, made))[1].shape == (45, 20, 2)


def test_signals_that_never_vary_have_no_distance():
    flat = np.full((10, 5, 2), 0.3)
    with pytest.raises(InapplicableError, match=r"must vary, and each of the 2 is constant"):
        value(SkewnessDistance(), trial(flat, flat))


@pytest.mark.parametrize("weights", [[-1.0, 2.0], [0.0, 0.0]])
def test_weights_that_count_nothing_are_refused(weights):
    with pytest.raises(ValueError, match="at least 0, and not all of them 0"):
        shares(np.array(weights))


def test_half_of_the_signals_reach_the_typical_length():
    lengths = np.array([2, 9, 4, 7])
    assert typical(Population(values=np.zeros((4, 9, 1)), lengths=lengths)) == 7


def histogram_difference(held, made):
    """MDD by loops."""
    found = []
    for step in range(1, held.shape[1]):
        for channel in range(held.shape[2]):
            real, other = (x[:, step, channel].astype(float) for x in (held, made))
            edges = np.linspace(real.min(), real.max(), 51)
            density = np.histogram(real, edges, density=True)[0]
            width = edges[1] - edges[0]
            inside = [((other > a) & (other < a + width)).mean() / width for a in edges[:-1]]
            found.append(np.abs(density - inside).mean())
    return np.mean(found)


def test_legacy_marginal_is_the_published_loop(walks):
    held, made, _ = walks
    wanted = histogram_difference(held, made)
    assert value(LegacyMarginal(), trial(held, made)) == pytest.approx(wanted, rel=1e-6)


def test_legacy_marginal_counts_the_steps_that_half_of_the_signals_reach(walks):
    held, made, lengths = walks
    late = np.arange(20) >= np.sort(lengths[0])[30]
    other = np.where(late[:, None], made + 50, made)
    found = [value(LegacyMarginal(), trial(held, x, lengths)) for x in (made, other)]
    assert found[0] == found[1]
    assert value(LegacyMarginal(), trial(held, held, lengths[:1] * 2)) < 0.5 * found[0]


def test_legacy_marginal_loses_what_is_outside():
    held = np.linspace(0, 1, 101)[:, None, None].repeat(2, 1)
    far, farther = (value(LegacyMarginal(), trial(held, held + by)) for by in (2.0, 9.0))
    # the density is 1, but 102/101 in the last bin, which is closed: nothing stands against it
    assert (far, farther) == pytest.approx((1.0, 1.0))


def test_legacy_marginal_needs_a_second_step():
    with pytest.raises(InapplicableError, match="differ after the first step"):
        value(LegacyMarginal(), trial(np.arange(9.0)[:, None, None], np.ones((9, 1, 1))))


def test_marginal_is_the_wasserstein_distance(walks):
    held, made, lengths = walks
    wanted = [
        stats.wasserstein_distance(pooled(held, lengths[0], c), pooled(made, lengths[1], c))
        / pooled(held, lengths[0], c).std()
        for c in range(2)
    ]
    found = value(Marginal(), trial(held, made, lengths))
    assert found == pytest.approx(np.mean(wanted), rel=1e-3)


@pytest.mark.parametrize("by", [0.25, 40.0])
def test_marginal_counts_how_far_values_are_off(by):
    held = np.linspace(0, 1, 500)[:, None, None]
    wanted = by / held.std()
    assert value(Marginal(), trial(held, held + by)) == pytest.approx(wanted, rel=1e-5)


def test_marginal_of_few_levels_is_exact():
    held, made = np.array([0.0, 0, 0, 1])[:, None, None], np.array([0.0, 1, 1, 1])[:, None, None]
    wanted = 0.5 / held.std()
    assert value(Marginal(), trial(held, made)) == pytest.approx(wanted)


def test_skewness_is_that_of_scipy(walks):
    held, made, lengths = walks
    apart = [
        stats.skew(here) * (1 - 1 / len(here)) ** 1.5
        - stats.skew(there) * (1 - 1 / len(there)) ** 1.5
        for c in range(2)
        for here, there in [(pooled(held, lengths[0], c), pooled(made, lengths[1], c))]
    ]
    found = value(SkewnessDistance(), trial(held, made, lengths))
    assert found == pytest.approx(np.abs(apart).mean(), rel=1e-5)


def test_kurtosis_is_that_of_scipy(walks):
    held, made, lengths = walks
    apart = [
        stats.kurtosis(pooled(held, lengths[0], c)) - stats.kurtosis(pooled(made, lengths[1], c))
        for c in range(2)
    ]
    found = value(KurtosisDistance(), trial(held, made, lengths))
    assert found == pytest.approx(np.abs(apart).mean(), rel=1e-5)


def test_a_constant_made_channel_has_the_least_kurtosis():
    held = np.random.default_rng(0).normal(size=(4000, 5, 1))
    assert value(KurtosisDistance(), trial(held, 0 * held)) == pytest.approx(3, abs=0.15)
    assert value(SkewnessDistance(), trial(held, 0 * held)) == pytest.approx(0, abs=0.05)


def autocorrelation(x, lengths, lags):
    """Pooled autocorrelation of one channel by loops."""
    rest = [x[i, :length] for i, length in enumerate(lengths)]
    mean, variance = np.concatenate(rest).mean(), np.concatenate(rest).var()
    found = []
    for lag in range(lags):
        products = [(y[lag:] - mean) * (y[: len(y) - lag] - mean) for y in rest if len(y) > lag]
        found.append(np.concatenate(products).mean() / variance)
    return np.array(found)


@pytest.mark.parametrize("ragged", [False, True])
def test_autocorrelation_distance_is_the_published_loop(walks, ragged):
    held, made, lengths = walks
    both = trial(held, made, lengths if ragged else (None, None))
    lags = int(np.sort(lengths[0])[30]) if ragged else 20
    apart = [
        autocorrelation(held[..., c], both.held.extent, lags)
        - autocorrelation(made[..., c], both.made.extent, lags)
        for c in range(2)
    ]
    wanted = np.linalg.norm(apart, axis=1).mean()
    assert value(AutocorrelationDistance(), both) == pytest.approx(wanted, rel=1e-5)


def test_autocorrelation_of_a_known_process():
    rng = np.random.default_rng(0)
    held = np.zeros((4000, 30, 1))
    held[:, 0] = rng.normal(size=(4000, 1))
    for step in range(1, 30):
        fresh = rng.normal(size=(4000, 1)) * np.sqrt(1 - 0.8**2)
        held[:, step] = 0.8 * held[:, step - 1] + fresh
    found = value(AutocorrelationDistance(lags=6), trial(held, rng.normal(size=held.shape)))
    assert found == pytest.approx(np.linalg.norm(0.8 ** np.arange(1, 6)), rel=0.02)


def test_a_constant_made_channel_remembers_nothing():
    held = np.random.default_rng(0).normal(size=(2000, 8, 1))
    found = value(AutocorrelationDistance(), trial(held, 0 * held))
    assert found == pytest.approx(1.0, abs=0.01)


def test_periodogram_is_that_of_scipy():
    x = np.random.default_rng(0).normal(size=(3, 32, 2))
    window = np.hanning(34)[1:-1]
    frequencies, wanted = signal.periodogram(x, window=window, axis=1, return_onesided=False)
    found = periodogram(x, np.ones((3, 32), dtype=bool), frequencies)
    assert found == pytest.approx(wanted)


def test_periodogram_of_padded_signals_is_that_of_short_ones():
    x = np.random.default_rng(0).normal(size=(4, 12, 1))
    mask = np.arange(12) < np.array([12, 5, 8, 12])[:, None]
    frequencies = np.array([0.1, 0.37])
    for row, length in ((1, 5), (2, 8)):
        alone = periodogram(x[[row], :length], np.ones((1, length), dtype=bool), frequencies)
        assert periodogram(x, mask, frequencies)[row] == pytest.approx(alone[0])


def test_a_factor_of_two_in_power_is_three_decibel():
    held = np.random.default_rng(0).normal(size=(30, 64, 2))
    found = value(SpectralDistance(), trial(held, np.sqrt(2) * held))
    assert found == pytest.approx(10 * np.log10(2), rel=1e-3)


def test_spectral_distance_sees_the_wrong_frequency_and_not_the_phase():
    time, phase = np.arange(64), np.random.default_rng(0).uniform(0, 6, (2, 50, 1, 1))
    slow, other = (np.sin(0.2 * np.pi * time[:, None] + shift) for shift in phase)
    fast = np.sin(0.6 * np.pi * time[:, None] + phase[1])
    assert value(SpectralDistance(), trial(slow, other)) < 2
    assert value(SpectralDistance(), trial(slow, fast)) > 10


def test_signals_of_three_steps_have_no_spectrum():
    with pytest.raises(InapplicableError, match="at least 4 steps"):
        value(SpectralDistance(), trial(np.random.rand(9, 3, 1), np.random.rand(9, 3, 1)))


def test_length_distance_is_the_wasserstein_distance(walks):
    held, made, lengths = walks
    wanted = stats.wasserstein_distance(*lengths) / lengths[0].mean()
    assert value(LengthDistance(), trial(held, made, lengths)) == pytest.approx(wanted)


def test_signals_of_one_length_have_no_length_distance(walks):
    with pytest.raises(InapplicableError, match="each is 20 steps long"):
        value(LengthDistance(), trial(*walks[:2]))


def repeated(walks, counts):
    """A trial in which each signal stands as often as its count says."""
    held, made, lengths = walks
    here, there = (np.repeat(np.arange(len(count)), count) for count in counts)
    return trial(held[here], made[there], (lengths[0][here], lengths[1][there]))


@pytest.mark.parametrize(
    "distance",
    [
        LegacyMarginal(),
        SkewnessDistance(),
        KurtosisDistance(),
        AutocorrelationDistance(),
        SpectralDistance(),
        LengthDistance(),
    ],
    ids=lambda distance: type(distance).__name__,
)
def test_weights_repeat_signals(distance, walks):
    rng = np.random.default_rng(1)
    counts = rng.integers(1, 4, 60), rng.integers(1, 4, 45)
    once = trial(walks[0], walks[1], walks[2])
    found = distance.compare(once, seed=0).weighed(*(count.astype(float) for count in counts))
    # of skewness the n - 1 differs: weights do not make more signals
    assert found.mean() == pytest.approx(value(distance, repeated(walks, counts)), rel=3e-3)


def test_weights_repeat_values_in_a_fixed_unit(walks):
    counts = np.full(60, 2), np.random.default_rng(1).integers(1, 4, 45)
    once = trial(walks[0], walks[1], walks[2])
    found = Marginal().compare(once, seed=0).weighed(*(count.astype(float) for count in counts))
    assert found.mean() == pytest.approx(value(Marginal(), repeated(walks, counts)), rel=1e-3)
