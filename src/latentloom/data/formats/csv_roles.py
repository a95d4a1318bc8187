"""What the columns of a folder of CSV files are, where nobody says it and where somebody does."""

import itertools
import json
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np

from ...core.errors import DataError
from ..dataset import Quantity, Schema
from .columns import Columns, from_plain, parsed
from .csv_table import Table, read_table
from .numbers import floats, is_number
from .tables import Tables
from .within import ALIKE, constants, counts_steps, each

CONDITIONS = "conditions.csv"
SCHEMA = "schema.json"
GROUP = "group"
SAMPLE = "sample"  # the column that names the file of a row
_DIGITS = re.compile(r"(\d+)")
_LAST = 1 << 62  # names that are no numbers come after those that are


def sample_files(path: Path) -> list[Path]:
    """The files of a folder, a sample each, by the numbers in their names; or the one file.

    Raises:
        DataError: If there are none, or two have the same number.
    """
    if path.is_file():
        return [path]
    names = [entry.name for entry in os.scandir(path)]
    stems = {
        name: name[: -len(".csv")]
        for name in names
        if name[-len(".csv") :].lower() == ".csv" and name != CONDITIONS and name[0] != "."
    }
    if not stems:
        other = sorted({Path(name).suffix for name in names} - {""})
        told = f", it has files of {', '.join(other)}" if other else ""
        raise DataError(str(path), f"has no CSV files of samples{told}")
    ordered = sorted(stems, key=lambda name: (*_place(stems[name]), name))
    for before, after in itertools.pairwise(ordered):
        same = _place(stems[before])[0] == _place(stems[after])[0]
        if same and _identity(stems[before]) == _identity(stems[after]):
            problem = f"is sample {_identity(stems[after])!r}, and so is {before}; remove one"
            raise DataError(str(path / after), problem)
    return [path / name for name in ordered]


def _place(stem: str) -> tuple[int, list[tuple[bool, int, str]]]:
    """Numbers in names count as numbers: 2.csv comes before 10.csv."""
    if stem.isdecimal():
        return int(stem), []
    pieces = _DIGITS.split(stem)
    return _LAST, [(not p.isdecimal(), int(p) if p.isdecimal() else 0, p) for p in pieces]


def _identity(stem: str) -> str:
    return str(int(stem)) if stem.isdecimal() else stem


def matched(known: Table, stems: Sequence[str]) -> Table:
    """The rows of `conditions.csv` in the order of the samples.

    Raises:
        DataError: If a sample has no row or several, or a row no sample.
    """
    found = _of_samples(known, stems)
    there = set(stems)
    if lost := [stem for stem in _rows(known) if stem not in there]:
        said = f"has no file for {len(lost)} samples, the first is {lost[0]!r}"
        raise DataError(known.source, said)
    return found


def aside(table: Table, stems: Sequence[str]) -> Table:
    """The rows of a table of extras or of a family in the order of the samples.

    Rows of samples whose files are gone are left out. Where no first column `sample` names the
    files, the rows are those of the samples as they come.

    Raises:
        DataError: If a sample has no row or several, or unnamed rows are more or less than
            the samples.
    """
    if table.header[0].name == SAMPLE:
        found = _of_samples(table, stems)
        return replace(found, header=table.header[1:], fields=[row[1:] for row in found.fields])
    if len(table.fields) != len(stems):
        raise DataError(
            table.source,
            f"must have a row for each of the {len(stems)} samples, got {len(table.fields)}, and"
            f" does not say whose they are; name their files in a first column {SAMPLE!r}",
        )
    return table


def _of_samples(table: Table, stems: Sequence[str]) -> Table:
    """The rows of some samples, in their order."""
    rows = _rows(table)
    if lost := [stem for stem in stems if stem not in rows]:
        said = f"has no row for {len(lost)} samples, the first is {lost[0]!r}"
        raise DataError(table.source, said)
    return replace(table, fields=[rows[stem] for stem in stems])


def _rows(table: Table) -> dict[str, list[str]]:
    """The rows by the name of the sample's file, which their first field tells."""
    rows: dict[str, list[str]] = {}
    for number, row in enumerate(table.fields, start=1):
        stem = row[0].strip().removesuffix(".csv")
        if stem in rows:
            again = f"names a sample twice: {stem!r} in row {number} below the header"
            raise DataError(table.source, f"{again} too; remove one of them")
        rows[stem] = row
    return rows


def said_roles(path: Path, columns: Columns | None) -> Schema | None:
    """The roles that the user says, or the folder itself; None if nobody does.

    Raises:
        DataError: If the folder's schema cannot be read.
    """
    if columns is not None and columns.names_roles:
        label = (parsed(columns.label),) if columns.label else ()
        return Schema(
            series=columns.quantities("series"),
            drive=columns.quantities("drive"),
            condition=columns.quantities("condition") + label,
            categories={quantity.name: () for quantity in label},
            periodic=columns.periodic,
        )
    if not (path / SCHEMA).is_file():
        return None
    source = str(path / SCHEMA)
    try:
        plain = json.loads((path / SCHEMA).read_text())
    except ValueError as problem:
        raise DataError(source, f"is no JSON: {problem}") from problem
    return from_plain(source, plain)


