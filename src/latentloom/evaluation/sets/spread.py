"""Whether reconstructions vary as much as what they stand for."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Float, Int, Real

from ..parts import columns_of
from ..statistics import LEVEL, Estimate, drawn_counts


def spread_by_span(
    truth: Float[np.ndarray, "N T C"],
    made: Float[np.ndarray, "N T C"],
    mask: Bool[np.ndarray, "N T"],
    spans: Mapping[str, int],
    *,
    group: Int[np.ndarray, " N"] | None = None,
    seed: int = 0,
) -> dict[str, Estimate]:
    r"""The standard deviation of reconstructions over that of the truth, by type of channel.

    $$\sqrt{\sum_c \mathrm{var}(\hat x_c) \Big/ \sum_c \mathrm{var}(x_c)}$$

    over all real steps of all records, and the channels c of a span. 1 is right; what was
    averaged away is missing. What differs between the steps alone counts too: hold it
    against what the mean of each step gets. NaN where the truth is constant.

    Args:
        truth: The signals.
        made: Their reconstructions.
        mask: Which steps are real.
        spans: Names in the order of the channels, each with how many channels it has.
        group: Which records are drawn together; each alone if None.
        seed: Of the draws.

    Example:
        >>> truth = np.random.default_rng(0).normal(size=(9, 4, 2))
        >>> mask = np.ones((9, 4), dtype=bool)
        >>> round(spread_by_span(truth, truth / 2 + 7, mask, {"xy": 2})["xy"].value, 6)
        0.5
    """
    columns = columns_of(spans, truth.shape[2])
    middle = truth[mask].mean(0, dtype=float)
    sums = [mask.sum(1)[:, None].astype(float)]
    for values in (made, truth):
        rest = np.where(mask[..., None], values - middle, 0.0)
        sums += [rest.sum(1), (rest**2).sum(1)]

    def found(weights: Real[np.ndarray, "R N"]) -> Float[np.ndarray, "R M"]:
        count, *parts = (weights @ part for part in sums)
        varied = [np.maximum(parts[i + 1] / count - (parts[i] / count) ** 2, 0) for i in (0, 2)]
        of_made, of_truth = (
            np.stack([variance[:, own].sum(1) for own in columns.values()], 1)
            for variance in varied
        )
        return np.sqrt(np.where(of_truth > 0, of_made / np.maximum(of_truth, 1e-300), np.nan))

    members = np.unique(np.arange(len(mask)) if group is None else group, return_inverse=True)[1]
    values = found(np.ones((1, len(mask))))[0]
    known = np.isfinite(values) & bool(members.max())
    low, high = np.full((2, len(values)), np.nan)
    if known.any():
        draws = [found(weights)[:, known] for weights in drawn_counts(members, seed=seed)]
        ends = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
        low[known], high[known] = np.nanquantile(np.concatenate(draws), ends, axis=0)
    return {
        name: Estimate(value) if np.isnan(ends[0]) else Estimate(value, *ends)
        for name, value, *ends in zip(
            spans, values.tolist(), low.tolist(), high.tolist(), strict=True
        )
    }
