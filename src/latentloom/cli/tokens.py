"""Shows in the terminal what tokens of features are worth."""

from collections.abc import Iterator, Mapping

from rich.table import Table

from ..evaluation.statistics import Estimate
from ..evaluation.tokens import Part, TokenCard, TokenRow

WORST = 5  # features that are told


def tables(card: TokenCard) -> Iterator[Table | str]:
    """The tokens beside their baselines, then what is behind the numbers."""
    yield _rows(card)
    yield from (
        f"{c.first} against {c.second}: median squared error {c.difference.value:+.3f}"
        f"{_interval(c.difference, '+.3f')}, lower on {c.wins:.0%} of the samples"
        for c in card.comparisons
    )
    for whole in ("family", "category"):
        yield _parts(card, whole)
    yield from _lines(card)


def _rows(card: TokenCard) -> Table:
    title = f"{card.samples} held-out samples, in the units of the transforms"
    made = Table("", "what", box=None, pad_edge=False, title=title, title_justify="left")
    for name in ("bits", "quality", "R2 of features", "distances kept"):
        made.add_column(name, justify="right")
    for row in card.rows:
        made.add_row(row.name, row.kind, *_cells(row))
    return made


def _cells(row: TokenRow) -> list[str]:
    bits = "" if row.bits is None else f"{row.bits:.1f}"
    return [bits, *(_number(found) for found in (row.quality, row.r2, row.topography))]


def _parts(card: TokenCard, whole: str) -> Table:
    made = Table(whole, box=None, pad_edge=False)
    named: Mapping[str, Part] = card.parts["family" if whole == "family" else "category"]
    books = card.books if whole == "category" else ()
    for name in ("features", "quality", "R2", *(("codes", "used", "evenness") if books else ())):
        made.add_column(name, justify="right")
    for name, part in named.items():
        own = [book for book in books if book.category == name]
        cells = [str(part.features), _number(part.quality), _number(part.r2)]
        if own:
            cells += [
                " + ".join(str(book.size) for book in own),
                " ".join(f"{book.held.utilisation:.2f}" for book in own),
                " ".join(f"{book.held.evenness:.2f}" for book in own),
            ]
        made.add_row(name, *cells)
    return made


def _lines(card: TokenCard) -> Iterator[str]:
    worst = sorted(card.parts["feature"].items(), key=lambda entry: entry[1].r2.value)[:WORST]
    told = ", ".join(f"{name} {part.r2.value:.2f}" for name, part in worst)
    yield f"features that are kept worst, by R2: {told}"
    if card.books:
        (used, least), (even, evenness) = card.utilisation, card.evenness
        reachable = sum(book.held.reachable for book in card.books) / len(card.books)
        train = sum(book.train.utilisation for book in card.books) / len(card.books)
        worst = min(card.books, key=lambda book: book.held.utilisation)
        yield (
            f"codes used: {used:.0%} on average, {least:.0%} at least ({worst.category},"
            f" level {worst.level}); such samples could reach {reachable:.0%}; {card.learned}"
            f" train samples use {train:.0%}"
        )
        yield f"perplexity over size: {even:.2f} on average, {evenness:.2f} at least"
    if card.overlap is not None:
        yield (
            f"categories repeat each other: mean |cosine| {card.overlap.mean:.3f} on average,"
            f" {card.overlap.maximum:.3f} at most; {card.overlap.chance:.3f} by chance"
        )
    if card.topography:
        told = ", ".join(
            f"{name.replace('-', ' to ')} {_number(found)}"
            for name, found in card.topography.items()
        )
        yield f"distances kept: {told}"
    if card.codes:
        yield (
            f"the generator hits {card.codes['forced']:.1%} of the codes when helped by the true"
            f" ones, {card.codes['free']:.1%} on its own; its doubt is worth"
            f" {card.codes['perplexity']:.1f} codes"
        )


def _number(found: Estimate) -> str:
    return f"{found.value:.3f}{_interval(found, '.3f')}"


def _interval(found: Estimate, form: str) -> str:
    if found.low is None or found.high is None:
        return ""
    return f" ({found.low:{form}} – {found.high:{form}})"
