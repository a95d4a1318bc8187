"""The samples of a file that knows its schema, and what all such readers share."""

import abc
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from ...core.errors import DataError
from ...core.names import nearest
from ..dataset import Dataset, Schema
from .check import check_finite
from .store import Rows, Store

Array = np.ndarray
FAMILY = "families/"
Missing = Literal["refuse", "allow"]


class Records(abc.ABC):
    """Makes datasets of the rows of a file.

    Attributes:
        source: The file.
        missing: Whether values that are not finite are refused or allowed.
    """

    source: str
    missing: Missing

    @property
    @abc.abstractmethod
    def schema(self) -> Schema:
        """What the columns mean."""

    @property
    @abc.abstractmethod
    def size(self) -> int:
        """How many samples there are."""

    @abc.abstractmethod
    def arrays(self, rows: Rows, *, signals: bool) -> dict[str, Tensor]:
        """The arrays of some rows, as `Dataset.arrays` names them."""

    def take(self, rows: Rows, *, signals: bool = True) -> Dataset:
        """Some rows as a dataset.

        Args:
            rows: Which samples, by a slice or by rising numbers.
            signals: Whether to read series, drive, families and wide extras too.

        Raises:
            DataError: If arrays do not fit, or hold values that are refused.
        """
        dataset = Dataset.of(self.schema, self.arrays(rows, signals=signals))
        if self.missing == "refuse":
            check_finite(self.source, dataset, np.arange(self.size)[rows])
        return dataset


class OwnRecords(Records):
    """The samples of a file that was written here.

    Args:
        store: Where the arrays are.
        schema: What the file says of itself.
        missing: Whether values that are not finite are refused or allowed.
        families: The families that are read; all of them if empty.

    Raises:
        DataError: If the arrays are not those that the schema tells of, or a family is not
            there.
    """

    def __init__(
        self, store: Store, schema: Schema, missing: Missing, families: Sequence[str] = ()
    ) -> None:
        self.source = store.source
        self.missing = missing
        self._store = store
        for role in ("series", "drive", "condition"):
            names, shape = schema.names(role), store.shapes.get(role)
            if shape is not None and shape[-1] != len(names):
                raise DataError(self.source, f"{role} must be {list(names)}, got shape {shape}")
        sizes = {name: shape[0] for name, shape in store.shapes.items()}
        if len(set(sizes.values())) > 1:
            raise DataError(self.source, f"its arrays differ in their samples: {sizes}")
        known = [name.removeprefix(FAMILY) for name in store.shapes if name.startswith(FAMILY)]
        for name in families:
            if name not in known:
                problem = f"has no family {name!r}, it has {known}{nearest(name, known)}"
                raise DataError(self.source, problem)
        left = set(known).difference(families) if families else set[str]()
        self._unread = {f"{FAMILY}{name}" for name in left}
        named = {name: own for name, own in schema.families.items() if name not in left}
        self._schema = replace(schema, families=named)

    @property
    def schema(self) -> Schema:
        return self._schema

    @property
    def size(self) -> int:
        return next(iter(self._store.shapes.values()), (0,))[0]

    def arrays(self, rows: Rows, *, signals: bool) -> dict[str, Tensor]:
        shapes = self._store.shapes
        wanted = [name for name, shape in shapes.items() if signals or not _heavy(name, shape)]
        wanted = [name for name in wanted if name not in self._unread]
        return {
            name: tensor(self._store.read(name, rows), whole=name in ("lengths", "group"))
            for name in wanted
        }


def padded(pieces: Sequence[Array], steps: int) -> Array:
    """Pieces of steps (x channels) under one another, zero after their ends."""
    trailing = pieces[0].shape[1:] if pieces else ()
    kind = np.result_type(*{piece.dtype for piece in pieces} or {np.dtype(np.float32)})
    table = np.zeros((len(pieces), steps, *trailing), dtype=kind)
    for row, piece in zip(table, pieces, strict=True):
        row[: len(piece)] = piece
    return table


def tensor(array: Array, *, whole: bool = False) -> Tensor:
    """An array as float32, or as whole numbers."""
    kind = np.int64 if whole else np.float32
    return torch.from_numpy(np.require(array, kind, ["C", "W"]))


def _heavy(name: str, shape: tuple[int, ...]) -> bool:
    """Whether an array grows with the length of the signals."""
    kind, _, _ = name.partition("/")
    return kind in ("series", "drive", "families") or (kind == "extras" and shape[1:] != (1,))
