import numpy as np
import pytest
from scipy import stats

from latentloom.evaluation.differences import chance, difference, holm, off, sign
from latentloom.evaluation.statistics import Estimate


def test_the_difference_of_symmetric_intervals_is_that_of_normals():
    found = difference(Estimate(3.0, 0.0, 6.0), Estimate(1.0, -3.0, 5.0))
    assert (found.low, found.high) == pytest.approx((2 - 5, 2 + 5))


def test_its_interval_holds_the_truth_about_as_often_as_promised():
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(400):
        both = [rng.normal(mean, 1, 50) for mean in (1.0, 0.0)]
        ends = [1.96 * x.std(ddof=1) / np.sqrt(50) for x in both]
        estimates = [
            Estimate(x.mean(), x.mean() - e, x.mean() + e) for x, e in zip(both, ends, strict=True)
        ]
        gap = difference(*estimates)
        held += gap.low <= 1.0 <= gap.high
    assert 0.92 <= held / 400 <= 0.98


def test_without_an_interval_there_is_no_sign():
    gap = difference(Estimate(3.0), Estimate(1.0, 0.0, 2.0))
    assert gap == Estimate(2.0)
    assert sign(gap) == 0
    assert chance(gap) is None


@pytest.mark.parametrize(
    ("estimate", "ends"),
    [
        (Estimate(0.5, 0.2, 0.7), (0.3, 0.8)),
        (Estimate(1.4, 1.1, 1.9), (0.1, 0.9)),
        (Estimate(1.0, 0.4, 1.2), (0.0, 0.6)),
    ],
)
def test_the_distance_from_the_ideal_has_the_farther_end(estimate, ends):
    found = off(estimate, 1.0)
    assert (found.low, found.high) == pytest.approx(ends)
    assert found.low <= found.value <= found.high


def test_the_chance_agrees_with_the_interval():
    assert chance(Estimate(1.0, 1e-9, 2.0)) == pytest.approx(0.05, abs=1e-4)
    assert chance(Estimate(-1.0, -2.0, -0.5)) == pytest.approx(2 * stats.norm.sf(2 * 1.96))


def test_holm_raises_the_smallest_most():
    raised = holm({"a": 0.012, "b": 0.9, "c": 0.02})
    assert raised == pytest.approx({"a": 0.036, "b": 0.9, "c": 0.04})


def test_holm_seldom_finds_anything_where_there_is_nothing():
    rng = np.random.default_rng(0)
    draws = rng.random((400, 6))
    found = [min(holm(dict(enumerate(row))).values()) <= 0.05 for row in draws]
    assert np.mean(found) <= 0.08
