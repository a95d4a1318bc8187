"""Values, memory and frequencies of one channel, real beside made; padding never counts."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from ..population import Population
from .content import Pair

BINS = 40
LAGS = 64
_BEYOND = 0.15  # of the real range, shown at either side of it


def marginal(held: Population, made: Population, channel: int) -> Pair:
    """Densities of the values, in bins around the range of the real ones.

    What lies beyond is counted in the outermost bins, so that no value is lost.
    """
    values = [p.values[..., channel][p.mask].astype(float) for p in (held, made)]
    edges = _edges(values[0])
    shares = [
        np.histogram(x.clip(edges[0], edges[-1]), edges)[0] / (len(x) * np.diff(edges))
        for x in values
    ]
    return Pair(x=(edges[1:] + edges[:-1]) / 2, real=shares[0], made=shares[1])


def autocorrelation(held: Population, made: Population, channel: int) -> Pair:
    r"""Pooled autocorrelations, $\overline{(x_t-\mu)(x_{t+k}-\mu)} / \sigma^2$.

    Mean and variance are those of all signals together. A constant channel has none.
    """
    lags = np.arange(min(LAGS, held.steps))
    real, other = (_autocorrelation(p, channel)[: len(lags)] for p in (held, made))
    return Pair(x=lags.astype(float), real=real, made=other)


def spectrum(held: Population, made: Population, channel: int) -> Pair:
    """Mean periodograms of signals without their means, through a Hann window each."""
    steps = held.steps
    frequency = np.arange(1, steps // 2 + 1) / steps
    real, other = (_spectrum(p, channel)[1 : len(frequency) + 1] for p in (held, made))
    return Pair(x=frequency, real=real, made=other)


def lengths(held: Population, made: Population) -> Pair | None:
    """Shares of the signals by length in steps; None if all are equally long."""
    if not (held.ragged or made.ragged):
        return None
    both = np.concatenate([held.extent, made.extent])
    low, high = int(both.min()), int(both.max())
    wide = max(1, -(-(high - low + 1) // BINS))
    edges = np.arange(low, high + 1 + wide, wide) - 0.5
    shares = [np.histogram(p.extent, edges)[0] / p.size for p in (held, made)]
    return Pair(x=(edges[1:] + edges[:-1]) / 2, real=shares[0], made=shares[1])


def _edges(real: Float[np.ndarray, " P"]) -> Float[np.ndarray, " E"]:
    low, high = float(real.min()), float(real.max())
    span = high - low
    if span <= 1e-9 * max(abs(low), abs(high)):
        span = max(abs(low), 1.0)
    return np.linspace(low - _BEYOND * span, high + _BEYOND * span, BINS + 1)


def _autocorrelation(of: Population, channel: int) -> Float[np.ndarray, " L"]:
    mask = of.mask
    x = of.values[..., channel].astype(float)
    x = np.where(mask, x - x[mask].mean(), 0)
    variance = (x**2).sum() / mask.sum()
    if variance <= 1e-18:
        return np.full(of.steps, np.nan)
    products, counts = (_lagged(values) for values in (x, mask.astype(float)))
    counts = counts.round()
    known = counts > 0
    return np.where(known, products / np.where(known, counts, 1) / variance, np.nan)


def _lagged(x: Float[np.ndarray, "N T"]) -> Float[np.ndarray, " T"]:
    """The sum over signals and steps of x_t times x_{t+k}, for every lag k."""
    steps = x.shape[1]
    power = sum(
        (np.abs(np.fft.rfft(block, 2 * steps)) ** 2).sum(0)
        for block in np.array_split(x, max(1, x.size // 2_000_000))
    )
    return np.fft.irfft(power, 2 * steps)[:steps]


def _spectrum(of: Population, channel: int) -> Float[np.ndarray, " F"]:
    mask, extent = of.mask, of.extent[:, None]
    x = of.values[..., channel].astype(float)
    mean = np.where(mask, x, 0).sum(1, keepdims=True) / extent
    window = np.sin(np.pi * (np.arange(of.steps) + 0.5) / extent) ** 2 * mask
    power = np.abs(np.fft.rfft(np.where(mask, x - mean, 0) * window)) ** 2
    return (power / (window**2).sum(1, keepdims=True)).mean(0)
