"""The arrays of a portrait: real and made, side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from ..two_sample import TwoSample


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two curves over the same places; NaN where there is nothing to say.

    Args:
        x: The places.
        real: What real signals say there.
        made: What made signals say there.
    """

    x: Float[np.ndarray, " P"]
    real: Float[np.ndarray, " P"]
    made: Float[np.ndarray, " P"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One channel of real and of made signals.

    Args:
        name: What it is called.
        real: Some real signals, NaN beyond their ends.
        made: Some made signals, NaN beyond their ends.
        marginal: Density of the values, per unit of the channel; the outermost bins hold
            what lies beyond.
        autocorrelation: At lags in steps, pooled over all signals.
        spectrum: Mean power at frequencies in cycles per step.
    """

    name: str
    real: Float[np.ndarray, "_ T"]
    made: Float[np.ndarray, "_ T"]
    marginal: Pair
    autocorrelation: Pair
    spectrum: Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlations:
    """How channels go together at the same instant, pooled over signals and steps.

    Args:
        names: The channels.
        real: Pearson correlations of real signals; NaN with a constant channel.
        made: The same of made signals.
    """

    names: tuple[str, ...]
    real: Float[np.ndarray, "C C"]
    made: Float[np.ndarray, "C C"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """Each signal as one point of a plane.

    Args:
        name: The map that made points of signals.
        real: Points of real signals.
        made: Points of made signals.
        shares: The share of the real variance along each axis, where the map knows it.
    """

    name: str
    real: Float[np.ndarray, "_ 2"]
    made: Float[np.ndarray, "_ 2"]
    shares: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Many signals as their mean and the band that holds eight in ten of them.

    Args:
        mean: At each step.
        low: The 10 % quantile.
        high: The 90 % quantile.
        size: How many signals.
    """

    mean: Float[np.ndarray, " T"]
    low: Float[np.ndarray, " T"]
    high: Float[np.ndarray, " T"]
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The signals of one condition, in one channel.

    Args:
        name: Of the condition, such as "label = 2".
        channel: The channel's name.
        real: The real signals.
        made: The made signals.
    """

    name: str
    channel: str
    real: Bundle
    made: Bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """What real and made signals look like beside each other.

    Args:
        real: How many real signals were looked at.
        made: How many made ones.
        channels: The channels that are shown, the most different first.
        width: How many channels there are.
        correlations: Between channels; None of a single one.
        clouds: Signals as points, by several maps.
        test: Whether the points could come from one population.
        cases: The signals of each condition.
        lengths: How many signals are how long, as shares; None if all are equally long.
    """

    real: int
    made: int
    channels: tuple[Channel, ...]
    width: int
    correlations: Correlations | None = None
    clouds: tuple[Cloud, ...] = ()
    test: TwoSample | None = None
    cases: tuple[Case, ...] = ()
    lengths: Pair | None = None
