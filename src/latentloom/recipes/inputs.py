"""Datasets of what users have at hand: arrays, data frames, numbers by name."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

from ..core.errors import DataError
from ..core.names import nearest
from ..data.dataset import Dataset, Quantity, Schema
from ..data.derive import Derivation, derived
from ..data.formats import check_compatible
from ..data.formats.check import check_digits, check_finite, missing_column
from ..data.transforms.clean import features_of
from .complaints import unknown
from .text import parse

if TYPE_CHECKING:
    import pandas as pd

    Signal: TypeAlias = np.ndarray | Sequence[np.ndarray] | pd.DataFrame | Dataset
    Scalars: TypeAlias = Mapping[str, Any] | pd.DataFrame | np.ndarray
else:
    Signal = Scalars = Any


def gathered(
    schema: Schema,
    series: Signal | None = None,
    drive: Signal | None = None,
    condition: Scalars | None = None,
    *,
    needs: Sequence[str] = ("drive", "condition"),
    derive: Sequence[Derivation] = (),
) -> Dataset:
    """A dataset of a known schema.

    Args:
        schema: The columns that a run was trained on, in the units of its files.
        series: Signals: an array of samples x steps (x channels), a list of such arrays of
            one sample each, a data frame of one sample with a column for each channel, or
            a dataset, which may hold everything else, too.
        drive: What conditions them, likewise.
        condition: What is known of each sample: numbers, or arrays of one for each sample,
            or names of labels, by the name of the condition; or a data frame of these.
        needs: The arrays that must be there, of those that the schema has.
        derive: Tell conditions that are not given from the signals.

    Raises:
        DataError: If something is missing, too much, not finite or of another unit.
    """
    whole = next((value for value in (series, drive) if isinstance(value, Dataset)), None)
    if whole is None and series is not None and derive:
        bare = replace(schema, condition=(), categories={})
        whole = _assembled(bare, series, drive, None)
    if whole is not None:
        whole = whole if whole.series is None else derived(whole, derive)
        dataset = _own(schema, whole, condition)
    else:
        dataset = _assembled(schema, series, drive, condition)
    for name in needs:
        if getattr(schema, name) and not _has(dataset, name):
            wanted = ", ".join(map(str, getattr(schema, name)))
            raise DataError(name, f"must be given, as in training: {wanted}; got nothing")
    if not dataset.size:
        raise DataError("input", "must hold at least one sample, got none")
    check_finite("input", dataset, np.arange(dataset.size))
    return dataset


def _own(schema: Schema, dataset: Dataset, condition: Scalars | None) -> Dataset:
    """A dataset's arrays under the schema; its conditions, and then those that are given."""
    roles = [role for role in ("series", "drive", "families") if _has(dataset, role)]
    if not schema.series and schema.families:
        roles = [role for role in roles if role != "series"]
    if "families" in roles:
        dataset = _in_order(schema, dataset)
    check_compatible("input", schema, dataset.schema, roles=roles)
    for ours, theirs in _shared(schema, dataset.schema):
        if ours.unit and theirs.unit and ours.unit != theirs.unit:
            problem = f"must be in {ours.unit} as in training, got {theirs.unit}"
            raise DataError(f"condition {ours.name}", problem)
    scalars = _scalars(dataset) | _by_name(schema, condition)
    known = _known(schema, scalars, dataset.size) if scalars else None
    arrays: dict[str, Any] = {role: getattr(dataset, role) for role in roles}
    return Dataset(schema=schema, lengths=dataset.lengths, condition=known, **arrays)


def _has(dataset: Dataset, role: str) -> bool:
    arrays = getattr(dataset, role)
    return bool(arrays) if role == "families" else arrays is not None


def _in_order(schema: Schema, dataset: Dataset) -> Dataset:
    """The families of a schema, their features in its order; others are refused by name."""
    found: dict[str, Tensor] = {}
    for family, features in schema.families.items():
        if family not in dataset.families:
            known = list(dataset.families)
            raise DataError("families", f"must have {family!r} as in training, got {known}")
        array = dataset.families[family]
        names = [q.name for q in features_of(dataset.schema, family, array.shape[-1])]
        wanted = [quantity.name for quantity in features]
        for name in wanted:
            if name not in names:
                raise DataError(f"family {family}", missing_column(name, names))
        for name in names:
            if name not in wanted:
                problem = f"must hold the features of training alone, got {name!r} too"
                raise DataError(f"family {family}", f"{problem}{nearest(name, wanted)}; remove it")
        found[family] = array[..., [names.index(name) for name in wanted]]
    ordered = replace(dataset.schema, families=dict(schema.families))
    return replace(dataset, families=found, schema=ordered)


def _shared(schema: Schema, other: Schema) -> list[tuple[Quantity, Quantity]]:
    """The conditions that two schemas have both."""
    theirs = {quantity.name: quantity for quantity in other.condition}
    return [(ours, theirs[ours.name]) for ours in schema.condition if ours.name in theirs]


def _scalars(dataset: Dataset) -> dict[str, Any]:
    """The conditions of a dataset by name, labels as words."""
    if dataset.condition is None:
        return {}
    found: dict[str, Any] = {}
    for name, column in zip(
        dataset.schema.names("condition"), dataset.condition.numpy().T, strict=True
    ):
        labels = dataset.schema.categories.get(name)
        found[name] = column if labels is None else [labels[int(place)] for place in column]
    return found


