"""A folder of CSV files, one a sample, with one more for what is known of each sample."""

import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...core.errors import DataError
from ..dataset import Dataset, Quantity, Schema, Source
from .columns import Columns, from_plain, parsed, to_plain
from .csv_table import Table, read_table
from .families import flattened, folded
from .labels import ordered
from .mapped import group_number
from .numbers import floats, is_number, mostly_numbers
from .records import Missing, padded
from .writing import fresh

CONDITIONS = "conditions.csv"
SCHEMA = "schema.json"
_INNER = ("families", "extras")


def read(path: Path, columns: Columns | None, missing: Missing) -> Dataset:
    """Reads a folder of samples, or one file as one sample.

    Each file has a header of `name` or `name [unit]`. The folder may hold
    `conditions.csv`, whose first column is the name of a sample's file without `.csv`,
    and `schema.json`, which says which column plays which role; without roles, all columns
    of samples are series but those of dates, and all of `conditions.csv` but `group` are
    conditions.

    Raises:
        DataError: If a file is empty or ragged, lacks a column or has it in another unit,
            holds no number where one is due, or if samples and conditions do not match.
    """
    files = _samples(path)
    tables = [read_table(file) for file in files]
    known = read_table(path / CONDITIONS) if (path / CONDITIONS).is_file() else None
    if known is not None:
        known = _matched(known, [file.stem for file in files])
    schema, group = _roles(path, columns, tables[0], known)
    condition, schema = _condition(path, schema, known, missing)
    lengths = torch.tensor([len(table.fields) for table in tables])
    arrays = {
        "series": _signal(schema.series, tables, missing),
        "drive": _signal(schema.drive, tables, missing),
        "condition": condition,
        "lengths": lengths if len(lengths.unique()) > 1 else None,
        "group": _group(path, known, group),
        **_inner(path, schema),
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
                header = [f"{name}_{column}" for column in range(table.shape[1])]
                _write(partial / kind / f"{name}.csv", header, _texts(table))


def _samples(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    files = sorted(file for file in path.glob("*.csv") if file.name != CONDITIONS)
    if not files:
        raise DataError(str(path), "has no CSV files of samples")
    return files


def _matched(known: Table, stems: list[str]) -> Table:
    """The conditions in the order of the samples."""
    rows = {row[0].removesuffix(".csv"): row for row in known.fields}
    if len(rows) != len(known.fields):
        raise DataError(known.source, "names a sample twice")
    for have, needed, what in ((rows, stems, "has no row for"), (stems, rows, "has no file for")):
        if lost := [stem for stem in needed if stem not in have]:
            raise DataError(known.source, f"{what} {len(lost)} samples, the first is {lost[0]!r}")
    return replace(known, fields=[rows[stem] for stem in stems])


def _roles(
    path: Path, columns: Columns | None, sample: Table, known: Table | None
) -> tuple[Schema, str]:
    """What the columns are, and which one is the group."""
    has_group = known is not None and "group" in [quantity.name for quantity in known.header]
    if columns is not None:
        label = (parsed(columns.label),) if columns.label else ()
        schema = Schema(
            series=columns.quantities("series"),
            drive=columns.quantities("drive"),
            condition=columns.quantities("condition") + label,
            categories={quantity.name: () for quantity in label},
            periodic=columns.periodic,
        )
        return schema, columns.group
    if (path / SCHEMA).is_file():
        source = str(path / SCHEMA)
        try:
            plain = json.loads((path / SCHEMA).read_text())
        except ValueError as problem:
            raise DataError(source, f"is no JSON: {problem}") from problem
        return from_plain(source, plain), "group" if has_group else ""
    rest = known.header[1:] if known else ()
    condition = tuple(quantity for quantity in rest if quantity.name != "group")
    return Schema(series=_numbers(sample), condition=condition), "group" if has_group else ""


def left_out(path: Path) -> tuple[str, ...]:
    """The columns of dates, which are no signals where nobody says what the columns are."""
    if (path / SCHEMA).is_file():
        return ()
    sample = read_table(_samples(path)[0])
    series = _numbers(sample)
    return tuple(quantity.name for quantity in sample.header if quantity not in series)


def _numbers(sample: Table) -> tuple[Quantity, ...]:
    """The columns of a sample without its dates.

    Raises:
        DataError: If another column holds no numbers, or none does.
    """
    found: list[Quantity] = []
    for quantity, field in zip(sample.header, sample.fields[0], strict=True):
        if not _is_date(field):
            _check_number(sample, quantity, field)
            found.append(quantity)
    if not found:
        names = [quantity.name for quantity in sample.header]
        raise DataError(sample.source, f"must hold series, got only the dates {names}")
    return tuple(found)


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


def _signal(
    wanted: Sequence[Quantity], tables: Sequence[Table], missing: Missing
) -> Tensor | None:
    if not wanted:
        return None
    pieces = [
        np.stack([_column(table, quantity, missing) for quantity in wanted], -1)
        for table in tables
    ]
    return torch.from_numpy(padded(pieces, max(len(piece) for piece in pieces)))


def _column(table: Table, wanted: Quantity, missing: Missing) -> np.ndarray:
    values = floats(f"{table.source}: {wanted.name}", table.column(wanted))
    wrong = np.flatnonzero(~np.isfinite(values))
    if len(wrong) and missing == "refuse":
        raise DataError(
            table.source,
            f"{wanted.name} has {len(wrong)} values that are not finite, the first "
            f"({values[wrong[0]]}) in row {wrong[0] + 1} below the header; mend it",
        )
    return values


def _condition(
    path: Path, schema: Schema, known: Table | None, missing: Missing
) -> tuple[Tensor | None, Schema]:
    """The conditions, and the schema with the names of their categories."""
    if not schema.condition:
        return None, schema
    if known is None:
        names = list(schema.names("condition"))
        raise DataError(str(path / CONDITIONS), f"is missing; it must hold {names}")
    parts: list[np.ndarray] = []
    categories = dict(schema.categories)
    for quantity in schema.condition:
        fields = [field.strip() for field in known.column(quantity)]
        if quantity.name in categories or not mostly_numbers(fields):
            names = categories.get(quantity.name) or ordered(fields)
            if unknown := sorted(set(fields) - set(names)):
                raise DataError(
                    known.source, f"{quantity.name} must be one of {list(names)}, got {unknown}"
                )
            categories[quantity.name] = names
            parts.append(np.array([names.index(field) for field in fields], dtype=np.float64))
        else:
            parts.append(_column(known, quantity, missing))
    condition = torch.from_numpy(np.stack(parts, -1)).float()
    return condition, replace(schema, categories=categories)


def _group(path: Path, known: Table | None, name: str) -> Tensor | None:
    if not name:
        return None
    if known is None:
        raise DataError(str(path / CONDITIONS), f"is missing; it must hold {name!r}")
    return torch.tensor([group_number(field.strip()) for field in known.column(parsed(name))])


def _inner(path: Path, schema: Schema) -> dict[str, Tensor]:
    files = [(kind, file) for kind in _INNER for file in sorted((path / kind).glob("*.csv"))]
    tables = {f"{kind}/{file.stem}": read_table(file) for kind, file in files}
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
    columns = {"sample": stems, **_known(dataset)}
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
