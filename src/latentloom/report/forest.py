"""Medians and their intervals, one model above the other, for each kind of record."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..evaluation.scorecard import JUDGED, Scorecard
from ..evaluation.statistics import Summary
from .axes import Axis, labels
from .html import Markup, element
from .svg import BLUE, BOTTOM, INK, RIGHT, TOP, WIDTH, canvas

_LEFT = 128.0
_ROW = 20.0
_LETTERS = 20  # of a name beside the drawing


def forests(card: Scorecard) -> list[Markup]:
    """A figure for each kind: median NRMSE, its interval, and the 90 % quantile."""
    kinds = list(dict.fromkeys(kind for row in card.rows for kind in row.kinds))
    found: list[Markup] = []
    for kind in kinds:
        scores = {row.name: row.kinds.get(kind, {}).get(JUDGED) for row in card.rows}
        there = {n: s for n, s in scores.items() if s is not None and s.median.value > 0}
        if there:
            generated = {row.name for row in card.of_kind("generated")}
            found.append(_forest(kind, there, generated))
    return found


def _forest(kind: str, scores: Mapping[str, Summary], generated: set[str]) -> Markup:
    bottom = TOP + _ROW * len(scores)
    ends = [
        [s.median.value, s.ninety.value, s.median.low or s.median.value] for s in scores.values()
    ]
    axis = Axis.around([np.array(ends)], _LEFT, WIDTH - RIGHT, logarithmic=True)
    parts = _grid(axis, bottom)
    for i, (name, summary) in enumerate(scores.items()):
        colour = BLUE if name in generated else INK
        parts += _row(axis, TOP + _ROW * (i + 0.5), name, summary, colour)
    title = f"{kind}: NRMSE"
    caption = element("figcaption", title)
    note = element("div", "● median with 95 % interval, | 90 % quantile", class_="legend")
    return element("figure", caption, canvas(title, *parts, height=bottom + BOTTOM), note)


def _grid(axis: Axis, bottom: float) -> list[Markup]:
    ticks, parts = axis.ticks(), []
    for tick, label in zip(ticks, labels(ticks), strict=True):
        at = axis.place(tick)
        parts.append(element("line", x1=at, x2=at, y1=TOP, y2=bottom, class_="grid"))
        parts.append(element("text", label, x=at, y=bottom + 14, text_anchor="middle"))
    middle = (axis.start + axis.end) / 2
    return [*parts, element("text", "NRMSE", x=middle, y=bottom + 30, text_anchor="middle")]


def _row(axis: Axis, y: float, name: str, summary: Summary, colour: str) -> list[Markup]:
    short = name if len(name) <= _LETTERS else name[: _LETTERS - 1] + "…"
    middle, far = axis.place(summary.median.value), axis.place(summary.ninety.value)
    parts = [
        element("text", short, x=_LEFT - 8, y=y + 3.5, text_anchor="end"),
        element("circle", cx=middle, cy=y, r=3.5, fill=colour),
        element("line", x1=far, x2=far, y1=y - 5, y2=y + 5, stroke=colour, stroke_width=1.5),
    ]
    low, high = summary.median.low, summary.median.high
    if low is not None and high is not None and low > 0:
        ends = axis.place(low), axis.place(high)
        parts.append(
            element("line", x1=ends[0], x2=ends[1], y1=y, y2=y, stroke=colour, stroke_width=1.5)
        )
    return parts
