"""Rolling a phase back when what it trains collapses."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from ..core.ranges import at_least


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Bounds on a probe, beyond which a phase goes back to its best weights.

    At a validation whose probe is beyond the bounds, or not finite, and at a gradient that is
    not finite, the system gets the best weights so far back, or those that the phase started
    from where there are none; optimisers and averages start afresh, and what the schedules say
    of learning rates is multiplied by `lower` from then on. A validation that rolls back
    chooses no weights.

    Args:
        probe: Name of the probe that is watched.
        least: What it must at least be; no matter what, if None.
        most: What it must at most be; no matter what, if None.
        lower: What learning rates are multiplied by, in (0, 1].
        most_often: Roll-backs after which the phase ends.

    Raises:
        ValueError: If a number is out of range, or `least` is above `most`.
    """

    probe: str
    least: float | None = None
    most: float | None = None
    lower: float = 0.5
    most_often: int = 5

    def __post_init__(self) -> None:
        if not 0 < self.lower <= 1:
            raise ValueError(f"lower must be in (0, 1], got {self.lower}")
        at_least(1, most_often=self.most_often)
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError(f"least must not exceed most {self.most}, got {self.least}")

    def complaint(self, score: float) -> str:
        """What is wrong with a score; "" if nothing is.

        Example:
            >>> Guard(probe="spread", least=0.5).complaint(0.0213)
            'spread must be at least 0.5, got 0.0213'
            >>> Guard(probe="spread", least=0.5).complaint(0.7)
            ''
        """
        if not math.isfinite(score):
            return f"{self.probe} must be finite, got {score}"
        if self.least is not None and score < self.least:
            return f"{self.probe} must be at least {self.least:.4g}, got {score:.4g}"
        if self.most is not None and score > self.most:
            return f"{self.probe} must be at most {self.most:.4g}, got {score:.4g}"
        return ""


class Guarding:
    """A phase's guard at work.

    Args:
        guard: The bounds; none, if None.
        start: The weights that the phase starts from.

    Attributes:
        rolled_back: How often the phase was rolled back.
        news: Sentences that nobody was told yet.
    """

    def __init__(self, guard: Guard | None, start: Mapping[str, Tensor]) -> None:
        self.guard = guard
        self.start = {} if guard is None else {n: x.detach().clone() for n, x in start.items()}
        self.rolled_back = 0
        self.news: list[str] = []

    @property
    def gave_up(self) -> bool:
        """Whether the phase was rolled back as often as it may be."""
        return self.guard is not None and self.rolled_back >= self.guard.most_often

    @property
    def columns(self) -> dict[str, int]:
        """What the row of an epoch says."""
        return {} if self.guard is None else {"guard/rolled_back": self.rolled_back}

    def complaint(self, scores: Mapping[str, float]) -> str:
        """What is wrong with the scores of a validation; "" if nothing is."""
        return "" if self.guard is None else self.guard.complaint(scores[self.guard.probe])

    def note(self, why: str, *, to: str) -> None:
        """Takes note of a roll-back.

        Args:
            why: Where, and what was wrong.
            to: Which weights the system got back.
        """
        assert self.guard is not None
        self.rolled_back += 1
        how_often = f"{self.rolled_back} of at most {self.guard.most_often}"
        rates = f"learning rates times {self.guard.lower:.4g}"
        self.news.append(f"{why}; rolled back to {to}, {rates} ({how_often})")
        if self.gave_up:
            self.news.append(f"{why.partition(',')[0]}: ends, rolled back as often as it may be")

    def take_news(self) -> list[str]:
        """The sentences that nobody was told yet, once."""
        news, self.news = self.news, []
        return news

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps of it."""
        return {"start": self.start, "rolled_back": self.rolled_back}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Goes on from a checkpoint."""
        self.start, self.rolled_back = dict(state["start"]), int(state["rolled_back"])
