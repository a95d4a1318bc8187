"""The role of a judge: what tells real signals from made ones."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from ..population import Population


def together(first: Population, second: Population) -> Population:
    """The signals of two populations, one after the other; what is padding becomes zero.

    Channels are called what they are called in the first.
    """
    parts = [np.where(p.mask[..., None], p.values, 0.0) for p in (first, second)]
    return Population(
        values=np.concatenate(parts).astype(np.float32),
        lengths=np.concatenate((first.extent, second.extent)),
        channels=first.channels,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineup:
    """Real and made signals side by side, real ones first.

    Args:
        signals: All of them.
        real: Which of them are real.
    """

    signals: Population
    real: Bool[np.ndarray, " _"]

    @classmethod
    def of(cls, held: Population, made: Population) -> Lineup:
        """Everything of two populations."""
        signals = together(held, made)
        return cls(signals=signals, real=np.arange(signals.size) < held.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Which signals of a lineup one judge learns from and which it judges.

    Args:
        fit: The signals that it learns from.
        stop: Those by which it knows when to stop; none if it never looks.
        test: Those that it judges, and that it has never seen.
        seed: Of everything random about it.
    """

    fit: Int[np.ndarray, " _"]
    stop: Int[np.ndarray, " _"]
    test: Int[np.ndarray, " _"]
    seed: int


class Judge(abc.ABC):
    """Learns to tell real signals from made ones, and says what it takes others for."""

    @abc.abstractmethod
    def judge(self, lineup: Lineup, cases: Sequence[Case]) -> Float[np.ndarray, "K N"]:
        """How real each signal seems in each case: above 0 is taken for real.

        It is NaN for signals that are not judged in the case.
        """

    def dimensions(self, signals: Population) -> int:
        """How many numbers of a signal it sees."""
        return signals.steps * signals.width
