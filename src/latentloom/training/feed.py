"""Feeds batches to a phase, in an order that only the seed, the phase and the epoch decide."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Int
from torch import Tensor

from ..core.batch import Batch
from ..data.dataset import Dataset, Source
from ..data.vary import Variation

VARIED = ("series", "lengths", "drive", "condition")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The train split of a source, batch by batch.

    A source in memory is prepared once and then indexed; one on disk is prepared batch
    by batch.

    Args:
        source: Where the samples are, in the units of their files.
        prepare: The fitted transforms.
        seed: Decides the order.
    """

    source: Source
    prepare: Callable[[Dataset], Dataset]
    seed: int
    _ready: list[Dataset] = field(default_factory=list[Dataset], init=False, repr=False)

    def __post_init__(self) -> None:
        if isinstance(self.source, Dataset):
            self._ready.append(self.prepare(self.source))

    def batches(self, batch_size: int) -> int:
        """How many batches an epoch has; the last may be smaller."""
        return -(-self.source.size // batch_size)

    def epoch(self, phase: int, epoch: int, vary: Variation | None = None) -> "Epoch":
        """The samples of one epoch, in their order.

        Args:
            phase: Which phase of the run it is.
            epoch: Which epoch of the phase.
            vary: Makes new samples, in memory, in place of some.

        Raises:
            ValueError: If samples that are not in memory are to be varied.
        """
        order = torch.randperm(
            self.source.size,
            generator=torch.Generator().manual_seed(_mixed(self.seed, phase, epoch)),
        )
        if not self._ready:
            if vary is not None:
                raise ValueError("vary needs samples in memory, and these are streamed")
            return Epoch(source=self.source, prepare=self.prepare, order=order)
        ready = self._ready[0]
        if vary is not None:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(_mixed(self.seed, phase, epoch, 1))
                ready = self._varied(ready, vary)
        return Epoch(source=ready, prepare=_as_it_is, order=order)

    def _varied(self, ready: Dataset, vary: Variation) -> Dataset:
        assert isinstance(self.source, Dataset)
        rows = torch.randperm(self.source.size)[: max(1, round(vary.share * self.source.size))]
        made = self.prepare(vary(self.source.take(rows))).arrays()
        kept = {name: array for name, array in ready.arrays().items() if name in VARIED}
        arrays = {name: array.clone() for name, array in kept.items()}
        for name, array in arrays.items():
            array[rows] = made[name]
        return replace(ready, **arrays)


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """The samples of one epoch.

    Args:
        source: Where they are.
        prepare: What makes them ready.
        order: The rows, in their order.
    """

    source: Source
    prepare: Callable[[Dataset], Dataset]
    order: Int[Tensor, " N"]

    def batch(self, number: int, size: int) -> Batch:
        """Batch `number` of `size` samples; past the last one, the first follows again."""
        first = number % -(-len(self.order) // size) * size
        return self.prepare(self.source.take(self.order[first : first + size])).batch()


def _as_it_is(dataset: Dataset) -> Dataset:
    return dataset


def _mixed(*numbers: int) -> int:
    """One seed from several numbers, far apart for near numbers."""
    state = 0x9E3779B97F4A7C15
    for number in numbers:
        state = ((state ^ (number + 1)) * 0xBF58476D1CE4E5B9) % 2**64
        state ^= state >> 31
    return state % 2**63
