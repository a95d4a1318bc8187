"""The picture of when a measured state occurred, as a file of its own."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from ..evaluation.locating import Deduction
from .axes import Axis
from .html import Markup, element, joined
from .svg import BLUE, BOTTOM, HEIGHT, INK, ORANGE, TOP, WIDTH, Frame, Stroke, across, band, curve

_STYLE = Markup(
    "svg{background:#fff}.grid{stroke:#e3e6ea;stroke-width:1}"
    "text{font:11px system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif;fill:#3d444d}"
    ".head{font-weight:600;font-size:12px}.title{font-weight:600;font-size:15px}"
)
_HEAD, _TITLE, _MARGIN = 22.0, 34.0, 12.0
_ACROSS = 3
_MEASURED = Stroke(ORANGE, width=1.8)
_HERE = Stroke(INK, "2 2.5", 1.2)
_MADE = Stroke(BLUE, width=1.7)
_WIDE = 1.645  # deviations on either side of 90 % of a normal distribution


def deduction_picture(found: Deduction) -> str:
    """Probability over frames, residuals, and each component with the state marked, as SVG."""
    panels = [("Probability of each frame", _probability), ("Residual at the answer", _residuals)]
    drawn = [_panel(title, draw(found)) for title, draw in panels]
    drawn += [
        _panel(_named(found, place), _component(found, place))
        for place in range(len(found.components))
    ]
    columns = min(_ACROSS, len(drawn))
    tall = HEIGHT + _HEAD
    rows = -(-len(drawn) // columns)
    placed = [
        element(
            "g",
            panel,
            transform=f"translate({_MARGIN + at % columns * (WIDTH + _MARGIN):g}"
            f" {_TITLE + at // columns * tall:g})",
        )
        for at, panel in enumerate(drawn)
    ]
    width, height = _MARGIN + columns * (WIDTH + _MARGIN), _TITLE + rows * tall + _MARGIN
    title = element("text", found.sentence(), x=_MARGIN + 8, y=22, class_="title")
    named = element("title", found.sentence())
    size = {"width": width, "height": height, "viewBox": f"0 0 {width:g} {height:g}"}
    style = element("style", _STYLE)
    parts = joined(named, style, _background(width, height), title, placed)
    return element("svg", parts, xmlns="http://www.w3.org/2000/svg", **size) + "\n"


def _background(width: float, height: float) -> Markup:
    return element("rect", width=width, height=height, fill="#fff")


def _panel(title: str, drawing: Markup) -> Markup:
    head = element("text", title, x=8, y=13, class_="head")
    return joined(head, element("g", drawing, transform=f"translate(0 {_HEAD:g})"))


def _named(found: Deduction, place: int) -> str:
    measured = np.isfinite(found.state[place])
    return found.components[place] + ("" if measured else ", not measured")


def _frames(found: Deduction) -> Float[np.ndarray, " T"]:
    return np.arange(len(found.probabilities), dtype=float)


def _probability(found: Deduction) -> Markup:
    frames, p = _frames(found), found.probabilities
    up = Axis(0.0, 1.08 * float(p.max()), HEIGHT - BOTTOM, TOP)
    on = Frame(across([frames]), up, "frame", "probability")
    return joined(
        on.drawn(),
        [_stretch(on, first, last) for first, last in found.interval],
        curve(on, frames, p, _MADE),
        _upright(on, found.frame),
    )


def _stretch(on: Frame, first: int, last: int) -> Markup:
    """A part of the interval, over the whole height."""
    ends = np.array([first - 0.5, last + 0.5])
    low, high = np.full(2, on.y.low), np.full(2, on.y.high)
    return band(on, ends, low, high, ORANGE)


def _upright(on: Frame, frame: int) -> Markup:
    return curve(on, np.full(2, float(frame)), np.array([on.y.low, on.y.high]), _HERE)


def _component(found: Deduction, place: int) -> Markup:
    frames, made = _frames(found), found.predicted[:, place]
    value, room = found.state[place], _WIDE * found.deviation[:, place]
    measured = np.isfinite(value)
    ends = [made - room, made + room, np.array([value])] if measured else []
    up = Axis.around([made, *ends], HEIGHT - BOTTOM, TOP)
    on = Frame(across([frames]), up, "frame", found.components[place])
    state = curve(on, frames[[0, -1]], np.full(2, value), _MEASURED) if measured else joined()
    return joined(
        on.drawn(),
        [_stretch(on, first, last) for first, last in found.interval],
        band(on, frames, made - room, made + room, BLUE) if measured else joined(),
        curve(on, frames, made, _MADE),
        state,
        _upright(on, found.frame),
    )


def _residuals(found: Deduction) -> Markup:
    """State minus prediction at the answer, with what predictions usually miss."""
    usual, residual = _WIDE * found.deviation[found.frame], found.residual
    known = np.flatnonzero(np.isfinite(residual))
    values = [residual[known], usual[known], -usual[known], np.zeros(1)]
    up = Axis.around(values, HEIGHT - BOTTOM, TOP)
    side = Axis(-0.6, len(known) - 0.4, *_ends())
    on = Frame(side, up, "", "state minus prediction")
    bars: list[Markup] = []
    for at, place in enumerate(known.tolist()):
        bars += [
            _bar(on, at, (-usual[place], usual[place]), 0.34, BLUE, 0.22),
            _bar(on, at, (0.0, residual[place]), 0.16, ORANGE, 0.85),
            element(
                "text",
                found.components[place],
                x=side.place(at),
                y=HEIGHT - BOTTOM + 14,
                text_anchor="middle",
            ),
        ]
    note = "orange: here; blue: 90 % of what predictions miss"
    below = element("text", note, x=WIDTH / 2, y=HEIGHT - BOTTOM + 30, text_anchor="middle")
    return joined(on.drawn(), bars, below)


def _ends() -> tuple[float, float]:
    usual = across([np.zeros(1)])
    return usual.start, usual.end


def _bar(
    on: Frame, at: float, ends: tuple[float, float], half: float, colour: str, opacity: float
) -> Markup:
    """A bar beside others, from one value to another."""
    left, right = on.x.place(at - half), on.x.place(at + half)
    top, bottom = sorted(map(on.y.place, ends))
    size = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    return element("rect", **size, fill=colour, fill_opacity=opacity)
