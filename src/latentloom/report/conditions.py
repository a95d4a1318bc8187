"""Whether signals follow their conditions, as a section of the report."""

from __future__ import annotations

from collections.abc import Sequence

from ..evaluation.fidelity import Fidelity, Sweep
from ..evaluation.sheet import Sheet
from .html import Markup, element, joined
from .page import section
from .table import figure

_NOTE = (
    "What reads a condition off a signal was learned from real signals, or is exact, and then errs"
    " nowhere; its error on made ones should be that on real ones, and far below that with"
    " shuffled conditions. Of labels, errors are shares of wrong ones; of numbers, shares of their"
    " range, or of themselves where that is said; of drives, NRMSE."
)
_MOODS = {"followed": "✓ followed", "ignored": "✗ ignored", "unreadable": "? unreadable"}


def condition_section(sheet: Sheet | None) -> Markup:
    """Two tables: errors beside floor and chance, and responses; empty without conditions."""
    if sheet is None or not sheet.fidelity:
        return joined()
    tables = (_errors(sheet.fidelity), _lessons(sheet.fidelity), _responses(sheet.sweeps))
    return section("Conditions", *tables, note=_NOTE)


def _errors(found: tuple[Fidelity, ...]) -> Markup:
    heads = ("condition", "made", "made, 9 in 10 below", "real", "shuffled", "p", "verdict")
    rows = [
        (
            one.condition + (" (share of itself)" if one.per == "value" else ""),
            figure(one.made.typical.value),
            "–" if one.made.ninety is None else figure(one.made.ninety.value),
            figure(one.held.typical.value),
            figure(one.made.shuffled),
            f"{one.made.p:.3f}",
            _MOODS[one.verdict],
        )
        for one in found
    ]
    return _table("Typical error", heads, rows)


def _lessons(found: tuple[Fidelity, ...]) -> Markup:
    heads = (
        "label",
        "learned from made",
        "learned from real",
        "lost",
        "least coverage of a label",
    )
    rows = [
        (
            one.condition,
            figure(one.lesson.made.value),
            figure(one.lesson.train.value),
            figure(one.lesson.lost.value),
            _least([row.coverage for row in one.labels]),
        )
        for one in found
        if one.lesson is not None
    ]
    caption = "Share of held-out signals that a classifier tells right"
    return _table(caption, heads, rows) if rows else joined()


def _least(shares: Sequence[float | None]) -> str:
    known = [share for share in shares if share is not None]
    return figure(min(known)) if known else "–"


def _responses(found: tuple[Sweep, ...]) -> Markup:
    if not found:
        return joined()
    heads = ("condition", "slope", "slope of real signals", "rank correlation", "verdict")
    rows = [
        (
            one.condition,
            figure(one.slope.value),
            figure(one.real),
            figure(one.rank.value),
            _MOODS["ignored" if one.ignored else "followed"],
        )
        for one in found
    ]
    return _table("Response when one condition is varied and all else is kept", heads, rows)


def _table(caption: str, heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> Markup:
    lines = [
        element("tr", element("th", first, scope="row"), [element("td", cell) for cell in rest])
        for first, *rest in rows
    ]
    table = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", [element("th", head, scope="col") for head in heads])),
        element("tbody", lines),
    )
    return element("div", table, class_="scroll", tabindex="0", role="region", aria_label=caption)
