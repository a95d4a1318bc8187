"""The answer for one measured state: which frames, how probable, and how sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from .regions import confidence, modes, stretches


@dataclass(frozen=True, slots=True, kw_only=True)
class Deduction:
    """When a measured state occurred.

    Args:
        components: What the components are called.
        state: What was measured; NaN where it was not.
        predicted: The sequence that was predicted.
        deviation: How far predictions are off at each frame, as a standard deviation.
        probabilities: How probable each frame is.
        inside: The frames of the 90 % interval.
        frame: The answer: before and after it the truth is equally probable.
    """

    components: tuple[str, ...]
    state: Float[np.ndarray, " C"]
    predicted: Float[np.ndarray, "T C"]
    deviation: Float[np.ndarray, "T C"]
    probabilities: Float[np.ndarray, " T"]
    inside: Bool[np.ndarray, " T"]
    frame: int

    @property
    def interval(self) -> tuple[tuple[int, int], ...]:
        """The first and the last frame of each stretch of the interval."""
        return stretches(self.inside)

    @property
    def ambiguous(self) -> bool:
        """Whether several stretches of frames are each an answer."""
        return modes(self.probabilities, self.inside) > 1

    @property
    def confidence(self) -> str:
        """What the width of the interval says: high, moderate or low."""
        return confidence(self.inside)

    @property
    def residual(self) -> Float[np.ndarray, " C"]:
        """State minus prediction at the answer."""
        return self.state - self.predicted[self.frame]

    def best(self, count: int = 10) -> tuple[tuple[int, float], ...]:
        """The most probable frames, each with its probability."""
        order = np.argsort(-self.probabilities, kind="stable")[:count]
        return tuple((int(frame), float(self.probabilities[frame])) for frame in order)

    def sentence(self) -> str:
        """The answer in one line."""
        frames = int(self.inside.sum())
        told = (
            f"frame {self.frame}; 90 % interval {said(self.interval)}"
            f" ({frames} of {len(self.inside)} frames), confidence {self.confidence}"
        )
        unknown = [
            name
            for name, value in zip(self.components, self.state, strict=True)
            if not np.isfinite(value)
        ]
        if self.ambiguous:
            told += "; ambiguous, several stretches are possible"
        return told + (f"; without {', '.join(unknown)}" if unknown else "")


def said(interval: Sequence[tuple[int, int]]) -> str:
    """Stretches of frames as text.

    Example:
        >>> said([(3, 3), (8, 12)])
        '3, 8-12'
    """
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in interval)
