"""Replacing codes that are hardly used, every so many epochs."""

import abc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from ..core.ranges import a_share, at_least
from ..core.system import System
from ..quantize.shelf import Shelf


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a phase stands at the end of an epoch.

    Args:
        epoch: How many epochs are over.
        used: Share of the codes of each book that the training samples had, by epoch, the
            latest last.
        scores: The validation score by epoch, if one is selected; the latest last.
        since_best: Validations since the best one.
    """

    epoch: int
    used: Sequence[Sequence[float]]
    scores: Sequence[float] = ()
    since_best: int = 0


@dataclass(frozen=True, slots=True)
class Order:
    """Which books are looked at, and up to which percentile of their uses."""

    books: tuple[bool, ...]
    percentile: float


class CodeReset(abc.ABC):
    """Says when the codes of which books are replaced.

    Attributes:
        below: Share of its fair part of the uses from which a code is never replaced.
        most: The greatest share of a book that is replaced at once.
    """

    below: float
    most: float

    @abc.abstractmethod
    def __call__(self, standing: Standing) -> Order | None:
        """What is to be done; None for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Periodic(CodeReset):
    """Replaces the least used codes of every book every so many epochs.

    A code goes if it is among the least used of its book and has less than its fair part:
    a book whose codes are evenly used keeps them all. A lower percentile replaces fewer.

    Args:
        every: Epochs between resets.
        percentile: Codes up to this percentile of the uses of their book may go, in
            [0, 100].
        below: Share of its fair part of the uses from which a code is never replaced.
        most: The greatest share of a book that is replaced at once, in [0, 1].

    Raises:
        ValueError: If a number is out of range.
    """

    every: int = 100
    percentile: float = 10.0
    below: float = 0.5
    most: float = 0.25

    def __post_init__(self) -> None:
        at_least(1, every=self.every)
        _check(self.percentile, self.below, self.most)

    def __call__(self, standing: Standing) -> Order | None:
        if standing.epoch % self.every:
            return None
        return Order((True,) * len(standing.used[-1]), self.percentile)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adaptive(CodeReset):
    """Replaces codes less and less, leaves what works alone, and helps a book at once that fails.

    Resets come every `every` epochs at first, half as often after twice and a quarter as
    often after four times as many; the percentile falls to 0.7 and 0.5 of itself. None comes
    while enough codes are used, or the score still gets better, or patience has long been
    tried. A book that collapses or loses codes fast is looked at in any epoch.

    Args:
        every: Epochs between resets at first.
        percentile: Codes up to this percentile of the uses of their book may go, in
            [0, 100].
        below: Share of its fair part of the uses from which a code is never replaced.
        most: The greatest share of a book that is replaced at once, in [0, 1].
        enough: Mean share of codes in use from which nothing is done, in [0, 1].
        collapsed: Share of codes in use below which a book is helped at once, in [0, 1].
        fallen: A book is so too if that share fell by more than this, in [0, 1],
        window: over this many epochs.
        gain: Fall of the validation score over the window above which nothing is done.
        patience: Validations without a better score after which nothing is done.

    Raises:
        ValueError: If a number is out of range.
    """

    every: int = 50
    percentile: float = 10.0
    below: float = 0.5
    most: float = 0.25
    enough: float = 0.9
    collapsed: float = 0.15
    fallen: float = 0.05
    window: int = 20
    gain: float = 0.005
    patience: int = 30

    def __post_init__(self) -> None:
        at_least(1, every=self.every, window=self.window)
        at_least(0, gain=self.gain, patience=self.patience)
        a_share(enough=self.enough, collapsed=self.collapsed, fallen=self.fallen)
        _check(self.percentile, self.below, self.most)

    def __call__(self, standing: Standing) -> Order | None:
        now = standing.used[-1]
        failing = self._failing(standing)
        if any(failing):
            return Order(failing, self.percentile)
        age = 1 if standing.epoch < 2 * self.every else 2 if standing.epoch < 4 * self.every else 4
        if standing.epoch % (age * self.every) or sum(now) >= self.enough * len(now):
            return None
        if self._improves(standing.scores) or standing.since_best > self.patience:
            return None
        return Order((True,) * len(now), self.percentile * {1: 1.0, 2: 0.7, 4: 0.5}[age])

    def _failing(self, standing: Standing) -> tuple[bool, ...]:
        now, used = standing.used[-1], standing.used
        then = used[-1 - self.window] if len(used) > self.window else now
        return tuple(
            share < self.collapsed or share < before - self.fallen
            for share, before in zip(now, then, strict=True)
        )

    def _improves(self, scores: Sequence[float]) -> bool:
        if len(scores) <= self.window:
            return False
        return scores[-1 - self.window] - scores[-1] > self.gain


class Resetting:
    """A phase's resets at work.

    The codes are condemned at the end of an epoch, after its validation, and replaced by
    vectors of the first batch that follows: no weights are judged or kept right after.

    Args:
        reset: Says when; never, if None.
        system: Whose codebooks train.
        trains: The parts that train.
    """

    def __init__(self, reset: CodeReset | None, system: System, trains: Sequence[str]) -> None:
        self.reset = reset
        self.shelves = shelves(system, trains)
        self.used: list[list[float]] = []
        self.scores: list[float] = []

    def close_epoch(
        self, epoch: int, used: Sequence[float], score: float | None, since_best: int
    ) -> dict[str, int]:
        """Condemns what must go, and says how many codes that is.

        Args:
            epoch: How many epochs are over.
            used: Share of the codes of each book that this epoch's samples had.
            score: The validation score, if one was made and is selected.
            since_best: Validations since the best one.
        """
        if self.reset is None or not used:
            return {}
        self.used.append(list(used))
        latest = self.scores[-1:] if score is None else [score]
        self.scores += latest
        standing = Standing(epoch=epoch, used=self.used, scores=self.scores, since_best=since_best)
        order = self.reset(standing)
        return {"codes/replaced": 0 if order is None else self._condemn(order, self.reset)}

    def state(self) -> Mapping[str, Any]:
        """What a checkpoint keeps of it."""
        return {"used": self.used, "scores": self.scores}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Goes on from a checkpoint."""
        self.used, self.scores = list(state["used"]), list(state["scores"])

    def _condemn(self, order: Order, reset: CodeReset) -> int:
        total = 0
        for place, shelf in enumerate(self.shelves):
            # the codes of several shelves take turns, category by category
            own = torch.tensor(order.books[place :: len(self.shelves)])
            total += shelf.condemn(
                own.to(shelf.condemned.device),
                percentile=order.percentile,
                below=reset.below,
                most=reset.most,
            )
        return total


def shelves(system: System, trains: Sequence[str]) -> list[Shelf]:
    """The codebooks whose entries can be replaced on request, in the parts that train."""
    parts = [system.part(name, nn.Module) for name in trains if name in system.names]
    return [module for part in parts for module in part.modules() if isinstance(module, Shelf)]


def _check(percentile: float, below: float, most: float) -> None:
    a_share(most=most)
    at_least(0, percentile=percentile, below=below)
    if percentile > 100:
        raise ValueError(f"percentile must be in [0, 100], got {percentile}")
