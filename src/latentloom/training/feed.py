"""Feeds batches to a phase, in an order that only the seed, the phase and the epoch decide."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..core.batch import Batch, Latent
from ..data.dataset import Dataset, Source
from ..data.vary import VARIATION, Variation
from .strata import Strata

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

    @property
    def in_memory(self) -> Dataset | None:
        """The samples, ready for the parts, if they are in memory."""
        return self._ready[0] if self._ready else None

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
        order = torch.randperm(self.source.size, generator=self._random(phase, epoch))
        if not self._ready:
            if vary is not None:
                raise ValueError("vary needs samples in memory, and these are streamed")
            return Epoch(source=self.source, prepare=self.prepare, order=order)
        if vary is None:
            return Epoch(source=self._ready[0], prepare=_as_it_is, order=order)
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(_mixed(self.seed, phase, epoch, 1))
            rows = torch.randperm(self.source.size)[: round(vary.share * self.source.size)]
            source = self._varied(self._ready[0], vary, rows)
        return Epoch(source=source, prepare=_as_it_is, order=order, varied=rows)

    def stratified(
        self, made: "Epoch", strata: Strata, *, at: tuple[int, int], batch_size: int, whole: int
    ) -> "Epoch":
        """The same samples of an epoch in the order in which strata want them.

        Args:
            made: The epoch.
            strata: Which samples a batch has.
            at: Which phase of the run and which epoch of the phase it is.
            batch_size: Samples in a batch.
            whole: Steps that a signal has a multiple of, where batches are cut.

        Raises:
            ValueError: If the samples are not in memory, or do not have what is asked for.
        """
        if self.in_memory is None:
            raise ValueError("stratify needs samples in memory, and these are streamed")
        order = strata.order(self.in_memory, batch_size, self._random(*at))
        return replace(made, order=order, cut_to=whole if strata.cuts else None)

    def _random(self, phase: int, epoch: int) -> torch.Generator:
        return torch.Generator().manual_seed(_mixed(self.seed, phase, epoch))

    def _varied(self, ready: Dataset, vary: Variation, rows: Int[Tensor, " M"]) -> Dataset:
        new = self.prepare(vary(self.source.take(rows)))
        if VARIATION in new.schema.names("condition") and new.condition is not None:
            column = new.schema.index("condition", VARIATION)
            new.condition[:, column] = new.extras[VARIATION][:, 0]
        made = new.arrays()
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
        varied: The rows that are new in this epoch.
        base: What a frozen base predicts of each row, where that was worked out.
        latent: What a frozen representation makes of each row, where that was worked out.
        cut_to: Batches are cut to their longest signal, and on to a multiple of so many
            steps; not at all, if None.
    """

    source: Source
    prepare: Callable[[Dataset], Dataset]
    order: Int[Tensor, " N"]
    varied: Int[Tensor, " M"] | None = None
    base: Float[Tensor, "N T C"] | None = None
    latent: Latent | None = None
    cut_to: int | None = None

    def batch(self, number: int, size: int) -> Batch:
        """Batch `number` of `size` samples; past the last one, the first follows again."""
        first = number % -(-len(self.order) // size) * size
        rows = self.order[first : first + size]
        batch = self.prepare(self.source.take(rows)).batch()
        if self.latent is not None:
            batch = replace(batch, latent=self.latent[rows])
        batch = with_base(batch, None if self.base is None else self.base[rows])
        lengths = batch.context.lengths
        if self.cut_to is None or lengths is None or self.latent is not None:
            return batch  # what was made of whole signals is of whole signals
        return cut(batch, -(-int(lengths.max()) // self.cut_to) * self.cut_to)


def with_base(batch: Batch, base: Float[Tensor, "B T C"] | None) -> Batch:
    """The batch, its context saying what the base predicts, where that is known."""
    if base is None:
        return batch
    return replace(batch, context=replace(batch.context, base=base))


def cut(batch: Batch, steps: int) -> Batch:
    """The batch without what lies beyond the first `steps` of its signals.

    Example:
        >>> whole = Batch.of(torch.zeros(2, 9, 1), lengths=torch.tensor([3, 4]))
        >>> cut(whole, 4).values.shape
        torch.Size([2, 4, 1])
    """
    context = batch.context
    return replace(
        batch,
        values=batch.values[:, :steps],
        context=replace(
            context,
            steps=min(steps, context.steps),
            drive=None if context.drive is None else context.drive[:, :steps],
            base=None if context.base is None else context.base[:, :steps],
        ),
    )


def _as_it_is(dataset: Dataset) -> Dataset:
    return dataset


def _mixed(*numbers: int) -> int:
    """One seed from several numbers, far apart for near numbers."""
    state = 0x9E3779B97F4A7C15
    for number in numbers:
        state = ((state ^ (number + 1)) * 0xBF58476D1CE4E5B9) % 2**64
        state ^= state >> 31
    return state % 2**63
