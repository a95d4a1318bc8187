"""HDF5 files, read by row."""

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ...core.errors import DataError
from ..dataset import Source
from .columns import from_plain, to_plain
from .store import Rows, Store
from .writing import check_room, fresh

SCHEMA = "schema"
CHUNK = 4096
HEAD = 1 << 14  # bytes that a file has beside its arrays, at most


class Hdf5Store(Store):
    """The datasets of one HDF5 file, by their full path in it without the first slash.

    Args:
        path: The file.

    Raises:
        DataError: If it is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.source = str(path)
        try:
            self._file = h5py.File(path, "r")
        except OSError as problem:
            what = f"is cut short or damaged, write or copy it again: {problem}"
            raise DataError(self.source, what) from problem
        self._shapes: dict[str, tuple[int, ...]] = {}
        self._file.visititems(self._note)
        written = self._file.attrs.get(SCHEMA)
        self.schema = from_plain(self.source, json.loads(written)) if written else None

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return self._shapes

    def read(self, name: str, rows: Rows) -> np.ndarray:
        node: Any = self._file[name]
        try:
            array = node[rows]
        except OSError as problem:
            raise DataError(self.source, f"{name} is cut short or damaged: {problem}") from problem
        return array.astype(str) if h5py.check_string_dtype(node.dtype) else array

    def features(self, name: str) -> tuple[str, ...] | None:
        node: Any = self._file[name]
        beside = node.parent.get("names")
        if isinstance(beside, h5py.Dataset):
            return tuple(beside[()].astype(str).tolist())
        for group in (node.parent, node.parent.parent):
            if "feature_registry" in group.attrs:
                return self._registered(str(group.attrs["feature_registry"]), node.shape[-1])
        return None

    def _registered(self, text: str, count: int) -> tuple[str, ...] | None:
        """The names of a registry, if it has one for each column."""
        try:
            groups = json.loads(text)
            places = {int(at): name for names in groups.values() for name, at in names.items()}
        except (ValueError, AttributeError, TypeError) as problem:
            raise DataError(self.source, f"feature_registry cannot be read: {problem}") from None
        if sorted(places) != list(range(count)):
            return None
        return tuple(places[column] for column in range(count))

    def _note(self, name: str, node: Any) -> None:
        if isinstance(node, h5py.Dataset) and node.shape:
            self._shapes[name] = node.shape


def write(source: Source, path: Path) -> None:
    """Writes samples and schema, some thousand samples at a time, uncompressed.

    Compression would make reading by row read whole chunks.

    Raises:
        DataError: If the file exists or cannot be written.
    """
    sample = source.take(slice(0, 1)).arrays().values()
    size = HEAD + source.size * sum(array.numpy().nbytes for array in sample)
    with fresh(path) as partial:
        check_room(partial, size)  # HDF5 itself does not survive a full disk
        _write(source, partial)


def _write(source: Source, path: Path) -> None:
    with h5py.File(path, "w") as file:
        nodes: dict[str, h5py.Dataset] = {}
        file.attrs[SCHEMA] = json.dumps(to_plain(source.schema))
        for start in range(0, source.size, CHUNK):
            rows = slice(start, min(start + CHUNK, source.size))
            for name, array in source.take(rows).arrays().items():
                if name not in nodes:
                    shape = (source.size, *array.shape[1:])
                    nodes[name] = file.create_dataset(name, shape, dtype=array.numpy().dtype)
                nodes[name][rows] = array.numpy()
