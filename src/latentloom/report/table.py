"""Score tables as HTML."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ..evaluation.scorecard import JUDGED, Kind, Row, Scorecard
from ..evaluation.scores import SCORES
from ..evaluation.statistics import Estimate, Summary
from .html import Markup, element, joined

KINDS: Mapping[Kind, str] = {
    "generated": "generated",
    "reconstruction": "ceiling: reconstruction",
    "base": "base alone",
    "baseline": "baseline",
    "oracle": "oracle, saw the truth",
    "floor": "floor: real against real",
}
VALUES = (
    "nrmse",
    "correlation",
    "phase_error",
    "amplitude_ratio",
    "band_energy",
    "law_residual",
)
SAMPLES = (
    "crps",
    "spread",
    "coverage_90",
    "width_90",
    "calibrated_coverage_50",
    "calibrated_coverage_80",
    "calibrated_coverage_90",
    "calibrated_width_90",
)


def score_table(card: Scorecard) -> Markup:
    """Rows of models and baselines, columns of scores: of best answers, then of samples."""
    note = (
        f"{card.records} records in {card.groups} groups. Small numbers: 95 % bootstrap"
        " intervals over groups. ↓ smaller is better; → the ideal."
    )
    return joined(
        _scores(card.rows, VALUES, "Best answers"),
        _scores(card.rows, SAMPLES, "Samples and their intervals"),
        element("p", note, class_="note"),
    )


def _scores(among: Sequence[Row], names: Sequence[str], caption: str) -> Markup:
    """A row and a column for whoever has one of the scores; empty if nobody has."""
    columns = [name for name in names if any(name in row.scores for row in among)]
    if not columns:
        return joined()
    heads = [element("th", "model", scope="col")]
    for name in columns:
        heads += [_head(name)]
        if name == JUDGED:
            heads.append(element("th", "NRMSE", element("small", "90 % quantile"), scope="col"))
    rows = [_row(row, columns) for row in among if any(name in row.scores for name in columns)]
    return framed_table(heads, rows, caption)


def kind_table(card: Scorecard) -> Markup:
    """Median NRMSE of each row on the records of each kind; empty if there are no kinds."""
    kinds = list(dict.fromkeys(kind for row in card.rows for kind in row.kinds))
    if not kinds:
        return joined()
    heads = [element("th", name, scope="col") for name in ("model", *kinds)]
    rows = [
        element(
            "tr",
            _name(row),
            [_cell(row.kinds.get(kind, {}).get(JUDGED), JUDGED) for kind in kinds],
            class_=row.kind,
        )
        for row in card.rows
        if row.kinds
    ]
    return framed_table(heads, rows, "Median NRMSE by kind")


def part_table(card: Scorecard) -> Markup:
    """How much of each channel is explained; empty where that was not measured."""
    if not card.parts:
        return joined()
    heads = [element("th", name, scope="col") for name in ("channel", "R2")]
    rows = [
        element("tr", element("th", name, scope="row"), number_cell(estimate))
        for name, estimate in card.parts.items()
    ]
    what = "reconstruction" if card.of_kind("reconstruction") else "best answers"
    return framed_table(heads, rows, f"Share of each channel's variance explained by the {what}")


def pairs(values: Mapping[str, str]) -> Markup:
    """Names and values, one below the other."""
    return element(
        "dl", [joined(element("dt", name), element("dd", value)) for name, value in values.items()]
    )


def _head(name: str) -> Markup:
    score = SCORES[name]
    unit = f" [{score.unit}]" if score.unit else ""
    ideal = "↓" if score.ideal == 0 else f"→ {score.ideal:g}"
    return element(
        "th", score.title + unit, element("small", f"{score.headline} {ideal}"), scope="col"
    )


def _row(row: Row, columns: Sequence[str]) -> Markup:
    cells: list[Markup] = []
    for name in columns:
        summary = row.scores.get(name)
        cells.append(_cell(summary, name))
        if name == JUDGED:
            cells.append(number_cell(None if summary is None else summary.ninety))
    return element("tr", _name(row), cells, class_=row.kind)


def _name(row: Row) -> Markup:
    return element("th", row.name, element("small", KINDS[row.kind]), scope="row")


def _cell(summary: Summary | None, name: str) -> Markup:
    if summary is None:
        return number_cell(None)
    return number_cell(summary.median if SCORES[name].headline == "median" else summary.mean)


def number_cell(estimate: Estimate | None) -> Markup:
    """A number and its interval as a cell; a dash without one."""
    if estimate is None or math.isnan(estimate.value):
        return element("td", "–")
    if estimate.low is None or estimate.high is None:
        return element("td", figure(estimate.value))
    interval = f"{figure(estimate.low)} – {figure(estimate.high)}"
    return element("td", figure(estimate.value), element("small", interval))


def figure(value: float) -> str:
    """A number in three digits, never longer than a cell.

    Example:
        >>> figure(0.04512), figure(12.345), figure(0.0)
        ('0.045', '12.3', '0.000')
    """
    if abs(value) >= 1e4 or 1e-6 < abs(value) < 5e-4:
        return f"{value:.1e}"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.3g}"


def framed_table(heads: Sequence[Markup], rows: Sequence[Markup], caption: str) -> Markup:
    """A table that scrolls sideways where the screen is narrow."""
    head = element("thead", element("tr", heads))
    table = element("table", element("caption", caption), head, element("tbody", rows))
    return element("div", table, class_="scroll", tabindex="0", role="region", aria_label=caption)
