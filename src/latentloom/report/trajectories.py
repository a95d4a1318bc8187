"""Real and made movements in the plane, unlabelled, with the key at the end."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from ..evaluation.portrait import Couple, Movements, Trace
from .axes import Axis, labels
from .html import Markup, element, joined
from .page import panels, section
from .svg import INK, WIDTH, canvas

_HALF = WIDTH / 2
_HEIGHT = 176.0
_MARGIN = 14.0
_FOOT = 18.0  # below the paths, for the scale
_PATH, _DOT = "#8a94a0", INK
_NAMES = ("a", "b")
_LOOK = (
    "Of each pair one movement was made by a person and one by the model, for the same conditions"
    " where there are any; the sides were drawn by lot. All are drawn to one scale; a ring marks"
    " the start, and dots follow each other every {} ms, so that they lie apart where the movement"
    " is fast. Decide which are real, then look at the key at the end of the page."
)
_KEY = "Guessing alone gets half of them right."


def trajectory_section(shown: Movements | None) -> Markup:
    """The pairs, unlabelled; empty without movements."""
    if shown is None:
        return joined()
    scale = _scale(shown)
    figures = [_pair(number, couple, shown, scale) for number, couple in _numbered(shown)]
    note = _LOOK.format(labels([shown.spacing])[0])
    return section("Which are real?", panels(figures), note=note)


def trajectory_key(shown: Movements | None) -> Markup:
    """Which of each pair is real; empty without movements."""
    if shown is None:
        return joined()
    said = ", ".join(f"{number}{_NAMES[couple.real]}" for number, couple in _numbered(shown))
    key = element("details", element("summary", "Show which are real"), element("p", said))
    return section("Key to the movements", key, note=_KEY)


def _numbered(shown: Movements) -> Iterator[tuple[int, Couple]]:
    return enumerate(shown.couples, 1)


def _scale(shown: Movements) -> float:
    """Pixels of the drawing per unit, so that every path has room."""
    sizes = [np.ptp(trace.path, axis=0) for couple in shown.couples for trace in couple.traces]
    wide, high = np.maximum(np.max(sizes, axis=0), 1e-9)
    room = _HALF - 2 * _MARGIN, _HEIGHT - 2 * _MARGIN - _FOOT
    return float(min(room[0] / wide, room[1] / high))


def _pair(number: int, couple: Couple, shown: Movements, scale: float) -> Markup:
    parts: list[Markup] = []
    for side, trace in enumerate(couple.traces):
        parts += _drawn(trace, side, shown.downward, scale)
    border = element("line", x1=_HALF, x2=_HALF, y1=_MARGIN, y2=_HEIGHT - _MARGIN, class_="grid")
    title = f"Pair {number}: two movements"
    drawing = canvas(title, border, *parts, *_ruler(scale, shown.unit), height=_HEIGHT)
    return element("figure", element("figcaption", f"Pair {number}"), drawing)


def _drawn(trace: Trace, side: int, downward: bool, scale: float) -> Iterator[Markup]:
    """A path in the middle of its half."""
    middle = np.array([_HALF * (side + 0.5), (_HEIGHT - _FOOT) / 2])
    around = (trace.path.min(0) + trace.path.max(0)) / 2
    turned = np.array([1.0, 1.0 if downward else -1.0])

    def placed(points: Float[np.ndarray, "P 2"]) -> list[tuple[float, float]]:
        return [(x, y) for x, y in (middle + (points - around) * turned * scale).tolist()]

    line = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in placed(trace.path))
    look = {"stroke": _PATH, "stroke_width": 1.2, "stroke_linejoin": "round"}
    yield element("path", d=line, fill="none", **look)
    for x, y in placed(trace.dots):
        yield element("circle", cx=x, cy=y, r=1.5, fill=_DOT)
    ((x, y),) = placed(trace.path[:1])
    yield element("circle", cx=x, cy=y, r=4.5, fill="none", stroke=_DOT)
    yield element("text", _NAMES[side], x=_HALF * side + 6, y=14, style="font-weight:600")


def _ruler(scale: float, unit: str) -> list[Markup]:
    """How long a round number of units is."""
    size = Axis(0.0, _HALF / 2 / scale, 0.0, 1.0).ticks(2)[1]
    end, y = _MARGIN + size * scale, _HEIGHT - 8
    bar = element("path", d=f"M{_MARGIN} {y}L{end:.1f} {y}", stroke=INK, stroke_width=1.4)
    return [bar, element("text", f"{labels([size])[0]} {unit}", x=end + 5, y=y + 4)]
