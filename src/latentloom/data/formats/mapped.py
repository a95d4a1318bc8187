"""The samples of somebody else's file, whose arrays the user gives their roles."""

import hashlib
from collections.abc import Callable
from functools import cached_property

import numpy as np
from torch import Tensor

from ...core.errors import DataError
from ..dataset import Quantity, Schema
from .channels import channel_called, channel_names
from .check import check_digits, missing_column
from .columns import Columns, parsed
from .families import chosen
from .records import Array, Missing, Records, padded, tensor
from .store import Rows, Store
from .within import moving

_AT_ONCE = 512  # samples that are looked through at a time


class MappedRecords(Records):
    """The samples of a file of plain arrays.

    Args:
        store: Where the arrays are.
        columns: Their roles.
        missing: Whether values that are not finite are refused or allowed.

    Raises:
        DataError: If an array is missing or has a size that does not fit.
    """

    def __init__(self, store: Store, columns: Columns, missing: Missing) -> None:
        self.source = store.source
        self.missing = missing
        self.columns = columns
        self._store = store
        self._families = chosen(store, columns.families)
        self._size = self._common_size()
        channels = self._channels("series")
        left = {parsed(text).name for text in columns.leave_out}
        read = [place for place, quantity in enumerate(channels) if quantity.name not in left]
        self._read_channels = read if len(read) < len(channels) else None
        series = tuple(channels[place] for place in read)
        self._held: Array | None = None
        held: tuple[Quantity, ...] = ()
        if columns.constants == "conditions" and series:
            constant, first = self._constants(len(series))
            if constant.any() and not constant.all():
                places = np.flatnonzero(~constant)
                self._read_channels = [read[place] for place in places]
                self._held = first[:, constant]
                held = tuple(series[place] for place in np.flatnonzero(constant))
                series = tuple(series[place] for place in places)
        self._schema = Schema(
            series=series,
            drive=self._channels("drive"),
            condition=self._channels("condition", rank=1) + self._label + held,
            categories={name: tuple(map(str, names)) for name, names in self._categories.items()},
            periodic=self.columns.periodic,
            families={family.name: family.features for family in self._families},
        )

    @property
    def schema(self) -> Schema:
        return self._schema

    @property
    def size(self) -> int:
        return self._size

    def _common_size(self) -> int:
        if self.columns.offsets:
            return len(self._checked_offsets()) - 1
        sizes = {name: self._shape(name)[0] for name in self._used}
        if len(set(sizes.values())) > 1:
            raise DataError(
                self.source,
                f"its arrays differ in their samples: {sizes}; each must have a row for each"
                " sample",
            )
        if 0 in sizes.values():
            raise DataError(self.source, "must hold at least one sample, got none")
        return next(iter(sizes.values()), 0)

    def arrays(self, rows: Rows, *, signals: bool) -> dict[str, Tensor]:
        arrays: dict[str, Tensor | None] = {
            "condition": self._condition(rows),
            "group": self._group(rows),
            "lengths": self._lengths(rows),
        }
        if signals:
            for role in ("series", "drive"):
                arrays[role] = self._signal(role, rows, arrays["lengths"])
            for family in self._families:
                arrays[f"families/{family.name}"] = tensor(family.read(self._store, rows))
        for name in (quantity.name for quantity in self.columns.quantities("extras")):
            if signals or self._shape(name)[1:] in ((), (1,)):
                array = self._read(name, rows)
                arrays[f"extras/{name}"] = tensor(array.reshape(len(array), -1))
        return {name: array for name, array in arrays.items() if array is not None}

    def _signal(self, role: str, rows: Rows, lengths: Tensor | None) -> Tensor | None:
        names = [quantity.name for quantity in self.columns.quantities(role)]
        parts = [self._stretch(name, rows) for name in names]
        if not parts:
            return None
        steps = {name: part.shape[1] for name, part in zip(names, parts, strict=True)}
        if len(set(steps.values())) > 1:
            raise DataError(self.source, f"its signals differ in their steps: {steps}")
        whole = np.concatenate(parts, -1)
        channels = [quantity.name for quantity in self._channels(role)]
        if role == "series" and self._read_channels is not None:
            whole = whole[..., self._read_channels]
            channels = [channels[place] for place in self._read_channels]
        ends = [whole.shape[1]] * len(whole) if lengths is None else lengths.tolist()
        own = (sample[:end] for sample, end in zip(whole, ends, strict=True))
        check_digits(self.source, channels, own)
        return tensor(whole)

    def _constants(self, count: int) -> tuple[Array, Array]:
        """Which channels are constant within every sample, and the first step of each sample."""
        constant, first = np.ones(count, bool), np.zeros((self.size, count))
        for start in range(0, self.size, _AT_ONCE):
            rows = slice(start, min(start + _AT_ONCE, self.size))
            lengths = self._lengths(rows)
            signal = self._signal("series", rows, lengths)
            assert signal is not None
            first[rows] = signal[:, 0].numpy()
            ends = None if lengths is None else lengths.numpy()
            constant &= ~moving(signal.numpy(), ends).any(0)
        return constant, first

    def _stretch(self, name: str, rows: Rows) -> Array:
        """Samples x steps x channels of one array."""
        offsets = self._offsets
        if offsets is None:
            array = self._read(name, rows)
        else:
            picked = np.arange(self.size)[rows]
            read = self._reader(name)
            pieces = [read(slice(offsets[i], offsets[i + 1])) for i in picked]
            array = padded(pieces, int(np.diff(offsets).max(initial=0)))
        if array.dtype.kind not in "biuf":
            raise DataError(self.source, f"{name} must be real numbers, got {array.dtype}")
        if array.ndim not in (2, 3):
            raise DataError(
                self.source,
                f"{name} must be samples x steps (x channels), got shape {self._shape(name)}",
            )
        return array.reshape(*array.shape[:2], -1)

    def _checked_offsets(self) -> Array:
        """The offsets, which rise from 0 to the end of every signal."""
        name, offsets = self.columns.offsets, self._offsets
        assert offsets is not None
        falls = np.flatnonzero(np.diff(offsets) < 0)
        if len(offsets) < 2 or offsets[0] != 0 or len(falls):
            where = f", falls at sample {falls[0]}" if len(falls) else ""
            problem = f"{name} must rise from 0, a number more than there are samples, got"
            raise DataError(self.source, f"{problem} {len(offsets)} from {offsets[:1]}{where}")
        for quantity in self.columns.quantities("series") + self.columns.quantities("drive"):
            rows = self._shape(quantity.name)[0]
            if rows != offsets[-1]:
                problem = f"{quantity.name} must have {offsets[-1]} rows, where {name} ends"
                raise DataError(self.source, f"{problem}, got {rows}")
        return offsets

    @cached_property
    def _offsets(self) -> Array | None:
        name = self.columns.offsets
        return self._read(name, slice(None)).astype(np.int64) if name else None

    def _lengths(self, rows: Rows) -> Tensor | None:
        if self.columns.lengths:
            return tensor(self._read(self.columns.lengths, rows), whole=True)
        if self._offsets is not None:
            return tensor(np.diff(self._offsets)[rows], whole=True)
        signals = self.columns.quantities("series") + self.columns.quantities("drive")
        known = [self._store.lengths(self._array(quantity.name)) for quantity in signals]
        return tensor(known[0][rows], whole=True) if known and known[0] is not None else None

    def _condition(self, rows: Rows) -> Tensor | None:
        quantities = self.columns.quantities("condition") + self._label
        parts = [self._scalar(quantity.name, rows) for quantity in quantities]
        parts += [] if self._held is None else [self._held[rows]]
        return tensor(np.concatenate(parts, -1)) if parts else None

    def _scalar(self, name: str, rows: Rows) -> Array:
        if self._is_channel(name):
            return self._one_of_each(name, rows)[:, None]
        array = self._read(name, rows)
        if name == self.columns.label and self.columns.label_names:
            return self._numbered(array)[:, None]
        if name in self._categories:
            return np.searchsorted(self._categories[name], array)[:, None]
        if array.ndim > 2:
            raise DataError(
                self.source, f"condition {name} must be scalars, got {self._shape(name)}"
            )
        return array.reshape(len(array), -1)

    def _numbered(self, array: Array) -> Array:
        """Labels that are numbers of their names."""
        names = self._read(self.columns.label_names, slice(None))
        wrong = (array != np.round(array)) | (array < 0) | (array >= len(names))
        if wrong.any():
            problem = f"must be numbers from 0 to {len(names) - 1}, got {array[wrong][0]:g}"
            raise DataError(
                self.source,
                f"{self.columns.label} {problem}; {self.columns.label_names} has {len(names)}",
            )
        return array

    def _is_channel(self, name: str) -> bool:
        """Whether a condition is a channel of a signal, which has one value in each sample."""
        if channel_called(self._store, name) is None:
            return False
        shape = self._shape(name)
        return len(shape) > 1 or (bool(self.columns.offsets) and shape != (self.size,))

    def _one_of_each(self, name: str, rows: Rows) -> Array:
        """The value that a channel has in all steps of a sample, for each sample."""
        values, lengths = self._stretch(name, rows)[..., 0], self._lengths(rows)
        ends = None if lengths is None else lengths.numpy()
        moves = moving(values[..., None], ends)[:, 0]
        if moves.any():
            sample = int(np.arange(self.size)[rows][moves.argmax()])
            problem = f"{name} must be the same in all steps, as a condition is, and moves in"
            raise DataError(self.source, f"{problem} sample {sample}")
        return values[:, 0]

    @cached_property
    def _label(self) -> tuple[Quantity, ...]:
        label = self.columns.label
        return (parsed(label),) if label else ()

    @cached_property
    def _categories(self) -> dict[str, Array]:
        """The distinct values of each condition that is a label, in rising order."""
        found: dict[str, Array] = {}
        for quantity in self.columns.quantities("condition") + self._label:
            labels = quantity in self._label
            if labels and self.columns.label_names:
                found[quantity.name] = self._read(self.columns.label_names, slice(None))
                continue
            array = self._read(quantity.name, slice(None) if labels else slice(0, 1))
            if labels or array.dtype.kind in "USO":
                found[quantity.name] = np.unique(self._read(quantity.name, slice(None)))
        return found

    def _group(self, rows: Rows) -> Tensor | None:
        if not self.columns.group:
            return None
        array = self._read(parsed(self.columns.group).name, rows)
        if array.dtype.kind not in "iub":
            array = np.array([group_number(value) for value in array.tolist()], dtype=np.int64)
        return tensor(array, whole=True)

    def _channels(self, role: str, rank: int = 2) -> tuple[Quantity, ...]:
        """The quantities of a role, those with several channels numbered."""
        rank -= bool(self.columns.offsets) and role != "condition"
        found: list[Quantity] = []
        for quantity in self.columns.quantities(role):
            shape = self._shape(quantity.name)
            if len(shape) <= rank or (role == "condition" and self._is_channel(quantity.name)):
                found.append(quantity)
            else:
                own = map(parsed, channel_names(self._store, quantity.name))
                found.extend(Quantity(q.name, q.unit or quantity.unit) for q in own)
        return tuple(found)

    @property
    def _used(self) -> list[str]:
        """The arrays that are read."""
        roles = ("series", "drive", "condition", "extras")
        names = [quantity.name for role in roles for quantity in self.columns.quantities(role)]
        names += [name for family in self._families for name in family.arrays]
        single = (self.columns.label, self.columns.group, self.columns.lengths)
        return names + [parsed(text).name for text in single if text]

    def _array(self, name: str) -> str:
        """The array that is called so, or that has a channel of this name.

        Raises:
            DataError: If there is none.
        """
        if name in self._store.shapes:
            return name
        channel = channel_called(self._store, name)
        if channel is None:
            raise DataError(self.source, missing_column(name, list(self._store.shapes)))
        return channel[0]

    def _shape(self, name: str) -> tuple[int, ...]:
        array = self._array(name)
        shape = self._store.shapes[array]
        return shape if array == name else shape[:-1]

    def _read(self, name: str, rows: Rows) -> Array:
        return self._reader(name)(rows)

    def _reader(self, name: str) -> Callable[[Rows], Array]:
        """Reads rows of what is called so; where it lies is looked up once for all of them."""
        array, channel = self._array(name), channel_called(self._store, name)

        def read(rows: Rows) -> Array:
            found = self._store.read(array, rows)
            return found if channel is None else found[..., channel[1]]

        return read


def group_number(value: object) -> int:
    """A whole number that is the same for equal values in every file; itself, if it is one."""
    text = str(value)
    if text.isdecimal():
        return int(text)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=7).digest(), "big")
