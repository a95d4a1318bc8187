"""Scores of whole populations as a table: a line a score, a column a population."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..evaluation.sheet import Measured, Sheet, SheetRow, What
from ..evaluation.statistics import Estimate
from .html import Markup, element, joined
from .naming import Names, ideal, title, unit
from .page import section
from .standing import Against, Standing, copiers, standings
from .table import figure, pairs

_ORDER: Mapping[What, str] = {
    "made": "made",
    "floor": "floor: real data",
    "baseline": "baseline, no model",
    "corruption": "corruption",
}
_COPIES = "copies train signals: no rival"
_WORDS: Mapping[Against, str] = {
    "beats": "✓ beats baselines",
    "ties": "? like the best baseline",
    "loses": "✗ loses to a baseline",
    "alone": "",
}
_NOTE = (
    "Each line is one way of telling made signals from real ones. Compare a number with the floor"
    " in its line: real signals in the place of made ones. Small numbers are 95 % intervals over"
    " groups of signals. ↓ smaller is better; → nearer to this number is better. On a narrow"
    " screen the table scrolls sideways."
)


def sheet_section(sheet: Sheet | None, names: Names) -> Markup:
    """The table with what was refused and how it was measured; empty without a sheet."""
    if sheet is None:
        return joined()
    caption = f"Protocol {sheet.protocol}, version {sheet.version}"
    return section(
        "Scores of the signals as a whole",
        _table(sheet, names, caption),
        _refused(sheet, names),
        *(element("p", note, class_="note") for note in sheet.notes),
        _stamped(sheet, names),
        note=_NOTE,
    )


def _table(sheet: Sheet, names: Names, caption: str) -> Markup:
    rows = [row for what in _ORDER for row in sheet.of_kind(what)]
    known = list(dict.fromkeys(name for row in rows for name in (*row.scores, *row.refused)))
    made = {row.name: _by_score(sheet, row, names) for row in sheet.of_kind("made")}
    copying = copiers(sheet)
    heads = [element("th", "score", scope="col"), *(_head(row, copying) for row in rows)]
    lines = [
        element("tr", _name(name, names), [_cell(row, name, made) for row in rows])
        for name in known
    ]
    table = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", heads)),
        element("tbody", lines),
        class_="sheet",
    )
    return element("div", table, class_="scroll", tabindex="0", role="region", aria_label=caption)


def _by_score(sheet: Sheet, row: SheetRow, names: Names) -> dict[str, Standing]:
    return {found.score: found for found in standings(sheet, row, names)}


def _head(row: SheetRow, copying: Sequence[str]) -> Markup:
    word = _COPIES if row.name in copying else _ORDER[row.what]
    small = element("small", word) if word != row.name else ""
    return element("th", row.name, small, scope="col", class_=row.what)


def _name(name: str, names: Names) -> Markup:
    aim, measure = ideal(name, names), unit(name, names)
    small = f"{f'{measure} ' if measure else ''}{'↓' if aim == 0 else f'→ {aim:g}'}"
    return element("th", title(name, names), element("small", small), scope="row")


def _cell(row: SheetRow, name: str, made: Mapping[str, Mapping[str, Standing]]) -> Markup:
    found = row.scores.get(name)
    if found is None:
        return element("td", "–", class_=row.what)
    parts = [figure(found.estimate.value), *_interval(found.estimate)]
    if row.name in made and row.what == "made":
        parts += _said(made[row.name][name])
    return element("td", *parts, class_=row.what)


def _interval(estimate: Estimate) -> list[Markup]:
    if estimate.low is None or estimate.high is None:
        return []
    return [element("small", f"{figure(estimate.low)} – {figure(estimate.high)}")]


def _said(standing: Standing) -> list[Markup]:
    """What a reader should make of the number."""
    said: list[str] = []
    if standing.measured.floor is not None:
        said.append(f"chance: {figure(standing.measured.floor)}")
    said.append("✓ like real data" if standing.real else _WORDS[standing.against])
    return [element("small", word) for word in said if word]


def _refused(sheet: Sheet, names: Names) -> Markup:
    """Why there is a dash: a line for each reason, with whom it stopped."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for row in sheet.rows:
        for name, why in row.refused.items():
            reasons.setdefault((title(name, names), why), []).append(row.name)
    if not reasons:
        return joined()
    lines = [
        element("li", element("b", name), f" ({_whom(rows, len(sheet.rows))}): {why}")
        for (name, why), rows in reasons.items()
    ]
    said = element("p", "Where there is a dash:", class_="note")
    return joined(said, element("ul", lines, class_="reasons"))


def _whom(rows: Sequence[str], every: int) -> str:
    return "all" if len(rows) == every else ", ".join(rows)


def _stamped(sheet: Sheet, names: Names) -> Markup:
    """How each number was made, for those who want to make it again."""
    made = next(iter(sheet.of_kind("made")), None)
    values = {
        f"{title(name, names)}, version {sheet.versions.get(name, 1)}": _stamp(found)
        for name, found in (made.scores.items() if made else ())
    }
    values |= dict(sheet.stamp)
    if sheet.seconds:
        values["time"] = f"{sheet.seconds:.0f} s"
    return element(
        "details", element("summary", "How each number was made"), pairs(values), class_="small"
    )


def _stamp(found: Measured) -> str:
    said = f"{found.real} real and {found.made} made signals in {found.dimensions} dimensions"
    if len(found.repeats) > 1:
        spread = f"{figure(min(found.repeats))} to {figure(max(found.repeats))}"
        said += f"; seeds {', '.join(map(str, found.seeds))} gave {spread}"
    return said
