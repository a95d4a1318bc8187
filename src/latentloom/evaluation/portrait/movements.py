"""Movements that are looked at without knowing which are real."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from ..kinematics import CHANNELS, Paths, Where
from ..population import Population

PAIRS = 12
_DOTS = 14  # dots on a path that lasts as long as most
_NICE = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One movement, from the origin on.

    Args:
        path: Its places, in the units of the files.
        dots: Where it is at equal intervals of time.
    """

    path: Float[np.ndarray, "P 2"]
    dots: Float[np.ndarray, "Q 2"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Couple:
    """A real and a made movement, in an order that was drawn by lot.

    Args:
        traces: Both of them.
        real: Which of them is real, 0 or 1.
    """

    traces: tuple[Trace, Trace]
    real: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Movements:
    """Pairs of movements, of which one is real.

    Args:
        couples: The pairs.
        spacing: The time between dots, in milliseconds.
        unit: The unit of places.
        downward: Whether the second coordinate grows downward, as on a screen.
    """

    couples: tuple[Couple, ...]
    spacing: float
    unit: str = "px"
    downward: bool = True


def movements(
    held: Population,
    made: Population,
    *,
    channels: Where = CHANNELS,
    unit: str = "px",
    seed: int = 0,
) -> Movements:
    """Real movements beside made ones, drawn by lot.

    Where there are as many of both, a made one was made for the conditions of the real one at
    its side.

    Args:
        held: Real movements.
        made: Made movements.
        channels: Which channels are the time and the two coordinates, by name or by place.
        unit: The unit of places; pixels grow downward.
        seed: Of which are shown, and on which side.

    Raises:
        ValueError: If there are no such channels.

    Example:
        >>> signals = Population(values=np.arange(30.0).reshape(2, 5, 3))
        >>> shown = movements(signals, signals)
        >>> len(shown.couples), shown.spacing
        (2, 1.0)
    """
    random = np.random.default_rng(seed)
    rows = random.permutation(min(held.size, made.size))[:PAIRS]
    real, other = (Paths.of(part.take(rows), channels) for part in (held, made))
    spacing = _round(float(np.median(real.duration)) / _DOTS)
    sides = random.integers(2, size=len(rows)).tolist()
    both = [[_trace(part, i, spacing) for part in (real, other)] for i in range(len(rows))]
    return Movements(
        couples=tuple(
            Couple(traces=(pair[side], pair[1 - side]), real=side)
            for pair, side in zip(both, sides, strict=True)
        ),
        spacing=spacing,
        unit=unit,
        downward=unit == "px",
    )


def _trace(paths: Paths, row: int, spacing: float) -> Trace:
    points = int(paths.lengths[row])
    time = paths.time[row, :points] - paths.time[row, 0]
    place = paths.place[row, :points] - paths.place[row, 0]
    time = np.maximum.accumulate(time)  # a made one may step back in time
    at = np.arange(0.0, time[-1] + 1e-9, spacing)
    dots = np.stack([np.interp(at, time, axis) for axis in place.T], 1)
    return Trace(path=place, dots=dots)


def _round(interval: float) -> float:
    """The next larger of 1, 2, 2.5 or 5 times a power of ten; 1 of nothing."""
    if not interval > 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(interval))
    return float(next(f * power for f in _NICE if f * power >= interval * (1 - 1e-9)))
