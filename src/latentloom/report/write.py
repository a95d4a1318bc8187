"""The page, from its parts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..core.files import write_atomically
from .content import Cost, Figure, Report, Use
from .forest import forests
from .html import Markup, element, joined
from .overlay import overlay
from .style import STYLE
from .svg import bars, plot
from .table import figure as digits
from .table import kind_table, pairs, score_table
from .verdict import Mood, Verdict, verdicts

_WORDS: dict[Mood, str] = {"good": "✓ Good.", "unsure": "? Unsure.", "bad": "✗ Beware."}


def write(report: Report, path: Path) -> None:
    """Writes the page, whole or not at all."""
    page = render(report)
    write_atomically(path, lambda temporary: temporary.write_text(page, encoding="utf-8"))


def render(report: Report) -> str:
    """The page as text: no script, nothing from elsewhere.

    Raises:
        ValueError: If an overlay's arrays differ in length.
    """
    body = element(
        "main",
        element("h1", report.title),
        _section("Verdict", _verdicts(verdicts(report.scorecard, report.use))),
        _section("Scores", score_table(report.scorecard)),
        _section("By kind", kind_table(report.scorecard), _panels(forests(report.scorecard))),
        _section("Records", _panels([overlay(record) for record in report.overlays])),
        _section("Codebooks", _panels([p for book in report.use for p in _book(book)])),
        _section("Losses", _panels([_figure(f) for f in report.losses])),
        _section("Schedules", _panels([_figure(f) for f in report.schedules])),
        _section("Cost", _cost(report.cost)),
        _section("How it was made", _origin(report)),
    )
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", report.title),
        element("style", STYLE),
    )
    return "<!DOCTYPE html>\n" + element("html", head, element("body", body), lang="en") + "\n"


def _section(title: str, *content: Markup) -> Markup:
    """A titled part of the page; nothing if it is empty."""
    if not any(content):
        return joined()
    return element("section", element("h2", title), *content)


def _panels(figures: Sequence[Markup]) -> Markup:
    return element("div", figures, class_="panels") if figures else joined()


def _figure(figure: Figure) -> Markup:
    return element("figure", element("figcaption", figure.title), plot(figure))


def _verdicts(found: Sequence[Verdict]) -> Markup:
    lines = [
        element(
            "li",
            element("b", _WORDS[verdict.mood]),
            verdict.text,
            element("i", verdict.cure) if verdict.cure else "",
            class_=verdict.mood,
        )
        for verdict in found
    ]
    return element("ul", lines, class_="verdicts")


def _book(book: Use) -> list[Markup]:
    title = f"{book.name}: use of its codes"
    names = ("codes, most frequent first", "uses")
    caption = element("figcaption", title)
    parts = [element("figure", caption, bars(title, book.counts, names))]
    return parts if book.over_epochs is None else [_figure(book.over_epochs), *parts]


def _cost(cost: Cost) -> Markup:
    values = {f"parameters, {part}": f"{count:,}" for part, count in cost.parameters.items()}
    values |= {f"training, {phase}": f"{s:.1f} s" for phase, s in cost.train_seconds.items()}
    if cost.samples_per_second is not None:
        values["generation"] = f"{digits(cost.samples_per_second)} signals per second"
    if cost.peak_memory is not None:
        values["peak memory"] = f"{cost.peak_memory / 2**20:,.0f} MiB"
    if cost.device:
        values["device"] = cost.device
    return pairs(values) if values else joined()


def _origin(report: Report) -> Markup:
    values = dict(report.data)
    if report.seeds:
        values["seeds"] = ", ".join(str(seed) for seed in report.seeds)
    return joined(
        [element("p", note) for note in report.notes],
        element("pre", report.command) if report.command else "",
        pairs(values) if values else "",
    )
