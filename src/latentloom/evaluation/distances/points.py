"""Signals as points in a space, for scores that ask how far two signals are apart."""

from __future__ import annotations

import abc
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from ..judges.features import features, varying
from ..judges.views import moments
from ..population import Population
from .pooled import typical
from .role import InapplicableError

_CELLS = 4_000_000  # distances that are held at a time
_ROUNDING = 1e-13  # of the points' squared size; points that are nearer are the same


class Points(abc.ABC):
    """How a signal becomes a point."""

    @abc.abstractmethod
    def of(self, signals: Population, *, like: Population) -> Float[np.ndarray, "N D"]:
        """One point a signal.

        Args:
            signals: The signals.
            like: Real signals, which say what is typical.
        """


class Steps(Points):
    """Every value of a signal is a coordinate.

    Signals of different lengths are resampled to the typical length of the real ones, by
    straight lines between their steps; their length is one more coordinate, in which twice as
    long is as far as one standard deviation at every step.
    """

    def of(self, signals: Population, *, like: Population) -> Float[np.ndarray, "N D"]:
        if not (signals.ragged or like.ragged):
            values = signals.values.reshape(signals.size, -1).astype(float)
            return np.column_stack([values, np.zeros(signals.size)])  # all of one length
        steps = typical(like)
        values = np.stack([_resampled(*pair, steps) for pair in _each(signals)])
        spread = like.values[like.mask].astype(float).var(0).sum()
        octaves = np.log2(signals.extent / steps) * np.sqrt(steps * spread)
        return np.column_stack([values.reshape(signals.size, -1), octaves])


class Standard(Points):
    """Signals whose channels have zero mean and unit deviation in the real ones, as points.

    Args:
        points: How a signal becomes a point after that.
    """

    def __init__(self, points: Points) -> None:
        self.points = points

    def of(self, signals: Population, *, like: Population) -> Float[np.ndarray, "N D"]:
        shift, scale = moments(like)

        def scaled(population: Population) -> Population:
            rest = (population.values - shift) / scale * population.mask[..., None]
            return replace(population, values=rest)

        return self.points.of(scaled(signals), like=scaled(like))


class Features(Points):
    """What a signal is like: named numbers, each in its real standard deviations.

    Where shapes shift in time, these say more than values do.
    """

    def of(self, signals: Population, *, like: Population) -> Float[np.ndarray, "N D"]:
        there, here = features(like)[0], features(signals)[0]
        varies = varying(there)
        if not varies.any():
            raise InapplicableError("needs real signals that differ, and all of them are alike")
        there, here = there[:, varies], here[:, varies]
        return (here - there.mean(0)) / there.std(0)


def squared_distances(
    x: Float[np.ndarray, "N D"], y: Float[np.ndarray, "M D"]
) -> Float[np.ndarray, "N M"]:
    """Between all points of one set and all of another, in squared units of the points.

    Example:
        >>> squared_distances(np.zeros((1, 2)), np.array([[3.0, 4.0]])).tolist()
        [[25.0]]
    """
    middle = y.mean(0)
    x, y = x - middle, y - middle  # large means would cancel badly
    sizes = (x**2).sum(1)[:, None] + (y**2).sum(1)
    apart = sizes - 2 * x @ y.T
    return np.where(apart > _ROUNDING * sizes, apart, 0)


def nearest(x: Float[np.ndarray, "N D"], y: Float[np.ndarray, "M D"]) -> Float[np.ndarray, " N"]:
    """How far each point of one set is from the nearest of another, in units of the points.

    Example:
        >>> nearest(np.array([[0.0], [9.0]]), np.array([[1.0], [4.0]])).tolist()
        [1.0, 5.0]
    """
    parts: list[np.ndarray] = []
    for rows in _blocks(len(x), len(y)):
        match = squared_distances(x[rows], y).argmin(1)
        parts.append(np.sqrt(((x[rows] - y[match]) ** 2).sum(1)))  # exact where they agree
    return np.concatenate(parts)


def _blocks(size: int, width: int) -> Iterator[slice]:
    rows = max(1, _CELLS // width)
    return (slice(start, start + rows) for start in range(0, size, rows))


def _each(signals: Population) -> Iterator[tuple[np.ndarray, int]]:
    return zip(signals.values, signals.extent.tolist(), strict=True)


def _resampled(
    values: Float[np.ndarray, "T C"], length: int, steps: int
) -> Float[np.ndarray, "U C"]:
    at = np.linspace(0, length - 1, steps)
    known = np.arange(length)
    return np.stack([np.interp(at, known, channel[:length]) for channel in values.T], 1)
