"""Where a made population stands between real data and the baselines, score by score."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from ..evaluation.differences import difference, off, sign
from ..evaluation.distances import DISTANCES
from ..evaluation.sheet import Measured, Sheet, SheetRow
from ..evaluation.statistics import Estimate
from .naming import Names, ideal

Against = Literal["beats", "ties", "loses", "alone"]
COPIES = 0.1  # share of repeated train signals from which a baseline copies
ONE_SIDED = ("memorisation",)  # far from train signals is no fault of memory
MEMORY = ("memorisation", "duplicates")
NEAR = 0.5  # of the distance of real signals to train signals, below which it does too


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One score of one made population.

    Args:
        score: The score's name.
        measured: The number.
        real: Whether the score cannot tell it from real data.
        floor: What real data reach at best, where it was measured.
        against: How it stands against the best baseline that does not copy.
        baseline: The name of the best baseline, "" if there is none.
        best: The number of the best baseline.
        excess: How many times as far from the ideal it is as real data are.
    """

    score: str
    measured: Measured
    real: bool
    floor: float | None
    against: Against
    baseline: str
    best: float | None
    excess: float


def standings(sheet: Sheet, row: SheetRow, names: Names) -> list[Standing]:
    """How a row stands in each of its scores.

    A number is that of real data unless its interval, set against that of a floor row, says
    that it is farther from the ideal; or if it stays below what permutations say that chance
    reaches. Memory of the train signals is held against its ideal alone: white noise, far from
    all of them, is no rival in that.
    """
    return [_standing(sheet, name, found, names) for name, found in row.scores.items()]


def copiers(sheet: Sheet) -> tuple[str, ...]:
    """The baselines that repeat training signals, and so look real without being new.

    No generator can look more real than they do; they bound what is possible, and are not
    what it must beat.

    Args:
        sheet: The scores; without those of copies no baseline is known to copy.
    """
    return tuple(
        row.name
        for row in sheet.of_kind("baseline")
        if ("duplicates" in row.scores and _of(row, "duplicates").value > COPIES)
        or ("memorisation" in row.scores and _of(row, "memorisation").value < NEAR)
    )


def _standing(sheet: Sheet, name: str, found: Measured, names: Names) -> Standing:
    aim = ideal(name, names)
    here = _off(found.estimate, name, aim)
    floors = list(_having(sheet.of_kind("floor"), name))
    floor = _nearest(floors, name, aim)
    chance = found.floor is not None and here.value <= abs(found.floor - aim)
    rivals = [row for row in sheet.of_kind("baseline") if row.name not in copiers(sheet)]
    best = _nearest(rivals, name, aim)
    reached = [] if floor is None else [_from(floor, name, aim).value]
    reached += [] if found.floor is None else [abs(found.floor - aim)]
    alike = [_no_farther(here, _from(row, name, aim)) for row in floors]
    if name in MEMORY:
        best, alike = None, [here.low is not None and here.low <= 0]
    return Standing(
        score=name,
        measured=found,
        real=chance or (bool(floors) and all(alike)),
        floor=_of(floor, name).value if floor is not None else found.floor,
        against=_against(here, None if best is None else _from(best, name, aim)),
        baseline="" if best is None else best.name,
        best=None if best is None else _of(best, name).value,
        excess=here.value / max(min(reached), 1e-12) if reached else 0.0,
    )


def _nearest(rows: Sequence[SheetRow], name: str, aim: float) -> SheetRow | None:
    having = list(_having(rows, name))
    return min(having, key=lambda row: _from(row, name, aim).value, default=None)


def _having(rows: Iterable[SheetRow], name: str) -> Iterable[SheetRow]:
    return (row for row in rows if name in row.scores)


def _of(row: SheetRow, name: str) -> Estimate:
    return row.scores[name].estimate


def _from(row: SheetRow, name: str, aim: float) -> Estimate:
    return _off(_of(row, name), name, aim)


def _off(estimate: Estimate, name: str, aim: float) -> Estimate:
    """How far from the ideal a number is, on the side where that is a fault."""
    listed = DISTANCES.get(name)
    return off(estimate, aim, "both" if listed is None else listed.fault)


def _no_farther(here: Estimate, there: Estimate) -> bool:
    gap = difference(here, there)
    return gap.value <= 0 if gap.low is None else gap.low <= 0


def _against(here: Estimate, best: Estimate | None) -> Against:
    if best is None:
        return "alone"
    words: dict[int, Against] = {-1: "beats", 0: "ties", 1: "loses"}
    return words[sign(difference(here, best))]
