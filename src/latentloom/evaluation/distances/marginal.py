"""Distances between the distributions of single values."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Real
from scipy import sparse

from ...core.ranges import at_least
from ..population import Trial
from .pooled import sampled, shares, standardized, typical
from .role import Compared, Distance, InapplicableError

_BINS = 50


_NUMBERS = 30_000_000  # held of all cells, signals and channels
_LEAST_CELLS = 64


class LegacyMarginal(Distance):
    r"""The marginal distribution difference (MDD) as it is published; 0 is right.

    For each channel and each time step but the first, a histogram of 50 equal bins between
    the least and the greatest real value, as a density; the mean over bins of
    $|p_b - \hat p_b|$, then the mean over channels and steps. It has the inverse unit of the
    signals, so it means something in min-max scaled data only. Made values outside the real
    range are lost, and so are those on the edge between two bins, which gives real signals
    scored against themselves a little more than 0.

    Steps at which all real values are equal have no histogram and are left out, where the
    original divides by a bin of 2e-7. Of ragged signals the steps count that half of the real
    ones reach: the range of a few values is not that of a distribution. A bootstrap keeps the
    bins.

    Raises:
        InapplicableError: If signals have one step only, or never vary.

    References:
        TSGBench: Time Series Generation Benchmark (Ang et al., 2024), section 4.3, MDD;
        their src/feature_based_measures.py fixes the details.
    """

    least = 10

    def compare(self, trial: Trial, *, seed: int) -> Compared:
        upto = typical(trial.held)
        held, made = (x.values[:, 1:upto].astype(float) for x in (trial.held, trial.made))
        here, there = (x.mask[:, 1:upto, None] for x in (trial.held, trial.made))
        low = held.min(0, where=here, initial=np.inf)
        span = held.max(0, where=here, initial=-np.inf) - low
        varies = span > 0
        if not varies.any():
            raise InapplicableError(
                "a histogram must have real values that differ after the first step, and at"
                f" each of the other {held.shape[1]} steps they are equal"
            )
        wide, low = np.where(varies, span, 1.0), np.where(varies, low, 0.0)
        real, other = ((x - low) / wide * _BINS for x in (held, made))
        kept = varies & here, varies & there & (other % 1 > 0) & (other > 0) & (other < _BINS)
        tables = [_table(x.astype(int), k) for x, k in zip((real, other), kept, strict=True)]
        counts = here[..., 0].astype(float), there[..., 0].astype(float)

        def weighed(
            held_weights: Real[np.ndarray, " N"], made_weights: Real[np.ndarray, " M"]
        ) -> Float[np.ndarray, " R"]:
            apart = _shares(tables[0], counts[0], held_weights)
            apart = apart - _shares(tables[1], counts[1], made_weights)
            density = np.abs(apart).mean(-1) * _BINS / wide
            return density[varies].mean(keepdims=True)

        return Compared(
            weighed=weighed,
            dimensions=int(varies.sum()) * _BINS,
            real=trial.held.size,
            made=trial.made.size,
        )


def _table(position: np.ndarray, kept: Bool[np.ndarray, "N T C"]) -> sparse.csr_matrix:
    """For each signal, a one in the bin that each kept value is in."""
    size, steps, channels = position.shape
    cells = np.arange(steps * channels).reshape(steps, channels) * _BINS
    columns = (cells + position.clip(0, _BINS - 1))[kept]
    starts = np.concatenate([[0], kept.sum((1, 2)).cumsum()])
    shape = (size, steps * channels * _BINS)
    return sparse.csr_matrix((np.ones(len(columns), dtype=np.float32), columns, starts), shape)


def _shares(
    table: sparse.csr_matrix,
    counts: Float[np.ndarray, "N T"],
    weights: Real[np.ndarray, " N"],
) -> Float[np.ndarray, "T C J"]:
    """The share of the values at each step that is in each bin."""
    weights = shares(weights)
    total = np.asarray(table.T @ weights).reshape(counts.shape[1], -1, _BINS)
    return total / np.maximum(weights @ counts, 1e-9)[:, None, None]


class Marginal(Distance):
    r"""How far the values of made signals must be moved to be distributed right; 0 is right.

    $\frac1C \sum_c \frac{1}{\sigma_c} \int |F_c(x) - \hat F_c(x)| dx$ with the distribution
    functions $F$ of all values of a channel at all real steps: the Wasserstein-1 distance in
    standard deviations of the real channel. It needs no bins to be meant, grows with how far
    a value is off, and counts values outside the real range by how far outside they are; a
    histogram does none of these. It does not see which step or which signal a value is of.

    It is computed in cells between real quantiles, as the sum over cells of
    $|\int_{cell} (F - \hat F)|$, which is exact but in the cells where the distribution
    functions cross. Channels that are constant in the real signals are left out. A bootstrap
    keeps the cells and the unit.

    Args:
        cells: How many cells between quantiles at most; fewer, but not below 64, where many
            signals of many channels would fill the memory.
        most: How many signals of each kind, drawn at random if there are more.

    References:
        Computational Optimal Transport (Peyre and Cuturi, 2019), equation 2.37.
    """

    least = 10

    def __init__(self, *, cells: int = 1024, most: int = 10_000) -> None:
        at_least(1, cells=cells, most=most)
        self.cells = cells
        self.most = most

    def compare(self, trial: Trial, *, seed: int) -> Compared:
        held, made = standardized(trial)
        here, there = (sampled(len(x), self.most, seed=seed) for x in (held, made))
        steps, others = trial.held.mask[here], trial.made.mask[there]
        room = _NUMBERS // ((len(here) + len(there)) * held.shape[2])
        levels = np.linspace(0, 1, min(self.cells, max(_LEAST_CELLS, room)) + 1)
        edges = np.quantile(held[here][steps], levels, axis=0).T
        real = np.stack([_areas(held[here, :, c], steps, e) for c, e in enumerate(edges)], 1)
        other = np.stack([_areas(made[there, :, c], others, e) for c, e in enumerate(edges)], 1)
        counts = steps.sum(1).astype(float), others.sum(1).astype(float)

        def weighed(
            held_weights: Real[np.ndarray, " N"], made_weights: Real[np.ndarray, " M"]
        ) -> Float[np.ndarray, " R"]:
            apart = _pooled(real, counts[0], held_weights[here])
            apart = apart - _pooled(other, counts[1], made_weights[there])
            return np.abs(apart).sum(-1).mean(keepdims=True)

        return Compared(
            weighed=weighed,
            dimensions=held.shape[2],
            real=len(here),
            made=len(there),
        )


def _areas(
    x: Float[np.ndarray, "N T"], mask: Bool[np.ndarray, "N T"], edges: Float[np.ndarray, " K"]
) -> Float[np.ndarray, "N J"]:
    r"""Of each cell the $\sum_t \int_{cell} 1[x_t \le s] ds$ of each signal.

    The first cell reaches down to all values; of the last, above the edges, it is the
    negative $\sum_t \int (1 - 1[x_t \le s]) ds$, so that it is finite.
    """
    size, width = len(x), np.diff(edges)
    rows = np.broadcast_to(np.arange(size)[:, None], x.shape)[mask]
    values = x[mask]
    cell = np.searchsorted(edges, values, side="right")
    flat, inner = rows * (len(edges) + 1) + cell, (cell > 0) & (cell < len(edges))
    shape = (size, len(edges) + 1)
    within = np.where(inner, edges[np.minimum(cell, len(edges) - 1)] - values, 0.0)
    count = np.bincount(flat, minlength=shape[0] * shape[1]).reshape(shape)
    part = np.bincount(flat, within, minlength=shape[0] * shape[1]).reshape(shape)
    areas = np.zeros(shape)
    areas[:, 1:-1] = part[:, 1:-1] + count.cumsum(1)[:, :-2] * width
    areas[:, 0] = (np.maximum(edges[0] - x, 0) * mask).sum(1)
    areas[:, -1] = -(np.maximum(x - edges[-1], 0) * mask).sum(1)
    return areas


def _pooled(
    areas: Float[np.ndarray, "N C J"],
    counts: Float[np.ndarray, " N"],
    weights: Real[np.ndarray, " N"],
) -> Float[np.ndarray, "C J"]:
    weights = shares(weights)
    return np.tensordot(weights, areas, 1) / (weights @ counts)
