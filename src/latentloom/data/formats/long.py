"""A file whose rows are the steps of one long series."""

import numpy as np

from .store import Rows, Store


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
