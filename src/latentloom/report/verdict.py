"""What the numbers say, in sentences: the first lines of a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..evaluation.scorecard import JUDGED, Row, Scorecard
from ..evaluation.statistics import Comparison
from .content import Use

_CURE_OF_CODES = (
    "The codes add nothing to the best guess: train them longer, take fewer, or use the base"
    " alone."
)

Mood = Literal["good", "unsure", "bad"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A sentence, and what to do about it.

    Args:
        mood: Whether it is good news.
        text: The sentence.
        cure: What may help, if anything is wrong.
    """

    mood: Mood
    text: str
    cure: str = ""


def verdicts(card: Scorecard | None, use: Sequence[Use] = ()) -> list[Verdict]:
    """Baselines first, then the two gaps, the intervals and the codebooks."""
    if card is None:
        return [*_health(use)]
    return [*_baselines(card), *_gaps(card), *_coverage(card), *_health(use)]


def _baselines(card: Scorecard) -> Iterator[Verdict]:
    if not card.of_kind("generated"):
        return
    rows = {row.name: row for row in card.rows}
    kept = [c for c in card.comparisons if rows[c.second].kind == "baseline"]
    if not kept:
        yield Verdict(
            "unsure",
            "Nothing was held against a baseline.",
            "Name baselines under evaluation and score again.",
        )
        return
    lost = [c for c in kept if c.sign > 0]
    unsure = [c for c in kept if c.sign == 0]
    best = min((rows[c.second] for c in kept), key=_judged)
    for comparison in lost:
        yield Verdict(
            "bad",
            f"Loses to {comparison.second}: {_versus(rows, comparison)}.",
            f"Use {comparison.second}, or make it the base whose errors are learned.",
        )
    for comparison in unsure:
        yield Verdict(
            "unsure",
            f"Cannot be told apart from {comparison.second}: {_versus(rows, comparison)}.",
            "Score more records, or more groups of records.",
        )
    if not lost and not unsure:
        (comparison,) = [c for c in kept if c.second == best.name]
        count = "its only baseline" if len(kept) == 1 else f"all {len(kept)} baselines"
        yield Verdict(
            "good",
            f"Beats {count}; the best of them is {best.name}: {_versus(rows, comparison)}.",
        )


def _versus(rows: dict[str, Row], comparison: Comparison) -> str:
    first, second = (_judged(rows[name]) for name in (comparison.first, comparison.second))
    low, high = comparison.difference.low, comparison.difference.high
    interval = "" if low is None or high is None else f" (95 % interval {low:+.3f} to {high:+.3f})"
    return (
        f"median NRMSE {first:.3f} against {second:.3f}, difference"
        f" {comparison.difference.value:+.3f}{interval}, better on {_percent(comparison.wins)} of"
        " the records"
    )


def _gaps(card: Scorecard) -> Iterator[Verdict]:
    made = next(iter(card.of_kind("generated")), None)
    ceiling = next(iter(card.of_kind("reconstruction")), None)
    base = next(iter(card.of_kind("base")), None)
    if made is not None and ceiling is not None:
        generated, reached = _judged(made), _judged(ceiling)
        text = (
            f"Reconstruction reaches a median NRMSE of {reached:.3f}, generation"
            f" {generated:.3f}: choosing the codes costs {generated - reached:+.3f}."
        )
        if generated < reached:
            yield Verdict(
                "bad",
                f"Reconstruction reaches a median NRMSE of {reached:.3f} only, worse than"
                f" generation with {generated:.3f}: the codes lose more than they carry.",
                "Train the representation longer, or give it more codes or a smaller stride.",
            )
        elif generated > 2 * reached:
            yield Verdict(
                "unsure",
                text,
                "The generator is the weak part: train it longer or augment"
                + ("." if base else ", or let the codes carry only what a base leaves over."),
            )
        else:
            yield Verdict("good", text)
    if made is not None and base is not None:
        yield _gain(card, made, base)


def _gain(card: Scorecard, made: Row, base: Row) -> Verdict:
    (comparison,) = [c for c in card.comparisons if c.second == base.name]
    rows = {row.name: row for row in (made, base)}
    words = {
        -1: "Improves on its base alone",
        0: "Cannot be told apart from its base alone",
        1: "Spoils its base",
    }
    text = f"{words[comparison.sign]}: {_versus(rows, comparison)}."
    moods: dict[int, Mood] = {-1: "good", 0: "unsure", 1: "bad"}
    cure = "" if comparison.sign < 0 else _CURE_OF_CODES
    return Verdict(moods[comparison.sign], text, cure)


def _coverage(card: Scorecard) -> Iterator[Verdict]:
    made = next(iter(card.of_kind("generated")), None)
    if made is None:
        return
    for name in ("calibrated_coverage_90", "coverage_90"):
        if name in made.scores:
            held = made.scores[name].mean.value
            word = "calibrated" if name.startswith("calibrated") else "raw"
            good = 0.85 <= held <= 0.95
            cure = "" if good else "Calibrate on validation records that resemble the test's."
            text = f"Its {word} 90 % intervals hold {_percent(held, 1)} of the true steps."
            yield Verdict("good" if good else "bad", text, cure)
            return


def _health(use: Sequence[Use]) -> Iterator[Verdict]:
    for book in use:
        found = health(book.counts)
        text = (
            f"{book.name}: {_percent(found['utilisation'])} of {len(book.counts)} codes are used;"
            f" perplexity over size is {found['evenness']:.2f}; the most frequent code makes"
            f" {_percent(found['top share'], 1)}."
        )
        cures: list[str] = []
        if found["utilisation"] < 0.9:
            cures.append("Revive dead codes sooner, or take a smaller book.")
        if found["evenness"] < 0.4:
            cures.append("Follow the data faster (a lower decay), or use fewer latent features.")
        if found["top share"] > 0.25:
            cures.append("One code stands for much: look for constant stretches in the signals.")
        yield Verdict("bad" if cures else "good", text, " ".join(cures))


def health(counts: np.ndarray) -> dict[str, float]:
    """Utilisation, perplexity over size, and share of the most frequent code.

    Raises:
        ValueError: If no code was used.
    """
    if counts.sum() <= 0:
        raise ValueError("counts must hold at least one use, got none")
    share = counts / counts.sum()
    used = share[share > 0]
    perplexity = float(np.exp(-(used * np.log(used)).sum()))
    return {
        "utilisation": float((counts > 0).mean()),
        "evenness": perplexity / len(counts),
        "top share": float(share.max()),
    }


def _percent(share: float, digits: int = 0) -> str:
    return f"{100 * share:.{digits}f} %"


def _judged(row: Row) -> float:
    return row.scores[JUDGED].median.value
