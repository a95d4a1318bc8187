"""Criteria: settings that cannot work, and what their settings do."""

import pytest
import torch

from latentloom.objectives import criteria
from latentloom.objectives import functional as F
from latentloom.schedules import Linear


def compared(steps=20):
    return {
        "output": torch.randn(2, steps, 1),
        "target": torch.randn(2, steps, 1),
        "mask": torch.ones(2, steps, dtype=torch.bool),
    }


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: criteria.Huber(delta=0.0), "delta must be positive, got 0.0"),
        (lambda: criteria.RelativeError(floor=0.0), "floor must be positive, got 0.0"),
        (lambda: criteria.CrossEntropy(smoothing=1.0), r"smoothing must be in \[0, 1\), got 1.0"),
    ],
)
def test_settings_that_cannot_work_are_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_lags_follow_their_schedule():
    outputs, growing = compared(), criteria.Autocorrelation(lags=Linear(2.0, 8.0))
    for progress, lags in ((0.0, 2), (0.5, 5), (1.0, 8)):
        made, real = (
            F.autocorrelation(outputs[name], outputs["mask"], lags)
            for name in ("output", "target")
        )
        wanted = (made - real).square().mean((1, 2))
        torch.testing.assert_close(growing(outputs, progress), wanted)


def test_lag_ratio_counts_lag_zero():
    outputs = compared(steps=2)
    outputs["output"] = torch.tensor([[[1.0], [3.0]]]).repeat(2, 1, 1)
    outputs["target"] = torch.tensor([[[1.0], [1.0]]]).repeat(2, 1, 1)
    # Lag 1 gives 3 against 1; lag 0 gives 1 against 1.
    made = criteria.LagRatio(lags=Linear(1.0, 1.0))(outputs, 0.0)
    assert made.tolist() == [2.0, 2.0]


def test_correlation_sees_neither_size_nor_sign():
    outputs = compared()
    other = outputs | {"output": 5 - 3 * outputs["output"]}
    torch.testing.assert_close(
        criteria.Correlation()(other, 0.0), criteria.Correlation()(outputs, 0.0)
    )
