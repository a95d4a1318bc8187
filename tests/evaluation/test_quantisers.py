"""The baselines of tokens: what is known of them from theory and by hand."""

import numpy as np
import pytest

from latentloom.evaluation.tokens import Layout, ResidualClusters, RoundedComponents, TrainMean
from latentloom.evaluation.tokens.lloyd import Scalar

MAX_1960 = {1: 0.3634, 2: 0.1175, 3: 0.03454, 4: 0.009497}  # of a normal number, by bits


def layout(*sizes, spans=None):
    spans = spans or {"one": 2}
    features = tuple(f"a/{i}" for i in range(sum(spans.values())))
    return Layout(features=features, spans=spans, sizes=sizes)


def fitted(quantiser, x):
    quantiser.fit(x)
    return quantiser


def error(quantiser, x):
    return ((quantiser.rebuild(x) - x) ** 2).mean()


def test_the_best_values_of_a_normal_number_are_those_of_max():
    scalar = Scalar.of(np.random.default_rng(0).normal(size=200_000))
    for wanted in MAX_1960.values():
        scalar = scalar.finer()
        assert scalar.error == pytest.approx(wanted, rel=0.02)
    two = Scalar.of(np.random.default_rng(1).normal(size=200_000)).finer()
    assert np.abs(two.values) == pytest.approx([0.798, 0.798], abs=0.01)


def test_a_bit_more_quarters_the_error_of_an_even_number():
    scalar = Scalar.of(np.linspace(0, 1, 10_001))
    for bits in range(1, 5):
        scalar = scalar.finer()
        assert scalar.error == pytest.approx(1 / 12 / 4**bits, rel=0.01)


def test_numbers_are_rounded_to_the_nearest_value():
    scalar = Scalar.of(np.array([0.0, 0.0, 4.0, 4.0])).finer()
    assert scalar(np.array([-3.0, 1.9, 2.1, 9.0])).tolist() == [0, 0, 4, 4]


def test_as_many_values_as_numbers_leave_no_error():
    scalar = Scalar.of(np.array([1.0, 2.0, 5.0])).finer().finer()
    assert scalar.error == pytest.approx(0, abs=1e-12)
    assert scalar(np.array([1.0, 2.0, 5.0])) == pytest.approx([1, 2, 5])


def test_equal_numbers_stay_equal():
    scalar = Scalar.of(np.full(9, 3.0)).finer()
    assert scalar.error == 0
    assert scalar(np.array([3.0])).tolist() == [3]


def test_components_give_their_bits_where_they_save_most():
    x = np.random.default_rng(2).normal(size=(5000, 3)) * [8.0, 2.0, 0.1]
    rounded = fitted(RoundedComponents(5.9), x)
    assert rounded.bits == 5
    assert rounded.shares == [4, 1, 0]
    wanted = (64 * MAX_1960[4] + 4 * MAX_1960[1] + 0.01) / 3
    assert error(rounded, x) == pytest.approx(wanted, rel=0.1)


def test_no_other_sharing_of_the_bits_is_better():
    x = np.random.default_rng(3).normal(size=(2000, 2)) * [3.0, 1.0]
    best = error(fitted(RoundedComponents(4), x), x)
    for first in range(5):
        scores = x - x.mean(0)
        scalars = [Scalar.of(column) for column in scores.T]
        for place, bits in enumerate((first, 4 - first)):
            for _ in range(bits):
                scalars[place] = scalars[place].finer()
        assert best <= sum(scalar.error for scalar in scalars) / 2 * 1.02


def test_bits_that_save_nothing_are_left():
    x = np.array([[0.0, 0.0], [1.0, 5.0], [2.0, 1.0]])
    rounded = fitted(RoundedComponents(60), x)
    assert error(rounded, x) == pytest.approx(0, abs=1e-12)
    assert sum(rounded.shares) < 8


def test_features_that_never_vary_are_said_to_be_what_they_are():
    rounded = fitted(RoundedComponents(3), np.ones((10, 2)))
    assert rounded.rebuild(np.ones((2, 2))).tolist() == [[1, 1], [1, 1]]


def test_clusters_of_as_many_inputs_as_codes_are_exact():
    x = np.array([[0.0, 0.0], [0.0, 5.0], [5.0, 0.0]] * 4)
    assert error(fitted(ResidualClusters(layout(3)), x), x) == pytest.approx(0, abs=1e-12)


def test_another_level_rounds_what_is_left_over():
    x = np.random.default_rng(4).normal(size=(400, 2))
    errors = [error(fitted(ResidualClusters(layout(*[4] * depth)), x), x) for depth in (1, 2, 3)]
    assert errors[0] > 2 * errors[1] > 4 * errors[2]
    two = fitted(ResidualClusters(layout(2, 2)), np.array([[0.0, 0], [1, 0], [10, 0], [11, 0]]))
    assert two.bits == 2
    assert two.rebuild(np.array([[10.9, 0.0]])) == pytest.approx(np.array([[11.0, 0.0]]))


def test_a_category_is_rounded_without_a_look_at_the_others():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(100, 4))
    both = fitted(ResidualClusters(layout(4, 3, 5, 2, spans={"one": 2, "two": 2})), x)
    alone = fitted(ResidualClusters(layout(4, 3)), x[:, :2])
    assert both.rebuild(x)[:, :2] == pytest.approx(alone.rebuild(x[:, :2]))
    other = np.concatenate([x[:, :2], rng.normal(size=(100, 2))], 1)
    assert both.rebuild(other)[:, :2] == pytest.approx(both.rebuild(x)[:, :2])


def test_fewer_samples_or_inputs_than_codes_are_no_obstacle():
    x = np.array([[0.0, 1.0], [2.0, 3.0], [2.0, 3.0]])
    assert error(fitted(ResidualClusters(layout(16, 16)), x), x) == pytest.approx(0, abs=1e-12)


def test_baselines_learn_from_the_train_split_alone():
    rng = np.random.default_rng(6)
    x, held = rng.normal(size=(2, 60, 2))
    for quantiser in (TrainMean(), RoundedComponents(4), ResidualClusters(layout(4))):
        quantiser.fit(x)
        first = quantiser.rebuild(held[:1])
        assert quantiser.rebuild(held)[:1] == pytest.approx(first)
