"""How much of each part of the data a reconstruction explains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Real

from .statistics import DRAWS, LEVEL, Estimate

_CELLS = 2_000_000  # counts held in memory at a time


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
    found = _estimates(sums, group, seed)
    return dict(zip(names, found, strict=True))


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
    return {name: _estimate(_family(truth[name], made[name]), group, seed) for name in truth}


def _family(truth: Float[np.ndarray, "N F"], made: Float[np.ndarray, "N F"]) -> _Sums:
    rest = truth.astype(float) - truth.mean(0, dtype=float)
    return _Sums(np.ones(len(truth)), rest, rest**2, (made - truth.astype(float)) ** 2)


def _estimates(sums: _Sums, group: Int[np.ndarray, " N"] | None, seed: int) -> list[Estimate]:
    columns = range(sums.first.shape[1])
    parts = (
        _Sums(sums.count, sums.first[:, [c]], sums.second[:, [c]], sums.error[:, [c]])
        for c in columns
    )
    return [_estimate(part, group, seed) for part in parts]


def _estimate(sums: _Sums, group: Int[np.ndarray, " N"] | None, seed: int) -> Estimate:
    """The explained share, with the interval of drawing groups with replacement."""
    group = np.arange(len(sums.count)) if group is None else group
    members = np.unique(group, return_inverse=True)[1]
    groups = int(members.max()) + 1
    value = float(_explained(sums, np.ones((1, len(members))))[0])
    if groups < 2 or not np.isfinite(value):
        return Estimate(value)
    rng, rows = np.random.default_rng(seed), max(1, _CELLS // len(members))
    equal, blocks = np.full(groups, 1 / groups), np.diff([*range(0, DRAWS, rows), DRAWS])
    drawn = (rng.multinomial(groups, equal, many)[:, members] for many in blocks)
    shares = np.concatenate([_explained(sums, weights) for weights in drawn])
    low, high = np.nanquantile(shares, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value, float(low), float(high))


def _explained(sums: _Sums, weights: Real[np.ndarray, "R N"]) -> Float[np.ndarray, " R"]:
    """The mean over features of the explained share, for each row of weights."""
    count = (weights @ sums.count)[:, None]
    total = weights @ sums.second - (weights @ sums.first) ** 2 / count
    varies = total > 1e-12 * np.maximum(weights @ sums.second, 1e-300)
    share = np.where(varies, 1 - weights @ sums.error / np.where(varies, total, 1.0), 0.0)
    features = varies.sum(1)
    return np.where(features > 0, share.sum(1) / np.maximum(features, 1), np.nan)
