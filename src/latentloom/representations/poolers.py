"""How the features of every step become one vector."""

import abc
from dataclasses import dataclass

from torch import nn

from ..core.ranges import at_least, below_one
from ..nn.own_time import OwnTimePooling
from ..nn.pooling import (
    AttentionPooling,
    HybridPooling,
    LinearPooling,
    last_step,
    mean_step,
)


class Pooler(abc.ABC):
    """Says how the features of every step become one vector."""

    @abc.abstractmethod
    def network(self, width: int, dim: int) -> nn.Module:
        """A new network: of steps and which of them are real, a vector for each signal.

        Args:
            width: How many features a step has.
            dim: How many numbers a vector has.
        """


@dataclass(frozen=True, slots=True)
class LastPooler(Pooler):
    """Takes a linear view of the last real step."""

    def network(self, width: int, dim: int) -> nn.Module:
        return LinearPooling(width, dim, one=last_step)


@dataclass(frozen=True, slots=True)
class MeanPooler(Pooler):
    """Takes a linear view of the mean of the real steps."""

    def network(self, width: int, dim: int) -> nn.Module:
        return LinearPooling(width, dim, one=mean_step)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionPooler(Pooler):
    """Takes a linear view of a mean whose weights are learned.

    Args:
        dropout: Share of the hidden features that are dropped in training, in [0, 1).

    Raises:
        ValueError: If the dropout is out of range.
    """

    dropout: float = 0.1

    def __post_init__(self) -> None:
        below_one(dropout=self.dropout)

    def network(self, width: int, dim: int) -> nn.Module:
        return AttentionPooling(width, dim, dropout=self.dropout)


@dataclass(frozen=True, slots=True)
class HybridPooler(Pooler):
    """Sees last, mean and greatest step together, through a layer that is normalised."""

    def network(self, width: int, dim: int) -> nn.Module:
        return HybridPooling(width, dim)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTimePooler(Pooler):
    """Sees the whole signal at points of its own time, from its first step to its last.

    It keeps what happens when, which a mean forgets and a memory learns slowly.

    Args:
        points: How many points there are.
        width: How many features a hidden layer has.
        layers: How many hidden layers there are.

    Raises:
        ValueError: If there are fewer than two points, or no feature or layer.
    """

    points: int = 48
    width: int = 256
    layers: int = 2

    def __post_init__(self) -> None:
        at_least(2, points=self.points)
        at_least(1, width=self.width, layers=self.layers)

    def network(self, width: int, dim: int) -> nn.Module:
        return OwnTimePooling(
            width, dim, points=self.points, hidden=self.width, layers=self.layers
        )
