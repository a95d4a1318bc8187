"""N samples as named arrays, with their names and units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..core.batch import Batch, Context


@dataclass(frozen=True, slots=True)
class Quantity:
    """A named quantity and its unit; the unit is "" where none is known.

    Args:
        name: A name without blanks, such as "voltage".
        unit: A unit symbol, such as "V".
    """

    name: str
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.name} [{self.unit}]" if self.unit else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """What the columns of a dataset mean.

    Args:
        series: The channels of the signal.
        drive: The channels of the signal that conditions it.
        condition: The scalars known of each sample.
        categories: The names behind each condition that is a label: such a condition
            holds the index of a name.
        periodic: Whether a signal covers one period, its last step followed by its first.
        families: The features of each family, where they have names.
        spans: Runs of channels of the signal that belong together, in the order of the
            channels: each name with how many channels it has. Empty where none are set
            apart; else every channel is in one.
        start: How many leading steps of a signal are known before the others are made.
    """

    series: tuple[Quantity, ...] = ()
    drive: tuple[Quantity, ...] = ()
    condition: tuple[Quantity, ...] = ()
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    periodic: bool = False
    families: Mapping[str, tuple[Quantity, ...]] = field(
        default_factory=dict[str, tuple[Quantity, ...]]
    )
    spans: Mapping[str, int] = field(default_factory=dict[str, int])
    start: int = 0

    def index(self, array: str, name: str) -> int:
        """Where a quantity stands in one of the arrays.

        Raises:
            KeyError: If it is not there.
        """
        names = self.names(array)
        if name not in names:
            raise KeyError(f"{array} has no {name!r}; it has {list(names)}")
        return names.index(name)

    def names(self, array: str) -> tuple[str, ...]:
        """The names of the quantities of `series`, `drive` or `condition`."""
        return tuple(quantity.name for quantity in getattr(self, array))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Samples in memory, indexed and never re-collated.

    All arrays are float32 tensors on the CPU; padding, where lengths differ, is zero.

    Args:
        schema: What the columns mean.
        series: The signals.
        lengths: How many leading steps of each are real; all of them if None.
        drive: The dense signals that condition them.
        condition: The scalars known of each sample.
        families: Feature families, by name: a row of features for each sample, or a row
            at each of its time steps.
        extras: What is recorded with each sample and shown to no part, such as the truth
            behind a simulation or a mark that a sample is held out.
        group: Samples of equal group must stay together in a split.
    """

    schema: Schema
    series: Float[Tensor, "N T C"] | None = None
    lengths: Int[Tensor, " N"] | None = None
    drive: Float[Tensor, "N T E"] | None = None
    condition: Float[Tensor, "N F"] | None = None
    families: Mapping[str, Float[Tensor, "N ..."]] = field(default_factory=dict[str, Tensor])
    extras: Mapping[str, Float[Tensor, "N _"]] = field(default_factory=dict[str, Tensor])
    group: Int[Tensor, " N"] | None = None

    @property
    def size(self) -> int:
        """How many samples there are."""
        return len(next(iter(self.arrays().values()), ()))

    @property
    def steps(self) -> int:
        """The padded length in time steps; 0 without signals."""
        signal = self.series if self.series is not None else self.drive
        return 0 if signal is None else signal.shape[1]

    def arrays(self) -> dict[str, Tensor]:
        """The arrays that are there, by name; `families/NAME` and `extras/NAME` for those."""
        names = ("series", "lengths", "drive", "condition", "group")
        arrays = {name: getattr(self, name) for name in names}
        for kind in ("families", "extras"):
            arrays |= {f"{kind}/{name}": array for name, array in getattr(self, kind).items()}
        return {name: array for name, array in arrays.items() if array is not None}

    @classmethod
    def of(cls, schema: Schema, arrays: Mapping[str, Tensor]) -> Dataset:
        """The dataset whose `arrays()` these are."""
        plain = {name: array for name, array in arrays.items() if "/" not in name}
        inner: dict[str, dict[str, Tensor]] = {"families": {}, "extras": {}}
        for name, array in arrays.items():
            if name not in plain:
                kind, _, key = name.partition("/")
                inner[kind][key] = array
        return cls(schema=schema, families=inner["families"], extras=inner["extras"], **plain)

    def take(self, rows: Int[Tensor, " M"] | Sequence[int] | slice) -> Dataset:
        """Some of the samples."""
        index = rows if isinstance(rows, slice) else torch.as_tensor(rows, dtype=torch.long)
        picked = {name: array[index] for name, array in self.arrays().items()}
        return Dataset.of(self.schema, picked)

    def repeated(self, times: int) -> Dataset:
        """Each sample so many times in a row."""
        return self.take(torch.arange(self.size).repeat_interleave(times))

    def outline(self) -> Dataset:
        """All samples by their scalars only: what a split may look at."""
        extras = {name: extra for name, extra in self.extras.items() if extra.shape[1] == 1}
        return replace(self, series=None, drive=None, families={}, extras=extras)

    def context(self) -> Context:
        """What is known about the samples before they are made."""
        return Context(
            size=self.size,
            steps=self.steps,
            lengths=self.lengths,
            drive=self.drive,
            condition=self.condition,
            start=self.start,
        )

    @property
    def start(self) -> Float[Tensor, "N P C"] | None:
        """The steps of the signals that are known before the others; None if there are none."""
        known = self.schema.start
        return self.series[:, :known] if known and self.series is not None else None

    def batch(self) -> Batch:
        """The samples as the parts read them.

        Raises:
            ValueError: If there are no signals.
        """
        if self.series is None:
            raise ValueError("a batch needs series, and this dataset has none")
        return Batch(values=self.series, context=self.context())

    def chunks(self, size: int) -> Iterator[Dataset]:
        """The samples in order, `size` at a time."""
        for start in range(0, self.size, size):
            yield self.take(slice(start, start + size))


@runtime_checkable
class Source(Protocol):
    """Where samples come from: a `Dataset` in memory, or a file that is read as needed."""

    @property
    def schema(self) -> Schema: ...
    @property
    def size(self) -> int: ...
    @property
    def steps(self) -> int: ...
    def take(self, rows: Int[Tensor, " M"] | Sequence[int] | slice) -> Dataset: ...
    def outline(self) -> Dataset: ...
