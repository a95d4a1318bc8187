import numpy as np
import pytest

from latentloom.evaluation.two_sample import energy_test

RNG = np.random.default_rng


def test_the_coefficient_is_that_of_the_definition():
    real, made = RNG(0).normal(size=(7, 3)), RNG(1).normal(1.0, size=(9, 3))

    def mean(a, b):
        return np.mean([np.linalg.norm(x - y) for x in a for y in b])

    energy = 2 * mean(real, made) - mean(real, real) - mean(made, made)
    assert energy_test(real, made).value == pytest.approx(energy / (2 * mean(real, made)))


def test_equal_populations_are_told_apart_about_as_often_as_promised():
    draws = [RNG(seed).normal(size=(60, 2)) for seed in range(40)]
    found = [energy_test(x[:30], x[30:], seed=i).p <= 0.05 for i, x in enumerate(draws)]
    assert sum(found) <= 6


def test_a_wider_population_is_told_apart():
    x = RNG(0).normal(size=(200, 2))
    found = energy_test(x[:100], 1.6 * x[100:])
    assert found.p < 0.01
    assert found.value > found.floor


def test_signals_of_one_group_count_once():
    stretches = RNG(0).normal(size=(10, 2))
    points = np.repeat(stretches, 20, axis=0) + 0.01 * RNG(1).normal(size=(200, 2))
    group = np.arange(200) // 20
    alone, together = (energy_test(points[:100], points[100:], g) for g in (None, group))
    assert alone.p < 0.01 < together.p
    assert together.groups == 10


def test_too_few_signals_are_refused():
    with pytest.raises(ValueError, match="at least 5 signals of each kind, got 4 real and 9 made"):
        energy_test(np.zeros((4, 2)), np.zeros((9, 2)))
