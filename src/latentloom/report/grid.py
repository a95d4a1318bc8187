"""Rows and columns of numbers from zero up, as shaded cells."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from .heatmap import colour
from .html import Markup, element
from .svg import INK, WIDTH, canvas

_TOP, _RIGHT, _BELOW, _SCALE = 6.0, 12.0, 20.0, 40.0
_ROW = 18.0
_LETTER = 6.2  # pixels
_LETTERS = 20
_NUMBERED = 6  # columns up to which cells hold their numbers
_MOST = 130  # columns; more are joined
_PALE = 0.02  # of the full colour, below which a cell is not drawn


def grid(
    title: str,
    values: Float[np.ndarray, "R C"],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    most: float,
    across: str = "",
) -> Markup:
    """Shaded cells, the darker the larger, with the scale below.

    Of many columns, neighbours are joined to their mean, and only some are named by their
    number.

    Args:
        title: For those who cannot see it.
        values: The numbers; those that are not finite leave a gap.
        rows: What the rows are called.
        columns: What the columns are called.
        most: The number that has the full colour.
        across: What the columns are.
    """
    joined, each = _joined(values)
    left = 10 + _LETTER * max(len(_short(name)) for name in rows)
    width = (WIDTH - left - _RIGHT) / joined.shape[1]
    parts = [
        _cell(value, left + column * width, _TOP + row * _ROW, width, most, joined.shape[1])
        for row, line in enumerate(joined.tolist())
        for column, value in enumerate(line)
        if np.isfinite(value)
    ]
    end = _TOP + _ROW * len(rows)
    frame = {"x": left, "y": _TOP, "width": WIDTH - left - _RIGHT, "height": end - _TOP}
    parts.append(element("rect", **frame, fill="none", stroke="#9aa2ab"))
    parts += [
        element("text", _short(name), x=left - 5, y=_TOP + _ROW * (row + 0.7), text_anchor="end")
        for row, name in enumerate(rows)
    ]
    parts += _heads(columns, left, width / each, end)
    middle = (left + WIDTH - _RIGHT) / 2
    if across:
        parts.append(element("text", across, x=middle, y=end + 28, text_anchor="middle"))
    low = end + _BELOW + (14 if across else 0)
    return canvas(title, *parts, *_scale(left, low, most), height=low + _SCALE)


def _joined(values: Float[np.ndarray, "R C"]) -> tuple[Float[np.ndarray, "R D"], int]:
    """At most so many columns, and how many each stands for."""
    each = -(-values.shape[1] // _MOST)
    starts = np.arange(0, values.shape[1], each)
    sizes = np.diff(np.append(starts, values.shape[1]))
    return np.add.reduceat(values, starts, axis=1) / sizes, each


def _cell(value: float, x: float, y: float, width: float, most: float, columns: int) -> Markup:
    if value < _PALE * most and columns > _NUMBERED:
        return element("g")
    box = element("rect", x=x, y=y, width=width + 0.2, height=_ROW, fill=colour(value, most))
    if columns > _NUMBERED:
        return box
    ink = "#fff" if value / most > 0.6 else INK
    at = {"x": x + width / 2, "y": y + 0.7 * _ROW, "text_anchor": "middle"}
    return element("g", box, element("text", f"{value:.2f}", **at, style=f"fill:{ink}"))


def _heads(columns: Sequence[str], left: float, width: float, end: float) -> list[Markup]:
    """Names below the columns, or numbers below some where names have no room."""
    many = _LETTER * max(map(len, columns)) > width
    every = -(-len(columns) // 6) if many else 1
    return [
        element(
            "text",
            str(column) if many else columns[column],
            x=left + (column + 0.5) * width,
            y=end + 14,
            text_anchor="middle",
        )
        for column in range(0, len(columns), every)
    ]


def _short(name: str) -> str:
    return name if len(name) <= _LETTERS else name[: _LETTERS - 1] + "…"


def _scale(left: float, top: float, most: float) -> list[Markup]:
    """A bar from zero to the most."""
    wide = WIDTH - left - _RIGHT
    shades = np.linspace(0, most, 31)
    step = wide / len(shades)
    bars = [
        element(
            "rect", x=left + i * step, y=top, width=step + 0.3, height=10, fill=colour(v, most)
        )
        for i, v in enumerate(shades.tolist())
    ]
    ends = [("0", left, "start"), (f"{most:.2g}", left + wide, "end")]
    words = [element("text", word, x=x, y=top + 24, text_anchor=a) for word, x, a in ends]
    return [*bars, *words]
