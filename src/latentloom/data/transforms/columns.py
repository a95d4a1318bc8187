"""Finding, adding and dropping the columns of a dataset."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from ...core.errors import DataError
from ...core.names import nearest
from ..dataset import Dataset, Quantity, Schema

Array = Literal["series", "drive", "condition"]

LAW = "law"
"""The drive channel that holds what a physical law says of the first series channel.

Whatever scales that channel of the series scales this one alike.
"""


def find(schema: Schema, array: Array, name: str) -> int:
    """Where a column stands.

    Raises:
        DataError: If it is not there.
    """
    names = schema.names(array)
    if name in names:
        return names.index(name)
    hint = nearest(name, names) or f"; it has {list(names)}"
    raise DataError(array, f"has no {name!r} at this place of the transforms{hint}")


def need(dataset: Dataset, array: Array) -> Tensor:
    """One of the arrays, which must be there.

    Raises:
        DataError: If it is not.
    """
    values = getattr(dataset, array)
    if values is None:
        raise DataError(array, "is missing, and a transform of this recipe needs it")
    return values


def real(dataset: Dataset) -> Bool[Tensor, "N T"]:
    """True where a step is real, False where it is padding."""
    lengths = real_lengths(dataset)
    return torch.arange(dataset.steps) < lengths[:, None]


def real_lengths(dataset: Dataset) -> Int[Tensor, " N"]:
    """How many leading steps of each sample are real."""
    if dataset.lengths is not None:
        return dataset.lengths
    return torch.full((dataset.size,), dataset.steps)


def padded(dataset: Dataset, values: Tensor) -> Tensor:
    """The values, as single floats, with padding back at zero."""
    if values.ndim == 3 and dataset.lengths is not None:
        values = values.where(real(dataset)[..., None], 0.0)
    return values.float()


def root_mean_square(values: Float[Tensor, "N T C"], dataset: Dataset) -> Float[Tensor, "N C"]:
    """Root mean square over the real steps of each sample, in the units of the values."""
    power = (values.double().square() * real(dataset)[..., None]).sum(1)
    return (power / real_lengths(dataset)[:, None].clamp_min(1)).sqrt()


def half_swing(values: Float[Tensor, "N T C"], dataset: Dataset) -> Float[Tensor, "N C"]:
    """Half of the peak-to-peak value over the real steps of each sample."""
    outside = ~real(dataset)[..., None]
    highest = values.double().masked_fill(outside, -torch.inf).amax(1)
    lowest = values.double().masked_fill(outside, torch.inf).amin(1)
    return (highest - lowest) / 2


def rescaled(dataset: Dataset, schema: Schema, factor: Float[Tensor, "N _"]) -> Dataset:
    """The dataset with its series, and the law's channel of its drive, times a factor.

    Args:
        dataset: Whose series is scaled, where it has one.
        schema: Its columns.
        factor: One for each series channel, or one for all; a law follows the first.
    """
    changed: dict[str, Tensor] = {}
    if dataset.series is not None:
        changed["series"] = padded(dataset, dataset.series.double() * factor[:, None])
    if dataset.drive is not None and LAW in schema.names("drive"):
        law = find(schema, "drive", LAW)
        changed["drive"] = torch.clone(dataset.drive)
        changed["drive"][..., law] = (dataset.drive[..., law] * factor[:, :1]).float()
    return replace(dataset, **changed)


def unitless(schema: Schema, names: Sequence[str] | None = None) -> Schema:
    """The columns once series, and a law of the first, were divided by something of their unit.

    Args:
        schema: The columns before.
        names: The series that were divided; all of them if None.
    """
    divided = schema.names("series") if names is None else names
    series = tuple(Quantity(q.name) if q.name in divided else q for q in schema.series)
    law = names is None or set(schema.names("series")[:1]) <= set(names)
    drive = tuple(Quantity(LAW) if q.name == LAW and law else q for q in schema.drive)
    return replace(schema, series=series, drive=drive)


def appended(dataset: Dataset, array: Array, quantity: Quantity, column: Tensor) -> Dataset:
    """The dataset with one more column at the end of an array.

    Raises:
        DataError: If the array has a column of that name.
    """
    quantities = getattr(dataset.schema, array)
    if quantity.name in dataset.schema.names(array):
        raise DataError(array, f"already has {quantity.name!r}; it cannot be appended again")
    schema = replace(dataset.schema, **{array: (*quantities, quantity)})
    values, column = getattr(dataset, array), padded(dataset, column)
    values = column if values is None else torch.cat([values, column], -1)
    return replace(dataset, schema=schema, **{array: values})


def dropped(dataset: Dataset, array: Array, schema: Schema) -> Dataset:
    """The dataset with only those leading columns of an array that the schema knows."""
    values, count = getattr(dataset, array), len(schema.names(array))
    values = None if values is None or count == 0 else values[..., :count]
    return replace(dataset, schema=schema, **{array: values})


def labelled(dataset: Dataset, name: str) -> tuple[tuple[str, ...], Int[Tensor, " N"]]:
    """The names of a label, and the index of the one that each sample has.

    Raises:
        DataError: If the condition is no label, or a value is not the index of a name.
    """
    column = need(dataset, "condition")[:, find(dataset.schema, "condition", name)]
    if name not in dataset.schema.categories:
        known = [*dataset.schema.categories]
        raise DataError(f"condition {name}", f"must be a label; the labels are {known}")
    names = dataset.schema.categories[name]
    bad = (~torch.isin(column, torch.arange(float(len(names))))).nonzero().flatten().tolist()
    if bad:
        problem = f"must be the index of one of {list(names)}, got {column[bad[0]]:g}"
        raise DataError(f"condition {name}", f"{problem} in sample {bad[0]}")
    return names, column.long()
