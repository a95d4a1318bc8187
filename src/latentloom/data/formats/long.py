"""Files whose rows are steps: of one long series, or of many samples below one another."""

from functools import cache

import numpy as np

from ...core.errors import DataError
from .check import missing_column
from .columns import Columns, parsed
from .store import Rows, Store

OFFSETS = "offsets of samples"


class LongSeries(Store):
    """Shows the arrays of a file, of steps (x channels), as those of a single sample.

    Args:
        store: Where the arrays are.
    """

    def __init__(self, store: Store) -> None:
        self.source = store.source
        self.schema = store.schema
        self._store = store

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {name: (1, *shape) for name, shape in self._store.shapes.items()}

    def read(self, name: str, rows: Rows) -> np.ndarray:
        return self._store.read(name, slice(None))[None][rows]

    def features(self, name: str) -> tuple[str, ...] | None:
        return self._store.features(name)


class LongForm(Store):
    """Shows columns of steps, whose sample a column tells, as samples one after the other.

    Signals keep a row a step; every other column has one value in all rows of a sample, and
    is shown with a row a sample. Samples are in the order in which they first appear, and
    the steps of each in that of the file. The array `OFFSETS` says where each begins.

    Args:
        store: Where the columns are.
        columns: Their roles; `id` is the column that tells the sample.

    Raises:
        DataError: If there is no such column, or it has no rows.
    """

    def __init__(self, store: Store, columns: Columns) -> None:
        self.source = store.source
        self.schema = None
        self._store = store
        self._id = parsed(columns.id).name
        roles = (columns.quantities(role) for role in ("series", "drive"))
        self._signals = {quantity.name for quantities in roles for quantity in quantities}
        if self._id not in store.shapes:
            raise DataError(self.source, missing_column(self._id, list(store.shapes)))
        told = store.read(self._id, slice(None))
        if not len(told):
            raise DataError(self.source, "must hold at least one sample, got none")
        _, first, place = np.unique(told, return_index=True, return_inverse=True)
        rank = np.empty(len(first), dtype=np.int64)
        rank[np.argsort(first)] = np.arange(len(first))
        sample = rank[place.ravel()]
        self._order = np.argsort(sample, kind="stable")
        self._offsets = np.concatenate([[0], np.bincount(sample).cumsum()])
        self._column = cache(self._sorted)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        size = len(self._offsets) - 1
        own = self._store.shapes.items()
        shapes = {n: s if n in self._signals else (size, *s[1:]) for n, s in own}
        return shapes | {OFFSETS: self._offsets.shape}

    def read(self, name: str, rows: Rows) -> np.ndarray:
        return self._offsets[rows] if name == OFFSETS else self._column(name)[rows]

    def _sorted(self, name: str) -> np.ndarray:
        """A column with the steps of each sample together; one row of each, if it is no signal.

        Raises:
            DataError: If it is no signal, and not the same in all rows of a sample.
        """
        column = self._store.read(name, slice(None))[self._order]
        if name in self._signals:
            return column
        known = column[self._offsets[:-1]]
        first = np.repeat(known, np.diff(self._offsets), axis=0)
        moved = column != first
        if column.dtype.kind == "f":  # a value that is missing in all rows is the same in all
            moved &= ~(np.isnan(column) & np.isnan(first))
        if moved.any():
            row = int(moved.reshape(len(column), -1).any(1).argmax())
            sample = int(np.searchsorted(self._offsets, row, side="right")) - 1
            raise DataError(
                self.source,
                f"{name} must be the same in all rows of a sample, as what is known of it is, got"
                f" {known[sample]} and {column[row]} in sample {sample}",
            )
        return known
