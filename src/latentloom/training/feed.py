"""Feeds batches to a phase, in an order that only the seed, the phase and the epoch decide."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor

from ..core.batch import Batch
from ..data.dataset import Dataset, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The train split of a source, batch by batch.

    A source in memory is prepared once and then indexed; one on disk is prepared batch
    by batch.

    Args:
        source: Where the samples are.
        prepare: The fitted transforms.
        seed: Decides the order.
    """

    source: Source
    prepare: Callable[[Dataset], Dataset]
    seed: int

    @classmethod
    def of(cls, source: Source, prepare: Callable[[Dataset], Dataset], *, seed: int) -> "Feed":
        """A feed that prepares a source in memory once."""
        if isinstance(source, Dataset):
            return cls(source=prepare(source), prepare=lambda dataset: dataset, seed=seed)
        return cls(source=source, prepare=prepare, seed=seed)

    def batches(self, batch_size: int) -> int:
        """How many batches an epoch has; the last may be smaller."""
        return -(-self.source.size // batch_size)

    def order(self, phase: int, epoch: int) -> Tensor:
        """The order of the samples in one epoch."""
        generator = torch.Generator().manual_seed(_mixed(self.seed, phase, epoch))
        return torch.randperm(self.source.size, generator=generator)

    def batch(self, rows: Int[Tensor, " M"]) -> Batch:
        """The samples of some rows, ready for the parts."""
        return self.prepare(self.source.take(rows)).batch()


def _mixed(*numbers: int) -> int:
    """One seed from several numbers, far apart for near numbers."""
    state = 0x9E3779B97F4A7C15
    for number in numbers:
        state = ((state ^ (number + 1)) * 0xBF58476D1CE4E5B9) % 2**64
        state ^= state >> 31
    return state % 2**63
