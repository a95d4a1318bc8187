import numpy as np
import pytest

from latentloom.evaluation.statistics import Estimate, Summary, compare, plain, summarize


def test_the_value_is_the_plain_statistic():
    values = np.random.default_rng(0).exponential(size=101)
    summary = summarize(values)
    assert summary.median.value == pytest.approx(np.median(values))
    assert summary.ninety.value == pytest.approx(np.quantile(values, 0.9))
    assert summary.mean.value == pytest.approx(values.mean())


def test_the_interval_of_a_mean_is_four_standard_errors_wide():
    values = np.random.default_rng(0).normal(size=400)
    mean = summarize(values).mean
    assert mean.high - mean.low == pytest.approx(2 * 1.96 / 20, rel=0.15)


def test_copies_in_one_group_add_no_certainty():
    values = np.random.default_rng(0).normal(size=30)
    once = summarize(values).mean
    copied = summarize(np.repeat(values, 20), np.repeat(np.arange(30), 20)).mean
    assert copied.low == pytest.approx(once.low)
    assert copied.high == pytest.approx(once.high)


def test_one_group_has_no_interval():
    summary = summarize(np.arange(5.0), np.zeros(5, dtype=int))
    assert summary.median == Estimate(2.0, None, None)
    assert summary.groups == 1


def test_records_without_a_score_do_not_count():
    summary = summarize(np.array([1.0, np.nan, 3.0]))
    assert summary.size == 2
    assert summary.mean.value == 2.0


def test_one_record_is_too_few():
    with pytest.raises(ValueError, match=r"at least 2 records with a score, got 1 of 2"):
        summarize(np.array([1.0, np.nan]))


def test_a_summary_survives_being_plain():
    summary = summarize(np.arange(9.0))
    assert Summary.of(plain(summary)) == summary


def test_records_drawn_together_tell_a_small_difference_apart():
    rng = np.random.default_rng(0)
    hard = rng.exponential(size=200)
    lower = compare(("a", hard), ("b", hard * 1.1 + 0.02))
    assert lower.sign == -1
    assert lower.wins == 1.0
    assert compare(("a", hard), ("b", rng.exponential(size=200))).sign == 0


def test_a_comparison_wants_two_records():
    with pytest.raises(ValueError, match=r"at least 2 records, got 1"):
        compare(("a", np.array([1.0, np.nan])), ("b", np.array([1.0, 2.0])))


@pytest.mark.parametrize(("gap", "sign"), [(0.5, -1), (0.0, 0)])
def test_the_chance_of_a_difference_agrees_with_its_interval(gap, sign):
    x = np.random.default_rng(0).random(50)
    y = x + gap + 0.1 * np.random.default_rng(1).normal(size=50)
    found = compare(("a", x), ("b", y))
    assert found.sign == sign
    assert (found.chance <= 0.05) == bool(sign)
