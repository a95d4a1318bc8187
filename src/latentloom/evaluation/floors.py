"""How near real data comes to itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from ..data.dataset import Dataset
from . import measures
from .baselines.conditions import Conditions
from .baselines.role import array, mask_of, size


@dataclass(frozen=True, slots=True, kw_only=True)
class Twins:
    """Records that were driven alike, twice.

    Args:
        rows: The records that have a twin.
        twins: The twin of each.
        distances: NRMSE between the shapes of their signals.
    """

    rows: Int[np.ndarray, " M"]
    twins: Int[np.ndarray, " M"]
    distances: Float[np.ndarray, " M"]


def repeatability(
    dataset: Dataset, *, drive: float = 0.03, condition: float = 0.3
) -> Twins | None:
    """How far apart the signals of two records are that were driven alike.

    No prediction from drive and conditions can be expected to come much nearer than that.
    The twin of a record is the one with the nearest drive among those with the same labels
    and nearly the same conditions. Drives, and then the signals, are compared as shapes:
    each over its rms.

    Args:
        dataset: The records, in the units of their files.
        drive: How far apart the drives of twins may be, as an NRMSE.
        condition: How far apart each of their conditions may be, as a share of its
            deviation over the dataset (of its logarithm, if it ranges widely).

    Returns:
        The twins, or None if fewer than two records have one.

    Raises:
        DataError: If the dataset has no drive or no series.
    """
    mask = mask_of(dataset)
    shapes = [_shape(array(dataset, name), mask) for name in ("drive", "series")]
    flat = shapes[0].reshape(dataset.size, -1)
    power = (flat**2).sum(1)
    square = power[:, None] + power - 2 * flat @ flat.T
    spread = measures.deviation(shapes[0], mask).mean(1)
    count = mask.sum(1) * shapes[0].shape[2]
    error = np.sqrt(np.maximum(square, 0) / count[:, None]) / spread[:, None]
    error = np.where(_alike(dataset, condition) & np.isfinite(error), error, np.inf)
    rows, twins = np.flatnonzero(error.min(1) <= drive), error.argmin(1)
    if len(rows) < 2:
        return None
    twins = twins[rows]
    found = measures.nrmse(shapes[1][rows], shapes[1][twins], mask[rows])
    return Twins(rows=rows, twins=twins, distances=found)


def _shape(
    x: Float[np.ndarray, "N T C"], mask: Bool[np.ndarray, "N T"]
) -> Float[np.ndarray, "N T C"]:
    return x / size(x, mask)[:, None] * mask[..., None]


def _alike(dataset: Dataset, tolerance: float) -> Bool[np.ndarray, "N N"]:
    """Which records share labels, lengths and conditions; none with itself."""
    conditions = Conditions()
    conditions.fit(dataset)
    values = conditions.of(dataset)
    alike = ~np.eye(dataset.size, dtype=bool)
    for column in values.T:
        alike &= np.abs(column[:, None] - column) <= tolerance
    for name in dataset.schema.categories:
        if dataset.condition is not None:
            label = dataset.condition[:, dataset.schema.index("condition", name)].numpy()
            alike &= label[:, None] == label
    lengths = mask_of(dataset).sum(1)
    return alike & (lengths[:, None] == lengths)