def _by_name(schema: Schema, condition: Scalars | None) -> dict[str, Any]:
    if condition is None:
        return {}
    if isinstance(condition, np.ndarray):
        return dict(zip(schema.names("condition"), np.atleast_2d(condition).T, strict=False))
    return {str(name): condition[name] for name in condition}


def _assembled(
    schema: Schema, series: Signal | None, drive: Signal | None, condition: Scalars | None
) -> Dataset:
    signals = {"series": series, "drive": drive}
    stacked = {
        role: _stacked(role, schema, value) for role, value in signals.items() if value is not None
    }
    sizes = {len(values) for values, _ in stacked.values()}
    size = max(sizes, default=_size(condition))
    known = _known(schema, condition, size)
    if len(sizes) > 1 or len({values.shape[1] for values, _ in stacked.values()}) > 1:
        shapes = {role: tuple(values.shape) for role, (values, _) in stacked.items()}
        raise DataError("input", f"series and drive must be of one size, got {shapes}")
    lengths = next((lengths for _, lengths in stacked.values() if lengths is not None), None)
    arrays: dict[str, Any] = {role: values for role, (values, _) in stacked.items()}
    return Dataset(schema=schema, lengths=lengths, condition=known, **arrays)


def _stacked(role: str, schema: Schema, value: Any) -> tuple[Tensor, Tensor | None]:
    """Signals as one array, and their lengths if these differ."""
    names = schema.names(role)
    if not names:
        raise DataError(role, "must be left out: the run was trained without")
    if hasattr(value, "columns"):
        value = [_columns(role, names, value)]
    if isinstance(value, list | tuple):
        pieces = [_sample(role, names, np.asarray(piece)) for piece in value]
        lengths = torch.tensor([len(piece) for piece in pieces])
        stacked = torch.nn.utils.rnn.pad_sequence(pieces, batch_first=True)
        return stacked, lengths if len(lengths.unique()) > 1 else None
    array = np.asarray(value)
    array = array[None] if array.ndim == 1 else array
    array = array[..., None] if array.ndim == 2 else array
    if array.ndim != 3 or array.shape[2] != len(names):
        wanted = f"samples x steps x {len(names)} channels {list(names)}"
        raise DataError(role, f"must be {wanted}, got shape {array.shape}")
    check_digits(role, names, array)
    return torch.from_numpy(np.array(array, dtype=np.float32)), None


def _sample(role: str, names: Sequence[str], array: np.ndarray) -> Tensor:
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or array.shape[1] != len(names):
        wanted = f"steps x {len(names)} channels {list(names)}"
        raise DataError(role, f"each sample must be {wanted}, got shape {array.shape}")
    check_digits(role, names, [array])
    return torch.from_numpy(np.array(array, dtype=np.float32))  # a copy: frames may be read-only


def _columns(role: str, names: Sequence[str], frame: Any) -> np.ndarray:
    """The columns of a data frame, named with or without their unit."""
    found = {str(column).partition(" [")[0]: column for column in frame.columns}
    for name in names:
        if name not in found:
            raise DataError(role, f"must have the column {name!r}, got {list(found)}")
    return frame[[found[name] for name in names]].to_numpy(dtype=np.float64)


def _size(condition: Scalars | None) -> int:
    if condition is None:
        return 1
    if isinstance(condition, Mapping):
        return max((np.size(value) for value in condition.values()), default=1)
    return len(condition)


def _known(schema: Schema, condition: Scalars | None, size: int) -> Tensor | None:
    """The conditions as an array, in the order of the schema."""
    names = schema.names("condition")
    if condition is None:
        return None
    given = _by_name(schema, condition)
    for name in given:
        if name not in names:
            raise DataError(f"condition {name}", unknown(name, names, what="condition"))
    missing = [str(q) for q in schema.condition if q.name not in given]
    if missing:
        raise DataError("condition", f"must have {', '.join(missing)} as in training, got none")
    columns = [_numbers(schema, name, given[name], size) for name in names]
    return torch.from_numpy(np.stack(columns, 1)) if columns else None


def parse_condition(text: str) -> dict[str, Any]:
    """Conditions from `f=100e3,material=3C95`.

    Raises:
        DataError: If it is not written like that, or names a condition twice.

    Example:
        >>> parse_condition("frequency=100e3,material=3C95")
        {'frequency': 100000.0, 'material': '3C95'}
    """
    found: dict[str, Any] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, sign, value = entry.partition("=")
        if not sign or not name.strip():
            raise DataError("condition", f"must be NAME=VALUE,..., got {entry!r}")
        if name.strip() in found:
            raise DataError(f"condition {name.strip()}", "must be given once, got it twice")
        found[name.strip()] = parse(value, f"condition {name}")
    return found


def _numbers(schema: Schema, name: str, value: Any, size: int) -> np.ndarray:
    values = np.ravel(np.asarray(value))
    if name in schema.categories:
        known = schema.categories[name]
        texts = [str(entry) for entry in values.tolist()]
        wrong = [text for text in texts if text not in known]
        if wrong:
            raise DataError(f"condition {name}", f"must be one of {list(known)}, got {wrong[0]!r}")
        values = np.array([known.index(text) for text in texts])
    try:
        if values.dtype.kind == "b":
            raise TypeError("true and false are no numbers")
        values = values.astype(np.float32)
    except (ValueError, TypeError) as error:
        raise DataError(f"condition {name}", f"must be numbers, got {value!r}") from error
    if len(values) not in (1, size):
        raise DataError(f"condition {name}", f"must be 1 or {size} numbers, got {len(values)}")
    return np.broadcast_to(values, size).copy()
