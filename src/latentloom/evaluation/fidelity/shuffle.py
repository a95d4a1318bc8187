"""The shuffled-condition test: do signals match their own conditions better than others'?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Int

from ..distances.role import InapplicableError
from ..population import Population
from ..statistics import Estimate, Summary, summarize
from .result import Match

Apart = Callable[[Int[np.ndarray, " N"]], Float[np.ndarray, " N"]]
LEAST = 10  # signals that it takes to tell a match from chance
_DRAWS = 999
_STRATUM = 25  # signals of nearly equal length among which drives are shuffled


def matched(apart: Apart, population: Population, *, seed: int) -> Match:
    """The match of numbers: its median and 90 % quantile.

    Args:
        apart: The error of each signal, if it had the condition of the signal at the index.
        population: The signals.
        seed: Of the shuffles and of the intervals.

    Raises:
        InapplicableError: If there are fewer than 10 signals.
    """
    summary = _summary(apart, population, seed)
    draws = _shuffled(apart, population, seed)
    return Match(
        typical=summary.median,
        ninety=summary.ninety,
        shuffled=float(np.median(draws, axis=1).mean()),
        p=_p(summary.mean.value, draws.mean(1)),
        size=summary.size,
    )


def agreed(apart: Apart, population: Population, *, seed: int) -> Match:
    """The match of labels: the share of wrong ones.

    Args:
        apart: 1 where a signal would be wrong, if it had the label of the signal at the index.
        population: The signals.
        seed: Of the shuffles and of the intervals.

    Raises:
        InapplicableError: If there are fewer than 10 signals.
    """
    summary, draws = _summary(apart, population, seed), _shuffled(apart, population, seed)
    return Match(
        typical=Estimate(summary.mean.value, summary.mean.low, summary.mean.high),
        ninety=None,
        shuffled=float(draws.mean()),
        p=_p(summary.mean.value, draws.mean(1)),
        size=summary.size,
    )


def shuffle(population: Population, rng: np.random.Generator) -> Int[np.ndarray, " N"]:
    """Whose condition each signal gets.

    Signals of unequal length exchange theirs among those nearly as long, since what a signal
    does depends on how long it is, and the test is not about that.
    """
    if not population.ragged:
        return rng.permutation(population.size)
    order = np.lexsort((rng.random(population.size), population.extent))
    parts = max(1, population.size // _STRATUM)
    drawn = np.empty_like(order)
    for stratum in np.array_split(order, parts):
        drawn[stratum] = rng.permutation(stratum)
    return drawn


def _summary(apart: Apart, population: Population, seed: int) -> Summary:
    if population.size < LEAST:
        raise InapplicableError(
            f"a match with conditions must have at least {LEAST} signals, got {population.size}"
        )
    return summarize(apart(np.arange(population.size)), population.group, seed=seed)


def _shuffled(apart: Apart, population: Population, seed: int) -> Float[np.ndarray, "R N"]:
    rng = np.random.default_rng(seed)
    return np.stack([apart(shuffle(population, rng)) for _ in range(_DRAWS)])


def _p(value: float, draws: Float[np.ndarray, " R"]) -> float:
    """How often chance is as good.

    References:
        Permutation P-values Should Never Be Zero (Phipson and Smyth, 2010), equation 2.
    """
    return float((1 + (draws <= value + 1e-12).sum()) / (1 + len(draws)))