def group_of(columns: Columns | None, known: Table | None) -> str:
    """The column of `conditions.csv` that holds the group; "" if none does."""
    if columns is not None and (columns.group or columns.names_roles):
        return columns.group
    return GROUP if known is not None and GROUP in _names(known.header) else ""


def numbers_of_sample(sample: Table, columns: Columns | None) -> tuple[Quantity, ...]:
    """The columns of a sample that hold numbers, without those of dates and those left out.

    Raises:
        DataError: If another column holds no numbers, or none does.
    """
    names = _names(sample.header)
    left = {parsed(text).name for text in columns.leave_out} if columns is not None else set[str]()
    found: list[Quantity] = []
    for quantity, field in zip(sample.header, sample.fields[0], strict=True):
        if quantity.name not in left and not _is_date(field):
            _check_number(sample, quantity, field)
            found.append(quantity)
    if not found:
        raise DataError(sample.source, f"must hold series, got only the dates {list(names)}")
    return tuple(found)


def sorted_roles(
    path: Path, tables: Tables, known: Table | None, columns: Columns | None
) -> Schema:
    """The roles of columns of which nobody says what they are.

    Columns that count the steps are left out. Those that are constant within every file are
    conditions, in a folder and unless `columns` says otherwise; all others are series.

    Raises:
        DataError: If a column counts the steps, but for some, or `conditions.csv` says
            something else.
    """
    asked = columns.constants if columns is not None else None
    free = [quantity for quantity in tables.columns if not counts_steps(tables, quantity)]
    if not free:
        raise DataError(str(path), f"must hold series, got only {list(_names(tables.columns))}")
    held: tuple[Quantity, ...] = ()
    if (asked or ("conditions" if path.is_dir() else "series")) == "conditions":
        held = constants(tables, free)
    series = tuple(quantity for quantity in free if quantity not in held)
    if not series:  # nothing moves: there is nothing but constants to learn
        series, held = tuple(free), ()
    rest = known.header[1:] if known is not None else ()
    beside = tuple(quantity for quantity in rest if quantity.name != GROUP)
    both = [quantity for quantity in held if quantity.name in _names(beside)]
    for quantity in both:
        assert known is not None
        _check_same(tables, known, quantity)
    condition = (*beside, *(quantity for quantity in held if quantity not in both))
    return Schema(
        series=series, condition=condition, periodic=columns is not None and columns.periodic
    )


def held_apart(schema: Schema, tables: Tables) -> Schema:
    """Roles that are said, with those of the series that are constant as conditions."""
    held = constants(tables, schema.series)
    series = tuple(quantity for quantity in schema.series if quantity not in held)
    return replace(schema, series=series, condition=schema.condition + held) if series else schema


def explained(path: Path, schema: Schema, columns: Columns | None) -> dict[str, str]:
    """What was decided about the columns of a folder of whose roles nobody says anything.

    Args:
        path: The folder or file.
        schema: What it was read as.
        columns: What the user says of it.

    Returns:
        Sentences by the role that they are of.
    """
    if said_roles(path, columns) is not None:
        return {}
    sample = read_table(sample_files(path)[0])
    beside: tuple[str, ...] = ()
    if (path / CONDITIONS).is_file():
        beside = _names(read_table(path / CONDITIONS).header)
    told = {parsed(text).name for text in columns.leave_out} if columns is not None else set[str]()
    names = _names(sample.header)
    read = {*schema.names("series"), *schema.names("condition")}
    fields = dict(zip(names, sample.fields[0], strict=True))
    gone = [name for name in names if name not in read and name not in told]
    dates = [name for name in gone if _is_date(fields[name])]
    reasons = {
        "dates": dates,
        "no signal, it only counts the steps": [name for name in gone if name not in dates],
        "as was asked": [name for name in names if name in told],
    }
    left = [f"{', '.join(group)}: {reason}" for reason, group in reasons.items() if group]
    held = [n for n in names if n in schema.names("condition") and n not in beside]
    said = f"{', '.join(held)}: constant within every file, and no part of the signal; --constants"
    found = {"left out": "; ".join(left), "conditions": f"{said} series keeps them in it"}
    return {role: text for role, text in found.items() if (left if role == "left out" else held)}


def _check_same(tables: Tables, known: Table, quantity: Quantity) -> None:
    """Checks that the files say of a quantity what `conditions.csv` says."""
    mine = each(tables, quantity)
    theirs = floats(f"{known.source}: {quantity.name}", known.column(quantity))
    wrong = np.flatnonzero(~(np.abs(mine - theirs) <= ALIKE * np.abs(theirs)))
    if len(wrong):
        at = int(wrong[0])
        raise DataError(
            str(tables.files[at]),
            f"{quantity.name} must be {theirs[at]:.9g} as {CONDITIONS} says, got {mine[at]:.9g}",
        )


def _names(header: Sequence[Quantity]) -> tuple[str, ...]:
    return tuple(quantity.name for quantity in header)


def _check_number(sample: Table, quantity: Quantity, field: str) -> None:
    place = f"{sample.source}: {quantity.name}"
    try:
        floats(place, [field])
    except DataError as problem:
        raise DataError(
            place,
            f"must be a number, got {field.strip()!r}; if it is no signal, name those that are"
            " by --series or data.columns",
        ) from problem


def _is_date(field: str) -> bool:
    try:
        datetime.fromisoformat(field.strip())
    except ValueError:
        return False
    return not is_number(field)
