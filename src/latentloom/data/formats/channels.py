"""The channels of wide arrays, by name."""

from collections.abc import Mapping

import numpy as np

from ...core.errors import DataError
from .check import missing_column
from .columns import parsed
from .store import Rows, Store


class NamedChannels(Store):
    """Shows a file with names for the channels of arrays that it does not name itself.

    Args:
        store: Where the arrays are.
        channels: The names, each `name` or `name [unit]`, by array.

    Raises:
        DataError: If there is no such array, or it has another number of channels.
    """

    def __init__(self, store: Store, channels: Mapping[str, tuple[str, ...]]) -> None:
        for array, names in channels.items():
            shape = store.shapes.get(array)
            if shape is None:
                raise DataError(store.source, missing_column(array, list(store.shapes)))
            if shape[-1] != len(names) or len(shape) < 2:
                problem = f"{array} must have a name for each channel, got {list(names)}"
                raise DataError(store.source, f"{problem} for an array of shape {shape}")
        self.source = store.source
        self.schema = store.schema
        self._store = store
        self._channels = channels

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return self._store.shapes

    def read(self, name: str, rows: Rows) -> np.ndarray:
        return self._store.read(name, rows)

    def lengths(self, name: str) -> np.ndarray | None:
        return self._store.lengths(name)

    def features(self, name: str) -> tuple[str, ...] | None:
        own = self._channels.get(name)
        return self._store.features(name) if own is None else tuple(own)


def channel_names(store: Store, array: str) -> tuple[str, ...]:
    """What the channels of an array are called, each `name` or `name [unit]`.

    They have the names that the file gives them, if it gives each its own; else they are
    numbered, `ARRAY_0`, `ARRAY_1` and so on.
    """
    count = store.shapes[array][-1]
    names = store.features(array) or ()
    try:
        plain = {parsed(name).name for name in names}
    except ValueError:
        plain = set[str]()
    if len(names) == len(plain) == count:
        return names
    return tuple(f"{array}_{channel}" for channel in range(count))


def channel_called(store: Store, name: str) -> tuple[str, int] | None:
    """The array that has a channel of this name, and which of its channels it is.

    Returns:
        None if there is no such channel, or an array itself is called so.
    """
    if name in store.shapes:
        return None
    base, _, number = name.rpartition("_")
    shape = store.shapes.get(base, ())
    if number.isdecimal() and len(shape) > 1 and int(number) < shape[-1]:
        return base, int(number)
    for array, shape in store.shapes.items():
        if len(shape) > 1 and store.features(array):
            names = [parsed(text).name for text in channel_names(store, array)]
            if name in names:
                return array, names.index(name)
    return None
