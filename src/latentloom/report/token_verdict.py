"""What the scores of tokens say, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..evaluation.statistics import Comparison, Estimate
from ..evaluation.tokens import TokenCard
from .verdict import Mood, Verdict

QUALITY = 0.9
USED = 0.9  # of the codes that samples could use
EVEN = 0.5  # perplexity over size
OVERLAP = 0.15  # mean |cosine| of categories
KEPT = 0.8  # correlation of distances from inputs to codes
LOST = 0.5  # R2 below which a feature is hardly told
_NAMED = 3

_BOTTLENECK = "parts.representation.bottleneck"


def token_verdicts(card: TokenCard) -> list[Verdict]:
    """The baselines first, then what is kept, how codes are used, and how categories differ."""
    found = [*_baselines(card), _quality(card), *_features(card), *_use(card)]
    return [*found, *_overlap(card), *_distances(card)]


def _baselines(card: TokenCard) -> Iterator[Verdict]:
    kinds = {row.name: row.kind for row in card.rows}
    kept = [found for found in card.comparisons if kinds[found.second] == "baseline"]
    for found in kept:
        if found.sign > 0:
            cure = (
                "Train on more samples or for longer, or hold the terms beside the error down;"
                " until then this baseline tells more with as many bits."
            )
            yield Verdict("bad", f"Loses to {_versus(card, found)}.", cure)
        elif found.sign == 0:
            cure = "Score more samples."
            yield Verdict("unsure", f"Cannot be told apart from {_versus(card, found)}.", cure)
    won = [_versus(card, found) for found in kept if found.sign < 0]
    if won:
        yield Verdict("good", f"Keeps more than {'; and than '.join(won)}.")


def _versus(card: TokenCard, found: Comparison) -> str:
    quality = {row.name: row.quality.value for row in card.rows}
    return (
        f"{found.second} at as many bits: quality {quality[found.first]:.3f} against"
        f" {quality[found.second]:.3f}, better on {100 * found.wins:.0f} % of the samples"
    )


def _quality(card: TokenCard) -> Verdict:
    (row,) = card.of_kind("tokens")
    bits = "" if row.bits is None else f" {row.bits:.0f} bits a sample keep"
    text = f"Quality is {row.quality.value:.3f}:{bits or ' they keep'} {_percent(row.r2)} of a"
    text += " feature's variance on average."
    if row.quality.value > QUALITY:
        return Verdict("good", text)
    cure = f"More codes ({_BOTTLENECK}.levels), more samples, or more epochs."
    return Verdict("bad", text, cure)


def _features(card: TokenCard) -> Iterator[Verdict]:
    parts = {n: p.r2.value for n, p in card.parts["feature"].items() if np.isfinite(p.r2.value)}
    lost = sorted((name for name in parts if parts[name] < LOST), key=lambda name: parts[name])
    if not lost:
        return
    named = ", ".join(f"{name} ({parts[name]:.2f})" for name in lost[:_NAMED])
    text = f"{len(lost)} of {len(parts)} features keep less than half of their variance: {named}"
    more = len(lost) - _NAMED
    text += f" and {more} more." if more > 0 else "."
    cure = (
        "Look at their values: rare outliers ask for harder capping (clean_features), and features"
        " that nothing else resembles for a category of their own."
    )
    yield Verdict("unsure" if 5 * len(lost) < len(parts) else "bad", text, cure)


def _use(card: TokenCard) -> Iterator[Verdict]:
    if not card.books:
        return
    (used, _), (even, _) = card.utilisation, card.evenness
    reachable = float(np.mean([book.held.reachable for book in card.books]))
    worst = min(card.books, key=lambda book: book.held.utilisation / book.held.reachable)
    text = (
        f"Held-out samples use {100 * used:.0f} % of the codes of a book on average, of"
        f" {100 * reachable:.0f} % that they could; perplexity over size is {even:.2f}. Worst is"
        f" {worst.category}, level {worst.level}: {100 * worst.held.utilisation:.0f} % of"
        f" {worst.size} codes, {100 * worst.held.reachable:.0f} % within reach."
    )
    cures: list[str] = []
    if used < USED * reachable:
        cures.append(f"Replace dead codes sooner ({_BOTTLENECK}.revive_below), or take fewer.")
    if even < EVEN:
        cures.append(f"Follow the data faster ({_BOTTLENECK}.decay), or take fewer codes.")
    yield Verdict("bad" if cures else "good", text, " ".join(cures))


def _overlap(card: TokenCard) -> Iterator[Verdict]:
    found = card.overlap
    if found is None or len(card.members) < 2:
        return
    text = (
        f"Categories repeat each other by a mean |cosine| of {found.mean:.2f}, {found.maximum:.2f}"
        f" at most; so few samples of independent ones have {found.chance:.2f}."
    )
    cure = "Raise the weight of orthogonality, or ask for fewer categories."
    good = found.mean < max(OVERLAP, found.chance)
    yield Verdict("good" if good else "bad", text, "" if good else cure)


def _distances(card: TokenCard) -> Iterator[Verdict]:
    found = card.topography.get("inputs-codes")
    if found is None:
        return
    mood: Mood = "good" if found.value > KEPT else "bad"
    text = f"Samples that are near stay near: distances correlate by {found.value:.2f} from inputs"
    cure = "" if mood == "good" else "Raise the weight of the topographic term."
    yield Verdict(mood, f"{text} to codes.", cure)


def _percent(found: Estimate) -> str:
    return f"{100 * found.value:.0f} %"
