"""The columns of numbers of many CSV files, read in one go."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import torch
from jaxtyping import Float
from torch import Tensor

from ...core.errors import DataError
from ...core.names import nearest
from ..dataset import Quantity
from . import cache
from .check import check_digits
from .columns import parsed
from .csv_table import Table, read_table
from .numbers import floats, is_number
from .records import Missing, padded

VERSION = 1  # of what is read; entries of a cache are of one version
_TOGETHER = 16 << 20  # bytes of text that are parsed at once


@dataclass(frozen=True)
class Tables:
    """Columns of numbers, the rows of all files one after the other.

    Args:
        files: The files, a sample each.
        columns: What the columns are.
        values: Columns x rows of all files.
        lengths: How many rows each file has, at least 1.
    """

    files: tuple[Path, ...]
    columns: tuple[Quantity, ...]
    values: np.ndarray
    lengths: np.ndarray

    @cached_property
    def starts(self) -> np.ndarray:
        """Where the first row of each file lies."""
        return np.cumsum(self.lengths) - self.lengths

    def column(self, name: str) -> np.ndarray:
        """All rows of a column.

        Raises:
            KeyError: If it is not there.
        """
        names = [quantity.name for quantity in self.columns]
        if name not in names:
            raise KeyError(f"must be one of {names}, got {name!r}")
        return self.values[names.index(name)]

    def signal(self, wanted: Sequence[Quantity]) -> Float[Tensor, "N T C"] | None:
        """Some columns as samples x steps x channels, zero after the ends; None if none.

        Raises:
            DataError: If single floats cannot tell the steps of one that rises.
        """
        if not wanted:
            return None
        names = [quantity.name for quantity in self.columns]
        places = [names.index(quantity.name) for quantity in wanted]
        inside = zip(self.starts, self.starts + self.lengths, strict=True)
        samples = (self.values[places, begin:end].T for begin, end in inside)
        check_digits(str(self.files[0].parent), [quantity.name for quantity in wanted], samples)
        rows = np.empty((self.values.shape[1], len(places)), np.float32)
        for channel, place in enumerate(places):
            rows[:, channel] = self.values[place]
        steps = int(self.lengths.max())
        if int(self.lengths.min()) == steps:
            return torch.from_numpy(rows.reshape(len(self.files), steps, -1))
        return torch.from_numpy(padded(np.split(rows, self.starts[1:]), steps))


def read_tables(
    files: Sequence[Path],
    first: Table,
    wanted: Sequence[Quantity],
    missing: Missing,
    *,
    alone: bool = False,
) -> Tables:
    """Reads columns of files that have them all.

    Files whose numbers are plain are parsed many at a time, all others one by one; what was
    read of many files is kept in the cache.

    Args:
        files: The files, all of one folder.
        first: The first of them.
        wanted: The columns.
        missing: Whether values that are not finite are refused or allowed.
        alone: Whether files with columns that the first has not are refused.

    Raises:
        DataError: If a file is empty or ragged, lacks a column or has one too many, has it
            in another unit, or holds no number where one is due.
    """
    columns = tuple(wanted)
    asked = [VERSION, [str(q) for q in columns], [str(q) for q in first.header], alone]
    entry = cache.entry_of(files, repr(asked))
    known = cache.fetched(entry, ("values", "lengths"))
    if known is not None:
        return Tables(tuple(files), columns, known["values"], known["lengths"])
    pieces: list[np.ndarray] = []
    lengths: list[np.ndarray] = []
    for some in _together(files):
        read = _plain(some, first, columns)
        values, rows = read or _careful(some, first, columns, missing, alone)
        pieces.append(values)
        lengths.append(rows)
    tables = Tables(tuple(files), columns, np.concatenate(pieces, 1), np.concatenate(lengths))
    if np.isfinite(tables.values).all():
        cache.keep(entry, {"values": tables.values, "lengths": tables.lengths})
    return tables


Read = tuple[np.ndarray, np.ndarray]


def _together(files: Sequence[Path]) -> Iterator[list[Path]]:
    """The files in their order, so many at a time as are parsed at once."""
    some: list[Path] = []
    size = 0
    for file in files:
        some.append(file)
        size += file.stat().st_size
        if size >= _TOGETHER:
            yield some
            some, size = [], 0
    if some:
        yield some


def _plain(files: Sequence[Path], first: Table, columns: Sequence[Quantity]) -> Read | None:
    """The rows and lengths of files of one header and plain finite numbers; else None."""
    header = {quantity.name: (place, quantity.unit) for place, quantity in enumerate(first.header)}
    if any(q.name not in header or _other(header[q.name][1], q.unit) for q in columns):
        return None
    parts: list[bytes] = []
    lengths: list[int] = []
    for file in files:
        head, _, body = file.read_bytes().partition(b"\n")
        body = body.rstrip(b"\r\n")
        if not body or _header(head) != first.header:
            return None
        parts.append(body)
        lengths.append(body.count(b"\n") + 1)
    picked = [str(header[quantity.name][0]) for quantity in columns]
    values = _parsed(b"\n".join(parts), len(first.header), picked)
    if values is None or values.shape[1] != sum(lengths) or not np.isfinite(values).all():
        return None
    return values, np.array(lengths)


def _other(unit: str, wanted: str) -> bool:
    return bool(unit and wanted and unit != wanted)


@lru_cache(maxsize=8)
def _header(line: bytes) -> tuple[Quantity, ...] | None:
    """The columns that the first line of a file names; None if it is odd."""
    try:
        fields = next(csv.reader([line.decode("utf-8-sig")]))
        return tuple(parsed(field) for field in fields)
    except (UnicodeDecodeError, StopIteration, csv.Error, ValueError):
        return None


def _parsed(text: bytes, width: int, picked: Sequence[str]) -> np.ndarray | None:
    """Some of the columns x rows; None if anything is odd."""
    try:
        table = pacsv.read_csv(
            pa.BufferReader(text),
            read_options=pacsv.ReadOptions(
                use_threads=False, column_names=[str(place) for place in range(width)]
            ),
            parse_options=pacsv.ParseOptions(quote_char=False),
            convert_options=pacsv.ConvertOptions(
                include_columns=picked,
                column_types=dict.fromkeys(picked, pa.float64()),
                null_values=[],
            ),
        )
    except pa.ArrowInvalid:
        return None
    values = np.empty((len(picked), table.num_rows))
    for place in range(len(picked)):
        values[place] = table.column(place).to_numpy()
    return values


def _careful(
    files: Sequence[Path],
    first: Table,
    columns: Sequence[Quantity],
    missing: Missing,
    alone: bool,
) -> Read:
    """The rows and lengths of files that are read one by one, with a word on what is wrong."""
    pieces: list[np.ndarray] = []
    for file in files:
        table = read_table(file)
        parts = [numbers_of(table, quantity, missing) for quantity in columns]
        if alone:
            _check_alone(table, first)
        pieces.append(np.stack(parts) if parts else np.zeros((0, len(table.fields))))
    return np.concatenate(pieces, 1), np.array([piece.shape[1] for piece in pieces])


def _check_alone(table: Table, first: Table) -> None:
    known = [quantity.name for quantity in first.header]
    more = [quantity.name for quantity in table.header if quantity.name not in known]
    if more:
        name = Path(first.source).name
        raise DataError(
            table.source,
            f"has the column {more[0]!r}, and {name} has none such{nearest(more[0], known)}; all"
            " files must have the same columns, or say which to read, by --series or data.columns",
        )


def numbers_of(table: Table, wanted: Quantity, missing: Missing) -> np.ndarray:
    """One column of a table as numbers.

    Raises:
        DataError: If it is not there, or a field is no number, or not finite where that is
            refused.
    """
    fields = table.column(wanted)
    try:
        values = floats(f"{table.source}: {wanted.name}", fields)
    except DataError as problem:
        row = next(row for row, field in enumerate(fields) if not is_number(field))
        raise DataError(
            f"{table.source}: {wanted.name}",
            f"must be a number, got {fields[row].strip()!r} in row {row + 1} below the header",
        ) from problem
    wrong = np.flatnonzero(~np.isfinite(values))
    if len(wrong) and missing == "refuse":
        number = "a value that is" if len(wrong) == 1 else f"{len(wrong)} values that are"
        raise DataError(
            table.source,
            f"{wanted.name} has {number} not finite, the first "
            f"({values[wrong[0]]}) in row {wrong[0] + 1} below the header; mend it",
        )
    return values
