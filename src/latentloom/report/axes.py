"""Where the ticks of an axis go, and what they are called."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Shaped

_PREFIXES = {3: "k", 6: "M", 9: "G"}


@dataclass(frozen=True, slots=True)
class Axis:
    """Maps values to places between two ends of the page.

    Args:
        low: The value at the start.
        high: The value at the end.
        start: Where the axis begins, in pixels.
        end: Where it ends, in pixels.
        logarithmic: Whether equal steps are equal factors.
    """

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    @classmethod
    def around(
        cls,
        values: Sequence[np.ndarray],
        start: float,
        end: float,
        *,
        room: float = 0.05,
        logarithmic: bool = False,
    ) -> Axis:
        """An axis that shows all the finite values, with some room at both ends."""
        every = np.concatenate([np.ravel(x).astype(float) for x in values])
        every = every[np.isfinite(every) & ((every > 0) | (not logarithmic))]
        if not len(every):
            every = np.array([1.0 if logarithmic else 0.0])
        low, high = _open(float(every.min()), float(every.max()), logarithmic)
        span = room * (high - low)
        low, high = low - span, high + span
        if logarithmic:
            low, high = 10**low, 10**high
        return cls(low, high, start, end, logarithmic)

    def place(self, value: float) -> float:
        """Where a value stands, in pixels."""
        return float(self(np.array([value]))[0])

    def __call__(self, values: Shaped[np.ndarray, " P"]) -> Float[np.ndarray, " P"]:
        """Where values stand, in pixels; NaN where they have no place."""
        x = values.astype(float)
        low, high = self.low, self.high
        if self.logarithmic:
            x = np.log10(np.where(x > 0, x, np.nan))
            low, high = math.log10(low), math.log10(high)
        return self.start + (x - low) / (high - low) * (self.end - self.start)

    def ticks(self, most: int = 5) -> list[float]:
        """Round values inside the axis: at least two, else about as many as asked for.

        Example:
            >>> Axis(0.0, 1.0, 0, 100).ticks()
            [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
        """
        if self.logarithmic:
            return self._decades(most)
        step = _nice((self.high - self.low) / most)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        if last <= first and most < 20:
            return self.ticks(most + 1)
        return [float(f"{k * step:.12g}") + 0.0 for k in range(first, last + 1)]

    def _decades(self, most: int) -> list[float]:
        low, high = math.log10(self.low), math.log10(self.high)
        first, last = math.ceil(low - 1e-9), math.floor(high + 1e-9)
        if last > first:
            every = max(1, math.ceil((last - first + 1) / most))
            return [10.0**k for k in range(first, last + 1, every)]
        return Axis(self.low, self.high, self.start, self.end).ticks(most)


def labels(ticks: Sequence[float]) -> list[str]:
    """What ticks are called: as many digits as tell them apart, no more.

    Example:
        >>> labels([0.0, 0.25, 0.5])
        ['0', '0.25', '0.5']
        >>> labels([0.0, 20000.0])
        ['0', '20k']
        >>> labels([0.0, 0.00025])
        ['0', '2.5e-4']
        >>> labels([0.0001, 0.01])
        ['1e-4', '0.01']
    """
    if not ticks:
        return []
    size = max(abs(tick) for tick in ticks)
    if size >= 1e4:
        return [_prefixed(tick) for tick in ticks]
    least = min((abs(tick) for tick in ticks if tick), default=1.0)
    small = 1e-2 if size < 1e-2 or least < 1e-3 else 0.0
    return [_scientific(tick) if abs(tick) < small else f"{tick:.6g}" for tick in ticks]


def _prefixed(value: float) -> str:
    """A number with a prefix for its thousands, or a power of ten beyond them."""
    power = 3 * math.floor(math.log10(abs(value)) / 3 + 1e-9) if value else 0
    if power not in _PREFIXES:
        return f"{value:.4g}" if 1e-3 <= abs(value) < 1e3 else _scientific(value)
    return f"{value / 10**power:.4g}{_PREFIXES[power]}"


def _scientific(value: float) -> str:
    """A number as digits and a power of ten, as in 2.5e-4 and 6e13."""
    if value == 0:
        return "0"
    digits, power = f"{value:.3e}".split("e")
    return f"{float(digits):g}e{int(power)}"


def _open(low: float, high: float, logarithmic: bool) -> tuple[float, float]:
    """Both ends, on the axis' own scale, and never the same."""
    if logarithmic:
        low, high = math.log10(low), math.log10(high)
    if high - low > 1e-12 * max(abs(low), abs(high)):
        return low, high
    room = 0.5 if logarithmic else max(abs(low) * 0.1, 1e-9 if low else 1.0)
    return low - room, high + room


def _nice(step: float) -> float:
    """The next larger of 1, 2, 2.5 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(f * power for f in (1, 2, 2.5, 5, 10) if f * power >= step * (1 - 1e-9))
