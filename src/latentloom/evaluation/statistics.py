"""Numbers over many records, each with the interval that another draw could have given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy.stats import t as student

DRAWS = 1000
LEVEL = 0.95
_CELLS = 2_000_000  # counts held in memory at a time


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and its 95 % interval.

    Args:
        value: The number.
        low: Lower end; None if there are too few groups to tell.
        high: Upper end; None if there are too few groups to tell.
    """

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A score over many records.

    Args:
        median: Half of the records are below.
        ninety: Nine in ten of the records are below.
        mean: The average record.
        size: How many records have the score; those where it is undefined do not count.
        groups: How many groups were resampled for the intervals.
    """

    median: Estimate
    ninety: Estimate
    mean: Estimate
    size: int
    groups: int

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Summary:
        """The summary that `dataclasses.asdict` made plain."""
        estimates = {name: Estimate(**plain[name]) for name in ("median", "ninety", "mean")}
        return cls(size=plain["size"], groups=plain["groups"], **estimates)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two rows of a table on the same records.

    Args:
        first: The row that is judged.
        second: The row that it is held against.
        difference: Median of the first minus median of the second, in units of the score.
        wins: Share of the records on which the first is lower.
        chance: Two-sided p-value of the bootstrap: how often another draw of the groups would
            turn the difference around; None if there are too few groups to tell.
    """

    first: str
    second: str
    difference: Estimate
    wins: float
    chance: float | None = None

    @property
    def sign(self) -> int:
        """-1 if the first is lower, 1 if it is higher, 0 if the interval holds zero."""
        low, high = self.difference.low, self.difference.high
        if low is None or high is None or low <= 0 <= high:
            return 0
        return -1 if high < 0 else 1

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Comparison:
        """The comparison that `dataclasses.asdict` made plain."""
        return cls(**{**plain, "difference": Estimate(**plain["difference"])})


def summarize(
    values: Float[np.ndarray, " N"], group: Int[np.ndarray, " N"] | None = None, *, seed: int = 0
) -> Summary:
    """Median, 90 % quantile and mean, with bootstrap intervals.

    Records, or whole groups of them, are drawn with replacement 1000 times; the interval
    holds the middle 95 % of what the draws gave. Records that resemble each other, such as
    those of one shape, belong into one group: drawn alone they would promise too much.

    Args:
        values: The score of each record; those that are not finite do not count.
        group: Which records are drawn together; each alone if None.
        seed: Of the draws.

    Raises:
        ValueError: If fewer than two records have a score.

    Example:
        >>> summarize(np.arange(101.0)).ninety.value
        90.0

    References:
        An Introduction to the Bootstrap (Efron and Tibshirani, 1993), chapters 6 and 13.
    """
    known = np.isfinite(values)
    if known.sum() < 2:
        raise ValueError(
            f"a summary must have at least 2 records with a score, got {known.sum()}"
            f" of {len(values)}"
        )
    ordered, counts = _resampled(values[known], None if group is None else group[known], seed)
    groups = int(known.sum()) if group is None else len(np.unique(group[known]))
    plain = np.ones((1, len(ordered)), dtype=int)

    def estimate(draws: Float[np.ndarray, " R"], value: Float[np.ndarray, " 1"]) -> Estimate:
        return _estimate(draws, float(value[0]), groups)

    return Summary(
        median=estimate(_quantile(ordered, counts, 0.5), _quantile(ordered, plain, 0.5)),
        ninety=estimate(_quantile(ordered, counts, 0.9), _quantile(ordered, plain, 0.9)),
        mean=estimate(_mean(ordered, counts), _mean(ordered, plain)),
        size=len(ordered),
        groups=groups,
    )


def compare(
    first: tuple[str, Float[np.ndarray, " N"]],
    second: tuple[str, Float[np.ndarray, " N"]],
    group: Int[np.ndarray, " N"] | None = None,
    *,
    seed: int = 0,
) -> Comparison:
    """Whether one row is lower than another, both drawn together.

    Args:
        first: Name and scores of the row that is judged.
        second: Name and scores, on the same records, of the row that it is held against.
        group: Which records are drawn together; each alone if None.
        seed: Of the draws.

    Raises:
        ValueError: If fewer than two records have both scores.

    Example:
        >>> x = np.arange(20.0)
        >>> compare(("a", x), ("b", x + 1)).difference
        Estimate(value=-1.0, low=-1.0, high=-1.0)
    """
    known = np.isfinite(first[1]) & np.isfinite(second[1])
    if known.sum() < 2:
        raise ValueError(f"a comparison must have at least 2 records, got {known.sum()}")
    group = np.arange(len(known)) if group is None else group
    a, b, groups = first[1][known], second[1][known], len(np.unique(group[known]))
    draws = [_quantile(*_resampled(x, group[known], seed), 0.5) for x in (a, b)]
    value = float(np.median(a) - np.median(b))
    return Comparison(
        first=first[0],
        second=second[0],
        difference=_estimate(draws[0] - draws[1], value, groups),
        wins=float((a < b).mean()),
        chance=_chance(draws[0] - draws[1]) if groups > 1 else None,
    )


