"""NumPy archives."""

import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from ...core.errors import DataError
from ..dataset import Source
from .columns import from_plain, to_plain
from .store import Rows, Store
from .writing import fresh

SCHEMA = "schema"
CHANNELS = ("columns", "channels")  # arrays of words that name the channels of another
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError)


class NpzStore(Store):
    """The arrays of one .npz file, in memory.

    Args:
        path: The file.

    Raises:
        DataError: If it is damaged, or holds pickled objects.
    """

    def __init__(self, path: Path) -> None:
        self.source = str(path)
        self._arrays = loaded(path)
        written = self._arrays.pop(SCHEMA, None)
        own = written is not None and written.dtype.kind == "U" and written.ndim == 0
        self.schema = from_plain(self.source, json.loads(str(written))) if own else None

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {name: array.shape for name, array in self._arrays.items()}

    def read(self, name: str, rows: Rows) -> np.ndarray:
        array = self._arrays[name]
        return array[rows] if array.ndim else array[None]

    def features(self, name: str) -> tuple[str, ...] | None:
        width = self._arrays[name].shape[-1:]
        for beside in (f"{name}_{CHANNELS[0]}", *CHANNELS):
            words = self._arrays.get(beside)
            if words is not None and words.dtype.kind == "U" and words.shape == width:
                return tuple(map(str, words))
        return None


def write(source: Source, path: Path) -> None:
    """Writes samples and schema into one compressed file.

    Raises:
        DataError: If the file exists or cannot be written.
    """
    arrays = {name: array.numpy() for name, array in source.take(slice(None)).arrays().items()}
    arrays[SCHEMA] = np.array(json.dumps(to_plain(source.schema)))
    with fresh(path) as partial, partial.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def loaded(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an archive, by name.

    Raises:
        DataError: If it is damaged, or holds pickled objects.
    """
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            return {name: _array(path, file, name) for name in file.files}
    except _DAMAGE as problem:
        what = f"is cut short or damaged, write or copy it again: {problem}"
        raise DataError(str(path), what) from problem


def _array(path: Path, file: Any, name: str) -> np.ndarray:
    try:
        array = file[name]
    except ValueError as problem:
        raise DataError(
            str(path), f"array {name!r} holds pickled objects or is damaged; store it as numbers"
        ) from problem
    if not isinstance(array, np.ndarray):
        raise DataError(str(path), f"{name!r} is no array")
    return array
