"""The first rows of signals, which a run that learned from them has to be told."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ..core.errors import DataError
from ..data.dataset import Dataset, Schema
from .complaints import unknown
from .exchange import whole_from
from .inputs import parse_condition


def beginnings(
    schema: Schema, steps: int, known: Dataset, given: np.ndarray | None
) -> Float[Tensor, "N P C"]:
    """The first rows of signals: those that are given, or those of signals that are known.

    Args:
        schema: The columns that a run was trained on.
        steps: How many first rows it has to be told.
        known: What else is known of the signals.
        given: The rows, as signals x channels, or signals x steps x channels.

    Raises:
        DataError: If they are nowhere, not finite, or of another size.

    Example:
        >>> from latentloom.data.dataset import Quantity
        >>> schema = Schema(series=(Quantity("height"),))
        >>> beginnings(schema, 1, Dataset(schema=schema), np.array([[5.0]]))
        tensor([[[5.]]])
    """
    names = list(schema.names("series"))
    if given is None and known.series is None:
        problem = f"must be known in the first {steps} steps, as in training: {', '.join(names)}"
        raise DataError("series", f"{problem}; give them, with --first-row at the command line")
    if given is None:
        assert known.series is not None
        least = known.steps if known.lengths is None else int(known.lengths.min())
        if least < steps:
            problem = f"must hold the first {steps} rows of each signal, got one of {least}"
            raise DataError("series", problem)
        return known.series[:, :steps]
    rows = torch.as_tensor(np.array(given, dtype=np.float32))
    rows = rows[:, None] if rows.ndim == 2 and steps == 1 else rows
    if rows.ndim != 3 or rows.shape[1:] != (steps, len(names)):
        wanted = f"signals x {steps} steps x {len(names)} channels {names}"
        raise DataError("first row", f"must be {wanted}, got shape {tuple(np.shape(given))}")
    if not bool(rows.isfinite().all()):
        raise DataError("first row", "must be finite numbers, got NaN or infinite ones")
    return rows


def begun(blank: Dataset, rows: Float[Tensor, "N P C"]) -> Dataset:
    """Samples whose signals are still to be made, but for their first rows.

    One beginning serves all samples, and one sample all beginnings.

    Raises:
        DataError: If there are as many of neither.
    """
    size = max(blank.size, len(rows))
    if {blank.size, len(rows)} - {1, size}:
        problem = f"must be as many as the {blank.size} signals, got {len(rows)}"
        raise DataError("first row", problem)
    whole = blank.take([0] * size) if blank.size < size else blank
    assert whole.series is not None
    series = whole.series.clone()
    series[:, : rows.shape[1]] = rows
    return replace(whole, series=series)


def parse_beginnings(schema: Schema, steps: int, text: str) -> np.ndarray:
    """First rows from a file, or from `comp_1=0.3,comp_2=-1.2`.

    A run that needs none refuses them.

    The rows of a CSV file are first rows, `steps` for each signal; of the signals of other
    files the first steps are taken.

    Raises:
        DataError: If a channel is missing, unknown or no number, or the file cannot be read.
    """
    names = schema.names("series")
    if not steps:
        raise DataError("first row", "must be left out: the run was trained without")
    path = Path(text)
    if path.exists():
        return _read(schema, steps, path)
    if "=" not in text:
        problem = f"must be a file, or {names[0]}=VALUE,... of all channels; no such file"
        raise DataError(f"first row {text}", problem)
    told = parse_condition(text)
    for name in told:
        if name not in names:
            raise DataError(f"first row {name}", unknown(name, names, what="channel"))
    if lost := [name for name in names if name not in told]:
        raise DataError("first row", f"must name every channel, and {', '.join(lost)} is missing")
    if steps > 1:
        problem = f"must be a file where {steps} steps are known, got one row"
        raise DataError("first row", problem)
    return np.array([[[_number(name, told[name]) for name in names]]], dtype=np.float32)


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DataError(f"first row {name}", f"must be a number, got {value!r}")
    return float(value)


def _read(schema: Schema, steps: int, path: Path) -> np.ndarray:
    dataset = whole_from(schema, path)
    names = dataset.schema.names("series")
    if dataset.series is None or names != schema.names("series"):
        wanted = list(schema.names("series"))
        raise DataError(str(path), f"must hold the signals {wanted}, got {list(names)}")
    values = dataset.series.numpy()
    if path.suffix.lower() != ".csv":
        return values[:, :steps]
    if values.shape[1] % steps:
        problem = f"must hold {steps} rows for each signal, got {values.shape[1]}"
        raise DataError(str(path), problem)
    return values.reshape(-1, steps, values.shape[2])