def plain(result: Summary | Comparison) -> dict[str, Any]:
    """A result as plain values, for a JSON file."""
    return asdict(result)


def drawn_counts(
    members: Int[np.ndarray, " N"], *, seed: int, draws: int = DRAWS, width: int = 1
) -> Iterator[Int[np.ndarray, "R N"]]:
    """How often each record counts when as many groups are drawn as there are.

    Args:
        members: The group of each record, counted from 0.
        seed: Of the draws.
        draws: How many there are; they come some at a time.
        width: How many numbers the caller holds for each draw, if more than there are records.

    Example:
        >>> (counts,) = drawn_counts(np.array([0, 0, 1]), seed=0, draws=4)
        >>> bool((counts[:, 0] == counts[:, 1]).all()), counts.shape
        (True, (4, 3))
    """
    groups, rng = int(members.max()) + 1, np.random.default_rng(seed)
    equal = np.full(groups, 1 / groups)
    rows = max(1, _CELLS // max(len(members), width))
    for many in np.diff([*range(0, draws, rows), draws]):
        yield rng.multinomial(groups, equal, many)[:, members]


def of_repeats(repeats: Sequence[float]) -> Estimate:
    """The mean of a few repeats and its 95 % interval, by Student's t.

    The half-width is the b of the "a ± b" of published tables.

    Example:
        >>> of_repeats([1.0, 2.0, 3.0]).value
        2.0
    """
    value, size = float(np.mean(repeats)), len(repeats)
    if size < 2:
        return Estimate(value)
    half = student.ppf((1 + LEVEL) / 2, size - 1) * np.std(repeats, ddof=1) / np.sqrt(size)
    return Estimate(value, value - float(half), value + float(half))


def _estimate(draws: Float[np.ndarray, " R"], value: float, groups: int) -> Estimate:
    if groups < 2:
        return Estimate(value)
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value, float(low), float(high))


def _chance(draws: Float[np.ndarray, " R"]) -> float:
    """Twice the smaller share of draws on either side of zero, that of none never being 0."""
    sides = (draws <= 0).sum(), (draws >= 0).sum()
    return min(1.0, 2 * (1 + int(min(sides))) / (1 + len(draws)))


def _resampled(
    values: Float[np.ndarray, " N"], group: Int[np.ndarray, " N"] | None, seed: int
) -> tuple[Float[np.ndarray, " N"], Int[np.ndarray, "R N"]]:
    """The values in order, and how often each of the draws holds each of them."""
    order = np.argsort(values, kind="stable")
    group = np.arange(len(values)) if group is None else group
    _, member = np.unique(group, return_inverse=True)
    groups = int(member.max()) + 1
    drawn = np.random.default_rng(seed).multinomial(groups, np.full(groups, 1 / groups), DRAWS)
    return values[order], drawn[:, member[order]]


def _mean(
    ordered: Float[np.ndarray, " N"], counts: Int[np.ndarray, "R N"]
) -> Float[np.ndarray, " R"]:
    return counts @ ordered / counts.sum(1)


def _quantile(
    ordered: Float[np.ndarray, " N"], counts: Int[np.ndarray, "R N"], share: float
) -> Float[np.ndarray, " R"]:
    """The linear quantile of values that are repeated as often as `counts` says."""
    rows = max(1, _CELLS // len(ordered))
    parts = [
        _quantile_rows(ordered, counts[i : i + rows], share) for i in range(0, len(counts), rows)
    ]
    return np.concatenate(parts)


def _quantile_rows(
    ordered: Float[np.ndarray, " N"], counts: Int[np.ndarray, "R N"], share: float
) -> Float[np.ndarray, " R"]:
    upto = counts.cumsum(1)
    position = (upto[:, -1] - 1) * share
    below = np.floor(position).astype(int)
    above = np.minimum(below + 1, upto[:, -1] - 1)
    low, high = (ordered[(upto <= k[:, None]).sum(1)] for k in (below, above))
    return low + (position - below) * (high - low)
