"""Small made-up samples with the columns that a recipe names, to try its parts on."""

import math
from collections.abc import Sequence
from dataclasses import replace

import torch

from ..data.dataset import Dataset, Quantity, Schema
from ..data.formats.columns import Columns
from ..data.transforms import Increasing, Transform
from ..data.transforms.gaussian_form import FILED

SAMPLES = 8
STEPS = 64


def outline(columns: Columns, file_label: str) -> Schema:
    """The schema that columns promise, as far as it is known before a file is read.

    Args:
        columns: The roles of the arrays of a file.
        file_label: The name of the label that files give their samples; none if empty.
    """
    label = tuple(name for name in (columns.label, file_label) if name)
    labelled = replace(columns, condition=(*columns.condition, *label))
    names = [quantity.name for quantity in labelled.quantities("condition")]
    return Schema(
        series=columns.quantities("series"),
        drive=columns.quantities("drive"),
        condition=labelled.quantities("condition"),
        categories=dict.fromkeys(names[len(columns.condition) :], ("a", "b")),
        periodic=columns.periodic,
    )


def placeholder(schema: Schema, transforms: Sequence[Transform] = ()) -> Dataset:
    """Sine waves with positive conditions: samples that every transform can be fitted on.

    Of Gaussians the scales are positive too, and what must increase does, by as much as it
    must.

    Args:
        schema: The columns.
        transforms: What may ask for signals that increase.
    """
    angles = torch.linspace(0, 2 * math.pi, STEPS + 1)[:-1]
    shifts = torch.linspace(0, 3, SAMPLES)[:, None, None]
    shares = 1 + torch.arange(SAMPLES)[:, None] / SAMPLES

    def waves(quantities: tuple[Quantity, ...], phase: float) -> torch.Tensor | None:
        channels = torch.arange(len(quantities))
        made = torch.sin(angles[:, None] * (1 + channels) + shifts + phase) * shares[..., None]
        return made if quantities else None

    condition = shares.expand(-1, len(schema.condition)).clone()
    for index, quantity in enumerate(schema.condition):
        names = schema.categories.get(quantity.name, ())
        if names:
            condition[:, index] = (torch.arange(SAMPLES) % len(names)).float()
        else:
            condition[:, index] = condition[:, index].pow(1 + index)
    series = waves(schema.series, math.pi / 2)
    if series is not None and schema.names("series")[: len(FILED)] == FILED:
        series[..., 2:4] = series[..., 2:4].exp()
    rising = [t for t in transforms if isinstance(t, Increasing)]
    rises = {name: max(1.0, t.least) for t in rising for name in t.names}
    for place, name in enumerate(schema.names("series")):
        if series is not None and name in rises:
            series[..., place] = rises[name] * torch.arange(float(STEPS))
    return Dataset(
        schema=schema,
        series=series,
        drive=waves(schema.drive, 0.0),
        condition=condition if schema.condition else None,
        group=torch.arange(SAMPLES) // 2,
    )
