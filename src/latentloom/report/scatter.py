"""Points on axes: real ones as rings, made ones as crosses."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from .axes import Axis
from .html import Markup, element, joined
from .svg import BLUE, HEIGHT, INK, LEFT, RIGHT, TOP, WIDTH, Frame, canvas

_BELOW = 38.0
_EDGE = 0.005  # share of the points beyond each end of an axis, drawn at the edge
Points = Float[np.ndarray, "_ 2"]


def scatter(title: str, real: Points, made: Points, names: tuple[str, str]) -> Markup:
    """Two clouds of points; the few that would squeeze all others stand at the edge.

    Args:
        title: For those who cannot see it.
        real: Points drawn as rings.
        made: Points drawn as crosses.
        names: Of the two axes.
    """
    both = np.concatenate([real, made])
    low, high = np.quantile(both, [_EDGE, 1 - _EDGE], axis=0)
    spare = 0.15 * (high - low)
    low, high = np.maximum(low - spare, both.min(0)), np.minimum(high + spare, both.max(0))
    x = Axis.around([np.array([low[0], high[0]])], LEFT, WIDTH - RIGHT)
    y = Axis.around([np.array([low[1], high[1]])], HEIGHT - _BELOW, TOP)
    on = Frame(x, y, *names)
    inside = [points.clip(low, high) for points in (real, made)]
    return canvas(title, on.drawn(), _rings(on, inside[0]), _crosses(on, inside[1]))


def key() -> Markup:
    """What rings and crosses are."""
    on = Frame(Axis(0, 1, 0, 22), Axis(0, 1, 12, 0), "", "")
    middle = np.array([[0.5, 0.5]])
    entries = {"real": _rings(on, middle), "made": _crosses(on, middle)}
    spans = [element("span", _swatch(drawn), f"{name} signals") for name, drawn in entries.items()]
    return element("div", *spans, class_="legend")


def _places(on: Frame, points: Points) -> list[tuple[float, float]]:
    return list(zip(on.x(points[:, 0]).tolist(), on.y(points[:, 1]).tolist(), strict=True))


def _rings(on: Frame, points: Points) -> Markup:
    steps = [f"M{x - 2:.1f} {y:.1f}a2 2 0 1 0 4 0a2 2 0 1 0-4 0" for x, y in _places(on, points)]
    return _drawn(steps, INK, 0.9)


def _crosses(on: Frame, points: Points) -> Markup:
    steps = [
        f"M{x - 2.2:.1f} {y - 2.2:.1f}l4.4 4.4m0-4.4l-4.4 4.4" for x, y in _places(on, points)
    ]
    return _drawn(steps, BLUE, 1.1)


def _drawn(steps: list[str], colour: str, width: float) -> Markup:
    return element(
        "path",
        d="".join(steps),
        fill="none",
        stroke=colour,
        stroke_width=width,
        stroke_opacity=0.65,
    )


def _swatch(drawn: Markup) -> Markup:
    return element(
        "svg",
        joined(drawn),
        viewBox="0 0 22 12",
        width=22,
        height=12,
        aria_hidden="true",
        class_="swatch",
    )
