"""Signals as networks see them: a batch of its own for each, with lengths."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..population import Population

_SMALL = 1e-6
BLOCK = 256  # signals of each network looked at together


@dataclass(frozen=True, slots=True)
class Seen:
    """One batch for each network.

    Args:
        values: The signals; zero where they are padding.
        lengths: How many leading steps of each are real.
    """

    values: Float[Tensor, "S B T C"]
    lengths: Int[Tensor, "S B"]

    @property
    def mask(self) -> Float[Tensor, "S B T 1"]:
        """1 where a step is real, 0 where it is padding."""
        steps = torch.arange(self.values.shape[2])
        return (steps < self.lengths[..., None])[..., None].to(self.values.dtype)


View = Callable[[Tensor], Seen]


class Plain:
    """Signals in the units they have.

    Args:
        signals: Those to look at.
    """

    def __init__(self, signals: Population) -> None:
        values = np.where(signals.mask[..., None], signals.values, 0.0).astype(np.float32)
        self.values = torch.from_numpy(values)
        self.lengths = torch.from_numpy(np.array(signals.extent, dtype=np.int64))

    def __call__(self, rows: Int[Tensor, "S B"]) -> Seen:
        steps, width = self.values.shape[1:]
        drawn = self.values.flatten(1).index_select(0, rows.flatten())
        return Seen(drawn.view(*rows.shape, steps, width), self.lengths[rows])


class Standardised:
    """Signals with zero mean and unit deviation in every channel, by what each network fits.

    Args:
        signals: Those to look at.
        fits: Which of them each network learns from.
    """

    def __init__(self, signals: Population, fits: Sequence[Int[np.ndarray, " _"]]) -> None:
        self.plain = Plain(signals)
        learned = [moments(signals.take(rows)) for rows in fits]
        self.shift, self.scale = (
            torch.from_numpy(np.stack(m).astype(np.float32))[:, None, None]
            for m in zip(*learned, strict=True)
        )

    def __call__(self, rows: Int[Tensor, "S B"]) -> Seen:
        seen = self.plain(rows)
        return Seen((seen.values - self.shift) / self.scale * seen.mask, seen.lengths)


def with_changes(signals: Population) -> Population:
    """Signals and beside them their changes from the step before, as more channels.

    What is known does not grow, but it is seen: where a signal travels far, as a path does, the
    change of one step is lost in the units of the whole. The first step has none.

    Example:
        >>> with_changes(Population(values=np.array([[[1.0], [4.0]]]))).values.tolist()
        [[[1.0, 0.0], [4.0, 3.0]]]
    """
    values = np.where(signals.mask[..., None], signals.values, 0.0)
    change = np.diff(values, axis=1, prepend=values[:, :1]) * signals.mask[..., None]
    both = np.concatenate([values, change], -1)
    return Population(values=both, lengths=signals.lengths, group=signals.group)


def padded(
    rows: Sequence[Int[np.ndarray, " _"]],
) -> Iterator[tuple[Int[Tensor, "S B"], Float[Tensor, "S B"]]]:
    """All rows of all networks in blocks, and 1 where a row is one and not a filling."""
    most = max(len(row) for row in rows)
    table = np.zeros((len(rows), most), dtype=np.int64)
    there = np.zeros((len(rows), most), dtype=np.float32)
    for i, row in enumerate(rows):
        table[i, : len(row)], there[i, : len(row)] = row, 1
    for start in range(0, most, BLOCK):
        block = slice(start, start + BLOCK)
        yield torch.from_numpy(table[:, block]), torch.from_numpy(there[:, block])


def moments(signals: Population) -> tuple[Float[np.ndarray, " C"], Float[np.ndarray, " C"]]:
    """Mean and deviation of the real steps of each channel; 1 for what does not vary."""
    real = signals.values[signals.mask].astype(float)
    shift, scale = real.mean(0), real.std(0)
    return shift, np.where(scale > _SMALL * np.maximum(np.abs(shift), _SMALL), scale, 1.0)
