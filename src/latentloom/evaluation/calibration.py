"""Intervals that cover what they promise, by looking at the validation split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from .intervals import Bounds, bounds
from .measures import mean

LEVELS = (0.5, 0.8, 0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """By how much the intervals of samples are widened, or narrowed, at each level.

    Args:
        levels: The levels that were calibrated, in (0, 1).
        margins: What is added at both ends, in units of the record's scale.
        records: How many validation records it comes from.
    """

    levels: tuple[float, ...]
    margins: tuple[float, ...]
    records: int

    def bounds(
        self, samples: Float[np.ndarray, "N K T C"], level: float, mask: Bool[np.ndarray, "N T"]
    ) -> Bounds:
        """The interval around the samples that covers a new record's truth at `level`.

        Raises:
            ValueError: If `level` was not calibrated.
        """
        if level not in self.levels:
            raise ValueError(f"level must be one of {list(self.levels)}, got {level}")
        margin = self.margins[self.levels.index(level)] * scale(samples, mask)
        raw = bounds(samples, level)
        low, high = raw.low - margin, raw.high + margin
        middle = (raw.low + raw.high) / 2
        crossed = low > high
        return Bounds(np.where(crossed, middle, low), np.where(crossed, middle, high))

    def plain(self) -> dict[str, Any]:
        """Plain values, for a JSON file."""
        return {**asdict(self), "levels": list(self.levels), "margins": list(self.margins)}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Calibration:
        """The calibration that `plain` wrote."""
        levels, margins = tuple(plain["levels"]), tuple(plain["margins"])
        return cls(levels=levels, margins=margins, records=plain["records"])


def scale(
    samples: Float[np.ndarray, "N K T C"], mask: Bool[np.ndarray, "N T"]
) -> Float[np.ndarray, "N 1 C"]:
    """A size of each record that needs no truth: rms of its mean sample, in its unit."""
    return np.sqrt(mean(samples.mean(1) ** 2, mask))


def calibrate(
    truth: Float[np.ndarray, "N T C"],
    samples: Float[np.ndarray, "N K T C"],
    mask: Bool[np.ndarray, "N T"],
    levels: Sequence[float] = LEVELS,
) -> Calibration:
    r"""Fits the margins on the validation split.

    The score of a step is how far the truth lies outside the interval, in units of the
    record's scale $s$: $E = \max(q_- - y, \; y - q_+) / s$, negative inside. The margin is
    the smallest $\lambda$ for which the share of steps with $E > \lambda$, averaged over
    the $n$ records, is at most $1 - \text{level} - \text{level} / n$. Then a new record
    that is exchangeable with them has, on average over such draws, at least `level` of its
    steps covered: steps of one record may depend on each other as they like.

    Args:
        truth: The true signals of validation records.
        samples: Samples for the same conditions.
        mask: Which steps are real.
        levels: The shares to cover, in (0, 1).

    Raises:
        ValueError: If there are too few records for a level, or a scale is zero.

    References:
        Conformalized Quantile Regression (Romano, Patterson and Candès, 2019),
        https://arxiv.org/abs/1905.03222, for the score; Conformal Risk Control
        (Angelopoulos et al., 2022), https://arxiv.org/abs/2208.02814, for the margin.
    """
    records, size = len(truth), scale(samples, mask)
    if not (size > 0).all():
        raise ValueError("samples must not be all zero, got a record whose mean sample is")
    margins: list[float] = []
    for level in levels:
        needed = int(np.ceil(level / (1 - level) - 1e-9))
        if records < needed:
            raise ValueError(
                f"calibration at level {level} must have at least {needed} validation"
                f" records, got {records}"
            )
        raw = bounds(samples, level)
        outside = np.maximum(raw.low - truth, truth - raw.high) / size
        margins.append(_smallest(outside, mask, 1 - level - level / records))
    return Calibration(levels=tuple(levels), margins=tuple(margins), records=records)


def _smallest(
    outside: Float[np.ndarray, "N T C"], mask: Bool[np.ndarray, "N T"], risk: float
) -> float:
    """The smallest margin that leaves at most a share of `risk` of the steps outside."""
    records, _, channels = outside.shape
    weight = (mask / (mask.sum(1, keepdims=True) * records * channels))[..., None]
    weight = np.broadcast_to(weight, outside.shape)[mask]
    scores = outside[mask]
    order = np.argsort(scores, axis=None)
    left = 1 - np.cumsum(weight.reshape(-1)[order])
    return float(scores.reshape(-1)[order][np.argmax(left <= risk + 1e-12)])
