"""What a run makes of sequences, step by step, as sections of the report."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..evaluation.locating import Located, LocatingRow
from ..evaluation.statistics import Estimate
from .axes import Axis
from .content import Figure, Line, Stepwise
from .html import Markup, element, joined
from .page import panels, section
from .svg import (
    BLUE,
    BOTTOM,
    COLOURS,
    HEIGHT,
    INK,
    TOP,
    Frame,
    Stroke,
    across,
    band,
    canvas,
    curve,
    legend,
    plot,
)
from .table import KINDS, figure, framed_table, number_cell
from .verdict import Mood, Verdict

_PATHS = (
    "The best, the median and the worst by absolute error over deviations. Solid: true. Dashed:"
    " predicted from the first row on, each step from those that the run made before, as it is"
    " used. Where the curves part early, all that follows is off."
)
_ERRORS = (
    "Mean absolute errors over all frames that had to be predicted, in the unit of each component,"
    " free-running. Small numbers: 95 % bootstrap intervals over records."
)
_FRAMES = (
    "How errors grow along the sequence: mean absolute error at each frame, each component over"
    " its standard deviation."
)
_RATIOS = (
    "Sum of x(t) x(t + lag) over sum of x(t)², averaged over test sequences: the shape in time,"
    " whatever the size and the sign. Slow components stay near 1."
)
_LOCATED = (
    "Each frame of each test sequence is taken for a measured state, and looked for in what was"
    " predicted of the sequence. Calibrated: probabilities from what the predictor missed of"
    " validation records. The interval holds the most probable frames."
)
_COURSE = "Dotted lines are the borders of phases. Scores that no schedule changes compare them."
_BINS = 24
_FULL, _DOTTED = Stroke(BLUE, width=1.7), Stroke(INK, "2 2.5", 1.2)


def stepwise_verdicts(shown: Stepwise) -> Iterator[Verdict]:
    """Whether the run beats its baselines on every component, and tells the time of states."""
    run, *others = shown.rows
    rivals = [row for row in others if row.kind == "baseline"]
    if rivals:
        worse = [
            name
            for name, error in run.errors.items()
            if any(other.errors[name].value <= error.value for other in rivals)
        ]
        text = (
            f"The mean absolute error is below that of every baseline on"
            f" {len(run.errors) - len(worse)} of {len(run.errors)} components."
        )
        mood: Mood = "good" if not worse else "unsure" if len(worse) < len(run.errors) else "bad"
        yield Verdict(mood, text, f"It is not on: {', '.join(worse)}." if worse else "")
    if shown.located is not None:
        yield _told(shown.located.card.rows[0])


def _told(row: LocatingRow) -> Verdict:
    held = row.coverage
    text = (
        f"Half of the states are found within {row.median.value:.0f} frames, nine in ten within"
        f" {row.ninety.value:.0f}"
    )
    if held is None:
        return Verdict("unsure", text + ".")
    text += f"; 90 % intervals hold the true frame of {held.value:.0%}."
    if 0.85 <= held.value <= 0.95:
        return Verdict("good", text)
    cure = "The test records differ from the validation records: split them at random, or more."
    return Verdict("unsure", text, cure)


def stepwise_sections(shown: Stepwise) -> list[Markup]:
    """The sections, curves first."""
    places = range(len(shown.components))
    return [
        section("Sequences", panels([_component(shown, at) for at in places]), note=_PATHS),
        section("Errors by component", _errors(shown), note=_ERRORS),
        section("Errors by frame", panels([_drawn(_by_frame(shown))]), note=_FRAMES),
        section("Lag ratios", panels([_drawn(_ratios(shown, at)) for at in places]), note=_RATIOS),
        section("Across phases", _course(shown), note=_COURSE),
        section("Time of a state", _located(shown.located), note=_LOCATED),
    ]


def _drawn(found: Figure) -> Markup:
    return element("figure", element("figcaption", found.title), plot(found))


def _component(shown: Stepwise, place: int) -> Markup:
    """A component of some sequences, true and predicted."""
    frames = [np.arange(len(path.truth), dtype=float) for path in shown.paths]
    pairs = [(path.truth[:, place], path.made[:, place]) for path in shown.paths]
    name = shown.components[place]
    up = Axis.around([values for pair in pairs for values in pair], HEIGHT - BOTTOM, TOP)
    on = Frame(across(frames), up, "frame", name)
    lines: list[Markup] = []
    for x, (truth, made), colour in zip(frames, pairs, COLOURS, strict=False):
        lines += [curve(on, x, truth, Stroke(colour)), curve(on, x, made, Stroke(colour, "6 2.5"))]
    entries = [
        (path.name, Stroke(colour)) for path, colour in zip(shown.paths, COLOURS, strict=False)
    ]
    drawing = canvas(f"{name}, true and predicted", on.drawn(), *lines)
    return element("figure", element("figcaption", name), drawing, legend(entries))


def _errors(shown: Stepwise) -> Markup:
    heads = [element("th", name, scope="col") for name in ("model", *shown.components)]
    rows = [
        element(
            "tr",
            element("th", row.name, element("small", KINDS[row.kind]), scope="row"),
            [number_cell(error) for error in row.errors.values()],
            class_=row.kind,
        )
        for row in shown.rows
    ]
    return framed_table(heads, rows, "Mean absolute error")


def _by_frame(shown: Stepwise) -> Figure:
    frames = np.arange(len(shown.rows[0].by_frame), dtype=float)
    lines = tuple(Line(name=row.name, x=frames, y=row.by_frame) for row in shown.rows[:8])
    return Figure(title="Mean absolute error", x="frame", y="error over deviation", lines=lines)


def _ratios(shown: Stepwise, place: int) -> Figure:
    lags = np.arange(len(shown.ratios), dtype=float)
    lines = [Line(name="true", x=lags, y=shown.ratios[:, place])]
    lines += [Line(name=row.name, x=lags, y=row.ratios[:, place]) for row in shown.rows[:7]]
    return Figure(title=shown.components[place], x="lag [frames]", y="ratio", lines=tuple(lines))


def _course(shown: Stepwise) -> Markup:
    return joined() if shown.course is None else panels([_drawn(shown.course)])


def _located(found: Located | None) -> Markup:
    if found is None:
        return joined()
    return joined(
        panels([_histogram(found), _along(found), _calibration(found)]), _located_table(found)
    )


def _located_table(found: Located) -> Markup:
    names = ("", "median error", "90 % of errors", "coverage of 90 %", "frames in the interval")
    heads = [element("th", name, scope="col") for name in names]
    rows = [
        element(
            "tr",
            element("th", row.name, element("small", row.distance), scope="row"),
            _frames_cell(row.median),
            _frames_cell(row.ninety),
            number_cell(row.coverage),
            element("td", "–" if row.width is None else figure(row.width)),
            class_="generated" if row is found.card.rows[0] else None,
        )
        for row in found.card.rows
    ]
    card = found.card
    caption = f"Errors in frames, of {card.states} states of {card.records} sequences"
    return framed_table(heads, rows, caption)


def _frames_cell(found: Estimate) -> Markup:
    if found.low is None or found.high is None:
        return element("td", f"{found.value:.0f}")
    small = element("small", f"{found.low:.0f} – {found.high:.0f}")
    return element("td", f"{found.value:.0f}", small)


def _histogram(found: Located) -> Markup:
    """How many states are off by how many frames."""
    most = max(1.0, float(np.quantile(found.errors, 0.99)))
    wide = max(1.0, np.ceil(most / _BINS))
    edges = np.arange(0.0, most + wide + 1, wide) - 0.5
    share = np.histogram(found.errors, edges)[0] / len(found.errors)
    up = Axis(0.0, 1.08 * max(1e-9, float(share.max())), HEIGHT - BOTTOM, TOP)
    on = Frame(across([edges]), up, "error [frames]", "share of states")
    x, y = np.repeat(edges, 2), np.concatenate([[0.0], np.repeat(share, 2), [0.0]])
    row = found.card.rows[0]
    marks = [
        curve(on, np.full(2, value), np.array([0.0, up.high]), _DOTTED)
        for value in (row.median.value, row.ninety.value)
        if value <= edges[-1]
    ]
    drawing = canvas("errors", on.drawn(), band(on, x, 0 * y, y, BLUE), _edge(on, x, y), *marks)
    entries = [("states", _FULL), ("half, and nine in ten", _DOTTED)]
    return element("figure", element("figcaption", "Errors"), drawing, legend(entries))


def _edge(on: Frame, x: np.ndarray, y: np.ndarray) -> Markup:
    return curve(on, x, y, Stroke(BLUE, width=1.0))


def _along(found: Located) -> Markup:
    """Errors by where in the sequence the states are."""
    frames = np.unique(found.frames)
    quantiles = [
        [float(np.quantile(found.errors[found.frames == frame], q)) for frame in frames]
        for q in (0.5, 0.9)
    ]
    names = ("half", "nine in ten")
    lines = tuple(
        Line(name=name, x=frames, y=np.array(y)) for name, y in zip(names, quantiles, strict=True)
    )
    return _drawn(
        Figure(title="Errors along the sequence", x="true frame", y="within [frames]", lines=lines)
    )


def _calibration(found: Located) -> Markup:
    """How often regions hold the truth, by what they promise."""
    right = Line(name="as promised", x=found.promised, y=found.promised)
    kept = Line(name="kept", x=found.promised, y=found.kept)
    return _drawn(
        Figure(
            title="What regions promise, and keep",
            x="probability of the region",
            y="share that holds the truth",
            lines=(kept, right),
        )
    )
