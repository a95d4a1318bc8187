"""Batches that are drawn evenly from, or within, parts of the train split."""

import abc
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..core.ranges import at_least
from ..data.dataset import Dataset


class Strata(abc.ABC):
    """Says in which order samples are read, so that a batch has what it should of each kind.

    Every sample is read once an epoch, in an order that only the generator decides.

    Attributes:
        cuts: Whether batches are cut to the longest of their own signals.
    """

    cuts: bool = False

    @abc.abstractmethod
    def order(
        self, samples: Dataset, batch_size: int, random: torch.Generator
    ) -> Int[Tensor, " N"]:
        """The rows of the samples, in the order in which batches are cut from them.

        Args:
            samples: The train split, ready for the parts.
            batch_size: Samples in a batch.
            random: Decides the order.

        Raises:
            ValueError: If the samples do not have what is asked for.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class ByCondition(Strata):
    """Gives every batch as much of each quantile of a condition.

    The samples are sorted by the condition and cut into `bins` of equal number; those of a bin
    are shuffled and spread evenly over the epoch. A run of B samples has B / bins of each bin,
    one more or less.

    Args:
        condition: Its name, as it is after the transforms.
        bins: How many quantiles.

    Raises:
        ValueError: If `bins` is below 2.
    """

    condition: str
    bins: int = 10

    def __post_init__(self) -> None:
        at_least(2, bins=self.bins)

    def order(
        self, samples: Dataset, batch_size: int, random: torch.Generator
    ) -> Int[Tensor, " N"]:
        names = samples.schema.names("condition")
        if samples.condition is None or self.condition not in names:
            raise ValueError(
                f"condition must be one of {list(names)} after the transforms,"
                f" got {self.condition!r}"
            )
        values = samples.condition[:, names.index(self.condition)]
        shuffled = torch.randperm(samples.size, generator=random)
        return shuffled[_spread(_quantiles(values[shuffled], self.bins), random)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ByLength(Strata):
    """Makes batches of signals of similar length, each cut to the longest of its own.

    The samples are cut into `bins` of equal number by their lengths, and shuffled within;
    batches are cut from one bin after the other, and come in random order, a smaller one
    last. Padding is read by no part, so that what is cut off only saves time.

    Args:
        bins: How many; more are more alike in a batch, and less mixed.

    Raises:
        ValueError: If `bins` is below 2.
    """

    bins: int = 5
    cuts = True

    def __post_init__(self) -> None:
        at_least(2, bins=self.bins)

    def order(
        self, samples: Dataset, batch_size: int, random: torch.Generator
    ) -> Int[Tensor, " N"]:
        if samples.lengths is None:
            raise ValueError("lengths must differ to be sorted by, and all signals have one")
        shuffled = torch.randperm(samples.size, generator=random)
        bins = _quantiles(samples.lengths[shuffled], self.bins)
        rows = shuffled[bins.argsort(stable=True)]
        whole, rest = divmod(samples.size, batch_size)
        # the smaller batch may be of any length, or the shortest would never be in it
        first = int(torch.randint(whole + 1, (1,), generator=random)) * batch_size
        small, others = rows[first : first + rest], torch.cat([rows[:first], rows[first + rest :]])
        turns = torch.randperm(whole, generator=random)
        return torch.cat([others.reshape(whole, batch_size)[turns].flatten(), small])


def _quantiles(values: Float[Tensor, " N"] | Int[Tensor, " N"], bins: int) -> Int[Tensor, " N"]:
    """The bin of each value; bins are of equal number, equal values may be in two of them."""
    ranks = values.argsort(stable=True).argsort()
    return ranks * bins // len(values)


def _spread(bins: Int[Tensor, " N"], random: torch.Generator) -> Int[Tensor, " N"]:
    """An order in which every stretch has as much of each bin as of the others."""
    counts = bins.bincount()
    begins = counts.cumsum(0) - counts
    within = bins.argsort(stable=True).argsort() - begins[bins]
    starts = torch.rand(len(counts), generator=random, dtype=torch.float64)
    return ((within + starts[bins]) / counts[bins]).argsort(stable=True)
