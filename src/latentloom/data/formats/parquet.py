"""Parquet files: one row a sample, signals as nested lists of their real steps."""

import itertools
import json
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from torch import Tensor

from ...core.errors import DataError
from ..dataset import Dataset, Source
from .columns import from_plain, to_plain
from .families import flattened, folded
from .store import Rows, Store
from .writing import fresh

META = b"latentloom"
GROUP = 512
_ROLES = ("series", "drive", "condition")


class ParquetStore(Store):
    """The columns of one Parquet file.

    Scalars are plain columns, signals and families are columns of lists. Files that were
    written here call them `series/NAME`, `drive/NAME`, `condition/NAME`, `families/NAME`,
    `extras/NAME` and `group`.

    Args:
        path: The file.

    Raises:
        DataError: If it is damaged, or has columns that are neither scalars nor lists.
    """

    def __init__(self, path: Path) -> None:
        self.source = str(path)
        try:
            self._file = pq.ParquetFile(path)
        except (pa.ArrowException, OSError) as problem:
            raise DataError(self.source, f"is cut short or damaged: {problem}") from problem
        meta = json.loads((self._file.schema_arrow.metadata or {}).get(META, b"{}"))
        self._widths: dict[str, int] = {}
        self._steps: int | None = meta.get("steps")
        self._ragged = bool(meta.get("ragged", False))
        self.schema = from_plain(self.source, meta["schema"]) if meta else None

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return self._shapes

    @cached_property
    def _shapes(self) -> dict[str, tuple[int, ...]]:
        size = self._file.metadata.num_rows
        lists = {field.name: _is_list(field.type) for field in self._file.schema_arrow}
        if self.schema is None:
            return {
                name: (size, self._widest(name)) if nested else (size,)
                for name, nested in lists.items()
            }
        signal = {"series": (self._steps or 0,), "drive": (self._steps or 0,)}
        shapes: dict[str, tuple[int, ...]] = {
            role: (size, *signal.get(role, ()), len(self.schema.names(role)))
            for role in _ROLES
            if any(name.startswith(f"{role}/") for name in lists)
        }
        inner = [name for name in lists if name.startswith(("families/", "extras/"))]
        shapes |= {name: (size, self._widest(name)) for name in inner}
        shapes |= {"group": (size,)} if "group" in lists else {}
        return shapes | ({"lengths": (size,)} if self._ragged else {})

    def read(self, name: str, rows: Rows) -> np.ndarray:
        if self.schema is None or name not in ("lengths", *_ROLES):
            table = self._column(name, rows)
            return table if self.schema is None else folded(name, table, self.schema)
        if name == "lengths":
            known = self.lengths(self._signal)
            assert known is not None
            return known[rows]
        names = [f"{name}/{quantity}" for quantity in self.schema.names(name)]
        return np.stack([self._column(column, rows) for column in names], -1)

    def lengths(self, name: str) -> np.ndarray | None:
        if not _is_list(self._file.schema_arrow.field(name).type):
            return None
        groups = range(self._file.num_row_groups)
        counts = [self._counts(name, self._group(group, name)) for group in groups]
        return np.concatenate([np.zeros(0, np.int64), *counts])

    @property
    def _signal(self) -> str:
        """A column whose lists are as long as the samples."""
        names = self._file.schema_arrow.names
        return next(name for name in names if name.startswith(("series/", "drive/")))

    def _widest(self, name: str) -> int:
        if self._steps is not None and name.startswith(("series/", "drive/")):
            return self._steps
        if name not in self._widths:
            known = self.lengths(name)
            self._widths[name] = int(known.max(initial=0)) if known is not None else 1
        return self._widths[name]

    def _column(self, name: str, rows: Rows) -> np.ndarray:
        """Some rows of one column, group by group."""
        wanted = np.arange(self._file.metadata.num_rows)[rows]
        counts = [
            self._file.metadata.row_group(i).num_rows for i in range(self._file.num_row_groups)
        ]
        starts = np.concatenate([[0], np.cumsum(counts)]).astype(int)
        pieces = [self._file.schema_arrow.empty_table().select([name]).column(0)]
        for group, (start, end) in enumerate(itertools.pairwise(starts)):
            inside = wanted[(wanted >= start) & (wanted < end)] - start
            if len(inside):
                pieces.append(self._group(group, name).take(pa.array(inside)))
        chunks = [chunk for piece in pieces for chunk in piece.chunks]
        return self._array(name, pa.chunked_array(chunks, type=pieces[0].type))

    def _group(self, group: int, name: str) -> pa.ChunkedArray:
        try:
            return self._file.read_row_group(group, [name]).column(0)
        except (pa.ArrowException, OSError) as problem:
            raise DataError(self.source, f"{name} is cut short or damaged: {problem}") from problem

    def _array(self, name: str, column: pa.ChunkedArray) -> np.ndarray:
        if not _is_list(column.type):
            array = column.to_numpy()
            return array.astype(str) if array.dtype.kind == "O" else array
        counts = self._counts(name, column)
        flat = pc.call_function("list_flatten", [column]).to_numpy()
        table = np.zeros((len(counts), self._widest(name)), dtype=flat.dtype)
        table[np.arange(table.shape[1]) < counts[:, None]] = flat
        return table

    def _counts(self, name: str, column: pa.ChunkedArray) -> np.ndarray:
        if column.null_count:
            raise DataError(self.source, f"{name} has {column.null_count} rows without a list")
        return pc.call_function("list_value_length", [column]).to_numpy().astype(np.int64)


def write(source: Source, path: Path) -> None:
    """Writes samples and schema, some hundred samples at a time.

    Raises:
        DataError: If the file exists or cannot be written.
    """
    first = source.take(slice(0, GROUP))
    meta = {
        "schema": to_plain(source.schema),
        "steps": first.steps,
        "ragged": first.lengths is not None,
    }
    schema = _table(str(path), first).schema.with_metadata({META: json.dumps(meta).encode()})
    with fresh(path) as partial, pq.ParquetWriter(partial, schema) as writer:
        for start in range(0, source.size, GROUP):
            table = _table(str(path), source.take(slice(start, start + GROUP)))
            writer.write_table(table.replace_schema_metadata(schema.metadata))


def _table(path: str, dataset: Dataset) -> pa.Table:
    columns: dict[str, pa.Array] = {}
    for name, array in dataset.arrays().items():
        values = array.numpy()
        if name in ("series", "drive"):
            for channel, quantity in enumerate(dataset.schema.names(name)):
                columns[f"{name}/{quantity}"] = _lists(values[..., channel], dataset.lengths)
        elif name == "condition":
            for column, quantity in enumerate(dataset.schema.names(name)):
                columns[f"{name}/{quantity}"] = pa.array(values[:, column])
        elif name == "group":
            columns[name] = pa.array(values)
        elif name != "lengths":
            columns[name] = _lists(flattened(path, name, values, dataset.schema), None)
    return pa.table(columns)


def _lists(array: np.ndarray, real: Tensor | None) -> pa.Array:
    """Rows as lists, without their padding."""
    lengths = np.full(len(array), array.shape[1]) if real is None else real.numpy()
    ends = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    flat = array[np.arange(array.shape[1]) < lengths[:, None]]
    return pa.ListArray.from_arrays(pa.array(ends), pa.array(flat))


def _is_list(kind: pa.DataType) -> bool:
    return (
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    )
