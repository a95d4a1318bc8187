"""Whether numbers differ by more than chance, where only their intervals are known."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal, TypeVar

from .statistics import Estimate

K = TypeVar("K")


Fault = Literal["both", "below"]


def off(estimate: Estimate, ideal: float, fault: Fault = "both") -> Estimate:
    """How far a number is from its ideal, with the interval of that distance.

    Args:
        estimate: The number.
        ideal: What a perfect generator gets.
        fault: Whether it is at fault on both sides of the ideal, or only below.

    Example:
        >>> off(Estimate(0.75, 0.5, 1.25), ideal=1.0)
        Estimate(value=0.25, low=0.0, high=0.5)
    """
    if fault == "below":
        low, high = (None if x is None else min(x, ideal) for x in (estimate.low, estimate.high))
        return off(Estimate(min(estimate.value, ideal), low, high), ideal)
    value = abs(estimate.value - ideal)
    if estimate.low is None or estimate.high is None:
        return Estimate(value)
    ends = sorted((abs(estimate.low - ideal), abs(estimate.high - ideal)))
    inside = estimate.low <= ideal <= estimate.high
    return Estimate(value, 0.0 if inside else min(ends[0], value), max(ends[1], value))


def difference(first: Estimate, second: Estimate) -> Estimate:
    r"""The first number minus the second, with the interval that follows from theirs.

    With $[l_i, u_i]$ around $v_i$, its lower end is
    $v_1 - v_2 - \sqrt{(v_1 - l_1)^2 + (u_2 - v_2)^2}$, and its upper end likewise. It takes
    the numbers to be independent; those of the same real signals go up and down together,
    so that the interval is rather too wide.

    Args:
        first: A number and its interval.
        second: Another; a missing interval leaves the difference without one.

    Example:
        >>> difference(Estimate(5.0, 2.0, 6.0), Estimate(1.0, 0.0, 5.0))
        Estimate(value=4.0, low=-1.0, high=5.414213562373095)

    References:
        Construction of confidence limits about effect measures: A general approach (Zou and
        Donner, 2008), section 2, the limits of theta_1 - theta_2
    """
    value = first.value - second.value
    if first.low is None or first.high is None or second.low is None or second.high is None:
        return Estimate(value)
    below = math.hypot(first.value - first.low, second.high - second.value)
    above = math.hypot(first.high - first.value, second.value - second.low)
    return Estimate(value, value - below, value + above)


def sign(estimate: Estimate) -> int:
    """-1 if a difference is below zero, 1 if it is above, 0 if its interval holds zero."""
    low, high = estimate.low, estimate.high
    if low is None or high is None or low <= 0 <= high:
        return 0
    return -1 if high < 0 else 1


def chance(estimate: Estimate) -> float | None:
    """Two-sided p-value of no difference, as if its draws were normal; None without interval.

    Args:
        estimate: The difference and its 95 % interval.

    Example:
        >>> round(chance(Estimate(1.96, 0.0, 4.0)), 3)
        0.05
    """
    if estimate.low is None or estimate.high is None:
        return None
    toward = (
        estimate.value - estimate.low if estimate.value > 0 else estimate.high - estimate.value
    )
    if toward <= 0:
        return 0.0 if estimate.value else 1.0
    return math.erfc(1.96 * abs(estimate.value) / toward / math.sqrt(2))


def holm(chances: Mapping[K, float]) -> dict[K, float]:
    """p-values of several tests, raised so that all hold at once.

    The smallest of m is multiplied by m, the next by m - 1 and so on, and none is below the
    one before it.

    Args:
        chances: The p-value of each test.

    Example:
        >>> holm({"a": 0.01, "b": 0.04, "c": 0.03})
        {'a': 0.03, 'b': 0.06, 'c': 0.06}

    References:
        A simple sequentially rejective multiple test procedure (Holm, 1979), section 3
    """
    raised: dict[K, float] = {}
    worst = 0.0
    for place, name in enumerate(sorted(chances, key=chances.__getitem__)):
        worst = max(worst, min(1.0, (len(chances) - place) * chances[name]))
        raised[name] = worst
    return {name: raised[name] for name in chances}
