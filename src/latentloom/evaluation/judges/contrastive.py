"""Encoders that learn what a real signal is by telling its views from those of others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from ..population import Population
from .contrast import hierarchical_contrast
from .dilated import DilatedNetworks

BATCH = 8
RATE = 1e-3
HIDDEN = 0.5  # share of the time steps that a view does not see
DROPOUT = 0.1
LONGEST = 256  # steps of the stretch that views are cropped from
SMALL = 100_000  # numbers that are learned from in 200 steps; more take 600
_CELLS = 3_000_000  # numbers that an encoding holds at a time


class Encoders:
    """TS2Vec encoders, one a seed, that were fitted on the same signals.

    Args:
        networks: The networks, with the mean of their weights over all training steps.
        count: How many they are.
        dimensions: Numbers a signal that each makes.
        steps: Steps of the longest signal that they can read.
    """

    def __init__(
        self, networks: DilatedNetworks, *, count: int, dimensions: int, steps: int
    ) -> None:
        self.networks = networks.eval()
        self.count = count
        self.dimensions = dimensions
        self.steps = steps

    @torch.inference_mode()
    def encode(self, signals: Population) -> Float[np.ndarray, "S N D"]:
        """Each signal as the largest of its steps' vectors, per dimension, by each encoder.

        Raises:
            ValueError: If a signal is longer than those that the encoders were made for.
        """
        if signals.extent.max() > self.steps:
            raise ValueError(
                f"signals must have at most the {self.steps} steps that the encoders were made"
                f" for, got {signals.extent.max()}"
            )
        result = np.empty((self.count, signals.size, self.dimensions), dtype=np.float32)
        order = np.argsort(signals.extent, kind="stable")
        longest = int(signals.extent.max())
        rows = max(1, _CELLS // (self.count * longest * self.dimensions))
        for start in range(0, signals.size, rows):
            some = order[start : start + rows]
            result[:, some] = self._encoded(signals.take(some)).numpy()
        return result

    def _encoded(self, signals: Population) -> Float[Tensor, "S B D"]:
        lengths = signals.extent
        longest = int(lengths.max())
        known = signals.mask[:, :longest, None]
        values = np.where(known, signals.values[:, :longest], 0).astype(np.float32)
        x = torch.from_numpy(np.ascontiguousarray(values.swapaxes(0, 1)))
        x = x.expand(self.count, -1, -1, -1)
        if lengths.min() == longest:
            return self.networks(x, seen=None, real=None).amax(1)
        real = torch.from_numpy(known.swapaxes(0, 1).copy())[None]
        z = self.networks(x, seen=None, real=real)
        return z.masked_fill(~real, -torch.inf).amax(1)


def fit_encoders(
    signals: Population,
    *,
    seeds: Sequence[int],
    dimensions: int = 320,
    steps: int | None = None,
    longest: int | None = None,
) -> Encoders:
    """Fits one TS2Vec encoder a seed, all in one batched pass.

    Two crops of each signal that overlap, each with half of its steps hidden, must be told
    from other signals and other steps where they overlap. Encoders that are fitted together
    share the lengths of their crops; weights, batches, hidden steps and the places of crops
    are each encoder's own, so that one alone learns what it learns among others. The order
    of the signals does not matter. Crops come from stretches of at most 256 steps.

    Args:
        signals: What to learn from.
        seeds: The seed of each encoder.
        dimensions: Numbers a signal that each makes.
        steps: Training steps; 200 for at most 100 000 values, else 600, if None.
        longest: Steps of the longest signal that will be encoded; that of `signals` if None.

    Raises:
        ValueError: If there are fewer than 2 signals, or none has 2 time steps.

    Example:
        >>> waves = np.random.default_rng(0).normal(size=(9, 16, 2)).astype(np.float32)
        >>> waves = Population(values=waves)
        >>> encoders = fit_encoders(waves, seeds=[0, 1], dimensions=32, steps=2)
        >>> encoders.encode(waves).shape
        (2, 9, 32)

    References:
        TS2Vec: Towards Universal Representation of Time Series (Yue et al., 2022),
        https://arxiv.org/abs/2106.10466, and its code for the settings.
    """
    if signals.size < 2 or signals.extent.max() < 2:
        raise ValueError(
            "encoders must learn from at least 2 signals of at least 2 time steps, got"
            f" {signals.size} of at most {signals.extent.max()}"
        )
    if steps is None:
        steps = 200 if signals.extent.sum() * signals.width <= SMALL else 600
    longest = max(longest or 0, int(signals.extent.max()))
    randoms = [torch.Generator().manual_seed(seed) for seed in seeds]
    networks = DilatedNetworks(
        signals.width, dimensions=dimensions, steps=longest, randoms=randoms
    )
    averaged = AveragedModel(networks)
    averaged.update_parameters(networks)  # the first weights count once
    optimizer = torch.optim.AdamW(networks.parameters(), lr=RATE, fused=True)
    source = _Source(signals, seeds)
    views = _Views(int(signals.extent.max()), seed=seeds[0])
    for _ in range(steps):
        loss = _loss(networks, source, views.draw(), randoms)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        averaged.update_parameters(networks)
    mean = cast(DilatedNetworks, averaged.module)
    return Encoders(mean, count=len(seeds), dimensions=dimensions, steps=longest)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Crops:
    """Two stretches of time that overlap: [first, right) and [left, last), from 0."""

    left: int
    right: int
    last: int

    @property
    def shared(self) -> int:
        return self.right - self.left


class _Views:
    """Draws crops. Lengths come from a stream of their own, the same for every encoder."""

    def __init__(self, steps: int, *, seed: int) -> None:
        self.steps = min(steps, LONGEST)
        self.random = np.random.default_rng(seed)

    def draw(self) -> _Crops:
        shared = self.random.integers(2, self.steps + 1)
        left = self.random.integers(self.steps - shared + 1)
        right = left + shared
        first = self.random.integers(left + 1)
        last = self.random.integers(right, self.steps + 1)
        return _Crops(left=int(left - first), right=int(right - first), last=int(last - first))


class _Source:
    """Hands each encoder its batches, from epochs in its own order."""

    def __init__(self, signals: Population, seeds: Sequence[int]) -> None:
        order = _canonical(signals)
        self.values = torch.from_numpy(
            np.where(signals.mask[..., None], signals.values, 0)[order].astype(np.float32)
        )
        self.lengths = torch.from_numpy(signals.extent[order].astype(np.int64))
        self.ragged = bool((self.lengths != self.lengths.max()).any())
        self.randoms = [np.random.default_rng(seed) for seed in seeds]
        self.epochs = [_batches(len(order), random) for random in self.randoms]

    def draw(self, extent: int) -> tuple[Float[Tensor, "S T B C"], Bool[Tensor, "S T B"]]:
        """Stretches of `extent` steps, and which of their steps are real."""
        rows = torch.from_numpy(np.stack([next(epoch) for epoch in self.epochs]))
        lengths = self.lengths[rows]
        room = (lengths - extent).clamp(min=0).numpy() + 1
        pairs = zip(self.randoms, room, strict=True)
        starts = torch.from_numpy(np.stack([random.integers(each) for random, each in pairs]))
        steps = starts[:, None] + torch.arange(extent)[:, None]
        real = steps < lengths[:, None]
        return self.values[rows[:, None], steps.clamp(max=self.values.shape[1] - 1)], real


def _canonical(signals: Population) -> Int[np.ndarray, " N"]:
    """An order of the signals that does not depend on the order they came in."""
    flat = np.where(signals.mask[..., None], signals.values, 0)[:, : signals.extent.max()]
    flat = flat.reshape(signals.size, -1).astype(float)
    along = np.random.default_rng(0).normal(size=flat.shape[1])
    return np.lexsort(((flat * along).sum(1), signals.extent))


def _batches(size: int, random: np.random.Generator) -> Iterator[Int[np.ndarray, " B"]]:
    batch = min(BATCH, size)
    while True:
        order = random.permutation(size)
        for start in range(0, size - batch + 1, batch):
            yield order[start : start + batch]


def _loss(
    networks: DilatedNetworks,
    source: _Source,
    crops: _Crops,
    randoms: Sequence[torch.Generator],
) -> Float[Tensor, ""]:
    x, real = source.draw(crops.last)
    early, late = slice(0, crops.right), slice(crops.left, crops.last)
    views = [_view(networks, x[:, part], real[:, part], source, randoms) for part in (early, late)]
    shared = real[:, crops.left : crops.right]
    one, other = views[0][:, -crops.shared :], views[1][:, : crops.shared]
    return hierarchical_contrast(one, other, shared).sum()


def _view(
    networks: DilatedNetworks,
    x: Float[Tensor, "S T B C"],
    real: Bool[Tensor, "S T B"],
    source: _Source,
    randoms: Sequence[torch.Generator],
) -> Float[Tensor, "S T B D"]:
    seen = _drawn((*real.shape[1:], 1), 1 - HIDDEN, randoms)
    z = networks(x, seen=seen, real=real[..., None] if source.ragged else None)
    kept = _drawn(z.shape[1:], 1 - DROPOUT, randoms)
    return z * kept / (1 - DROPOUT)


def _drawn(
    shape: Sequence[int], share: float, randoms: Sequence[torch.Generator]
) -> Bool[Tensor, "S ..."]:
    """True in about this share of the cells, drawn by each encoder's own generator."""
    return torch.stack([torch.rand(*shape, generator=random) < share for random in randoms])
