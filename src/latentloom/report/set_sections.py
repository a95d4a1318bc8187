"""What is kept of sets of Gaussians, as sections of the report."""

from __future__ import annotations

from collections.abc import Sequence

from ..evaluation.sets import Likeness, SetCard, SetRow
from ..evaluation.statistics import Estimate
from .album import album, gallery
from .content import Imaged
from .html import Markup, element, joined
from .page import panels, section
from .table import figure, framed_table, number_cell

KINDS = {
    "run": "the run",
    "baseline": "baseline",
    "ceiling": "ceiling: as they were fitted",
}
_BESIDE = (
    "Held-out records from the best to the worst reconstruction. What an original loses on the way"
    " to the fitted one is lost in fitting; what a fitted one loses on the way to the"
    " reconstruction, in the latent. Look at the worst ones, and at what as many principal"
    " components draw."
)
_SAMPLED = (
    "Both are drawn at random. Look for what one side has and the other has not: kinds of images"
    " that are missing, images that are all alike, and images of nothing."
)
_TYPES = (
    "Errors are mean squares in the units of the transforms, over real slots of held-out sets:"
    " where these standardise, 1 is what one mean for all slots gets. The mean of each slot and"
    " the principal components learn from the train split alone; there are as many components as"
    " the latent has numbers, where the train split allows. Spread is the standard deviation over"
    " that of the truth, 1 if nothing was averaged away. Small numbers: 95 % bootstrap intervals"
    " over records."
)
_IMAGES = (
    "Means over records; more is better. Against fitted: the images of the true sets. Against"
    " originals: what the sets were fitted to, where the data hold it."
)


def set_sections(shown: Imaged) -> list[Markup]:
    """The sections, pictures first."""
    card = shown.card
    beside = joined() if shown.beside is None else album(shown.beside)
    said = [element("p", note, class_="note") for note in card.notes]
    note = f"{_TYPES} {card.samples} held-out sets, {card.learned} train sets."
    return [
        section("Side by side", beside, note=_BESIDE),
        section("Sampled", panels([gallery(found) for found in shown.sampled]), note=_SAMPLED),
        section(
            "What the latents keep",
            *said,
            _errors(card),
            _differences(card),
            _spread(card),
            note=note,
        ),
        section("How near the images come", _images(card), note=_IMAGES),
    ]


def _heads(*names: str) -> list[Markup]:
    return [element("th", name, scope="col") for name in names]


def _typed(card: SetCard) -> list[Markup]:
    """A heading for each type."""
    return [
        element("th", name, element("small", _counted(count)), scope="col")
        for name, count in card.spans.items()
    ]


def _counted(channels: int) -> str:
    return "1 channel" if channels == 1 else f"{channels} channels"


def _compared(card: SetCard) -> list[SetRow]:
    return [row for row in card.rows if row.errors]


def _errors(card: SetCard) -> Markup:
    if not _compared(card):
        return joined()
    heads = [*_heads("", "numbers"), *_typed(card), *_heads("sum of types")]
    lines = [
        _line(
            row,
            element("td", "–" if row.numbers is None else str(row.numbers)),
            *(number_cell(row.errors[name]) for name in card.spans),
            element("td", figure(row.total)),
        )
        for row in _compared(card)
    ]
    return framed_table(heads, lines, "Mean squared error by type")


def _differences(card: SetCard) -> Markup:
    if not card.differences:
        return joined()
    lines = [
        element(
            "tr",
            element("th", name, scope="row"),
            [number_cell(own[span]) for span in card.spans],
        )
        for name, own in card.differences.items()
    ]
    caption = "The run's error minus that of a baseline, negative where the run wins"
    return framed_table([*_heads("against"), *_typed(card)], lines, caption)


def _spread(card: SetCard) -> Markup:
    if not _compared(card):
        return joined()
    lines = [
        _line(row, *(number_cell(row.spread[name]) for name in card.spans))
        for row in _compared(card)
    ]
    caption = "Spread: standard deviation over that of the truth"
    return framed_table([*_heads(""), *_typed(card)], lines, caption)


def _images(card: SetCard) -> Markup:
    rows = [row for row in card.rows if row.fitted is not None or row.original is not None]
    if not rows:
        return joined()
    named = ("", "PSNR [dB], fitted", "SSIM, fitted", "PSNR [dB], originals", "SSIM, originals")
    lines = [_line(row, *_near(row.fitted), *_near(row.original)) for row in rows]
    size = "" if card.size is None else f" of {card.size[0]} x {card.size[1]} pixels"
    return framed_table(
        _heads(*named), lines, f"Images{size}, against those that were fitted and the originals"
    )


def _near(found: Likeness | None) -> Sequence[Markup]:
    if found is None:
        return [number_cell(None), number_cell(None)]
    return [_decibel(found.psnr), number_cell(found.ssim)]


def _decibel(found: Estimate) -> Markup:
    if found.low is None or found.high is None:
        return element("td", f"{found.value:.1f}")
    return element(
        "td", f"{found.value:.1f}", element("small", f"{found.low:.1f} – {found.high:.1f}")
    )


def _line(row: SetRow, *cells: Markup) -> Markup:
    name = element("th", row.name, element("small", KINDS[row.kind]), scope="row")
    return element("tr", name, *cells, class_="generated" if row.kind == "run" else None)
