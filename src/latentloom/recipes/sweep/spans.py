"""What a setting may be in a search: some values, or all numbers between two."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeGuard, cast, get_args

import numpy as np

from ...core.errors import RecipeError

Scale = Literal["range", "log", "whole"]
FORMS = "a list of values, {range: [LOW, HIGH]}, {log: [LOW, HIGH]} or {whole: [LOW, HIGH]}"


@dataclass(frozen=True, slots=True)
class Choices:
    """Some values, of which one is taken.

    Args:
        values: The values, as a recipe writes them.

    Raises:
        ValueError: If there is none, or one is there twice.
    """

    values: tuple[Any, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError("must have at least one value, got none")
        shown = [repr(value) for value in self.values]
        if twice := sorted({text for text in shown if shown.count(text) > 1}):
            raise ValueError(f"must have each value once, got {', '.join(twice)} again")

    @property
    def ends(self) -> tuple[Any, ...]:
        """All that a check of its values should try."""
        return self.values

    @property
    def grid(self) -> tuple[Any, ...]:
        """The values that a grid takes."""
        return self.values

    @property
    def tree(self) -> Any:
        """How it is written."""
        return list(self.values)


@dataclass(frozen=True, slots=True)
class Span:
    """All numbers between two, both included.

    Args:
        low: The least.
        high: The greatest.
        scale: `range` has all alike, `log` all magnitudes, `whole` only whole numbers.
        points: How many of them a grid takes, evenly on the scale; of `whole` all, if 0.

    Raises:
        ValueError: If the ends are out of order, not those of such a scale, or a grid can
            take no such number of points.

    Example:
        >>> Span(1e-4, 1e-2, "log", 3).grid
        (0.0001, 0.001, 0.01)
    """

    low: float
    high: float
    scale: Scale
    points: int = 0

    def __post_init__(self) -> None:
        ends = f"[{self.low}, {self.high}]"
        if not -math.inf < self.low < self.high < math.inf:
            raise ValueError(f"must go from a number to a greater one, got {ends}")
        if self.scale == "log" and self.low <= 0:
            raise ValueError(f"log must go from a number above 0, got {ends}")
        whole = isinstance(self.low, int) and isinstance(self.high, int)
        if self.scale == "whole" and not whole:
            raise ValueError(f"whole must go from a whole number to another, got {ends}")
        if self.points and self.points < 2:
            raise ValueError(f"points must be at least 2, got {self.points}")

    @property
    def ends(self) -> tuple[Any, ...]:
        """All that a check of its values should try."""
        return self.low, self.high

    @property
    def grid(self) -> tuple[Any, ...]:
        """The values that a grid takes.

        Raises:
            ValueError: If it does not say how many.
        """
        if self.scale == "whole":
            points = self.points or int(self.high - self.low) + 1
            values = np.linspace(self.low, self.high, points).round()
            return tuple(dict.fromkeys(int(value) for value in values))
        if not self.points:
            raise ValueError("must say in a grid how many values to take, such as points: 3")
        spaced = np.geomspace if self.scale == "log" else np.linspace
        return tuple(float(f"{value:.6g}") for value in spaced(self.low, self.high, self.points))

    @property
    def tree(self) -> Any:
        """How it is written."""
        points = {"points": self.points} if self.points else {}
        return {self.scale: [self.low, self.high], **points}


def span_of(tree: Any, path: str) -> Choices | Span:
    """What is written for a key of a search.

    Args:
        tree: What the YAML says.
        path: Where; errors say it.

    Raises:
        RecipeError: If it is nothing of the kind.

    Example:
        >>> span_of({"whole": [1, 3]}, "keys.a").grid
        (1, 2, 3)
    """
    try:
        if isinstance(tree, list):
            return Choices(tuple(tree))
        if isinstance(tree, Mapping):
            return _span(tree)
    except ValueError as error:
        raise RecipeError(path, str(error)) from error
    raise RecipeError(path, f"must be {FORMS}, got {tree!r}")


def _span(tree: Mapping[str, Any]) -> Span:
    scales = [name for name in tree if name in get_args(Scale)]
    if len(scales) != 1 or tree.keys() - {scales[0], "points"}:
        raise ValueError(f"must be {FORMS}, got {dict(tree)!r}")
    ends, points = tree[scales[0]], tree.get("points", 0)
    if not isinstance(ends, list) or len(ends) != 2 or not all(map(_is_number, ends)):
        raise ValueError(f"must be {FORMS}, got {dict(tree)!r}")
    if not isinstance(points, int) or isinstance(points, bool):
        raise ValueError(f"points must be a whole number, got {points!r}")
    return Span(ends[0], ends[1], cast("Scale", scales[0]), points)


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
