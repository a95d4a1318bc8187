"""How the losses of a phase went, epoch by epoch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from jaxtyping import Float

LEAST = 8  # epochs, below which a curve has no quarters to speak of

Role = Literal["error", "likelihood", "penalty", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermCourse:
    """One term of an objective over the epochs.

    Args:
        name: As the recipe calls it.
        role: Whether it is the error of the signals or codes themselves, how unlikely the
            signals are in nats, a penalty of the bottleneck, or something else that is held
            down beside.
        parts: Its mean over each epoch, unweighted.
        weights: Its weight in the middle of each epoch.
        span: The span whose channels alone it looks at; empty for all.
        averaged: Whether it is a mean over the latent numbers of a signal, and no sum.
        free: Whether latent numbers have nats that it does not count.
        rising: Whether a schedule still raised its weight when the last epoch ended.
    """

    name: str
    role: Role
    parts: Float[np.ndarray, " E"]
    weights: Float[np.ndarray, " E"]
    span: str = ""
    averaged: bool = False
    free: bool = False
    rising: bool = False

    @property
    def weighted(self) -> Float[np.ndarray, " E"]:
        """What it adds to the loss."""
        return self.parts * self.weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One update of a phase over the epochs.

    Args:
        phase: The name of the phase.
        path: Where the update stands in the recipe, such as `phases.1.updates.0`.
        trains: The parts that it trained.
        terms: The terms of its objective.
        learning_rate: The learning rate in the middle of each epoch.
        scores: What was judged on the validation split, by the name of the probe; NaN in
            epochs without a validation.
        select: The probe that chose the weights that were handed on; empty if none did.
        moving: What else a schedule moved, such as the forcing, by its path; losses of
            different epochs are then different losses.
        iterations: How many steps were played, if the phase counts in these, not in epochs.
    """

    phase: str
    path: str
    trains: tuple[str, ...]
    terms: tuple[TermCourse, ...]
    learning_rate: Float[np.ndarray, " E"]
    scores: Mapping[str, Float[np.ndarray, " _"]] = field(default_factory=dict[str, np.ndarray])
    select: str = ""
    moving: tuple[str, ...] = ()
    iterations: int | None = None

    @property
    def epochs(self) -> int:
        """How many epochs were played."""
        return len(self.learning_rate)

    @property
    def phase_path(self) -> str:
        """Where its phase stands in the recipe."""
        return self.path.rpartition(".updates")[0]

    @property
    def total(self) -> Float[np.ndarray, " E"]:
        """The loss, as it was descended."""
        return np.sum([term.weighted for term in self.terms], axis=0)

    @property
    def error(self) -> Float[np.ndarray, " E"]:
        """The sum of its errors, unweighted; the loss if it has none."""
        errors = [term.parts for term in self.terms if term.role == "error"]
        return np.sum(errors, axis=0) if errors else self.total

    @property
    def longer(self) -> str:
        """The setting under which it trains four times as long, for at least 32 epochs."""
        return self.lasting(4 * max(self.epochs, LEAST))

    def lasting(self, epochs: int) -> str:
        """The setting under which it trains for so many epochs, in what its phase counts in."""
        if self.iterations is None:
            return f"{self.phase_path}.epochs={epochs}"
        return f"{self.phase_path}.iterations={self.iterations * epochs // self.epochs}"

    @property
    def likely(self) -> bool:
        """Whether likelihoods, which are nats of signals, are held down."""
        return any(term.role == "likelihood" and term.weights.any() for term in self.terms)

    def total_at(self, weights: Sequence[float]) -> Float[np.ndarray, " E"]:
        """The loss as it would have been, had these weights never moved."""
        rows = [term.parts * weight for term, weight in zip(self.terms, weights, strict=True)]
        return np.sum(rows, axis=0)

    def share(self, term: TermCourse) -> Float[np.ndarray, " E"]:
        """The share of a term in the sum of the sizes of all."""
        sizes = np.sum([np.abs(other.weighted) for other in self.terms], axis=0)
        return np.abs(term.weighted) / np.maximum(sizes, np.finfo(float).tiny)


def ratio(number: float, other: float) -> float:
    """One number over another; NaN, which proves nothing, where the other is not positive."""
    return number / other if other > 0 else math.nan


def quarters(curve: Float[np.ndarray, " E"]) -> tuple[float, float, float, float]:
    """The medians of the four quarters of a curve; NaN where it is too short for them.

    Example:
        >>> quarters(np.arange(8.0))
        (0.5, 2.5, 4.5, 6.5)
    """
    known = curve[~np.isnan(curve)]
    if len(known) < LEAST:
        return np.nan, np.nan, np.nan, np.nan
    first, second, third, last = (float(np.median(x)) for x in np.array_split(known, 4))
    return first, second, third, last
