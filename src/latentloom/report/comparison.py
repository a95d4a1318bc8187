"""The page that holds several runs against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Float

from ..core.files import write_atomically
from ..evaluation.distances import DISTANCES
from ..evaluation.rivals import Duel
from ..evaluation.scorecard import Scorecard
from ..evaluation.sheet import Sheet
from .axes import Axis
from .content import Imaged, Line
from .duels import duel_table, duel_verdicts, sheets_table
from .forest import forests
from .html import Markup, element, joined
from .lines import verdict_list
from .page import page, panels, section
from .set_sections import set_sections
from .svg import (
    BOTTOM,
    COLOURS,
    DASHES,
    HEIGHT,
    INK,
    TOP,
    Frame,
    Stroke,
    across,
    canvas,
    curve,
    legend,
)
from .table import kind_table, pairs, score_table

MOST = 7  # runs whose curves can be told apart
_TRUE = Stroke(INK, width=1.9)
_RECORDS = (
    "The same record by every run: the one on which they do best on average, the median and the"
    " worst. Look for what all runs miss, and for what only one gets right."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """One record, as every run answers it.

    Args:
        title: Which record it is.
        truth: The true signal.
        made: What each run says.
        x: Name of the time axis.
        y: Name of the signal.
    """

    title: str
    truth: Line
    made: tuple[Line, ...]
    x: str
    y: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Everything that the page of a comparison shows.

    Args:
        runs: What is compared, by its name, with what was compared of it.
        scorecard: A row for each run, of the same records; None without records.
        sets: What every run keeps of the same sets of Gaussians; None of other signals.
        duels: Every pair of runs in the judged score of the records.
        records: Some records by every run.
        sheets: The sheets of the runs, by the protocol and the name of the run.
        sheet_duels: Every pair of runs, by the protocol and the score.
        costs: What each run cost, by its name.
        command: The exact command that makes the page again.
    """

    runs: Mapping[str, str]
    scorecard: Scorecard | None = None
    sets: Imaged | None = None
    duels: tuple[Duel, ...] = ()
    records: tuple[Shared, ...] = ()
    sheets: Mapping[str, Mapping[str, Sheet]] = field(
        default_factory=dict[str, Mapping[str, Sheet]]
    )
    sheet_duels: Mapping[str, Mapping[str, tuple[Duel, ...]]] = field(
        default_factory=dict[str, Mapping[str, tuple[Duel, ...]]]
    )
    costs: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    command: str = ""


def write_comparison(match: Match, path: Path) -> None:
    """Writes the page, whole or not at all."""
    text = render_comparison(match)
    write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def render_comparison(match: Match) -> str:
    """The page as text: no script, nothing from elsewhere."""
    said = duel_verdicts(match.duels, _groups(match), match.sheet_duels, DISTANCES)
    return page(
        "Comparison of " + ", ".join(match.runs),
        section("Verdict", verdict_list(said) if said else joined()),
        *_paired(match),
        *_sets(match),
        section("Records", panels([_record(record) for record in match.records]), note=_RECORDS),
        *(
            sheets_table(protocol, sheets, match.sheet_duels.get(protocol, {}), DISTANCES)
            for protocol, sheets in match.sheets.items()
        ),
        section("Cost", _costs(match.costs)),
        section("How it was made", _origin(match)),
    )


def _groups(match: Match) -> int:
    """How many groups of records were drawn from."""
    if match.sets is not None:
        return match.sets.card.samples
    return 0 if match.scorecard is None else match.scorecard.groups


def _sets(match: Match) -> list[Markup]:
    if match.sets is None:
        return []
    return [*set_sections(match.sets), section("Each against each", duel_table(match.duels))]


def _paired(match: Match) -> list[Markup]:
    card = match.scorecard
    if card is None:
        return []
    return [
        section("Scores", score_table(card)),
        section("Each against each", duel_table(match.duels)),
        section("By kind", kind_table(card), panels(forests(card))),
    ]


def _record(record: Shared) -> Markup:
    lines = [record.truth, *record.made]
    looks = zip(COLOURS, DASHES[1:] + DASHES[:1], strict=True)
    strokes = [_TRUE, *(Stroke(*look) for look in looks)][: len(lines)]
    x = across([record.truth.x])
    values: list[Float[np.ndarray, " _"]] = [line.y for line in lines]
    on = Frame(x, Axis.around(values, HEIGHT - BOTTOM, TOP), record.x, record.y)
    drawn = [curve(on, line.x, line.y, look) for line, look in zip(lines, strokes, strict=True)]
    names = [line.name for line in lines]
    return element(
        "figure",
        element("figcaption", record.title),
        canvas(record.title, on.drawn(), *drawn),
        legend(list(zip(names, strokes, strict=True))),
    )


def _costs(costs: Mapping[str, Mapping[str, str]]) -> Markup:
    names: Sequence[str] = list(dict.fromkeys(n for cost in costs.values() for n in cost))
    if not names:
        return joined()
    heads = [element("th", "run", scope="col"), *(element("th", n, scope="col") for n in names)]
    rows = [
        element(
            "tr",
            element("th", run, scope="row"),
            [element("td", cost.get(name, "–")) for name in names],
        )
        for run, cost in costs.items()
    ]
    table = element("table", element("thead", element("tr", heads)), element("tbody", rows))
    return element("div", table, class_="scroll", tabindex="0", role="region", aria_label="Cost")


def _origin(match: Match) -> Markup:
    command = element("pre", match.command) if match.command else joined()
    return joined(command, pairs(match.runs))
