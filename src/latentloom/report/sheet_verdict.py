"""What a sheet says, in sentences: what beats its baselines, what looks wrong and the cure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..evaluation.sheet import Sheet, SheetRow
from .naming import Names, title
from .standing import Standing, standings
from .table import figure
from .verdict import Verdict

_LISTED = 5  # scores that a sentence names with their numbers
_WORST = 3  # scores whose cure is told

CURES: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("memor", "duplicate", "nearest"),
        "Made signals repeat the training data: train shorter, take a smaller model, or give it"
        " more data and augmentation.",
    ),
    (
        ("_ks", "duration_law", "kinematics"),
        "Movements are not made as people make them: a latent that is too small, or a decoder that"
        " is shown too little of it, smooths them; times that are not modelled beside places lose"
        " the law of duration.",
    ),
    (
        ("coverage", "recall"),
        "Kinds of real signals are never made: sample with more freedom (a higher temperature or"
        " top_p), and look for a collapsed codebook or latent.",
    ),
    (
        ("density", "precision"),
        "Signals are made that do not exist: sample with less freedom, or train longer.",
    ),
    (
        ("correlational", "cross", "channel"),
        "Channels do not go together as they do in real data: let one part make them together, and"
        " scale them alike.",
    ),
    (
        ("acd", "autocorrelation"),
        "The memory of the signals is wrong: give the model a longer reach (a larger stride or"
        " more layers), or an autocorrelation term in the objective.",
    ),
    (
        ("spectral", "spectrum"),
        "Rhythms are too strong or too weak: a spectral term in the objective, a smaller stride"
        " or finer codes bring back high frequencies.",
    ),
    (
        ("mdd", "marginal", "skew", "kurt", "moment"),
        "Values occur too often or too rarely: look at the densities below; clipped or tame tails"
        " often come from the scaling or from answers that are means instead of draws.",
    ),
    (
        ("predictive", "tstr"),
        "What is learned from made signals does not carry over to real ones: look at the memory"
        " and the channels below.",
    ),
    (
        ("condition", "label", "sweep"),
        "Made signals do not obey their conditions: give the conditions to every part, or weigh"
        " them higher.",
    ),
    (
        ("length",),
        "Signals are too long or too short: give the generator the lengths of real signals.",
    ),
)
_CURE = "A judge finds them out: look below for what differs, first in values, then in memory."


def sheet_verdicts(sheet: Sheet | None, names: Names) -> list[Verdict]:
    """For each made population: lost, tied and won scores, then what looks wrong.

    Args:
        sheet: The scores; no lines if None.
        names: The titles and ideals of scores.
    """
    if sheet is None:
        return []
    made = sheet.of_kind("made")
    found: list[Verdict] = []
    for row in made:
        whose = f"{row.name}: " if len(made) > 1 else ""
        found += _of_row(standings(sheet, row, names), whose, names)
        found += _unscored(row, whose)
    return found


def _of_row(found: Sequence[Standing], whose: str, names: Names) -> Iterator[Verdict]:
    if not found:
        return
    yield from _against(found, whose, names)
    if any(s.floor is not None for s in found):
        yield _told(found, whose, names)
    yield from _wrong(found, whose, names)


def _against(found: Sequence[Standing], whose: str, names: Names) -> Iterator[Verdict]:
    """Against the baselines: what is lost first."""
    held = [s for s in found if s.against != "alone"]
    if not held:
        yield Verdict(
            "unsure",
            f"{whose}No baseline stands beside these scores.",
            "Score baselines too: without them no number says whether training was worth it.",
        )
        return
    lost, tied, won = (
        [s for s in held if s.against == word] for word in ("loses", "ties", "beats")
    )
    if lost:
        yield Verdict(
            "bad",
            f"{whose}A baseline without a model does better in {len(lost)} of {len(held)}"
            f" scores: {_listed(lost, names)}.",
            "Until that is mended, such a baseline is the better generator in these respects.",
        )
    if won:
        yield Verdict(
            "good",
            f"{whose}Better than every baseline in {len(won)} of {len(held)} scores:"
            f" {_listed(won, names)}.",
        )
    if tied:
        yield Verdict(
            "unsure",
            f"{whose}Cannot be told apart from the best baseline in {len(tied)} of {len(held)}"
            f" scores: {_titles(tied, names)}.",
            "More real signals, or more groups of them, would narrow the intervals.",
        )


def _told(found: Sequence[Standing], whose: str, names: Names) -> Verdict:
    """Against real data."""
    alike = [s for s in found if s.real]
    held = [s for s in found if s.floor is not None]
    if not alike:
        text = f"{whose}Every one of {len(held)} scores tells the made signals from real ones."
        return Verdict("bad", text)
    text = (
        f"{whose}Cannot be told from real data by {len(alike)} of {len(held)} scores:"
        f" {_titles(alike, names)}."
    )
    return Verdict("good" if 2 * len(alike) >= len(held) else "unsure", text)


def _wrong(found: Sequence[Standing], whose: str, names: Names) -> Iterator[Verdict]:
    """The scores that are farthest beyond real data, copies of the training data first."""
    bad = [s for s in found if s.floor is not None and not s.real]
    bad.sort(key=lambda s: (_cure(s.score) != CURES[0][1], -s.excess))
    told: set[str] = set()
    for standing in bad:
        cure = _cure(standing.score)
        if cure in told or len(told) == _WORST:
            continue
        told.add(cure)
        value = figure(standing.measured.estimate.value)
        floor = "" if standing.floor is None else f"; real data reach {figure(standing.floor)}"
        mood = "unsure" if standing.against == "beats" else "bad"
        yield Verdict(mood, f"{whose}{title(standing.score, names)}: {value}{floor}.", cure)


def _unscored(row: SheetRow, whose: str) -> Iterator[Verdict]:
    if row.refused and not row.scores:
        reason = next(iter(row.refused.values()))
        yield Verdict("bad", f"{whose}No score could be computed: {reason}.")


def _cure(score: str) -> str:
    return next((cure for words, cure in CURES if any(w in score for w in words)), _CURE)


def _listed(found: Sequence[Standing], names: Names) -> str:
    """Titles with both numbers, the clearest first."""
    said = [
        f"{title(s.score, names)} ({figure(s.measured.estimate.value)} against"
        f" {figure(s.best)} of {s.baseline})"
        for s in found[:_LISTED]
        if s.best is not None
    ]
    rest = len(found) - len(said)
    return ", ".join(said) + (f" and {rest} more" if rest else "")


def _titles(found: Sequence[Standing], names: Names) -> str:
    return ", ".join(title(s.score, names) for s in found)
