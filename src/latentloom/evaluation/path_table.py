"""Paths as a table: a row for each point, with what follows from where it is and when."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from ..core.errors import DataError
from ..core.files import write_atomically
from ..data.dataset import Dataset, Quantity
from .kinematics import CHANNELS, Paths
from .population import Population

if TYPE_CHECKING:
    import pandas as pd


def path_table(dataset: Dataset) -> pd.DataFrame:
    """The points of paths in long form, with speed, acceleration, heading and curvature.

    Speed and heading are those of the step that leads to a point, so that a first point has
    none. Acceleration and curvature compare the steps on both sides of a point, so that a first
    and a last one have none.

    Args:
        dataset: Signals with the channels `t` in milliseconds, `x` and `y`.

    Returns:
        A row for each real point: `id`, the number of the path; `t`, `x` and `y`; `speed` in
        the unit of the places per second; `acceleration` in that per second squared; `heading`
        in radians from the first axis; `curvature` in radians per unit. NaN where there is none.

    Raises:
        DataError: If there are no such signals, or their units are others.

    Example:
        >>> import torch
        >>> from latentloom.data.dataset import Schema
        >>> schema = Schema(series=(Quantity("t", "ms"), Quantity("x", "px"), Quantity("y", "px")))
        >>> moves = torch.tensor([[[0.0, 0, 0], [500, 3, 4], [1000, 3, 14]]])
        >>> table = path_table(Dataset(schema=schema, series=moves))
        >>> table["speed [px/s]"].tolist(), table["acceleration [px/s2]"].tolist()
        ([nan, 10.0, 20.0], [nan, 20.0, nan])
    """
    import pandas as pd

    paths, channels = _paths(dataset)
    unit, points = channels[1].unit or "1", paths.time.shape[1]
    heading = np.where(paths.known(1), paths.heading, np.nan)
    curvature = np.where(paths.known(2), paths.curvature, np.nan)
    values = {
        **dict(
            zip(map(str, channels), (paths.time, *np.moveaxis(paths.place, -1, 0)), strict=True)
        ),
        f"speed [{unit}/s]": _at_points(paths.speed, points),
        f"acceleration [{unit}/s2]": _at_points(paths.acceleration, points),
        "heading [rad]": _at_points(heading, points),
        f"curvature [rad/{unit}]": _at_points(curvature, points),
    }
    real = paths.known(0)
    numbers = {"id": np.nonzero(real)[0]}
    return pd.DataFrame(numbers | {name: column[real] for name, column in values.items()})


def write_path_table(table: pd.DataFrame, path: Path) -> None:
    """Writes a table of paths, empty where there is no value.

    Args:
        table: The table.
        path: A new file; `.parquet` is written so, its columns without their units, which names
            of columns have in CSV alone; all else as CSV.
    """
    if path.suffix == ".parquet":
        bare = table.rename(columns=lambda name: name.partition(" [")[0])
        write_atomically(path, lambda temporary: bare.to_parquet(temporary, index=False))
    else:
        write_atomically(
            path, lambda temporary: table.to_csv(temporary, index=False, float_format="%.7g")
        )


def check_table(path: Path) -> None:
    """Checks that a table can be written to a file, before it is made.

    Raises:
        DataError: If it exists, or its ending is that of no table.
    """
    if path.suffix not in (".csv", ".parquet"):
        raise DataError(str(path), f"must end in .csv or .parquet, got '{path.suffix}'")
    if path.exists():
        raise DataError(str(path), "must be a new file, and it exists; choose another name")


def _paths(dataset: Dataset) -> tuple[Paths, list[Quantity]]:
    """The paths, and their channels with their units."""
    if dataset.series is None:
        raise DataError("paths", f"must have the series {', '.join(CHANNELS)}, got none")
    lengths = None if dataset.lengths is None else dataset.lengths.numpy()
    names = dataset.schema.names("series")
    try:
        signals = Population(values=dataset.series.numpy(), lengths=lengths, channels=names)
        paths = Paths.of(signals)
    except ValueError as error:
        raise DataError("series", str(error)) from error
    time, *places = (dataset.schema.series[names.index(name)] for name in CHANNELS)
    if time.unit not in ("", "ms"):
        raise DataError("series t", f"must be in ms, got {time.unit}")
    if places[0].unit != places[1].unit:
        units = " and ".join(place.unit or "no unit" for place in places)
        raise DataError("series x and y", f"must be of one unit, got {units}")
    return paths, [time, *places]


def _at_points(values: Float[np.ndarray, "N K"], points: int) -> Float[np.ndarray, "N T"]:
    """Values of which the first is the second point's; NaN at points that have none."""
    after = points - 1 - values.shape[1]
    return np.pad(values, ((0, 0), (1, after)), constant_values=np.nan)
