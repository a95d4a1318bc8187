"""Intervals that samples span, and whether the truth is in them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from .measures import deviation, mean


@dataclass(frozen=True, slots=True)
class Bounds:
    """The lower and upper end of an interval at every step.

    Args:
        low: Lower end, in units of the signals.
        high: Upper end, in units of the signals.
    """

    low: Float[np.ndarray, "N T C"]
    high: Float[np.ndarray, "N T C"]


def bounds(samples: Float[np.ndarray, "N K T C"], level: float) -> Bounds:
    r"""The middle `level` of the samples at every step.

    Ends are the $p (K + 1)$-th smallest sample, so that another sample falls between them
    with chance `level`. Too few samples, $K < 2 / (1 - \text{level}) - 1$, cannot span
    that much; then the ends are their smallest and largest.

    Raises:
        ValueError: If `level` is outside (0, 1).

    Example:
        >>> samples = np.arange(1.0, 20.0).reshape(1, 19, 1, 1)
        >>> ends = bounds(samples, 0.9)
        >>> ends.low.item(), ends.high.item()
        (1.0, 19.0)

    References:
        Sample Quantiles in Statistical Packages (Hyndman and Fan, 1996), definition 6.
    """
    if not 0 < level < 1:
        raise ValueError(f"level must be in (0, 1), got {level}")
    low, high = np.quantile(samples, [(1 - level) / 2, (1 + level) / 2], axis=1, method="weibull")
    return Bounds(low, high)


def coverage(
    truth: Float[np.ndarray, "N T C"], inside: Bounds, mask: Bool[np.ndarray, "N T"]
) -> Float[np.ndarray, " N"]:
    """Share of a record's real steps at which the truth is in the interval, in [0, 1]."""
    held = (inside.low <= truth) & (truth <= inside.high)
    return mean(held.astype(float), mask)[:, 0].mean(1)


def width(
    truth: Float[np.ndarray, "N T C"], inside: Bounds, mask: Bool[np.ndarray, "N T"]
) -> Float[np.ndarray, " N"]:
    """Mean width of the interval over the true signal's standard deviation."""
    return (mean(inside.high - inside.low, mask)[:, 0] / deviation(truth, mask)).mean(1)
