"""Several models on the same ground: which differ by more than chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Float, Int

from .differences import chance, difference, holm, off
from .distances import DISTANCES
from .sheet import Sheet, SheetRow
from .statistics import Comparison, compare

SURE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Duel:
    """Two of several models in one score.

    Args:
        comparison: The first against the second; below zero, the first is better.
        chance: The p-value of no difference, raised for the number of pairs; None where
            there are too few groups to tell.
        score: The score.
    """

    comparison: Comparison
    chance: float | None
    score: str

    @property
    def sign(self) -> int:
        """-1 if the first is better, 1 if the second is, 0 if it may be chance."""
        return 0 if self.chance is None or self.chance > SURE else self.comparison.sign


def duels(
    scores: Mapping[str, Float[np.ndarray, " N"]],
    group: Int[np.ndarray, " N"] | None = None,
    *,
    score: str,
    seed: int = 0,
) -> tuple[Duel, ...]:
    """Every pair of models on the same records, all judged at once.

    Differences of medians come from draws of the same records for both; the p-values of all
    pairs are raised as Holm says.

    Args:
        scores: The score of each record, lower being better, by the name of the model.
        group: Which records are drawn together; each alone if None.
        score: What the score is called.
        seed: Of the draws.

    Raises:
        ValueError: If a pair has fewer than two records in common.

    Example:
        >>> x = np.random.default_rng(0).random(40)
        >>> [duel.sign for duel in duels({"a": x, "b": x + 1, "c": x}, score="nrmse")]
        [-1, 0, 1]
    """
    found = [compare(a, b, group, seed=seed) for a, b in combinations(scores.items(), 2)]
    return tuple(_raised(found, score))


def sheet_duels(sheets: Mapping[str, Sheet]) -> dict[str, tuple[Duel, ...]]:
    """Every pair of models in every score that all have, by the score.

    The distance from the ideal is compared. Only the intervals are known, so that the p-value
    is that of a normal difference, raised for the pairs of each score.

    Args:
        sheets: The sheet of each model, by its name; of one protocol.
    """
    rows = {name: row for name, sheet in sheets.items() for row in sheet.of_kind("made")[:1]}
    names = [s for s in shared(list(sheets.values())) if all(s in r.scores for r in rows.values())]
    return {name: tuple(_raised(list(_pairs(rows, name)), name)) for name in names}


def shared(sheets: Sequence[Sheet]) -> list[str]:
    """The scores that all sheets measured in the same version."""
    first, *others = sheets
    return [
        name
        for name, version in first.versions.items()
        if all(other.versions.get(name) == version for other in others)
    ]


def _pairs(rows: Mapping[str, SheetRow], score: str) -> Iterator[Comparison]:
    listed = DISTANCES[score]
    for (one, first), (other, second) in combinations(rows.items(), 2):
        here, there = (
            off(row.scores[score].estimate, listed.ideal, listed.fault) for row in (first, second)
        )
        gap = difference(here, there)
        yield Comparison(
            first=one,
            second=other,
            difference=gap,
            wins=float(here.value < there.value),
            chance=chance(gap),
        )


def _raised(found: Sequence[Comparison], score: str) -> Iterator[Duel]:
    """The same with p-values that hold for all pairs at once."""
    known = {i: c.chance for i, c in enumerate(found) if c.chance is not None}
    raised = holm(known)
    for i, comparison in enumerate(found):
        yield Duel(comparison=comparison, chance=raised.get(i), score=score)
