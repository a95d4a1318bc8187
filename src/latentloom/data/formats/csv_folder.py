"""A folder of CSV files, one a sample, with one more for what is known of each sample."""

import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...core.errors import DataError
from ..dataset import Dataset, Quantity, Schema, Source
from .columns import Columns, parsed, to_plain
from .csv_roles import (
    CONDITIONS,
    SAMPLE,
    SCHEMA,
    aside,
    group_of,
    held_apart,
    matched,
    numbers_of_sample,
    said_roles,
    sample_files,
    sorted_roles,
)
from .csv_table import Table, read_table
from .families import flattened, folded
from .labels import ordered
from .mapped import group_number
from .numbers import floats, mostly_numbers
from .records import Missing
from .tables import Tables, numbers_of, read_tables
from .within import each
from .writing import fresh

_INNER = ("families", "extras")


def read(path: Path, columns: Columns | None, missing: Missing) -> Dataset:
    """Reads a folder of samples, or one file as one sample.

    Each file has a header of `name` or `name [unit]`; samples are in the order of the numbers
    in their files' names. The folder may hold `conditions.csv`, whose first column is the
    name of a sample's file without `.csv`, tables in `families` and `extras`, which name the
    files likewise in a first column `sample` or have a row for each in their order, and
    `schema.json`, which says which column plays which role. Without roles, columns of dates
    and those that count the steps are left out; columns of a folder that are constant within
    every file, and all of `conditions.csv` but `group`, are conditions; all others are series.

    Raises:
        DataError: If a file is empty or ragged, lacks a column or has it in another unit,
            holds no number where one is due, or if samples and what stands beside them do not
            match.
    """
    files = sample_files(path)
    first = read_table(files[0])
    known = read_table(path / CONDITIONS) if (path / CONDITIONS).is_file() else None
    if known is not None:
        known = matched(known, [file.stem for file in files])
    schema = said_roles(path, columns)
    if schema is None:
        numbers = numbers_of_sample(first, columns)
        tables = read_tables(files, first, numbers, missing, alone=True)
        schema = sorted_roles(path, tables, known, columns)
    else:
        wanted = (*schema.series, *schema.drive, *_inside(schema, first, known))
        tables = read_tables(files, first, wanted, missing)
        if columns is not None and columns.constants == "conditions":
            schema = held_apart(schema, tables)
    condition, schema = _condition(path, schema, known, tables, missing)
    lengths = torch.from_numpy(tables.lengths)
    arrays = {
        "series": tables.signal(schema.series),
        "drive": tables.signal(schema.drive),
        "condition": condition,
        "lengths": lengths if len(lengths.unique()) > 1 else None,
        "group": _group(path, known, group_of(columns, known)),
        **_inner(path, schema, [file.stem for file in files]),
    }
    return Dataset.of(schema, {name: array for name, array in arrays.items() if array is not None})


def write(source: Source, path: Path) -> None:
    """Writes a folder: a file for each sample, `conditions.csv` and `schema.json`.

    Samples without signals are written as one table, into a file that ends in `.csv`.

    Raises:
        DataError: If the folder exists or cannot be written, or there are signals for a
            table, or none for a folder.
    """
    dataset = source.take(slice(None))
    signals = dataset.series is not None or dataset.drive is not None
    if signals == (path.suffix.lower() == ".csv"):
        problem = "holds one row a sample, and these are signals; leave the ending away"
        if not signals:
            problem = "a folder holds signals, and there are none; end the name in .csv"
        raise DataError(str(path), problem)
    if not signals:
        with fresh(path) as partial:
            _write_table(dataset, path, partial)
        return
    stems = [f"sample_{row:0{len(str(dataset.size - 1))}d}" for row in range(dataset.size)]
    with fresh(path) as partial:
        partial.mkdir()
        (partial / SCHEMA).write_text(json.dumps(to_plain(dataset.schema), indent=2) + "\n")
        for row, stem in enumerate(stems):
            _write_sample(dataset, row, partial / f"{stem}.csv")
        _write_conditions(dataset, stems, partial / CONDITIONS)
        for kind in _INNER:
            for name, array in getattr(dataset, kind).items():
                (partial / kind).mkdir(exist_ok=True)
                table = flattened(str(path), name, array.numpy(), dataset.schema)
                header = [SAMPLE, *(f"{name}_{column}" for column in range(table.shape[1]))]
                rows = [[stem, *row] for stem, row in zip(stems, _texts(table), strict=True)]
                _write(partial / kind / f"{name}.csv", header, rows)


def _inside(schema: Schema, first: Table, known: Table | None) -> list[Quantity]:
    """The conditions that the samples' own files tell, in columns of one value."""
    beside = [] if known is None else [quantity.name for quantity in known.header]
    told = [quantity.name for quantity in first.header if quantity.name not in beside]
    return [quantity for quantity in schema.condition if quantity.name in told]


