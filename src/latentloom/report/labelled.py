"""Points of a plane that belong to named kinds, told apart by colour and shape."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .axes import Axis
from .content import CodeMap
from .html import Markup, element, joined
from .svg import COLOURS, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Frame, canvas

_BELOW = 38.0
_SHAPES = (
    "M{l:.1f} {y:.1f}a2 2 0 1 0 4 0a2 2 0 1 0-4 0",
    "M{l:.1f} {u:.1f}l4 4m0-4l-4 4",
    "M{l:.1f} {y:.1f}h4m-2-2v4",
    "M{l:.1f} {d:.1f}h4l-2-4z",
    "M{l:.1f} {u:.1f}h4v4h-4z",
)


def code_map(found: CodeMap, names: Sequence[str]) -> Markup:
    """The codes as points, each category with its colour and shape, and what they are.

    Args:
        found: The points.
        names: Of the categories.
    """
    x = Axis.around([found.points[:, 0]], LEFT, WIDTH - RIGHT)
    y = Axis.around([found.points[:, 1]], HEIGHT - _BELOW, TOP)
    on = Frame(x, y, f"{found.name}, first axis", "second axis")
    marks = [_marks(on, found.points[found.owners == own], own) for own in range(len(names))]
    there = [own for own in range(len(names)) if (found.owners == own).any()]
    spans = [element("span", _swatch(own), names[own]) for own in there]
    return joined(canvas(found.name, on.drawn(), *marks), element("div", *spans, class_="legend"))


def _marks(on: Frame, points: np.ndarray, kind: int) -> Markup:
    places = zip(on.x(points[:, 0]).tolist(), on.y(points[:, 1]).tolist(), strict=True)
    shape = _SHAPES[kind // len(COLOURS) % len(_SHAPES)]
    steps = [shape.format(l=x - 2, y=y, u=y - 2, d=y + 2) for x, y in places]
    colour = COLOURS[kind % len(COLOURS)]
    return element("path", d="".join(steps), fill="none", stroke=colour, stroke_width=1.2)


def _swatch(kind: int) -> Markup:
    on = Frame(Axis(0, 1, 0, 22), Axis(0, 1, 12, 0), "", "")
    drawn = _marks(on, np.array([[0.5, 0.5]]), kind)
    size = {"viewBox": "0 0 22 12", "width": 22, "height": 12}
    return element("svg", drawn, **size, aria_hidden="true", class_="swatch")
