"""Stops trials that fall behind the others, and reads the scores of all."""

import math
import statistics
from collections.abc import Callable, Iterable, Sequence

from ...training.observers import Observer, Row
from .search import Judged

ENOUGH = 4  # trials that were trained to the end, before another is held against them


class PrunedError(Exception):
    """A run that fell behind, and was stopped."""


class Pruning(Observer):
    """Stops a run that falls behind.

    Args:
        judged: What is looked at.
        others: What the validations of other trials gave that were trained to the end, as it
            stands when it is asked.
    """

    def __init__(self, judged: Judged, others: Callable[[], Sequence[Sequence[float]]]) -> None:
        self.judged, self.others = judged, others
        self.epochs = 0

    def phase_begins(self, name: str, *, epochs: int, steps: int, first_step: int) -> None:
        self.epochs = epochs

    def epoch_ends(self, row: Row, rows: Sequence[Row]) -> None:
        curve = curve_of(rows, self.judged)
        judged = bool(curve_of([row], self.judged)) and int(row["epoch"]) < self.epochs
        if judged and falls_behind(curve, self.others()):
            raise PrunedError


def falls_behind(curve: Sequence[float], others: Iterable[Sequence[float]]) -> bool:
    """Whether the best so far is worse than the median of what others had by then.

    Args:
        curve: Scores of validations in their order, lower being better.
        others: Those of others; where these are fewer than four, nobody falls behind.

    Example:
        >>> others = [[3.0, 1.0], [3.0, 2.0], [3.0, 3.0], [3.0, 4.0]]
        >>> falls_behind([9.0, 2.4], others), falls_behind([9.0, 2.6], others)
        (False, True)

    References:
        Google Vizier: a service for black-box optimization (Golovin et al., 2017), section
        3.1.2, the median stopping rule. https://doi.org/10.1145/3097983.3098043
    """
    by_then = [min(other[: len(curve)]) for other in others if other]
    return len(by_then) >= ENOUGH and min(curve) > statistics.median(by_then)


def curve_of(rows: Iterable[Row], judged: Judged) -> tuple[float, ...]:
    """The scores of all validations, in their order; what is no number is the worst."""
    return tuple(_number(row, judged.probe) for row in _validated(rows, judged))


def score_of(rows: Iterable[Row], judged: Judged, chosen: float) -> float:
    """The score of the weights that the phase handed on, as it was when they were judged.

    Args:
        rows: The epochs of the run.
        judged: What is looked at.
        chosen: What the phase chose its weights for: the lowest score of `judged.select`.
    """
    validated = _validated(rows, judged)
    if judged.probe == judged.select:
        return chosen
    at = [row for row in validated if judged.select and _number(row, judged.select) == chosen]
    return _number((at or validated)[-1], judged.probe)


def _validated(rows: Iterable[Row], judged: Judged) -> list[Row]:
    name = f"validation/{judged.probe}"
    return [row for row in rows if row["phase"] == judged.phase and name in row]


def _number(row: Row, probe: str) -> float:
    value = float(row[f"validation/{probe}"])
    return math.inf if math.isnan(value) else value
