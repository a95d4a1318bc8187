"""Drawings: lines, bands and bars on axes, as SVG that stands in the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from .axes import Axis, labels
from .content import Figure, Line
from .html import Markup, element, joined

WIDTH = 380.0
HEIGHT = 220.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 12.0, 10.0, 38.0
_MOST = 1200  # points of a line; more cannot be seen

INK, BLUE, ORANGE, GREEN = "#1b1f24", "#0072b2", "#d55e00", "#007a5a"
COLOURS = (BLUE, ORANGE, GREEN, "#a8447f", "#7a5c00", "#1a7f9c", "#5b4fa2", "#555b63")
DASHES = (None, "7 3", "2 2.5", "9 3 2 3", None, "7 3", "2 2.5", "9 3 2 3")


@dataclass(frozen=True, slots=True)
class Stroke:
    """How a line looks.

    Args:
        colour: Its colour.
        dash: Its dashes, if any.
        width: Its width in pixels.
    """

    colour: str
    dash: str | None = None
    width: float = 1.6


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle with two axes.

    Args:
        x: The horizontal axis.
        y: The vertical axis.
        x_name: Its name; without one it has no tick labels either.
        y_name: The vertical axis' name.
    """

    x: Axis
    y: Axis
    x_name: str
    y_name: str

    def drawn(self) -> Markup:
        """Grid, ticks and names."""
        return joined(self._rows(), self._columns(), self._names())

    def _rows(self) -> list[Markup]:
        ticks, parts = self.y.ticks(max(2, int((self.y.start - self.y.end) // 32))), []
        for tick, label in zip(ticks, labels(ticks), strict=True):
            at = self.y.place(tick)
            parts.append(
                element("line", x1=self.x.start, x2=self.x.end, y1=at, y2=at, class_="grid")
            )
            parts.append(element("text", label, x=self.x.start - 5, y=at + 3.5, text_anchor="end"))
        return parts

    def _columns(self) -> list[Markup]:
        ticks, parts, base = self.x.ticks(5), [], self.y.start
        for tick, label in zip(ticks, labels(ticks), strict=True):
            at = self.x.place(tick)
            parts.append(element("line", x1=at, x2=at, y1=base, y2=self.y.end, class_="grid"))
            if self.x_name:
                parts.append(element("text", label, x=at, y=base + 14, text_anchor="middle"))
        return parts

    def _names(self) -> Markup:
        middle = (self.y.start + self.y.end) / 2
        across = (self.x.start + self.x.end) / 2
        turned = f"rotate(-90 11 {middle:.2f})"
        upright = element(
            "text", self.y_name, x=11, y=middle, text_anchor="middle", transform=turned
        )
        below = element("text", self.x_name, x=across, y=self.y.start + 30, text_anchor="middle")
        return joined(upright, below if self.x_name else "")


def across(values: Sequence[np.ndarray], room: float = 0.0) -> Axis:
    """A horizontal axis of the usual width around values."""
    return Axis.around(values, LEFT, WIDTH - RIGHT, room=room)


def canvas(title: str, *parts: Markup, height: float = HEIGHT) -> Markup:
    """A drawing with a title for those who cannot see it."""
    name = element("title", title)
    return element(
        "svg",
        name,
        *parts,
        viewBox=f"0 0 {WIDTH:g} {height:g}",
        role="img",
    )


def curve(
    on: Frame, x: Float[np.ndarray, " P"], y: Float[np.ndarray, " P"], stroke: Stroke
) -> Markup:
    """A line through points, with gaps where one is not finite."""
    x, y = _thinned(x, y)
    across, up = on.x(x), on.y(y)
    pen, steps = "M", []
    for px, py in zip(across.tolist(), up.tolist(), strict=True):
        if not np.isfinite(px + py):
            pen = "M"
            continue
        steps.append(f"{pen}{px:.1f} {py:.1f}")
        pen = "L"
    return element(
        "path",
        d="".join(steps),
        fill="none",
        stroke=stroke.colour,
        stroke_width=stroke.width,
        stroke_dasharray=stroke.dash,
        stroke_linejoin="round",
    )


def band(
    on: Frame,
    x: Float[np.ndarray, " P"],
    low: Float[np.ndarray, " P"],
    high: Float[np.ndarray, " P"],
    colour: str,
) -> Markup:
    """The area between two lines."""
    around = np.concatenate([x, x[::-1]]), np.concatenate([low, high[::-1]])
    points = zip(on.x(around[0]).tolist(), on.y(around[1]).tolist(), strict=True)
    path = "M" + "L".join(f"{px:.1f} {py:.1f}" for px, py in points) + "Z"
    return element("path", d=path, fill=colour, fill_opacity=0.22)


def plot(figure: Figure) -> Markup:
    """Curves on shared axes, with their legend below."""
    x = across([line.x for line in figure.lines])
    values = [line.y for line in figure.lines]
    up = Axis.around(values, HEIGHT - BOTTOM, TOP, logarithmic=figure.logarithmic)
    on = Frame(x, up, figure.x, figure.y)
    strokes = [Stroke(*look) for look in zip(COLOURS, DASHES, strict=True)][: len(figure.lines)]
    drawn = [_line(on, line, stroke) for line, stroke in zip(figure.lines, strokes, strict=True)]
    names = [line.name for line in figure.lines]
    return joined(
        canvas(figure.title, on.drawn(), _borders(on, figure.borders), *drawn),
        legend(list(zip(names, strokes, strict=True))),
    )


def _borders(on: Frame, places: Sequence[float]) -> Markup:
    ends = np.array([on.y.low, on.y.high])
    stroke = Stroke(INK, "2 2.5", 1.0)
    return joined([curve(on, np.full(2, place), ends, stroke) for place in places])


def bars(title: str, counts: Int[np.ndarray, " V"], names: tuple[str, str]) -> Markup:
    """Counts as bars, from the most frequent to the least."""
    ordered = np.sort(counts)[::-1].astype(float)
    edges = np.arange(len(ordered) + 1.0)
    on = Frame(
        across([edges]),
        Axis(0.0, max(1.0, float(ordered.max()) * 1.05), HEIGHT - BOTTOM, TOP),
        *names,
    )
    x = np.repeat(edges, 2)
    heights = np.concatenate([[0.0], np.repeat(ordered, 2), [0.0]])
    zero = np.zeros_like(heights)
    return canvas(
        title,
        on.drawn(),
        band(on, x, zero, heights, BLUE),
        curve(on, x, heights, Stroke(BLUE, width=1.0)),
    )


def legend(entries: Sequence[tuple[str, Stroke]], shade: tuple[str, str] | None = None) -> Markup:
    """What each line is, with a sample of it.

    Args:
        entries: Names and looks of lines.
        shade: Name and colour of a band, if there is one.
    """
    parts = [element("span", _swatch(stroke), name) for name, stroke in entries]
    if shade is not None:
        box = element("rect", x=0, y=2, width=22, height=8, fill=shade[1], fill_opacity=0.22)
        parts.append(element("span", _sample(box), shade[0]))
    return element("div", *parts, class_="legend")


def _line(on: Frame, line: Line, stroke: Stroke) -> Markup:
    drawn = curve(on, line.x, line.y, stroke)
    if len(line.x) > 1:
        return drawn
    places = zip(on.x(line.x).tolist(), on.y(line.y).tolist(), strict=True)
    dots = [
        element("circle", cx=px, cy=py, r=2.5, fill=stroke.colour)
        for px, py in places
        if np.isfinite(px + py)
    ]
    return joined(drawn, *dots)


def _swatch(stroke: Stroke) -> Markup:
    return _sample(
        element(
            "line",
            x1=0,
            x2=22,
            y1=6,
            y2=6,
            stroke=stroke.colour,
            stroke_width=2.2,
            stroke_dasharray=stroke.dash,
        )
    )


def _sample(shape: Markup) -> Markup:
    return element(
        "svg", shape, viewBox="0 0 22 12", width=22, height=12, aria_hidden="true", class_="swatch"
    )


def _thinned(
    x: Float[np.ndarray, " P"], y: Float[np.ndarray, " P"]
) -> tuple[Float[np.ndarray, " Q"], Float[np.ndarray, " Q"]]:
    """At most so many points, keeping the extremes of each stretch that is left out."""
    if len(x) <= _MOST:
        return x, y
    stretches = np.array_split(np.arange(len(x)), _MOST // 2)
    filled = np.where(np.isfinite(y), y, 0.0)
    kept = [sorted({s[filled[s].argmin()], s[filled[s].argmax()]}) for s in stretches]
    rows = np.concatenate(kept)
    return x[rows], y[rows]
