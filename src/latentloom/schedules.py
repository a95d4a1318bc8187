"""Numbers that change while a phase runs, as pure functions of its progress."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from .core.roles import Schedule


@dataclass(frozen=True, slots=True)
class Constant(Schedule):
    """Always the same value."""

    value: float

    def __call__(self, progress: float) -> float:
        return self.value


@dataclass(frozen=True, slots=True)
class Linear(Schedule):
    """A straight line from `start` to `end`, reached at `by` and held from there.

    Args:
        start: The value at progress 0.
        end: The value from progress `by` on.
        by: When `end` is reached, in (0, 1].

    Raises:
        ValueError: If `by` is outside (0, 1].
    """

    start: float
    end: float
    by: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.by <= 1:
            raise ValueError(f"by must be in (0, 1], got {self.by}")

    def __call__(self, progress: float) -> float:
        return self.start + (self.end - self.start) * min(progress / self.by, 1.0)


@dataclass(frozen=True, slots=True)
class Exponential(Schedule):
    r"""A geometric path $s (e / s)^{p}$ from `start` to `end`.

    Raises:
        ValueError: If an end is not positive.
    """

    start: float
    end: float

    def __post_init__(self) -> None:
        if self.start <= 0 or self.end <= 0:
            raise ValueError(f"start and end must be positive, got {self.start} and {self.end}")

    def __call__(self, progress: float) -> float:
        return self.start * (self.end / self.start) ** progress


@dataclass(frozen=True, slots=True)
class InverseSigmoid(Schedule):
    r"""A slow start, a fast middle and a slow end: $1 / (1 + k^{2 p - 1})$ between the ends.

    This is the paper's $k / (k + e^{i / k})$ with $i = 2 p \, k \ln k$, so that the middle of
    the fall is the middle of the phase, scaled to run from `start` to `end` exactly.

    Args:
        start: The value at progress 0.
        end: The value at progress 1.
        steepness: $k$, above 1; larger is a faster middle.

    Raises:
        ValueError: If `steepness` is not above 1.

    References:
        Scheduled Sampling for Sequence Prediction with RNNs (Bengio et al., 2015), section 2.4
        https://arxiv.org/abs/1506.03099
    """

    start: float
    end: float
    steepness: float = 100.0

    def __post_init__(self) -> None:
        if self.steepness <= 1:
            raise ValueError(f"steepness must be above 1, got {self.steepness}")

    def __call__(self, progress: float) -> float:
        def curve(p: float) -> float:
            return 1 / (1 + self.steepness ** (2 * p - 1))

        share = (curve(progress) - curve(1.0)) / (curve(0.0) - curve(1.0))
        return self.end + (self.start - self.end) * share


@dataclass(frozen=True, slots=True)
class Cosine(Schedule):
    """Half a cosine from `start` down, or up, to `end`."""

    start: float
    end: float

    def __call__(self, progress: float) -> float:
        return self.end + (self.start - self.end) * (1 + math.cos(math.pi * progress)) / 2


@dataclass(frozen=True, slots=True)
class Cyclical(Schedule):
    """Cycles from `start` to `end`, each a straight line and then a hold at `end`.

    It lets a weight of the divergence come back several times, so that latents that were
    given up are tried again.

    Args:
        start: The value at which every cycle begins.
        end: The value at which it ends, and the last value of all.
        cycles: How many cycles there are.
        rise: Share of a cycle after which `end` is reached, in (0, 1].

    Raises:
        ValueError: If there is no cycle, or `rise` is outside (0, 1].

    References:
        Cyclical Annealing Schedule (Fu et al., 2019), eq. 6 and 7, where `rise` is R
        https://arxiv.org/abs/1903.10145
    """

    start: float
    end: float
    cycles: int = 4
    rise: float = 0.5

    def __post_init__(self) -> None:
        if self.cycles < 1:
            raise ValueError(f"cycles must be at least 1, got {self.cycles}")
        if not 0 < self.rise <= 1:
            raise ValueError(f"rise must be in (0, 1], got {self.rise}")

    def __call__(self, progress: float) -> float:
        inside = 1.0 if progress >= 1 else progress * self.cycles % 1
        return self.start + (self.end - self.start) * min(inside / self.rise, 1.0)


@dataclass(frozen=True, slots=True)
class Joined(Schedule):
    """Schedules one after the other, each seeing its own progress from 0 to 1.

    Args:
        parts: The schedules.
        cuts: Where each but the first begins, increasing, in (0, 1).

    Raises:
        ValueError: If parts and cuts do not fit, or the cuts do not increase.
    """

    parts: Sequence[Schedule]
    cuts: Sequence[float]

    def __post_init__(self) -> None:
        if len(self.parts) != len(self.cuts) + 1:
            raise ValueError(
                f"{len(self.parts)} parts need {len(self.parts) - 1} cuts, got {len(self.cuts)}"
            )
        edges = [0.0, *self.cuts, 1.0]
        if any(b <= a for a, b in itertools.pairwise(edges)):
            raise ValueError(f"cuts must increase inside (0, 1), got {list(self.cuts)}")

    def __call__(self, progress: float) -> float:
        edges = [0.0, *self.cuts, 1.0]
        index = sum(progress >= cut for cut in self.cuts)
        start, end = edges[index], edges[index + 1]
        return self.parts[index]((progress - start) / (end - start))


def warm_up_cosine(peak: float, end: float, *, warm_up: float) -> Joined:
    """A straight line from 0 to `peak` over the share `warm_up`, then a cosine to `end`.

    Example:
        >>> rate = warm_up_cosine(1e-3, 0.0, warm_up=0.1)
        >>> rate(0.1)
        0.001
    """
    return Joined([Linear(0.0, peak), Cosine(peak, end)], [warm_up])
