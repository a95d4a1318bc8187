"""The role of a distance between populations, and what it leaves for the bootstrap."""

from __future__ import annotations

import abc
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from ..population import Trial

Weights = Float[np.ndarray, " N"]
Weighed = Callable[[Weights, Weights], Float[np.ndarray, " R"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The costly part of a comparison, done once.

    Args:
        weighed: Its numbers, one a repeat, when each held and each made signal counts as
            often as its weight says; weights of one give the plain score. A bootstrap draws
            weights and never computes the costly part again.
        dimensions: In how many dimensions the comparison was made.
        real: How many real signals were compared.
        made: How many made ones.
    """

    weighed: Weighed
    dimensions: int
    real: int
    made: int


class Distance(abc.ABC):
    """How far made signals are from real ones, as whole populations.

    Attributes:
        least: How many signals of each kind it takes; fewer are refused, not computed.
        repeats: How many seeds its number is a mean over; 1 where nothing in it is random.
    """

    least: int = 2
    repeats: int = 1

    @abc.abstractmethod
    def compare(self, trial: Trial, *, seed: int) -> Compared:
        """Compares what was made with what was held out.

        Args:
            trial: The populations, scaled as the protocol says.
            seed: Of everything random; repeats count up from it.

        Raises:
            InapplicableError: If the signals lack what the score is about.
        """

    def floor(self, trial: Trial, *, seed: int) -> float | None:
        """What equal populations stay below in 95 of 100 draws; None if it is not known.

        Args:
            trial: The populations, scaled as the protocol says.
            seed: Of the draws.
        """
        del trial, seed
        return None


class InapplicableError(ValueError):
    """Raised where a score has nothing to say, such as of the correlations of one channel."""


def ones(trial: Trial) -> tuple[Weights, Float[np.ndarray, " M"]]:
    """The weights of the plain score."""
    return np.ones(trial.held.size), np.ones(trial.made.size)


def value(distance: Distance, trial: Trial, *, seed: int = 0) -> float:
    """The plain score, averaged over its repeats."""
    return float(distance.compare(trial, seed=seed).weighed(*ones(trial)).mean())
