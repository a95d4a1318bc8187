"""How a pooled latent becomes features of every step again."""

import abc
from dataclasses import dataclass
from typing import Literal

from torch import nn

from ..core.ranges import at_least
from ..nn.expanding import PerceptronExpansion, RecurrentExpansion, RepeatExpansion
from ..nn.own_time import OwnTimeExpansion


class Expander(abc.ABC):
    """Says how one vector becomes the features of every step."""

    @abc.abstractmethod
    def network(self, dim: int, width: int, most: int) -> nn.Module:
        """A new network: of vectors, a number of steps and lengths, the features of each step.

        Args:
            dim: How many numbers a vector has.
            width: How many features a step gets.
            most: The most steps that there may be.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class LstmExpander(Expander):
    """Writes the steps one after the other, from a memory that begins with the latent.

    Args:
        width: How many features the memory of a layer has.
        layers: How many layers there are.
        feedback: Whether a step hears what was said of the one before, beside the latent and
            its own place. It adds little but time.

    Raises:
        ValueError: If there is no feature or no layer.
    """

    width: int = 128
    layers: int = 2
    feedback: Literal["off", "on"] = "off"

    def __post_init__(self) -> None:
        at_least(1, width=self.width, layers=self.layers)

    def network(self, dim: int, width: int, most: int) -> nn.Module:
        sizes = {"hidden": self.width, "layers": self.layers}
        return RecurrentExpansion(dim, width, most, feedback=self.feedback, **sizes)


@dataclass(frozen=True, slots=True, kw_only=True)
class PerceptronExpander(Expander):
    """Writes each step by itself, from the latent and the step's absolute place.

    Args:
        width: How many features a hidden layer has.
        layers: How many hidden layers there are.

    Raises:
        ValueError: If there is no feature or no layer.
    """

    width: int = 128
    layers: int = 2

    def __post_init__(self) -> None:
        at_least(1, width=self.width, layers=self.layers)

    def network(self, dim: int, width: int, most: int) -> nn.Module:
        return PerceptronExpansion(dim, width, most, hidden=self.width, layers=self.layers)


@dataclass(frozen=True, slots=True)
class RepeatExpander(Expander):
    """Shows the same at every step, so that the decoder alone tells them apart."""

    def network(self, dim: int, width: int, most: int) -> nn.Module:
        return RepeatExpansion(dim, width)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTimeExpander(Expander):
    """Writes the signal at points of its own time, from its first step to its last.

    The steps lie on straight lines between the points. Time is counted by the signal's own
    length, told or given, and never by that of its padding.

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

    def network(self, dim: int, width: int, most: int) -> nn.Module:
        sizes = {"hidden": self.width, "layers": self.layers}
        return OwnTimeExpansion(dim, width, points=self.points, **sizes)
