"""One CSV file as a table: a header of quantities, and the fields below it."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...core.errors import DataError
from ..dataset import Quantity
from .check import missing_column
from .columns import parsed
from .families import family_of
from .numbers import floats, mostly_numbers
from .store import Rows, Store


@dataclass(frozen=True, slots=True)
class Table:
    """One CSV file: a header of quantities, and the fields below it."""

    source: str
    header: tuple[Quantity, ...]
    fields: list[list[str]]

    def column(self, wanted: Quantity) -> list[str]:
        """The fields of one quantity.

        Raises:
            DataError: If it is not there, or in another unit.
        """
        names = [quantity.name for quantity in self.header]
        if wanted.name not in names:
            raise DataError(self.source, missing_column(wanted.name, names))
        place = names.index(wanted.name)
        unit = self.header[place].unit
        if unit and wanted.unit and unit != wanted.unit:
            raise DataError(self.source, f"{wanted.name} must be in {wanted.unit}, got {unit}")
        return [row[place] for row in self.fields]


def read_table(path: Path) -> Table:
    """Reads one file.

    Raises:
        DataError: If it is empty or ragged, a field of its header is no quantity, or a column
            is named twice.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [(number, row) for number, row in enumerate(csv.reader(file), start=1) if row]
    except (UnicodeDecodeError, csv.Error) as problem:
        raise DataError(str(path), f"is no CSV file: {problem}") from problem
    if len(rows) < 2:
        raise DataError(str(path), "is empty; it must have a header and at least one row")
    for number, row in rows:
        if len(row) != len(rows[0][1]):
            raise DataError(
                f"{path}:{number}",
                f"must have {len(rows[0][1])} fields as the header has, got {len(row)}",
            )
    try:
        header = tuple(parsed(field) for field in rows[0][1])
    except ValueError as problem:
        raise DataError(f"{path}:1", str(problem)) from problem
    names = [quantity.name for quantity in header]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        problem = f"must name each column once, got {twice} twice; rename them, or remove some"
        raise DataError(f"{path}:1", problem)
    return Table(str(path), header, [row for _, row in rows[1:]])


def read_header(path: Path) -> tuple[Quantity, ...]:
    """The columns that a file names in its first line.

    Raises:
        DataError: If it is no CSV file, or a field of its header is no quantity.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            fields = next((row for row in csv.reader(file) if row), [])
        return tuple(parsed(field) for field in fields)
    except (UnicodeDecodeError, csv.Error, ValueError) as problem:
        raise DataError(f"{path}:1", f"is no header of a CSV file: {problem}") from problem


def has_families(path: Path) -> bool:
    """Whether a file's header names families, so that its rows are samples, not steps."""
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        header: Sequence[str] = next((row for row in csv.reader(file) if row), [])
    return any(map(family_of, header))


class CsvStore(Store):
    """The columns of one CSV file whose rows are samples.

    Args:
        path: The file.

    Raises:
        DataError: If it cannot be read, or names a column twice.
    """

    def __init__(self, path: Path) -> None:
        self.source = str(path)
        self.schema = None
        table = read_table(path)
        fields = list(zip(*table.fields, strict=True))
        self._places = {quantity.name: at for at, quantity in enumerate(table.header)}
        self._header, self._fields = table.header, fields

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {name: (len(self._fields[0]),) for name in self._places}

    def read(self, name: str, rows: Rows) -> np.ndarray:
        fields = [field.strip() for field in self._fields[self._places[name]]]
        if all(field.isdecimal() for field in fields):
            return np.array(fields, dtype=np.int64)[rows]
        if mostly_numbers(fields):
            return floats(f"{self.source}: {name}", fields)[rows]
        return np.array(fields)[rows]

    def features(self, name: str) -> tuple[str, ...]:
        return (str(self._header[self._places[name]]),)