def _condition(
    path: Path, schema: Schema, known: Table | None, tables: Tables, missing: Missing
) -> tuple[Tensor | None, Schema]:
    """The conditions, and the schema with the names of their categories."""
    if not schema.condition:
        return None, schema
    inside = {quantity.name for quantity in tables.columns}
    lost = [quantity.name for quantity in schema.condition if quantity.name not in inside]
    if known is None and lost:
        raise DataError(str(path / CONDITIONS), f"is missing; it must hold {lost}")
    parts: list[np.ndarray] = []
    categories = dict(schema.categories)
    for quantity in schema.condition:
        held = each(tables, quantity) if known is None or quantity.name in inside else None
        if held is not None and quantity.name not in categories:
            parts.append(held)
            continue
        source, fields = _fields(path, quantity, known, held)
        if quantity.name in categories or not mostly_numbers(fields):
            names = categories.get(quantity.name) or ordered(fields)
            parts.append(_places(f"{source}: {quantity.name}", fields, names))
            categories[quantity.name] = names
        elif known is not None:
            parts.append(numbers_of(known, quantity, missing))
    condition = torch.from_numpy(np.stack(parts, -1)).float()
    return condition, replace(schema, categories=categories)


def _fields(
    path: Path, quantity: Quantity, known: Table | None, held: np.ndarray | None
) -> tuple[str, list[str]]:
    """Where a condition is told, and its words."""
    if known is None or held is not None:
        return str(path), [f"{value:.9g}" for value in (() if held is None else held)]
    return known.source, [field.strip() for field in known.column(quantity)]


def _places(place: str, fields: Sequence[str], names: Sequence[str]) -> np.ndarray:
    """Where labels stand among their names."""
    if unknown := sorted(set(fields) - set(names)):
        raise DataError(place, f"must be one of {list(names)}, got {unknown}")
    order = {name: index for index, name in enumerate(names)}
    return np.array([order[field] for field in fields], dtype=np.float64)


def _group(path: Path, known: Table | None, name: str) -> Tensor | None:
    if not name:
        return None
    if known is None:
        raise DataError(str(path / CONDITIONS), f"is missing; it must hold {name!r}")
    return torch.tensor([group_number(field.strip()) for field in known.column(parsed(name))])


def _inner(path: Path, schema: Schema, stems: Sequence[str]) -> dict[str, Tensor]:
    files = [(kind, file) for kind in _INNER for file in sorted((path / kind).glob("*.csv"))]
    tables = {f"{kind}/{file.stem}": aside(read_table(file), stems) for kind, file in files}
    arrays = {
        name: np.stack([floats(table.source, row) for row in table.fields])
        for name, table in tables.items()
    }
    return {
        name: torch.from_numpy(folded(name, array, schema)).float()
        for name, array in arrays.items()
    }


def _write_table(dataset: Dataset, path: Path, partial: Path) -> None:
    """Families as columns `FAMILY/FEATURE`, and what is known of each sample."""
    columns = _known(dataset)
    for name, extra in dataset.extras.items():
        if extra.shape[1] == 1:
            columns[name] = [row[0] for row in _texts(extra.numpy())]
    for name, family in dataset.families.items():
        if family.ndim > 2:
            problem = f"a table has no place for the steps of family {name!r}; write .npz or .h5"
            raise DataError(str(path), problem)
        numbered = (f"{name}_{column}" for column in range(family.shape[1]))
        features = map(str, dataset.schema.families.get(name, ()) or numbered)
        fields = zip(*_texts(family.numpy()), strict=True)
        columns |= {f"{name}/{feature}": f for feature, f in zip(features, fields, strict=True)}
    _write(partial, list(columns), [list(row) for row in zip(*columns.values(), strict=True)])


def _write_sample(dataset: Dataset, row: int, path: Path) -> None:
    parts = [x[row] for x in (dataset.series, dataset.drive) if x is not None]
    header = [*map(str, dataset.schema.series), *map(str, dataset.schema.drive)]
    length = dataset.steps if dataset.lengths is None else int(dataset.lengths[row])
    table = torch.cat(parts, -1)[:length] if parts else torch.zeros(0, 0)
    _write(path, header, _texts(table.numpy()))


def _write_conditions(dataset: Dataset, stems: Sequence[str], path: Path) -> None:
    columns = {SAMPLE: stems, **_known(dataset)}
    _write(path, list(columns), [list(row) for row in zip(*columns.values(), strict=True)])


def _known(dataset: Dataset) -> dict[str, Sequence[str]]:
    """Conditions and group, a column each."""
    columns: dict[str, Sequence[str]] = {}
    for place, quantity in enumerate(dataset.schema.condition):
        if dataset.condition is not None:
            names = dataset.schema.categories.get(quantity.name)
            values = dataset.condition[:, place].tolist()
            columns[str(quantity)] = [names[int(v)] if names else f"{v:.9g}" for v in values]
    if dataset.group is not None:
        columns["group"] = [str(group) for group in dataset.group.tolist()]
    return columns


def _texts(table: np.ndarray) -> list[list[str]]:
    return [[f"{value:.9g}" for value in row] for row in table.tolist()]


def _write(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
