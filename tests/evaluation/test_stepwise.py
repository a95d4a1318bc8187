"""Errors of sequences by component and by frame, and their lag ratios."""

import numpy as np
import pytest

from latentloom.evaluation.stepwise import StepTruth, frame_errors, mean_ratios, stepwise_row


@pytest.fixture
def truth():
    values = np.random.default_rng(0).normal(size=(6, 10, 2)) * [1.0, 100.0]
    mask = np.arange(10) < np.array([10, 10, 8, 10, 9, 10])[:, None]
    return StepTruth(values=values, mask=mask, start=2, components=("a", "b"))


def test_what_is_given_and_what_is_padding_is_no_error(truth):
    made = truth.values.copy()
    made[:, :2] = made[~truth.mask] = 1e6
    row = stepwise_row("run", "generated", truth, made, lags=3)
    assert [error.value for error in row.errors.values()] == [0.0, 0.0]
    assert np.isnan(row.by_frame[:2]).all()
    assert (row.by_frame[2:] == 0).all()


def test_a_component_counts_by_its_deviation(truth):
    deviation = truth.values[truth.scored].std(0)
    assert frame_errors(truth, truth.values + deviation)[2:] == pytest.approx(1.0)


def test_lag_ratios_are_sums_of_products_over_the_leading_part(truth):
    found = mean_ratios(truth.values, truth.mask, 4)
    x = [row[mask] for row, mask in zip(truth.values, truth.mask, strict=True)]
    for lag in range(5):
        wanted = [
            (s[: len(s) - lag] * s[lag:]).sum(0) / (s[: len(s) - lag] ** 2).sum(0) for s in x
        ]
        assert found[lag] == pytest.approx(np.mean(wanted, axis=0))


def test_the_interval_is_over_records(truth):
    errors = stepwise_row("flat", "baseline", truth, 0 * truth.values, lags=1).errors
    assert errors["a"].low < errors["a"].value < errors["a"].high
