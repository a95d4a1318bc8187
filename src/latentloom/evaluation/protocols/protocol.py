"""The role of a protocol: what is scaled how, compared by which scores, held against what."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from ..distances.role import Distance
from ..fidelity import Fidelity
from ..fidelity.reader import Descriptor
from ..population import Population, Trial
from ..surrogates.role import Surrogate


@dataclass(frozen=True, slots=True, kw_only=True)
class Arranged:
    """A trial that is ready for scores, and what a reader must know of it.

    Args:
        trial: The populations, scaled.
        floors: Real signals in the place of the made ones, by what they are called.
        notes: What a reader must know.
        baselines: More made signals that took no generator, by what they are called.
    """

    trial: Trial
    floors: Mapping[str, Trial]
    notes: tuple[str, ...] = ()
    baselines: Mapping[str, Trial] = field(default_factory=dict[str, Trial])


class Protocol(abc.ABC):
    """A named, versioned way of scoring made signals against real ones.

    Attributes:
        name: Its name at the command line and in files.
        version: Raised whenever the same arrays would give another number.
        says: What it is for, in a sentence.
        blocks: Into how many blocks of time a long series is divided, so that windows of
            different groups share no step; 1 lets them.
        interval: What intervals tell: what another draw of the signals could have given
            (`signals`), or other seeds of the judges (`repeats`).
        against: The conditions that a run draws signals for: those of real signals that it
            never saw (`held`), or of those that it learned from (`train`).
        readers: What reads a condition off signals exactly, by its name.
    """

    name: str
    version: int
    says: str
    blocks: int
    interval: Literal["signals", "repeats"] = "signals"
    against: Literal["held", "train"] = "held"
    readers: Mapping[str, Descriptor] = MappingProxyType({})

    @abc.abstractmethod
    def distances(self) -> Mapping[str, Distance]:
        """The scores, by their names in the table of distances."""

    @abc.abstractmethod
    def surrogates(self) -> Mapping[str, Surrogate]:
        """The baselines, by their names in tables."""

    def fidelity(self, trial: Trial, *, seed: int) -> tuple[Fidelity, ...]:
        """How well made signals match their conditions; nothing where that is not asked."""
        del trial, seed
        return ()

    @abc.abstractmethod
    def arrange(
        self, real: Population, made: Population, train: Population | None, *, seed: int
    ) -> Arranged:
        """Splits and scales the populations.

        Args:
            real: Real signals that made ones are held against.
            made: Made signals.
            train: The real signals that the generator learned from; None if nobody knows.
            seed: Of the splits.

        Raises:
            ValueError: If the signals do not fit each other, or are too few to split.
        """
