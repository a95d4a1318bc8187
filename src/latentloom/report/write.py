"""The page, from its parts."""

from __future__ import annotations

from pathlib import Path

from ..core.files import write_atomically
from ..evaluation.distances import DISTANCES
from .conditions import condition_section
from .content import Cost, Figure, Report, Use
from .findings import finding_verdicts
from .forest import forests
from .html import Markup, element, joined
from .latent_space import latent_section
from .latents import latent_figures, latent_verdicts
from .lines import verdict_list
from .overlay import overlay
from .page import page, panels, section
from .portrait import portrait_sections
from .set_sections import set_sections
from .set_verdict import set_verdicts
from .sheet_table import sheet_section
from .sheet_verdict import sheet_verdicts
from .stepwise import stepwise_sections, stepwise_verdicts
from .svg import bars, plot
from .table import figure as digits
from .table import kind_table, pairs, part_table, score_table
from .token_sections import token_sections
from .token_verdict import token_verdicts
from .trajectories import trajectory_key, trajectory_section
from .verdict import Mood, verdicts

_URGENCY: tuple[Mood, ...] = ("bad", "unsure", "good")
_RECORDS = (
    "The records with the best, the median and the worst answer by NRMSE; below each, the error"
    " and what the signal answers to. Look at the worst one first."
)
_BANDS = " Where zero is in the band, the interval holds the truth."
_BOOKS = (
    "Each code stands for a small pattern of the signals. Healthy is a slope, not a cliff at the"
    " left: at least 90 % of the codes used, and an evenness of at least 0.4."
)
_LOSSES = (
    "What each phase drove down, by epoch. What begins with validation is measured on records that"
    " did not train it: where it rises while the others fall, the phase was too long."
)
_SCHEDULES = "Settings that change while a phase runs, as they were at each epoch."
_COUNTED = (
    "Operations are counted of matrix products, convolutions and attention on one signal, a"
    " multiply and an add as two; recurrent layers that run as one kernel are not seen."
)


def write(report: Report, path: Path) -> None:
    """Writes the page, whole or not at all."""
    text = render(report)
    write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def render(report: Report) -> str:
    """The page as text: no script, nothing from elsewhere.

    Raises:
        ValueError: If an overlay's arrays differ in length.
    """
    said = [
        *finding_verdicts(report.findings),
        *verdicts(report.scorecard, report.use),
        *([] if report.tokens is None else token_verdicts(report.tokens.card)),
        *([] if report.sets is None else set_verdicts(report.sets.card)),
        *([] if report.stepwise is None else stepwise_verdicts(report.stepwise)),
        *latent_verdicts(report.kept),
        *sheet_verdicts(report.sheet, DISTANCES),
    ]
    said.sort(key=lambda verdict: _URGENCY.index(verdict.mood))  # what is wrong comes first
    return page(
        report.title,
        section("Verdict", verdict_list(said) if said else joined()),
        *_paired(report),
        *([] if report.tokens is None else token_sections(report.tokens)),
        *([] if report.sets is None else set_sections(report.sets)),
        *([] if report.stepwise is None else stepwise_sections(report.stepwise)),
        sheet_section(report.sheet, DISTANCES),
        condition_section(report.sheet),
        trajectory_section(report.movements),
        *([] if report.portrait is None else portrait_sections(report.portrait)),
        latent_section(report.latents),
        section("Codebooks", panels([p for book in report.use for p in _book(book)]), note=_BOOKS),
        section("Latents", panels(latent_figures(report.kept))),
        section("Losses", panels([_figure(f) for f in report.losses]), note=_LOSSES),
        section("Schedules", panels([_figure(f) for f in report.schedules]), note=_SCHEDULES),
        section("Cost", _cost(report.cost)),
        section("How it was made", _origin(report)),
        trajectory_key(report.movements),
    )


def _paired(report: Report) -> list[Markup]:
    """What is known of answers, each beside the truth."""
    card = report.scorecard
    drawn = panels([overlay(record) for record in report.overlays])
    banded = any(record.low is not None for record in report.overlays)
    records = section("Records", drawn, note=_RECORDS + (_BANDS if banded else ""))
    if card is None:
        return [records]
    return [
        section("Scores", score_table(card), part_table(card)),
        section("By kind", kind_table(card), panels(forests(card))),
        records,
    ]


def _figure(figure: Figure) -> Markup:
    return element("figure", element("figcaption", figure.title), plot(figure))


def _book(book: Use) -> list[Markup]:
    title = f"{book.name}: use of its codes"
    names = ("codes, most frequent first", "uses")
    caption = element("figcaption", title)
    parts = [element("figure", caption, bars(title, book.counts, names))]
    return parts if book.over_epochs is None else [_figure(book.over_epochs), *parts]


def _cost(cost: Cost) -> Markup:
    values = {f"parameters, {part}": f"{count:,}" for part, count in cost.parameters.items()}
    values |= {f"training, {phase}": f"{s:.1f} s" for phase, s in cost.train_seconds.items()}
    values |= {f"operations, {what}": _count(n) for what, n in cost.operations.items()}
    if cost.samples_per_second is not None:
        values["generation"] = f"{digits(cost.samples_per_second)} {cost.noun} per second"
    if cost.peak_memory is not None:
        values["peak memory"] = f"{cost.peak_memory / 2**20:,.0f} MiB"
    if cost.device:
        values["device"] = cost.device
    if not values:
        return joined()
    note = element("p", _COUNTED, class_="note") if cost.operations else joined()
    return joined(pairs(values), note)


def _count(operations: int) -> str:
    power = min(4, (len(str(operations)) - 1) // 3)
    return f"{operations / 1000**power:.3g} {('', 'k', 'M', 'G', 'T')[power]}FLOP"


def _origin(report: Report) -> Markup:
    values = dict(report.data)
    if report.seeds:
        values["seeds"] = ", ".join(str(seed) for seed in report.seeds)
    return joined(
        [element("p", note) for note in report.notes],
        element("pre", report.command) if report.command else "",
        pairs(values) if values else "",
    )
