"""What tokens of families of features are worth, as sections of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..evaluation.statistics import Comparison
from ..evaluation.tokens import BookUse, Part, TokenCard, TokenRow, Usage
from .content import Tokenized
from .grid import grid
from .html import Markup, element, joined
from .labelled import code_map
from .page import panels, section
from .svg import plot
from .table import figure, framed_table, number_cell

KINDS = {
    "tokens": "the tokens",
    "baseline": "baseline, as many bits",
    "floor": "floor, no bits",
}
_LISTED = 10  # features that are kept best, and worst
_LONG = 14  # letters of a name that fit beside its numbers
_FULL = 0.3  # overlap of categories that has the full colour
_KEEP = (
    "What so many bits keep of samples that nothing was fitted on, by the whole decoder. Quality"
    " is one minus the mean squared error in units of the transforms; R2 the share of a feature's"
    " variance that is kept, on average over the features; distances kept the correlation of the"
    " distances between samples before and after. The baselines learn from the train split alone:"
    " clusters in each category with as many codes at each level, and principal components, each"
    " rounded to its best few values. Small numbers: 95 % bootstrap intervals over samples."
)
_PARTS = (
    "A feature with an R2 below zero is told worse than by its own mean: look at its values for"
    " rare outliers."
)
_USE = (
    "Each row is a category, each column one of its levels. Used is the share of the codes that"
    " stand for a held-out sample; even is perplexity over size, 1 where all codes are used alike."
    " Healthy is at least 0.9 and 0.5. A category of few different inputs, such as one-hot"
    " features, cannot use more codes than it has inputs."
)
_BETWEEN = (
    "Overlap: mean |cosine| of the embeddings of two categories; pale cells are categories that"
    " say different things. Written: how much the codes of each category move each feature, in the"
    " order of the categories; a diagonal of dark blocks means that a code speaks of its own"
    " category."
)
_MAPS = (
    "Each point is a code in use, placed by what it changes in the decoded features: codes that"
    " are near each other say alike things. Clusters of one colour are categories with a subject"
    " of their own. Who is near whom means something, not how far apart clusters lie."
)


def token_sections(shown: Tokenized) -> list[Markup]:
    """The sections, what is kept first."""
    card = shown.card
    note = f"{_KEEP} {card.samples} held-out samples."
    return [
        section("What the tokens keep", _rows(card), _versus(card.comparisons), note=note),
        section("Families and features", *_parts(card), note=_PARTS),
        section("Codebooks", *_use(shown), note=_USE),
        section("Categories", *_between(shown), _members(card), note=_BETWEEN),
        section("What the codes say", _maps(shown), note=_MAPS),
    ]


def _rows(card: TokenCard) -> Markup:
    names = ("", "bits", "quality", "R2 of features", "distances kept")
    heads = [element("th", name, scope="col") for name in names]
    lines = [_row(row) for row in card.rows]
    return framed_table(heads, lines, "Tokens and what they must beat")


def _row(row: TokenRow) -> Markup:
    name = element("th", row.name, element("small", KINDS[row.kind]), scope="row")
    bits = element("td", "–" if row.bits is None else f"{row.bits:.1f}")
    cells = [number_cell(found) for found in (row.quality, row.r2, row.topography)]
    return element("tr", name, bits, *cells, class_="generated" if row.kind == "tokens" else None)


def _versus(comparisons: Sequence[Comparison]) -> Markup:
    names = ("against", "median squared error, difference", "better on", "p")
    heads = [element("th", name, scope="col") for name in names]
    lines = [
        element(
            "tr",
            element("th", found.second, scope="row"),
            number_cell(found.difference),
            element("td", f"{100 * found.wins:.0f} % of the samples"),
            element("td", "–" if found.chance is None else f"{found.chance:.3f}"),
        )
        for found in comparisons
    ]
    return framed_table(heads, lines, "The tokens on the same samples, negative where they win")


def _parts(card: TokenCard) -> list[Markup]:
    ordered = sorted(
        (entry for entry in card.parts["feature"].items() if np.isfinite(entry[1].r2.value)),
        key=lambda entry: entry[1].r2.value,
    )
    few = min(_LISTED, len(ordered) // 2)
    shown = {
        "Families": card.parts["family"],
        "Worst features": dict(ordered[:few]),
        "Best features": dict(ordered[::-1][:few]),
    }
    beside = panels([_part_table(*entry) for entry in shown.items() if entry[1]])
    return [beside, _part_table("Categories", card.parts["category"])]


def _part_table(caption: str, parts: Mapping[str, Part]) -> Markup:
    lines = [
        element(
            "tr",
            element("th", _breakable(name), _count(part), scope="row"),
            number_cell(part.quality),
            number_cell(part.r2),
        )
        for name, part in parts.items()
    ]
    heads = [element("th", name, scope="col") for name in ("", "quality", "R2")]
    return framed_table(heads, lines, caption)


def _count(part: Part) -> Markup:
    return element("small", f"{part.features} features") if part.features > 1 else joined()


def _breakable(name: str) -> Markup:
    """A long name, that may go on in the next line after a family or a word."""
    if len(name) <= _LONG:
        return joined(name)
    return joined(*(joined(letter, element("wbr") if letter in "/_" else "") for letter in name))


def _use(shown: Tokenized) -> list[Markup]:
    card = shown.card
    if not card.books:
        return []
    depth = 1 + max(book.level for book in card.books)
    drawn = [
        _drawing(title, grid(title, _by_book(card.books, what), [*card.members], levels, most=1.0))
        for title, what in {"Used": "utilisation", "Even": "evenness"}.items()
        for levels in [[f"level {level}" for level in range(depth)]]
    ]
    over = shown.over_epochs
    drawn += [] if over is None else [_drawing(over.title, plot(over))]
    return [panels(drawn), _sizes(card)]


def _by_book(books: Sequence[BookUse], what: str) -> np.ndarray:
    """Categories x levels of one number of the held-out samples."""
    depth = 1 + max(book.level for book in books)
    return np.array([getattr(book.held, what) for book in books]).reshape(-1, depth)


def _sizes(card: TokenCard) -> Markup:
    """How many codes each category has, and what samples could use at most."""
    names = ("category", "codes", "used", "could be used", "used by train samples", "even")
    heads = [element("th", name, scope="col") for name in names]
    lines: list[Markup] = []
    for name in card.members:
        own = [book for book in card.books if book.category == name]
        numbers = [
            _mean([book.held for book in own], "utilisation"),
            _mean([book.held for book in own], "reachable"),
            _mean([book.train for book in own], "utilisation"),
            _mean([book.held for book in own], "evenness"),
        ]
        sizes = element("td", " + ".join(str(book.size) for book in own))
        cells = [element("td", figure(number)) for number in numbers]
        lines.append(element("tr", element("th", name, scope="row"), sizes, cells))
    table = framed_table(heads, lines, "Codes of each category, mean over its levels")
    return element("details", element("summary", "Numbers of each category"), table)


def _mean(uses: Sequence[Usage], what: str) -> float:
    return float(np.mean([getattr(use, what) for use in uses]))


def _between(shown: Tokenized) -> list[Markup]:
    card, names = shown.card, list(shown.card.members)
    drawn: list[Markup] = []
    if card.overlap is not None and len(names) > 1:
        cosines = np.array(card.overlap.cosines)
        np.fill_diagonal(cosines, np.nan)
        most = max(_FULL, card.overlap.maximum)
        title = "Overlap of the categories"
        drawn.append(_drawing(title, grid(title, cosines, names, names, most=most)))
    if shown.written is not None:
        title = "Written by the codes of each category"
        columns = [name for own in card.members.values() for name in own]
        most = float(np.quantile(shown.written, 0.99)) or 1.0
        written = grid(title, shown.written, names, columns, most=most, across="feature")
        drawn.append(_drawing(title, written))
    return [panels(drawn), _distances(card)]


def _distances(card: TokenCard) -> Markup:
    if not card.topography:
        return joined()
    heads = [element("th", name, scope="col") for name in ("from – to", "correlation")]
    lines = [
        element("tr", element("th", name.replace("-", " – "), scope="row"), number_cell(found))
        for name, found in card.topography.items()
    ]
    return framed_table(heads, lines, "Distances between samples that are kept on the way")


def _members(card: TokenCard) -> Markup:
    """The features of each category, folded away."""
    parts = card.parts["category"]
    lines = [
        joined(element("dt", f"{name}: R2 {figure(parts[name].r2.value)}"), _listed(own))
        for name, own in card.members.items()
    ]
    summary = element("summary", f"The features of {len(lines)} categories")
    return element("details", summary, element("dl", lines), class_="small")


def _listed(names: Sequence[str]) -> Markup:
    return element("dd", ", ".join(names))


def _maps(shown: Tokenized) -> Markup:
    names = list(shown.card.members)
    return panels([_drawing(found.name, code_map(found, names)) for found in shown.maps])


def _drawing(caption: str, *parts: Markup) -> Markup:
    return element("figure", element("figcaption", caption), *parts)
