"""What a single field looks like in numbers: the temporal family, one row a time step."""

import itertools
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .grid import HIGH, LOW, Grid, grid_of, over, squares, transform
from .laws import CHANNELS

OF_A_CHANNEL = (
    "mean",
    "deviation",
    "skewness",
    "kurtosis",
    "least",
    "greatest",
    "above",
    "slope",
    "curvature",
    "centroid",
    "bandwidth",
    "entropy",
    "low",
    "high",
    "anisotropy",
    "change",
    "memory",
)
OF_A_PAIR = ("correlation", "slope_correlation", "low_correlation", "high_correlation")
PAIRS = tuple(itertools.combinations(range(CHANNELS), 2))
NAMES = tuple(
    [f"{name}_{channel}" for channel in range(CHANNELS) for name in OF_A_CHANNEL]
    + [f"{name}_{one}{other}" for one, other in PAIRS for name in OF_A_PAIR]
)


@dataclass(frozen=True, slots=True)
class Frame:
    """Fields and their coefficients at one time, ... x channels x n x n.

    Args:
        field: The fields.
        coefficients: What `transform` makes of them.
        deviation: The root mean square about the mean of each.
    """

    field: np.ndarray
    coefficients: np.ndarray
    centred: np.ndarray
    deviation: np.ndarray

    @classmethod
    def of(cls, field: np.ndarray, coefficients: np.ndarray | None = None) -> "Frame":
        """The frame of some fields, whose coefficients may be known already."""
        known = transform(field) if coefficients is None else coefficients
        centred = field - field.mean((-1, -2), keepdims=True)
        deviation = np.sqrt((centred * centred).mean((-1, -2)))
        return cls(field, known, centred, deviation)

    @property
    def grid(self) -> Grid:
        """Where they are."""
        return grid_of(self.field.shape[-1])


def frame_features(frame: Frame, before: Frame, start: Frame, time_step: np.ndarray) -> np.ndarray:
    """All numbers of some fields.

    Args:
        frame: The fields.
        before: The fields one step before.
        start: The fields at the start.
        time_step: The time between the first two, broadcast against ... x channels.

    Returns:
        ... x 63, as `NAMES` says.
    """
    of_time = [
        np.sqrt(((frame.field - before.field) ** 2).mean((-1, -2))) / time_step,
        _correlation(frame, start),
    ]
    single = np.stack([*moments(frame), *spectrum(frame).values(), *of_time], -1)
    lead = single.shape[:-2]
    return np.concatenate([single.reshape(*lead, -1), pairs(frame).reshape(*lead, -1)], -1)


def moments(frame: Frame) -> list[np.ndarray]:
    """The first seven of `OF_A_CHANNEL`: mean to share of cells above the mean."""
    field, centred, deviation = frame.field, frame.centred, frame.deviation
    square = centred * centred
    third, fourth = (square * centred).mean((-1, -2)), (square * square).mean((-1, -2))
    return [
        field.mean((-1, -2)),
        deviation,
        over(third, deviation**3, 1e-12),
        over(fourth - 3 * deviation**4, deviation**4, 1e-16),
        field.min((-1, -2)),
        field.max((-1, -2)),
        (centred > 0).mean((-1, -2)),
    ]


@lru_cache
def _weights(size: int) -> np.ndarray:
    grid = grid_of(size)
    number, angle = grid.number, np.arctan2(grid.across, grid.along)
    shells = [grid.shell == shell for shell in range(1, grid.shells + 1)]
    return grid.columns(
        np.ones(()),
        number,
        number**2,
        number**4,
        number < LOW,
        number >= HIGH,
        np.cos(2 * angle),
        np.sin(2 * angle),
        *shells,
    )


def spectrum(frame: Frame) -> dict[str, np.ndarray]:
    """What the squares of the coefficients say: slope to anisotropy of `OF_A_CHANNEL`."""
    sums = frame.grid.sums(squares(frame.coefficients), _weights(frame.grid.size))
    total, first, second, fourth, low, high, even, odd = np.moveaxis(sums[..., :8], -1, 0)
    centroid, mean_square = over(first, total, 1e-12), over(second, total, 1e-12)
    shells = sums[..., 8:]
    share = over(shells, shells.sum(-1, keepdims=True), 1e-12)
    entropy = -(share * np.log(np.maximum(share, 1e-30))).sum(-1) / np.log(frame.grid.shells)
    return {
        "slope": np.sqrt(second),
        "curvature": np.sqrt(fourth),
        "centroid": centroid,
        "bandwidth": np.sqrt(np.maximum(mean_square - centroid**2, 0)),
        "entropy": entropy,
        "low": over(low, total, 1e-12),
        "high": over(high, total, 1e-12),
        "anisotropy": over(np.hypot(even, odd), total, 1e-12),
    }


@lru_cache
def _pair_weights(size: int) -> np.ndarray:
    grid = grid_of(size)
    low = grid.number < LOW
    return grid.columns(np.ones(()), grid.number**2, low, ~low)


def pairs(frame: Frame) -> np.ndarray:
    """Correlations of the channels: of values, of slopes, of long waves, of the others.

    Returns:
        ... x pairs x 4.
    """
    weights, known = _pair_weights(frame.grid.size), frame.coefficients
    size = np.sqrt(frame.grid.sums(squares(known), weights))
    found: list[np.ndarray] = []
    for one, other in PAIRS:
        a, b = known[..., one, :, :], known[..., other, :, :]
        product = frame.grid.sums(np.real(a * np.conj(b)), weights)
        found.append(over(product, size[..., one, :] * size[..., other, :], 1e-12))
    return np.stack(found, -2)


def _correlation(one: Frame, other: Frame) -> np.ndarray:
    both = (one.centred * other.centred).mean((-1, -2))
    return over(both, one.deviation * other.deviation, 1e-12)
