"""Runs a protocol: every score of every row with its interval, or the reason why not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

import numpy as np
from jaxtyping import Float, Int

from ...core.names import look_up
from ..distances import DISTANCES
from ..distances.role import Compared, Distance, InapplicableError, ones
from ..population import Trial
from ..sheet import Measured, Sheet, SheetRow, What
from ..statistics import LEVEL, Estimate, of_repeats
from ..surrogates.role import Surrogate
from .protocol import Arranged, Protocol

DRAWS = 200
MADE = "made"

T = TypeVar("T")
Watch = Callable[[str, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much of a protocol is run.

    Args:
        baselines: Which of its baselines are scored beside the made signals; all if None.
        scores: Which of its scores are computed; all if None.
        seed: Of everything random.
    """

    baselines: tuple[str, ...] | None = None
    scores: tuple[str, ...] | None = None
    seed: int = 0


WHOLE = Extent()


def measure(
    protocol: Protocol,
    arranged: Arranged,
    *,
    extent: Extent = WHOLE,
    watch: Watch = lambda row, score: None,
) -> Sheet:
    """Scores what was made, real data in its place, and the baselines.

    Args:
        protocol: What is computed.
        arranged: The populations, as the protocol arranged them.
        extent: How much of it is run.
        watch: Told the row and the score before each is computed.

    Raises:
        ValueError: If `extent` names a score or baseline that the protocol does not have.
    """
    began = time.perf_counter()
    distances = _chosen("score", protocol.distances(), extent.scores)
    surrogates = _chosen("baseline", protocol.surrogates(), extent.baselines)
    asked = _Asked(distances, protocol.interval, extent.seed, watch)
    rows = [
        *(asked.row(*entry) for entry in _given(arranged)),
        *(asked.drawn(name, one, arranged.trial) for name, one in surrogates.items()),
    ]
    return Sheet(
        protocol=protocol.name,
        version=protocol.version,
        versions={name: DISTANCES[name].version for name in distances},
        rows=tuple(rows),
        notes=arranged.notes,
        fidelity=protocol.fidelity(arranged.trial, seed=extent.seed),
        seconds=time.perf_counter() - began,
    )


def measured(
    distance: Distance,
    trial: Trial,
    *,
    seed: int = 0,
    interval: Literal["signals", "repeats"] = "signals",
) -> Measured:
    """One number with its interval and how it was made.

    The interval of `repeats` is that of a mean over seeds. That of `signals` holds the middle
    95 % of what the number becomes when groups of real and of made signals are drawn with
    replacement, moved back by what drawing itself adds: a resampled population is a little
    further from everything than the population is.

    Raises:
        InapplicableError: If the score has nothing to say of the signals, or there are too
            few of them.

    References:
        An Introduction to the Bootstrap (Efron and Tibshirani, 1993), sections 10.2 and 13.
    """
    held, made = trial.held.size, trial.made.size
    if min(held, made) < distance.least:
        raise InapplicableError(
            f"needs at least {distance.least} real and {distance.least} made signals, got"
            f" {held} and {made}"
        )
    compared = distance.compare(trial, seed=seed)
    repeats = compared.weighed(*ones(trial))
    if interval == "repeats":
        estimate = of_repeats(repeats.tolist())
    else:
        estimate = _estimate(compared, trial, float(repeats.mean()), seed)
    return Measured(
        estimate=estimate,
        repeats=tuple(float(value) for value in repeats),
        seeds=tuple(range(seed, seed + len(repeats))),
        real=compared.real,
        made=compared.made,
        dimensions=compared.dimensions,
        floor=_floor(distance, trial, seed),
    )


def _floor(distance: Distance, trial: Trial, seed: int) -> float | None:
    """What chance leaves; None where there are too few groups to tell."""
    try:
        return distance.floor(trial, seed=seed)
    except ValueError:
        return None


def _given(arranged: Arranged) -> Iterator[tuple[str, What, Trial]]:
    """The rows that take no drawing."""
    yield MADE, "made", arranged.trial
    for name, floor in arranged.floors.items():
        yield name, "floor", floor
    for name, baseline in arranged.baselines.items():
        yield name, "baseline", baseline


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is measured of every row."""

    distances: Mapping[str, Distance]
    interval: Literal["signals", "repeats"]
    seed: int
    watch: Watch

    def row(self, name: str, what: What, trial: Trial) -> SheetRow:
        scores: dict[str, Measured] = {}
        refused: dict[str, str] = {}
        for score, distance in self.distances.items():
            self.watch(name, score)
            try:
                scores[score] = measured(distance, trial, seed=self.seed, interval=self.interval)
            except InapplicableError as reason:
                refused[score] = str(reason)
        return SheetRow(name=name, what=what, scores=scores, refused=refused)

    def drawn(self, name: str, surrogate: Surrogate, trial: Trial) -> SheetRow:
        """The row of a baseline; one without scores if it cannot be drawn."""
        try:
            made = surrogate.draw(trial.train, trial.made.size, seed=self.seed)
        except ValueError as reason:
            refused = dict.fromkeys(self.distances, str(reason))
            return SheetRow(name=name, what="baseline", scores={}, refused=refused)
        return self.row(name, "baseline", replace(trial, made=made))


def _estimate(compared: Compared, trial: Trial, value: float, seed: int) -> Estimate:
    groups = [population.members for population in (trial.held, trial.made)]
    if min(members.max() for members in groups) < 1:
        return Estimate(value)
    random = np.random.default_rng(seed)
    draws = np.array(
        [compared.weighed(*(_drawn(m, random) for m in groups)).mean() for _ in range(DRAWS)]
    )
    known = draws[np.isfinite(draws)]
    if len(known) < DRAWS // 2:
        return Estimate(value)
    ends = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]) - known.mean()
    low, high = value + ends
    if known.min() >= 0:  # what cannot be negative has no negative interval
        low = max(0.0, low)
    return Estimate(value, float(low), float(high))


def _drawn(members: Int[np.ndarray, " N"], random: np.random.Generator) -> Float[np.ndarray, " N"]:
    """How often each signal counts when as many groups are drawn as there are."""
    groups = int(members.max()) + 1
    counts = random.multinomial(groups, np.full(groups, 1 / groups))
    return counts[members].astype(float)


def _chosen(word: str, known: Mapping[str, T], names: Iterable[str] | None) -> Mapping[str, T]:
    return known if names is None else {name: look_up(word, name, known) for name in names}
