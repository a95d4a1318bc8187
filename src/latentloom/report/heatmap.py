"""Matrices of correlations as coloured cells, with the numbers where they can be read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from .html import Markup, element
from .svg import INK, WIDTH, canvas

_BELOW = (0x21, 0x66, 0xAC)  # blue and orange, told apart by the colour-blind
_ABOVE = (0xC2, 0x5A, 0x00)
_ROOM, _TOP, _SCALE = 76.0, 6.0, 44.0
_NUMBERED = 8  # channels up to which cells hold their numbers
_NAMED = 20  # channels up to which each has its name
_LETTERS = 10


def heatmap(
    title: str, matrix: Float[np.ndarray, "C C"], names: Sequence[str], most: float
) -> Markup:
    """A square matrix with its colour scale below; a cell without a number is hatched.

    Args:
        title: For those who cannot see it.
        matrix: The numbers.
        names: Of its rows and columns.
        most: The number that has the full colour, and its negative the other one.
    """
    side = (WIDTH - _ROOM - 12) / len(matrix)
    parts = [
        _cell(value, _ROOM + column * side, _TOP + row * side, side, most, len(matrix))
        for row, values in enumerate(matrix.tolist())
        for column, value in enumerate(values)
    ]
    end = _TOP + side * len(matrix)
    wide = side * len(matrix)
    parts.append(
        element("rect", x=_ROOM, y=_TOP, width=wide, height=wide, fill="none", stroke="#9aa2ab")
    )
    parts += _named(names, side, end)
    letters = max(len(_short(name)) for name in names)
    low = end + (20 if len(names) > _NAMED else 18 + 6 * letters)
    return canvas(title, *parts, *_scale(low, most), height=low + _SCALE)


def colour(value: float, most: float) -> str:
    """White at zero, orange above, blue below.

    Example:
        >>> colour(0.0, 1.0), colour(1.0, 1.0), colour(-5.0, 1.0)
        ('#ffffff', '#c25a00', '#2166ac')
    """
    share = min(1.0, abs(value) / most)
    full = _ABOVE if value > 0 else _BELOW
    return "#" + "".join(f"{round(255 + share * (part - 255)):02x}" for part in full)


def _cell(value: float, x: float, y: float, side: float, most: float, size: int) -> Markup:
    if not np.isfinite(value):
        cross = f"M{x:.1f} {y:.1f}l{side:.1f} {side:.1f}"
        return element("path", d=cross, stroke="#9aa2ab", fill="none", stroke_width=1)
    box = element(
        "rect",
        x=x,
        y=y,
        width=side,
        height=side,
        fill=colour(value, most),
        stroke="#fff" if size <= _NAMED else None,
    )
    if size > _NUMBERED:
        return box
    dark = abs(value) / most > 0.6
    number = element(
        "text",
        f"{value:.2f}".replace("-0.00", "0.00"),
        x=x + side / 2,
        y=y + side / 2 + 4,
        text_anchor="middle",
        style="fill:#fff" if dark else f"fill:{INK}",
    )
    return element("g", box, number)


def _named(names: Sequence[str], side: float, end: float) -> list[Markup]:
    """Names at both sides; of many channels only every fifth number."""
    many = len(names) > _NAMED
    parts: list[Markup] = []
    for i, name in enumerate(names):
        if many and i % 5:
            continue
        short = str(i) if many else _short(name)
        at = (i + 0.5) * side
        parts.append(element("text", short, x=_ROOM - 5, y=_TOP + at + 3.5, text_anchor="end"))
        if many:
            parts.append(element("text", short, x=_ROOM + at, y=end + 13, text_anchor="middle"))
        else:
            x, y = _ROOM + at + 3.5, end + 6
            turned = f"rotate(-90 {x:.1f} {y:.1f})"
            parts.append(element("text", short, x=x, y=y, text_anchor="end", transform=turned))
    return parts


def _short(name: str) -> str:
    return name if len(name) <= _LETTERS else name[: _LETTERS - 1] + "…"


def _scale(top: float, most: float) -> list[Markup]:
    """A bar from the least to the most, with its ends and its middle named."""
    wide = WIDTH - _ROOM - 12
    shades = np.linspace(-most, most, 41)
    step = wide / len(shades)
    parts = [
        element(
            "rect", x=_ROOM + i * step, y=top, width=step + 0.3, height=10, fill=colour(v, most)
        )
        for i, v in enumerate(shades.tolist())
    ]
    for share, value in ((0.0, -most), (0.5, 0.0), (1.0, most)):
        anchor = {0.0: "start", 0.5: "middle", 1.0: "end"}[share]
        parts.append(
            element(
                "text",
                f"{value:+.2g}" if value else "0",
                x=_ROOM + share * wide,
                y=top + 24,
                text_anchor=anchor,
            )
        )
    return parts
