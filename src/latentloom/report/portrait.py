"""Real and made signals beside each other: the sections of a report that draw a portrait."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from ..evaluation.portrait import Bundle, Case, Channel, Cloud, Correlations, Pair, Portrait
from ..evaluation.two_sample import TwoSample
from .axes import Axis
from .heatmap import heatmap
from .html import Markup, element, joined
from .page import panels, section
from .scatter import key, scatter
from .svg import BLUE, BOTTOM, HEIGHT, INK, TOP, Frame, Stroke, across, band, canvas, curve, legend

REAL = Stroke(INK, width=1.8)
MADE = Stroke(BLUE, "6 2.5", 1.8)
_GREY = "#6b7480"
_FAINT_REAL = Stroke(INK, width=1.1)
_FAINT_MADE = Stroke(BLUE, "6 2.5", 1.2)
_HALF = 118.0  # pixels of each of two panels, one above the other
_GAP = 14.0
_BOTH = [("real", REAL), ("made", MADE)]
_LEAST_SHADE = 0.1  # a difference of correlations that has the full colour at least

_SIDE = (
    "Drawn at random, on equal axes. Look for shapes, sizes, roughness or jumps that one side has"
    " and the other lacks; which signal stands where does not matter."
)
_VALUES = (
    "How often each value occurs. The outlines should lie on each other; a higher middle and lower"
    " ends mean that made signals are too tame. The outermost bins hold all that lies beyond."
)
_MEMORY = (
    "Autocorrelation: how much a step resembles the one so many steps before it, 1 where it says"
    " all and 0 where it says nothing. A made curve that falls faster has forgotten what real"
    " signals remember."
)
_RHYTHM = (
    "The spectrum says which rhythms carry the power, slow ones at the left. Made signals above"
    " the real ones at the right end are too rough, below them too smooth."
)
_BETWEEN = (
    "Correlations at the same instant. The first two should look alike; the third is made minus"
    " real, on a scale of its own, and should be pale and without pattern."
)
_CLOUDS = (
    "Each signal is one point. Crosses should cover the rings evenly: rings without crosses are"
    " kinds of signals that are never made, crosses without rings are signals that do not exist."
)
_NEAR = "Of {}, only who is near whom means something, not how far apart clusters lie."
_STRETCHED = " Signals of different lengths were stretched to one."
_CASES = (
    "Lines are means, bands hold eight in ten signals: the made ones should follow the real ones"
    " under each condition, in height and in width."
)
_LENGTHS = "Shares of the signals by their length; the outlines should lie on each other."


def portrait_sections(shown: Portrait) -> list[Markup]:
    """A section for each way of looking at two populations."""
    size = f" From {shown.real} real and {shown.made} made signals."
    return [
        *(_alone(shown, size) if shown.width == 1 else _channels(shown, size)),
        section("Between channels", _matrices(shown.correlations), note=_BETWEEN),
        section("All signals at once", *_clouds(shown), note=_CLOUDS + _mapped(shown)),
        section("By condition", _cases(shown.cases), note=_CASES),
        section("Lengths", panels(_lengths(shown.lengths)), note=_LENGTHS),
    ]


def _channels(shown: Portrait, size: str) -> list[Markup]:
    """A section for each view, a figure in it for each channel."""
    some = _some(shown)
    views = {
        "Side by side": (_side, _SIDE + some),
        "Values": (_marginal, _VALUES + size),
        "Memory": (_memory, _MEMORY),
        "Rhythm": (_power, _RHYTHM),
    }
    return [
        section(title, panels([draw(channel) for channel in shown.channels]), note=note)
        for title, (draw, note) in views.items()
    ]


def _alone(shown: Portrait, size: str) -> list[Markup]:
    """All views of a single channel, each with what to look for."""
    (channel,) = shown.channels
    views = {_side: _SIDE, _marginal: _VALUES, _memory: _MEMORY, _power: _RHYTHM}
    figures = [
        element("div", draw(channel), element("p", note, class_="note"))
        for draw, note in views.items()
    ]
    return [section("Real and made signals", panels(figures), note=size.strip())]


def _some(shown: Portrait) -> str:
    if len(shown.channels) == shown.width:
        return ""
    return (
        f" Of {shown.width} channels, the {len(shown.channels)} that differ most are shown, here"
        " and in the next three sections."
    )


def _mapped(shown: Portrait) -> str:
    """What the maps did to the signals."""
    near = [cloud.name for cloud in shown.clouds if not cloud.shares]
    said = " " + _NEAR.format(" and ".join(near)) if near else ""
    return said if shown.lengths is None else said + _STRETCHED


def _side(channel: Channel) -> Markup:
    """Real signals above, made ones below."""
    steps = np.arange(channel.real.shape[1], dtype=float)
    ends = [channel.real, channel.made]
    x, parts, top = across([steps]), list[Markup](), TOP
    rows = zip(ends, ("real", "made"), (_FAINT_REAL, _FAINT_MADE), strict=True)
    for signals, name, stroke in rows:
        up = Axis.around(ends, top + _HALF, top)
        on = Frame(x, up, "time step" if name == "made" else "", name)
        parts += [on.drawn(), *(curve(on, steps, signal, stroke) for signal in signals)]
        top += _HALF + _GAP
    title = f"{channel.name}: real signals above, made ones below"
    return _drawing(channel.name, canvas(title, *parts, height=top - _GAP + BOTTOM))


def _marginal(channel: Channel) -> Markup:
    return outlines(
        f"{channel.name}: values", channel.marginal, (f"value of {channel.name}", "density")
    )


def _lengths(pair: Pair | None) -> list[Markup]:
    return [] if pair is None else [outlines("Lengths", pair, ("steps", "share of signals"))]


def outlines(title: str, pair: Pair, names: tuple[str, str]) -> Markup:
    """Histograms as outlines, the real one filled."""
    half = float(np.diff(pair.x).mean()) / 2 if len(pair.x) > 1 else 0.5
    edges = np.append(pair.x - half, pair.x[-1] + half)
    top = max(float(pair.real.max()), float(pair.made.max()), 1e-12)
    on = Frame(across([edges]), Axis(0.0, 1.05 * top, HEIGHT - BOTTOM, TOP), *names)
    x = np.repeat(edges, 2)
    real, made = (np.concatenate([[0.0], np.repeat(y, 2), [0.0]]) for y in (pair.real, pair.made))
    shade = band(on, x, np.zeros_like(x), real, _GREY)
    lines = [curve(on, x, real, REAL), curve(on, x, made, MADE)]
    return _drawing(title, canvas(title, on.drawn(), shade, *lines), legend(_BOTH))


def _memory(channel: Channel) -> Markup:
    title = f"{channel.name}: autocorrelation"
    return _lines(title, channel.autocorrelation, ("lag in steps", "autocorrelation"), [0.0])


def _power(channel: Channel) -> Markup:
    title, pair = f"{channel.name}: spectrum", channel.spectrum
    return _lines(title, pair, ("frequency in cycles per step", "power"), logarithmic=True)


def _lines(
    title: str,
    pair: Pair,
    names: tuple[str, str],
    shown: Sequence[float] = (),
    *,
    logarithmic: bool = False,
) -> Markup:
    """Two curves on axes that show some values whatever the curves are."""
    real, made = pair.real, pair.made
    if logarithmic:  # what is lost in rounding must not stretch the axis
        least = 1e-8 * np.nanmax(real, initial=0.0)
        real, made = (np.where(y > least, y, np.nan) for y in (real, made))
    up = Axis.around([real, made, np.array(shown)], HEIGHT - BOTTOM, TOP, logarithmic=logarithmic)
    on = Frame(across([pair.x]), up, *names)
    lines = [curve(on, pair.x, real, REAL), curve(on, pair.x, made, MADE)]
    return _drawing(title, canvas(title, on.drawn(), *lines), legend(_BOTH))


def _matrices(found: Correlations | None) -> Markup:
    if found is None:
        return joined()
    apart = found.made - found.real
    most = max(_LEAST_SHADE, float(np.nanmax(np.abs(apart), initial=0.0)))
    shown = {
        "real": (found.real, 1.0),
        "made": (found.made, 1.0),
        "made minus real": (apart, most),
    }
    return panels(
        [
            _drawing(
                f"Correlations, {name}", heatmap(f"Correlations, {name}", m, found.names, top)
            )
            for name, (m, top) in shown.items()
        ]
    )


def _clouds(shown: Portrait) -> list[Markup]:
    drawn = panels([cloud_figure(cloud) for cloud in shown.clouds])
    return [drawn, compared_line(shown.test)] if shown.test else [drawn]


def cloud_figure(cloud: Cloud) -> Markup:
    """Points of real and of made signals in one plane."""
    names = (f"{cloud.name}, first axis", "second axis")
    if cloud.shares:
        parts = [f"{100 * share:.0f} % of the real variance" for share in cloud.shares]
        parts += [""] * (2 - len(parts))
        names = (f"first axis: {parts[0]}", f"second: {parts[1]}" if parts[1] else "")
    return _drawing(cloud.name, scatter(cloud.name, cloud.real, cloud.made, names), key())


def compared_line(test: TwoSample, what: str = "signals") -> Markup:
    """What a two-sample test found, in words.

    Args:
        test: The test.
        what: What the points are.
    """
    apart = test.p <= 0.05
    verdict = (
        f"The made {what} are not draws of the real ones' distribution"
        if apart
        else f"The test cannot tell made {what} from real ones"
    )
    text = (
        f"{verdict}: their energy distance is {test.value:.4f} on a scale from 0 to 1; {what} of"
        f" one population stay below {test.floor:.4f} in 95 of 100 shuffles (p ="
        f" {test.p:.3f}, {test.real} real and {test.made} made {what} in {test.groups}"
        " groups, all their steps)."
    )
    return element("p", element("b", "Two-sample test. "), text)


def _cases(found: Sequence[Case]) -> Markup:
    several = len({case.channel for case in found}) > 1
    return panels([_case(case, several) for case in found])


def _case(case: Case, named: bool) -> Markup:
    steps = np.arange(len(case.real.mean), dtype=float)
    bundles = (case.real, case.made)
    ends = [x for b in bundles for x in (b.low, b.high)]
    on = Frame(across([steps]), Axis.around(ends, HEIGHT - BOTTOM, TOP), "time step", case.channel)
    parts = [on.drawn()]
    for bundle, stroke, shade in zip(bundles, (REAL, MADE), (_GREY, BLUE), strict=True):
        parts += [*_band(on, steps, bundle, shade), curve(on, steps, bundle.mean, stroke)]
    title = f"{case.name}: {case.channel}" if named else case.name
    names = [f"real, {case.real.size}", f"made, {case.made.size}"]
    drawing = canvas(title, *parts)
    return _drawing(title, drawing, legend(list(zip(names, (REAL, MADE), strict=True))))


def _band(on: Frame, steps: Float[np.ndarray, " T"], bundle: Bundle, colour: str) -> list[Markup]:
    known = np.isfinite(bundle.low)
    if not known.any():
        return []
    x, low, high = steps[known], bundle.low[known], bundle.high[known]
    edge = Stroke(colour, "2 2", 0.9)
    return [band(on, x, low, high, colour), curve(on, x, low, edge), curve(on, x, high, edge)]


def _drawing(caption: str, *parts: Markup) -> Markup:
    return element("figure", element("figcaption", caption), *parts)
