"""Measured states that a user has at hand: some components of a sequence, at one instant."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from ..core.errors import DataError
from ..core.names import nearest
from ..data.dataset import Schema
from ..data.formats.csv_table import read_table
from ..data.formats.numbers import floats

STATE = "state"  # the array of an npz file that has no names


@dataclass(frozen=True, slots=True, kw_only=True)
class States:
    """Measured states, each of a sequence of its own.

    Args:
        source: Where they are from.
        values: The components; NaN where one was not measured.
        condition: What is said of their sequences, by the name of the condition.
    """

    source: str
    values: Float[np.ndarray, "S C"]
    condition: Mapping[str, Any] = field(default_factory=dict[str, Any])


def read_states(path: Path, schema: Schema) -> States:
    """Reads measured states; conditions may stand beside the components.

    A CSV file has a column for each and a row for each state, with blanks where something was
    not measured. A JSON file is an object of numbers, or a list of such. An npz file has an
    array for each; an npy file, or the array `state`, has all components in their order.

    Args:
        path: The file.
        schema: The columns that the run was trained on.

    Raises:
        DataError: If it cannot be read, names something else, or a state has no component.
    """
    readers = {".csv": _csv, ".json": _json, ".npz": _npz, ".npy": _npy}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise DataError(str(path), f"must be one of {', '.join(readers)}, got {path.name!r}")
    if not path.is_file():
        raise DataError(str(path), "does not exist")
    return states_of(str(path), reader(path, schema), schema)


def states_of(source: str, told: Mapping[str, Any], schema: Schema) -> States:
    """States from a column for each component, and for each condition that is given.

    Args:
        source: Where they are from.
        told: One value a state, by name; None or NaN where a component was not measured.
        schema: The columns that the run was trained on.

    Raises:
        DataError: If a name is not known, or a state has no component.

    Example:
        >>> from latentloom.data.dataset import Quantity
        >>> schema = Schema(series=(Quantity("a"), Quantity("b")))
        >>> states_of("told", {"b": [2.0, 3.0]}, schema).values.tolist()
        [[nan, 2.0], [nan, 3.0]]
    """
    components, conditions = schema.names("series"), schema.names("condition")
    known = (*components, *conditions)
    for name in told:
        if name not in known:
            problem = f"must name components {list(components)}"
            problem += f" or conditions {list(conditions)}" if conditions else ""
            raise DataError(source, f"{problem}, got {name!r}{nearest(name, known)}")
    size = max((len(column) for column in told.values()), default=0)
    for name, column in told.items():
        if len(column) != size:
            raise DataError(source, f"{name} must be of {size} states, got {len(column)}")
    values = np.full((size, len(components)), np.nan)
    for place, name in enumerate(components):
        if name in told:
            values[:, place] = _numbers(f"{source}: {name}", told[name])
    _check(source, values, components)
    given = {
        name: np.asarray(told[name])
        for name in conditions
        if name in told and not _blank(told[name])
    }
    return States(source=source, values=values, condition=given)


def _check(source: str, values: Float[np.ndarray, "S C"], components: Sequence[str]) -> None:
    if np.isinf(values).any():
        raise DataError(source, "must hold finite numbers, or blanks, got an infinite one")
    empty = np.flatnonzero(~np.isfinite(values).any(1))
    if not len(values) or len(empty):
        where = f"state {empty[0]}" if len(values) else "the file"
        problem = f"must have at least one of the components {list(components)}"
        raise DataError(source, f"every state {problem}, and {where} has none")


def _numbers(place: str, column: Any) -> Float[np.ndarray, " S"]:
    fields = ["" if value is None else str(value) for value in column]
    return floats(place, fields)


def _blank(column: Any) -> bool:
    return all(str(value).strip().lower() in ("", "none", "nan") for value in column)


def _csv(path: Path, schema: Schema) -> dict[str, Any]:
    table = read_table(path)
    wanted = {quantity.name: quantity for quantity in (*schema.series, *schema.condition)}
    columns = {q.name: table.column(wanted.get(q.name, q)) for q in table.header}
    return {name: [field.strip() for field in column] for name, column in columns.items()}


def _json(path: Path, schema: Schema) -> dict[str, Any]:
    del schema
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise DataError(str(path), f"is not JSON: {problem}") from problem
    entries = told if isinstance(told, list) else [told]
    if not entries or not all(isinstance(entry, dict) for entry in entries):
        raise DataError(str(path), "must be an object of numbers by name, or a list of such")
    names = dict.fromkeys(name for entry in entries for name in entry)
    return {name: [entry.get(name) for entry in entries] for name in names}


def _npz(path: Path, schema: Schema) -> dict[str, Any]:
    with _opened(path) as arrays:
        told = {name: arrays[name] for name in arrays.files}
    if STATE in told:
        rows = _by_place(path, told.pop(STATE), schema)
        return {**rows, **{name: np.atleast_1d(array) for name, array in told.items()}}
    for name, array in told.items():
        if array.ndim > 1:
            raise DataError(str(path), f"{name} must be one number a state, got {array.shape}")
    return {name: np.atleast_1d(array) for name, array in told.items()}


def _npy(path: Path, schema: Schema) -> dict[str, Any]:
    return _by_place(path, _opened(path), schema)


def _opened(path: Path) -> Any:
    try:
        return np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError) as problem:
        raise DataError(str(path), f"cannot be read as NumPy arrays: {problem}") from problem


def _by_place(path: Path, array: np.ndarray, schema: Schema) -> dict[str, Any]:
    names = schema.names("series")
    rows = np.atleast_2d(array)
    if rows.ndim != 2 or rows.shape[1] != len(names):
        wanted = f"states x {len(names)} components {list(names)}"
        raise DataError(str(path), f"must be {wanted}, got shape {array.shape}")
    return dict(zip(names, rows.T, strict=True))
