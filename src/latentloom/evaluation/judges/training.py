"""How judges learn: many independent networks, each from its own draws, in one pass."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from ...core.errors import TrainingError
from ...core.ranges import at_least, positive
from ...core.threads import computing
from .adam import Adam

Losses = Callable[[], Tensor]

_SMALL = 20_000  # weights of all networks together


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """How long networks learn, and from how much at a time.

    Args:
        steps: How many steps at most.
        batch: How many signals of each kind a step sees.
        rate: The learning rate of Adam.
        every: After how many steps it looks whether it still gets better.
        patience: After how many looks without progress it stops.

    Raises:
        ValueError: If one of them is not positive.
    """

    steps: int
    batch: int
    rate: float = 1e-3
    every: int = 20
    patience: int = 5

    def __post_init__(self) -> None:
        at_least(1, steps=self.steps, batch=self.batch)
        at_least(1, every=self.every, patience=self.patience)
        positive(rate=self.rate)


class Draws:
    """The first signals of a fresh permutation, for each network its own.

    Args:
        rows: Which signals each network may draw.
        batch: How many it draws; all of them if there are fewer.
        seeds: Of the draws of each.
    """

    def __init__(
        self,
        rows: Sequence[Int[np.ndarray, " _"]],
        *,
        batch: int,
        seeds: Sequence[int | tuple[int, ...]],
    ) -> None:
        self.rows = rows
        self.size = min(batch, *(len(row) for row in rows))
        self.random = [np.random.default_rng(seed) for seed in seeds]

    def __call__(self) -> Int[Tensor, "S B"]:
        drawn = [
            rows[random.choice(len(rows), self.size, replace=False)]
            for rows, random in zip(self.rows, self.random, strict=True)
        ]
        return torch.from_numpy(np.stack(drawn))


def few_threads(network: nn.Module) -> AbstractContextManager[None]:
    """One thread for small networks, whose threads would only wait for one another."""
    weights = sum(weight.numel() for weight in network.parameters())
    return computing(1 if weights < _SMALL else None)


def train(network: nn.Module, losses: Losses, training: Training) -> None:
    """Takes every step, and leaves the weights as they are after the last.

    Args:
        network: S networks; the first dimension of every parameter counts them.
        losses: Draws signals and gives the loss of each network.
        training: How long.

    Raises:
        TrainingError: If a loss is not finite; the weights are then those before it.
    """
    for _ in _steps(network, losses, training):
        pass


def train_until_worse(
    network: nn.Module, losses: Losses, training: Training, *, check: Losses
) -> None:
    """Leaves each network as it was when its check was lowest.

    A network whose patience has run out is not heard again, so that what becomes of it does
    not depend on the others.

    Args:
        network: S networks; the first dimension of every parameter counts them.
        losses: Draws signals and gives the loss of each network.
        training: How long at most, and how patient.
        check: Gives the loss of each network on what it does not learn from.

    Raises:
        TrainingError: If a loss is not finite; the weights are then those before it.
    """
    keeper = _Keeper(network, _quietly(check), training.patience)
    for step in _steps(network, losses, training):
        if step % training.every == 0 and keeper.gave_up(_quietly(check)):
            break
    keeper.restore()


class _Keeper:
    """Remembers each network as it was when its check was lowest."""

    def __init__(self, network: nn.Module, lowest: Float[Tensor, " S"], patience: int) -> None:
        self.weights = list(network.parameters())
        self.best = [weight.detach().clone() for weight in self.weights]
        self.lowest, self.patience = lowest, patience
        self.waited = torch.zeros(len(lowest), dtype=torch.int64)

    def gave_up(self, now: Float[Tensor, " S"]) -> bool:
        """Whether no network has patience left, after one more look."""
        better = (now < self.lowest) & (self.waited < self.patience)
        self.lowest = torch.where(better, now, self.lowest)
        # one that gave up must not start anew: its count can only grow
        self.waited = torch.where(better, 0, self.waited + 1)
        for kept, weight in zip(self.best, self.weights, strict=True):
            kept[better] = weight.detach()[better]
        return bool((self.waited >= self.patience).all())

    @torch.no_grad()
    def restore(self) -> None:
        for kept, weight in zip(self.best, self.weights, strict=True):
            weight.copy_(kept)


def _steps(network: nn.Module, losses: Losses, training: Training) -> Iterator[int]:
    """Counts the steps taken, from 1."""
    adam = Adam(network, rate=training.rate)
    for step in range(1, training.steps + 1):
        loss = losses().sum()  # of independent networks: each gets the gradient of its own
        if not math.isfinite(loss.item()):
            raise TrainingError(
                f"the loss of a judge must be finite, got {loss.item()} at step {step}; look"
                " for signals of enormous size"
            )
        adam.clear()
        loss.backward()
        adam.step()
        yield step


@torch.no_grad()
def _quietly(check: Losses) -> Float[Tensor, " S"]:
    return check()
