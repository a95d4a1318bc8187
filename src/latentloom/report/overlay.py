"""The drawing of one record: signal, error with its interval, and the drive below."""

from __future__ import annotations

import numpy as np

from .axes import Axis
from .content import Overlay
from .html import Markup, element, joined
from .svg import BLUE, BOTTOM, INK, ORANGE, TOP, Frame, Stroke, across, band, canvas, curve, legend

_TRUE = Stroke(INK, width=1.9)
_MADE = Stroke(BLUE, "6 2.5", 1.7)
_DRIVE = Stroke(ORANGE, "2 1.5", 1.5)
_HEIGHTS = {"signal": 160.0, "error": 62.0, "drive": 62.0}
_GAP = 16.0


def overlay(record: Overlay) -> Markup:
    """A record as a figure with its caption and legend.

    Raises:
        ValueError: If its arrays differ in length.
    """
    _checked(record)
    names = [name for name in _HEIGHTS if name != "drive" or record.drive is not None]
    x, top, parts = across([record.time]), TOP, list[Markup]()
    for name in names:
        bottom = top + _HEIGHTS[name]
        below = record.x if name == names[-1] else ""
        parts.append(_PANELS[name](record, x, (bottom, top), below))
        top = bottom + _GAP
    entries = [("true", _TRUE), (record.made_name, _MADE)]
    entries += [] if record.drive is None else [(record.drive_name, _DRIVE)]
    shade = None if record.low is None else (record.band, BLUE)
    drawing = canvas(f"{record.title}: {record.y}", *parts, height=top - _GAP + BOTTOM)
    caption = element("figcaption", record.title)
    return element("figure", caption, drawing, legend(entries, shade))


def _signal(record: Overlay, x: Axis, ends: tuple[float, float], below: str) -> Markup:
    axis = Axis.around([record.truth, record.made, *_interval(record)], *ends)
    on = Frame(x, axis, below, record.y)
    lines = [
        curve(on, record.time, values, stroke)
        for values, stroke in ((record.truth, _TRUE), (record.made, _MADE))
    ]
    return joined(on.drawn(), _shade(on, record, _interval(record)), lines)


def _error(record: Overlay, x: Axis, ends: tuple[float, float], below: str) -> Markup:
    """Generated minus true: where zero is in the band, the interval holds the truth."""
    error = record.made - record.truth
    interval = [values - record.truth for values in _interval(record)]
    on = Frame(x, Axis.around([error, *interval], *ends), below, "error")
    zero = curve(on, record.time, np.zeros_like(error), Stroke(INK, width=1.0))
    line = curve(on, record.time, error, Stroke(BLUE, "6 2.5", 1.3))
    return joined(on.drawn(), _shade(on, record, interval), zero, line)


def _drive(record: Overlay, x: Axis, ends: tuple[float, float], below: str) -> Markup:
    drive = np.zeros(0) if record.drive is None else record.drive
    on = Frame(x, Axis.around([drive], *ends, room=0.08), below, record.drive_name)
    return joined(on.drawn(), curve(on, record.time, drive, _DRIVE))


_PANELS = {"signal": _signal, "error": _error, "drive": _drive}


def _interval(record: Overlay) -> list[np.ndarray]:
    return [ends for ends in (record.low, record.high) if ends is not None]


def _shade(on: Frame, record: Overlay, interval: list[np.ndarray]) -> Markup:
    return (
        band(on, record.time, interval[0], interval[1], BLUE) if len(interval) == 2 else joined()
    )


def _checked(record: Overlay) -> None:
    if (record.low is None) != (record.high is None):
        raise ValueError(f"overlay {record.title!r} must have both ends of its interval, got one")
    for name in ("truth", "made", "low", "high", "drive"):
        values: np.ndarray | None = getattr(record, name)
        if values is not None and values.shape != record.time.shape:
            raise ValueError(
                f"{name} of overlay {record.title!r} must have {len(record.time)} steps, got"
                f" {len(values)}"
            )
