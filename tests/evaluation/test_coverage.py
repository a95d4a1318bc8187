import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from latentloom.evaluation.distances.coverage import Coverage, Density, Precision, Recall
from latentloom.evaluation.distances.points import Features, Steps, nearest, squared_distances
from latentloom.evaluation.distances.role import InapplicableError, ones, value
from latentloom.evaluation.population import Population, Trial

FOUR = (Precision, Recall, Density, Coverage)


def signals(size, seed=0, scale=1.0, shift=0.0):
    noise = np.random.default_rng(seed).normal(size=(size, 4, 1))
    return Population(values=(scale * noise + shift).astype(np.float32))


def trial(held, made):
    return Trial(train=held, held=held, made=made)


def by_counting(held, made, k):
    """All four, from distances that are counted one ball at a time."""
    x, y = (some.values.reshape(some.size, -1).astype(float) for some in (held, made))
    reach, back = (
        NearestNeighbors(n_neighbors=k + 1).fit(z).kneighbors(z)[0][:, -1] for z in (x, y)
    )
    inside = np.array(
        [[np.linalg.norm(a - b) <= r for b in y] for a, r in zip(x, reach, strict=True)]
    )
    other = np.array(
        [[np.linalg.norm(a - b) <= r for b, r in zip(y, back, strict=True)] for a in x]
    )
    precision, recall = inside.any(0).mean(), other.any(1).mean()
    return precision, recall, inside.sum(0).mean() / k, inside.any(1).mean()


@pytest.mark.parametrize("k", [3, 5])
def test_all_four_are_what_counting_gives(k):
    both = signals(40), signals(40, 1, 1.5)
    found = [value(kind(neighbours=k, points=Steps()), trial(*both)) for kind in FOUR]
    assert found == pytest.approx(by_counting(*both, k))


def test_real_signals_again_reach_the_stated_coverage_and_density():
    pairs = [trial(signals(100, 2 * i), signals(100, 2 * i + 1)) for i in range(20)]
    coverage, density = (
        np.mean([value(kind(points=Steps()), pair) for pair in pairs])
        for kind in (Coverage, Density)
    )
    assert coverage == pytest.approx(1 - 2**-5, abs=0.02)
    assert density == pytest.approx(1, abs=0.07)


@pytest.mark.parametrize("kind", [Precision, Recall, Coverage])
def test_the_same_signals_reach_one(kind):
    held = signals(30)
    assert value(kind(), trial(held, held)) == 1


def test_a_dropped_mode_lowers_recall_and_coverage_but_not_precision():
    two = np.concatenate([signals(60, 0).values, signals(60, 1, shift=30).values])
    held, one = Population(values=two), signals(120, 2)
    precision, recall, density, coverage = (
        value(k(points=Steps()), trial(held, one)) for k in FOUR
    )
    assert min(precision, density) > 0.8
    assert max(recall, coverage) < 0.6


def test_noise_lowers_precision_and_density():
    held = signals(80)
    for kind in (Precision, Density):
        near, far = (value(kind(points=Steps()), trial(held, signals(80, 1, s))) for s in (1, 4))
        assert far < near / 2


@pytest.mark.parametrize("kind", FOUR)
def test_weights_are_relative_and_move_the_score(kind):
    pair = trial(signals(50), signals(50, 1, shift=1.5))
    weighed = kind(points=Steps()).compare(pair, seed=0).weighed
    plain = weighed(*ones(pair))
    assert weighed(3 * np.ones(50), 2 * np.ones(50)) == pytest.approx(plain)
    w = np.arange(50.0)
    assert weighed(w, w) != pytest.approx(plain)


@pytest.mark.parametrize("kind", FOUR)
def test_equally_many_are_compared(kind):
    score = kind(most=20)
    compared = score.compare(trial(signals(30), signals(25, 1)), seed=0)
    assert (compared.real, compared.made, score.least) == (20, 20, 6)


def test_features_are_counted_in_real_deviations():
    held = signals(200)
    points = Features().of(held, like=held)
    assert points.mean(0) == pytest.approx(np.zeros(points.shape[1]), abs=1e-9)
    assert points.std(0) == pytest.approx(np.ones(points.shape[1]))


def test_signals_that_are_all_alike_have_no_features():
    same = Population(values=np.ones((9, 4, 1)))
    with pytest.raises(InapplicableError, match="needs real signals that differ"):
        Features().of(same, like=same)


def test_a_resampled_line_is_still_a_line_and_twice_as_long_is_one_deviation_a_step():
    lengths = np.array([5, 9, 9, 17])
    lines = np.stack([np.linspace(0, 1, 17) * 16 / (length - 1) for length in lengths])
    mask = np.arange(17) < lengths[:, None]
    ragged = Population(values=(lines * mask)[..., None], lengths=lengths)
    points = Steps().of(ragged, like=ragged)
    assert points[:, :9] == pytest.approx(np.tile(np.linspace(0, 1, 9), (4, 1)))
    deviation = ragged.values[ragged.mask].std()
    unit = 3 * deviation  # sqrt(9) steps
    assert points[:, 9] / unit == pytest.approx(np.log2(lengths / 9))


def test_distances_are_right_far_from_zero_and_zero_for_the_same_point():
    x = 1e4 + np.random.default_rng(0).normal(size=(6, 3))
    expected = np.linalg.norm(x[:, None] - x, axis=-1)
    assert np.sqrt(squared_distances(x, x)) == pytest.approx(expected, rel=1e-6)
    assert (np.diag(squared_distances(x, x)) == 0).all()
    assert (nearest(x, x) == 0).all()
