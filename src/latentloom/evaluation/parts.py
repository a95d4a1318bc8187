"""How much of each part of the data a reconstruction explains."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
from jaxtyping import Bool, Float, Int, Real
from scipy import sparse

from .statistics import LEVEL, Estimate, drawn_counts

Columns = Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class _Sums:
    """Of each record and feature: values, squares and squared errors summed, and how many."""

    count: Float[np.ndarray, " N"]
    first: Float[np.ndarray, "N F"]
    second: Float[np.ndarray, "N F"]
    error: Float[np.ndarray, "N F"]


def r2_by_part(
    truth: Float[np.ndarray, "N T C"],
    made: Float[np.ndarray, "N T C"],
    mask: Bool[np.ndarray, "N T"],
    *,
    names: Sequence[str],
    group: Int[np.ndarray, " N"] | None = None,
    seed: int = 0,
) -> dict[str, Estimate]:
    r"""Share of the variance of each channel that a reconstruction explains; 1 is right.

    $R^2 = 1 - \sum (\hat x - x)^2 / \sum (x - \bar x)^2$ over all real steps of all records,
    with the mean $\bar x$ of these same records: 0 is what their best constant gets, which
    is a little more than the mean of a train split would get. NaN where a channel is
    constant. The interval comes from records, or whole groups of them, drawn with
    replacement.

    Args:
        truth: The signals.
        made: Their reconstructions.
        mask: Which steps are real.
        names: Of the channels.
        group: Which records are drawn together; each alone if None.
        seed: Of the draws.

    Raises:
        ValueError: If there is not one name a channel.

    Example:
        >>> truth = np.array([[[0.0], [2.0]], [[4.0], [6.0]]])
        >>> mask = np.ones((2, 2), dtype=bool)
        >>> r2_by_part(truth, truth + 1, mask, names=["voltage"])["voltage"].value
        0.8

    References:
        Applied Regression Analysis (Draper and Smith, 1998), section 1.3.
    """
    if len(names) != truth.shape[2]:
        raise ValueError(
            f"there must be a name for each of {truth.shape[2]} channels, got {list(names)}"
        )
    first = np.where(mask[..., None], truth.astype(float), 0.0)
    error = np.where(mask[..., None], made - truth.astype(float), 0.0)
    first = first - first.sum((0, 1)) / mask.sum() * mask[..., None]
    sums = _Sums(mask.sum(1).astype(float), first.sum(1), (first**2).sum(1), (error**2).sum(1))
    return _estimates(sums, {name: [c] for c, name in enumerate(names)}, _EXPLAINED, group, seed)


def r2_by_family(
    truth: Mapping[str, Float[np.ndarray, "_ _"]],
    made: Mapping[str, Float[np.ndarray, "_ _"]],
    *,
    group: Int[np.ndarray, " N"] | None = None,
    seed: int = 0,
) -> dict[str, Estimate]:
    """Share of the variance of each family of features that a reconstruction explains.

    The mean over the features of a family of their share as in `r2_by_part`, so that the
    unit of no feature counts; constant features are left out.

    Args:
        truth: The features of each family, by its name.
        made: Their reconstructions.
        group: Which records are drawn together; each alone if None.
        seed: Of the draws.

    Raises:
        ValueError: If the families or their shapes differ.

    Example:
        >>> truth = {"shape": np.array([[0.0, 0.0], [2.0, 4.0]])}
        >>> r2_by_family(truth, {"shape": truth["shape"] + 1.0})["shape"].value
        0.375
    """
    shapes = [{name: x.shape for name, x in families.items()} for families in (truth, made)]
    if shapes[0] != shapes[1]:
        raise ValueError(f"families must have shapes {shapes[0]}, got {shapes[1]}")
    found: dict[str, Estimate] = {}
    for name, x in truth.items():
        every = {name: range(x.shape[1])}
        found |= r2_by_subset(x, made[name], every, group=group, seed=seed)
    return found


def r2_by_subset(
    truth: Float[np.ndarray, "N F"],
    made: Float[np.ndarray, "N F"],
    subsets: Columns,
    *,
    group: Int[np.ndarray, " N"] | None = None,
    seed: int = 0,
) -> dict[str, Estimate]:
    """Share of the variance of sets of features that a reconstruction explains.

    The mean over the features of a set, as in `r2_by_family`, of all sets at once and with
    the same draws: what features have in common does not part them.

    Args:
        truth: The features.
        made: Their reconstructions.
        subsets: Which features each set has, by its name.
        group: Which records are drawn together; each alone if None.
        seed: Of the draws.

    Example:
        >>> truth = np.array([[0.0, 0.0], [2.0, 4.0]])
        >>> r2_by_subset(truth, truth + 1.0, {"a": [0], "both": [0, 1]})["both"].value
        0.375
    """
    return _estimates(_rows(truth, made), subsets, _EXPLAINED, group, seed)


def error_by_subset(
    truth: Float[np.ndarray, "N F"],
    made: Float[np.ndarray, "N F"],
    subsets: Columns,
    *,
    group: Int[np.ndarray, " N"] | None = None,
    seed: int = 0,
) -> dict[str, Estimate]:
    """Mean squared error of sets of features, in their squared units.

    Args:
        truth: The features.
        made: Their reconstructions.
        subsets: Which features each set has, by its name.
        group: Which records are drawn together; each alone if None.
        seed: Of the draws.

    Example:
        >>> truth = np.zeros((4, 2))
        >>> error_by_subset(truth, truth + np.array([1.0, 3.0]), {"both": [0, 1]})["both"].value
        5.0
    """
    return _estimates(_rows(truth, made), subsets, _ERROR, group, seed)


def error_by_span(
    truth: Float[np.ndarray, "N T C"],
    made: Float[np.ndarray, "N T C"],
    mask: Bool[np.ndarray, "N T"],
    spans: Mapping[str, int],
    *,
    than: Float[np.ndarray, "N T C"] | None = None,
    group: Int[np.ndarray, " N"] | None = None,
    seed: int = 0,
) -> dict[str, Estimate]:
    """Mean squared error of runs of channels, over all their numbers at real steps.

    Args:
        truth: The signals.
        made: Their reconstructions.
        mask: Which steps are real.
        spans: Names in the order of the channels, each with how many channels it has.
        than: Other reconstructions, whose error is subtracted: negative where `made` is nearer.
        group: Which records are drawn together; each alone if None.
        seed: Of the draws.

    Raises:
        ValueError: If the spans are not of all channels.

    Example:
        >>> truth, mask = np.zeros((2, 3, 3)), np.ones((2, 3), dtype=bool)
        >>> made = truth + np.array([1.0, 3.0, 2.0])
        >>> found = error_by_span(truth, made, mask, {"xy": 2, "rot": 1})
        >>> found["xy"].value, found["rot"].value
        (5.0, 4.0)
    """
    columns = columns_of(spans, truth.shape[2])
    error = _squares(truth, made, mask)
    if than is not None:
        error = error - _squares(truth, than, mask)
    none = np.zeros_like(error)
    return _estimates(
        _Sums(mask.sum(1).astype(float), none, none, error), columns, _ERROR, group, seed
    )


def columns_of(spans: Mapping[str, int], channels: int) -> Columns:
    """Which channels each span has.

    Args:
        spans: Names in the order of the channels, each with how many channels it has.
        channels: How many there are.

    Raises:
        ValueError: If the spans are not of all channels.

    Example:
        >>> columns_of({"xy": 2, "rot": 1}, 3)
        {'xy': range(0, 2), 'rot': range(2, 3)}
    """
    ends = [*accumulate(spans.values(), initial=0)]
    if ends[-1] != channels:
        raise ValueError(f"spans must be of all {channels} channels, got {dict(spans)}")
    return {name: range(*pair) for name, pair in zip(spans, pairwise(ends), strict=True)}


def _squares(
    truth: Float[np.ndarray, "N T C"],
    made: Float[np.ndarray, "N T C"],
    mask: Bool[np.ndarray, "N T"],
) -> Float[np.ndarray, "N C"]:
    """The squared errors of each record and channel, summed over real steps."""
    return (np.where(mask[..., None], made - truth.astype(float), 0.0) ** 2).sum(1)


def _rows(truth: Float[np.ndarray, "N F"], made: Float[np.ndarray, "N F"]) -> _Sums:
    rest = truth.astype(float) - truth.mean(0, dtype=float)
    return _Sums(np.ones(len(truth)), rest, rest**2, (made - truth.astype(float)) ** 2)


Numbers = tuple[Float[np.ndarray, "R F"], Bool[np.ndarray, "R F"]]


@dataclass(frozen=True, slots=True)
class _Statistic:
    """What is found of each feature for each row of weights, and what it cannot exceed."""

    find: Callable[[_Sums, np.ndarray], Numbers]
    most: float


def _estimates(
    sums: _Sums,
    subsets: Columns,
    statistic: _Statistic,
    group: Int[np.ndarray, " N"] | None,
    seed: int,
) -> dict[str, Estimate]:
    """The mean of each set of features, with the interval of drawing groups again."""
    group = np.arange(len(sums.count)) if group is None else group
    members = np.unique(group, return_inverse=True)[1]
    inside = _membership(subsets, sums.first.shape[1])
    values = _means(statistic.find(sums, np.ones((1, len(members)))), inside)[0]
    known = np.isfinite(values)
    low, high = np.full((2, len(values)), np.nan)
    if members.max() and known.any():
        draws = [
            _means(statistic.find(sums, weights), inside[:, known])
            for weights in drawn_counts(members, seed=seed, width=sums.first.shape[1])
        ]
        ends = _around(values[known], np.concatenate(draws))
        low[known], high[known] = np.minimum(ends, statistic.most)
    return {
        name: Estimate(value) if np.isnan(ends[0]) else Estimate(value, *ends)
        for name, value, *ends in zip(
            subsets, values.tolist(), low.tolist(), high.tolist(), strict=True
        )
    }


def _around(
    values: Float[np.ndarray, " M"], draws: Float[np.ndarray, "R M"]
) -> Float[np.ndarray, "2 M"]:
    """The middle of the draws, moved back by what drawing itself adds.

    A feature that few records vary in loses most of its variance, and so of its share, in
    each draw that leaves them out.

    References:
        An Introduction to the Bootstrap (Efron and Tibshirani, 1993), section 10.2
    """
    ends = np.nanquantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return ends + values - np.nanmean(draws, 0)


def _membership(subsets: Columns, features: int) -> sparse.csc_array:
    """A column for each set, with a one for each of its features."""
    columns = [np.asarray(own, dtype=int) for own in subsets.values()]
    ends = np.cumsum([0, *map(len, columns)])
    rows = np.concatenate(columns)
    return sparse.csc_array((np.ones(len(rows)), rows, ends), (features, len(columns)))


def _means(numbers: Numbers, inside: sparse.csc_array) -> Float[np.ndarray, "R M"]:
    """The mean over the features of each set that have a number."""
    values, there = numbers
    count = there.astype(float) @ inside
    total = np.where(there, values, 0.0) @ inside
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _shares(sums: _Sums, weights: Real[np.ndarray, "R N"]) -> Numbers:
    """The explained share of each feature that varies, for each row of weights."""
    count = (weights @ sums.count)[:, None]
    total = weights @ sums.second - (weights @ sums.first) ** 2 / count
    varies = total > 1e-12 * np.maximum(weights @ sums.second, 1e-300)
    return 1 - weights @ sums.error / np.where(varies, total, 1.0), varies


def _errors(sums: _Sums, weights: Real[np.ndarray, "R N"]) -> Numbers:
    """The mean squared error of each feature, for each row of weights."""
    found = weights @ sums.error / (weights @ sums.count)[:, None]
    return found, np.ones(found.shape, dtype=bool)


_EXPLAINED = _Statistic(_shares, most=1.0)
_ERROR = _Statistic(_errors, most=np.inf)
