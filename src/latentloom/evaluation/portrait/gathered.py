"""Gathers a portrait from two populations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from ..population import Population
from .cases import cases
from .clouds import clouds
from .content import Channel, Correlations, Pair, Portrait
from .curves import autocorrelation, lengths, marginal, spectrum

MOST = 1000  # signals of each kind
SHOWN = 4  # channels
_EXAMPLES = 4
_CASE_CHANNELS = 2


def portrait(
    held: Population,
    made: Population,
    *,
    kinds: Mapping[str, Sequence[str]] | None = None,
    most: int = MOST,
    seed: int = 0,
) -> Portrait:
    """What real and made signals look like beside each other.

    Of more than four channels, those are shown whose values and autocorrelations differ
    most: what went wrong must not hide behind what went well.

    Args:
        held: Real signals.
        made: Made signals.
        kinds: The names of a label's values, by the label.
        most: How many signals of each kind are looked at; drawn at random if there are
            more.
        seed: Of everything random.

    Raises:
        ValueError: If they differ in channels or steps.

    Example:
        >>> wave = np.sin(np.arange(24.0) + np.arange(40.0)[:, None])[..., None]
        >>> shown = portrait(Population(values=wave[:20]), Population(values=wave[20:]))
        >>> len(shown.channels), [cloud.name for cloud in shown.clouds][:2], shown.test.p > 0.05
        (1, ['PCA', 't-SNE'], True)
    """
    if held.values.shape[1:] != made.values.shape[1:]:
        raise ValueError(
            f"made must have the {held.steps} steps and {held.width} channels of the real"
            f" signals, got {made.steps} and {made.width}"
        )
    held, made = (p.some(most, seed=seed) for p in (held, made))
    channels = [_channel(held, made, c, seed) for c in range(held.width)]
    order = np.argsort([-_difference(channel) for channel in channels], kind="stable")
    kept = order[:SHOWN] if held.width > SHOWN else np.arange(held.width)
    points, test = clouds(held, made, seed=seed)
    return Portrait(
        real=held.size,
        made=made.size,
        channels=tuple(channels[c] for c in kept),
        width=held.width,
        correlations=_correlations(held, made) if held.width > 1 else None,
        clouds=points,
        test=test,
        cases=cases(held, made, [int(c) for c in kept[:_CASE_CHANNELS]], kinds or {}),
        lengths=lengths(held, made),
    )


def _channel(held: Population, made: Population, channel: int, seed: int) -> Channel:
    names = held.channels
    return Channel(
        name=names[channel] if channel < len(names) else f"channel {channel}",
        real=_examples(held, channel, seed),
        made=_examples(made, channel, seed),
        marginal=marginal(held, made, channel),
        autocorrelation=autocorrelation(held, made, channel),
        spectrum=spectrum(held, made, channel),
    )


def _examples(of: Population, channel: int, seed: int) -> Float[np.ndarray, "_ T"]:
    few = of.some(_EXAMPLES, seed=seed)
    return np.where(few.mask, few.values[..., channel], np.nan).astype(float)


def _difference(channel: Channel) -> float:
    """Largest gap between the distribution functions, and that between autocorrelations."""
    width = np.diff(channel.marginal.x).mean()
    gap = np.abs(np.cumsum(channel.marginal.real - channel.marginal.made) * width).max()
    return float(gap + _gap(channel.autocorrelation))


def _gap(pair: Pair) -> float:
    """The root mean square between two curves, over where both are; 1 if only one is."""
    known = np.isfinite(pair.real) & np.isfinite(pair.made)
    if known.any():
        return float(np.sqrt(((pair.real - pair.made)[known] ** 2).mean()))
    return float(np.isfinite(pair.real).any() != np.isfinite(pair.made).any())


def _correlations(held: Population, made: Population) -> Correlations:
    names = tuple(
        held.channels[c] if c < len(held.channels) else str(c) for c in range(held.width)
    )
    real, other = (_correlation(p) for p in (held, made))
    return Correlations(names=names, real=real, made=other)


def _correlation(of: Population) -> Float[np.ndarray, "C C"]:
    x = of.values[of.mask].astype(float)
    x = x - x.mean(0)
    scale = np.sqrt((x**2).mean(0))
    flat = scale <= 1e-9 * np.abs(of.values[of.mask]).max(0).clip(1e-30)
    scale = np.where(flat, 1, scale)
    found = (x / scale).T @ (x / scale) / len(x)
    found[flat] = np.nan
    found[:, flat] = np.nan
    return found
