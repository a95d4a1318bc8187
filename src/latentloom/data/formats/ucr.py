"""UCR archive files: one series a line, its label first, tabs between."""

from pathlib import Path

import numpy as np
import torch

from ...core.errors import DataError
from ..dataset import Dataset, Quantity, Schema, Source
from .labels import ordered
from .numbers import floats
from .records import padded, tensor
from .writing import fresh

LABEL = "label"


def read(path: Path) -> Dataset:
    """Reads series of one channel; values that are missing at an end are padding.

    Raises:
        DataError: If a line has another form.
    """
    labels: list[str] = []
    pieces: list[np.ndarray] = []
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if line.strip():
            label, *values = line.rstrip("\t").split("\t")
            labels.append(_name(label.strip()))
            pieces.append(_trimmed(floats(f"{path}:{number}", values)))
    return labelled_series(str(path), labels, [piece[:, None] for piece in pieces], ("value",))


def labelled_series(
    source: str, labels: list[str], pieces: list[np.ndarray], channels: tuple[str, ...]
) -> Dataset:
    """Pieces of steps x channels, each with the name of its class, as one dataset.

    Raises:
        DataError: If there are none, or one is empty.
    """
    if not pieces:
        raise DataError(source, "has no series")
    lengths = np.array([len(piece) for piece in pieces])
    if not lengths.all():
        raise DataError(source, f"series {int(lengths.argmin())} has no values")
    names = ordered(labels)
    place = {name: float(index) for index, name in enumerate(names)}
    schema = Schema(
        series=tuple(Quantity(name) for name in channels),
        condition=(Quantity(LABEL),) if names else (),
        categories={LABEL: names} if names else {},
    )
    return Dataset(
        schema=schema,
        series=tensor(padded(pieces, int(lengths.max()))),
        lengths=torch.from_numpy(lengths) if len(set(lengths.tolist())) > 1 else None,
        condition=torch.tensor([[place[label]] for label in labels]) if names else None,
    )


def write(source: Source, path: Path) -> None:
    """Writes series of one channel with one label.

    Raises:
        DataError: If there is more than fits, or the file exists or cannot be written.
    """
    if len(source.schema.series) != 1:
        channels = source.schema.names("series")
        raise DataError(str(path), f"a UCR file holds one channel, got {list(channels)}")
    labels, pieces = unlabelled(source, path)
    with fresh(path) as partial, partial.open("w") as file:
        for label, piece in zip(labels, pieces, strict=True):
            values = [*piece[:, 0], *[np.nan] * (source.steps - len(piece))]
            file.write("\t".join([label, *(f"{value:.9g}" for value in values)]) + "\n")


def unlabelled(source: Source, path: Path) -> tuple[list[str], list[np.ndarray]]:
    """The class of each sample, and its real steps.

    Raises:
        DataError: If the samples have more than series and one label.
    """
    dataset, schema = source.take(slice(None)), source.schema
    extra = [name for name in dataset.arrays() if name not in ("series", "lengths", "condition")]
    if extra or dataset.series is None or tuple(schema.categories) != schema.names("condition"):
        raise DataError(
            str(path),
            "this format holds series and one label, got "
            f"{[*dataset.arrays()]} with conditions {[*schema.names('condition')]}",
        )
    lengths = [dataset.steps] * dataset.size if dataset.lengths is None else dataset.lengths
    pieces = [x[: int(n)].numpy() for x, n in zip(dataset.series, lengths, strict=True)]
    if len(schema.categories) != 1 or dataset.condition is None:
        raise DataError(str(path), f"this format holds one label, got {[*schema.categories]}")
    names = next(iter(schema.categories.values()))
    return [names[int(index)] for index in dataset.condition[:, 0]], pieces


def _name(label: str) -> str:
    """Whole numbers are written in many ways; 1, 1.0 and 1.0000e+00 are one class."""
    try:
        number = float(label)
    except ValueError:
        return label
    return str(int(number)) if number.is_integer() else label


def _trimmed(values: np.ndarray) -> np.ndarray:
    real = np.flatnonzero(~np.isnan(values))
    return values[: real[-1] + 1] if len(real) else values[:0]
