"""Numbers that describe a signal, each of which a person can name."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Float, Int

from .. import measures
from ..population import Population

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
LAGS = (1, 2, 4, 8)
BANDS = (1 / 16, 1 / 8, 1 / 4)  # in cycles a step; the last band ends at 1 / 2
PAIRS = 24  # correlations of channels at most
_SMALL = 1e-12
ROUNDING = 1e-6  # of numbers that were single floats, and what is computed from them

Columns = Iterator[tuple[str, Float[np.ndarray, "N C"]]]


def varying(found: Float[np.ndarray, "N D"]) -> Bool[np.ndarray, " D"]:
    """Which features vary by more than rounding does, in signals of unit size.

    The mean of signals that were scaled one by one is 0 but for the last digits: in units of
    these, anything else would be infinitely far.

    Example:
        >>> varying(np.array([[1.0, 0.0, 3.0], [2.0, 1e-8, 3.0]])).tolist()
        [True, False, False]
    """
    return found.std(0) > ROUNDING * np.maximum(1, np.abs(found).max(0))


def features(population: Population) -> tuple[Float[np.ndarray, "N F"], tuple[str, ...]]:
    """Interpretable features of each signal, and their names.

    For each channel: mean, deviation, skewness, excess kurtosis, quantiles, first and last
    value, autocorrelation at some lags, shares of the power in some bands, and roughness,
    which is the rms of the differences of neighbours over the deviation. Then correlations
    of channels, at most 24 of them, and the length. What is not defined, such as the
    skewness of a constant, is 0. Of signals of one step, which have no more to say, their
    values alone.

    Args:
        population: The signals; only their real steps count.

    Example:
        >>> found, names = features(Population(values=np.ones((2, 8, 1))))
        >>> dict(zip(names, found[0].tolist()))["mean of 0"]
        1.0
    """
    mask = population.mask
    values = np.where(mask[..., None], population.values, 0.0).astype(float)
    lengths = population.extent
    labels = population.channels or tuple(str(i) for i in range(population.width))
    if population.steps == 1:
        return values[:, 0], tuple(f"value of {label}" for label in labels)
    columns: list[np.ndarray] = []
    names: list[str] = []
    for find in (_moments, _quantiles, _ends, _memory, _bands):
        for name, column in find(values, mask, lengths):
            columns.append(column)
            names += [f"{name} of {label}" for label in labels]
    pairs, found = _correlations(values, mask)
    names += [f"correlation of {labels[i]} and {labels[j]}" for i, j in pairs]
    columns += [found, lengths[:, None].astype(float)]
    return np.concatenate(columns, 1), (*names, "length")


def _moments(
    x: Float[np.ndarray, "N T C"], mask: Bool[np.ndarray, "N T"], lengths: Int[np.ndarray, " N"]
) -> Columns:
    del lengths
    mean = measures.mean(x, mask)
    rest = x - mean
    deviation = np.sqrt(measures.mean(rest**2, mask))
    unit = rest / np.where(deviation > _SMALL, deviation, np.inf)
    fourth = measures.mean(unit**4, mask)
    yield "mean", mean[:, 0]
    yield "deviation", deviation[:, 0]
    yield "skewness", measures.mean(unit**3, mask)[:, 0]
    yield "kurtosis", np.where(deviation > _SMALL, fourth - 3, 0.0)[:, 0]


def _quantiles(
    x: Float[np.ndarray, "N T C"], mask: Bool[np.ndarray, "N T"], lengths: Int[np.ndarray, " N"]
) -> Columns:
    ordered = np.sort(np.where(mask[..., None], x, np.inf), 1)
    each = np.arange(len(x))
    for share in QUANTILES:
        place = (lengths - 1) * share
        below = np.floor(place).astype(int)
        low, high = ordered[each, below], ordered[each, np.minimum(below + 1, lengths - 1)]
        yield f"{share:.0%} quantile", low + (place - below)[:, None] * (high - low)


def _ends(
    x: Float[np.ndarray, "N T C"], mask: Bool[np.ndarray, "N T"], lengths: Int[np.ndarray, " N"]
) -> Columns:
    del mask
    yield "first", x[:, 0]
    yield "last", x[np.arange(len(x)), lengths - 1]


def _memory(
    x: Float[np.ndarray, "N T C"], mask: Bool[np.ndarray, "N T"], lengths: Int[np.ndarray, " N"]
) -> Columns:
    rest = (x - measures.mean(x, mask)) * mask[..., None]
    power = (rest**2).sum(1)
    safe = np.where(power > _SMALL, power, np.inf)
    for lag in LAGS:
        product = (rest[:, lag:] * rest[:, :-lag]).sum(1)
        yield f"autocorrelation at {lag}", product / safe
    change = (np.diff(x, axis=1) ** 2 * mask[:, 1:, None]).sum(1)
    per_step = change / np.maximum(lengths - 1, 1)[:, None]
    yield "roughness", np.sqrt(per_step * lengths[:, None] / safe)


def _bands(
    x: Float[np.ndarray, "N T C"], mask: Bool[np.ndarray, "N T"], lengths: Int[np.ndarray, " N"]
) -> Columns:
    edges = (0.0, *BANDS, 0.5)
    shares = np.zeros((len(edges) - 1, len(x), x.shape[2]))
    rest = (x - measures.mean(x, mask)) * mask[..., None]
    for length in np.unique(lengths[lengths >= 2]):
        rows = np.flatnonzero(lengths == length)
        power = np.abs(np.fft.rfft(rest[rows, :length], axis=1)[:, 1:]) ** 2
        band = np.searchsorted(edges, np.fft.rfftfreq(length)[1:]) - 1
        total = power.sum(1)
        safe = np.where(total > _SMALL, total, np.inf)
        for b in range(len(shares)):
            shares[b, rows] = power[:, band == b].sum(1) / safe
    for b, share in enumerate(shares):
        yield f"power in {edges[b]:.3g} to {edges[b + 1]:.3g} cycles a step", share


def _correlations(
    x: Float[np.ndarray, "N T C"], mask: Bool[np.ndarray, "N T"]
) -> tuple[list[tuple[int, int]], Float[np.ndarray, "N P"]]:
    """Of pairs spread evenly over all there are."""
    one, other = np.triu_indices(x.shape[2], 1)
    some = np.unique(np.linspace(0, len(one) - 1, min(PAIRS, len(one))).astype(int))
    one, other = one[some], other[some]
    rest = (x - measures.mean(x, mask)) * mask[..., None]
    power = np.sqrt((rest**2).sum(1))
    unit = rest / np.where(power > _SMALL, power, np.inf)[:, None]
    found = np.einsum("ntp,ntp->np", unit[:, :, one], unit[:, :, other])
    return list(zip(one.tolist(), other.tolist(), strict=True)), found
