import numpy as np
import pytest

from latentloom.evaluation.distances import mmd as module
from latentloom.evaluation.distances.mmd import Mmd, mmd, permutation_floor
from latentloom.evaluation.distances.role import InapplicableError, value
from latentloom.evaluation.population import Population, Trial


def points(size, width=3, shift=0.0, seed=0):
    return shift + np.random.default_rng(seed).normal(size=(size, width))


def signals(size, seed=0, shift=0.0):
    return Population(values=points(size, 16, shift, seed).reshape(size, 8, 2).astype(np.float32))


def trial(held, made):
    return Trial(train=held, held=held, made=made)


def by_pairs(x, y):
    """The squared discrepancy, pair by pair."""
    pairs = [(a, b) for i, a in enumerate(x) for b in x[:i]]
    median = np.median([np.sqrt(((a - b) ** 2).sum()) for a, b in pairs])

    def kernel(a, b):
        square = ((a - b) ** 2).sum()
        return np.mean([np.exp(-square / (2 * (f * median) ** 2)) for f in (0.25, 0.5, 1, 2, 4)])

    within = [np.mean([kernel(a, b) for i, a in enumerate(s) for b in s[:i]]) for s in (x, y)]
    return sum(within) - 2 * np.mean([kernel(a, b) for a in x for b in y])


def of_gaussians(width, shift, scale):
    """E k(x, x') + E k(y, y') - 2 E k(x, y), of normal x and y shifted in every dimension."""
    result = 0.0
    for factor in module.FACTORS:
        wide = factor**2 * scale
        shape = (wide / (wide + 2)) ** (width / 2)
        result += 2 * shape * (1 - np.exp(-width * shift**2 / (2 * (wide + 2)))) / 5
    return result


def test_it_is_the_double_loop():
    x, y = points(13), points(9, shift=1.0, seed=1)
    assert mmd(x, y) == pytest.approx(np.sqrt(by_pairs(x, y)))


def test_shifted_gaussians_have_a_closed_form():
    x, y = points(1500), points(1500, shift=0.7, seed=1)
    scale = np.median(module.squared_distances(x, x)[np.triu_indices(1500, 1)])
    assert mmd(x, y) ** 2 == pytest.approx(of_gaussians(3, 0.7, scale), rel=0.05)


def test_the_squared_discrepancy_of_equal_distributions_is_unbiased():
    draws = [
        module._Kernels.of(points(20, seed=2 * i), points(15, seed=2 * i + 1)).squared(
            np.ones(20), np.ones(15)
        )
        for i in range(300)
    ]
    assert abs(np.mean(draws)) < 3 * np.std(draws) / np.sqrt(300)


def test_weights_count_as_copies_that_are_no_pair_with_themselves():
    x, y = points(9), points(7, shift=0.5, seed=1)
    kernels = module._Kernels.of(x, y)
    a = np.random.default_rng(0).integers(0, 3, 9)
    rows = np.repeat(np.arange(9), a)
    other = rows[:, None] != rows
    within = (kernels.real[np.ix_(rows, rows)] * other).sum() / (len(rows) ** 2 - (a**2).sum())
    y_only = kernels.made.sum() / 42
    expected = within + y_only - 2 * kernels.across[rows].mean()
    assert kernels.squared(a.astype(float), np.ones(7)) == pytest.approx(expected)


def test_a_bootstrap_draw_of_equal_populations_is_not_lifted():
    x, y, rng = points(60), points(60, seed=1), np.random.default_rng(2)
    kernels = module._Kernels.of(x, y)
    draws = [
        kernels.squared(*rng.multinomial(60, np.full(60, 1 / 60), 2) * 1.0) for _ in range(400)
    ]
    plain = kernels.squared(np.ones(60), np.ones(60))
    assert np.mean(draws) == pytest.approx(plain, abs=4 * np.std(draws) / 20)


def test_the_floor_is_crossed_by_chance_one_time_in_twenty():
    p = [
        permutation_floor(points(20, seed=i), points(15, seed=1000 + i), permutations=99).p
        for i in range(300)
    ]
    assert 0.02 <= np.mean(np.array(p) <= 0.05) <= 0.085
    assert np.mean(p) == pytest.approx(0.5, abs=0.06)


def test_what_differs_is_above_its_floor():
    x, y = points(60), points(60, shift=0.8, seed=1)
    chance = permutation_floor(x, y)
    assert chance.p == pytest.approx(1 / 301)
    assert mmd(x, y) > 2 * chance.floor


def test_groups_are_drawn_whole_and_raise_the_floor():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(8), 10), np.repeat(np.arange(8), 10)
    x, y = (points(8, seed=s)[g] + 0.1 * rng.normal(size=(80, 3)) for s, g in enumerate(groups))
    alone, together = permutation_floor(x, y), permutation_floor(x, y, groups=groups)
    assert together.floor > 2 * alone.floor
    assert alone.p < 0.05 < together.p


def test_lots_leave_two_points_on_each_side():
    rng = np.random.default_rng(0)
    drawn = module._lots(np.array([0] * 6 + [1] * 2), 7, 20, rng)
    assert set(drawn.sum(1)) == {2, 6}
    with pytest.raises(ValueError, match="groups that can be split, got 1 groups"):
        module._lots(np.zeros(8, dtype=int), 4, 1, rng)


def test_as_a_score_it_says_what_it_used():
    compared = Mmd(most=30).compare(trial(signals(40), signals(25, 1)), seed=0)
    assert (compared.real, compared.made, compared.dimensions) == (30, 25, 17)  # and length


def test_shifted_signals_are_farther_than_the_floor_and_real_ones_nearer():
    held, score = signals(60), Mmd(permutations=200)
    near, far = trial(held, signals(60, 1)), trial(held, signals(60, 1, 1.0))
    assert value(score, near) < 1.5 * score.floor(near, seed=0)
    assert value(score, far) > 3 * score.floor(far, seed=0)


def test_lengths_alone_are_seen():
    def flat(lengths):
        values = (np.arange(16) < lengths[:, None])[..., None] * np.ones(1, dtype=np.float32)
        values = values * np.random.default_rng(len(lengths)).normal(size=(40, 1, 1))
        return Population(values=values, lengths=lengths)

    rng = np.random.default_rng(0)
    short, long = (flat(rng.integers(*ends, 40)) for ends in ((4, 8), (12, 17)))
    assert value(Mmd(), trial(short, long)) > 0.3


def test_equal_points_are_refused():
    with pytest.raises(ValueError, match="half of their pairs are the same"):
        mmd(np.zeros((5, 2)), points(5, 2))
    with pytest.raises(InapplicableError, match="half of their pairs are the same"):
        value(Mmd(), trial(Population(values=np.ones((9, 4, 1))), signals_of_ones()))
    with pytest.raises(ValueError, match="at least 2 points of each kind, got 1, 5"):
        mmd(np.zeros((1, 2)), points(5, 2))
    with pytest.raises(ValueError, match="a floor must have at least 2 points"):
        permutation_floor(np.zeros((1, 2)), points(5, 2))


def signals_of_ones():
    return Population(values=np.ones((9, 4, 1)))
