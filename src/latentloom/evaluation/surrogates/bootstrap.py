"""Real signals again, whole or in blocks of time."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Int

from ...core.ranges import at_least
from ..population import Population
from .role import Surrogate
from .start import begun, finished, kin


class IidBootstrap(Surrogate):
    """Draws whole signals with replacement: what a generator that only remembers would make.

    Example:
        >>> train = Population(values=np.arange(3.0).reshape(3, 1, 1))
        >>> made = IidBootstrap().draw(train, 5, seed=0)
        >>> set(made.values.flat) <= {0.0, 1.0, 2.0}
        True

    References:
        An Introduction to the Bootstrap (Efron and Tibshirani, 1993), chapter 6.
    """

    def draw(self, train: Population, size: int, *, seed: int) -> Population:
        at_least(1, size=size)
        rows = np.random.default_rng(seed).integers(train.size, size=size)
        start = train.take(rows)
        return finished(start, start.values)


class BlockBootstrap(Surrogate):
    r"""Joins blocks of time of different real signals to new ones.

    $$y_{[t, t + l)} = x^{(i)}_{[t, t + l)}, \qquad i \text{ drawn anew for each block}$$

    A block keeps its place in time, so that signals with a common beginning, such as
    gestures, stay aligned; for windows of a stationary series this is the moving-block
    bootstrap. It takes all channels from one signal, so that they stay together, and only
    from signals of equal labels that are long enough. Joins are hard, without overlap, and
    fall on steps that differ from signal to signal.

    Args:
        length: Steps of a block; None for a quarter of the signal.

    Example:
        >>> train = Population(values=np.arange(12.0).reshape(2, 6, 1))
        >>> made = BlockBootstrap(length=2).draw(train, 4, seed=0)
        >>> (made.values[..., 0] % 6).tolist()[0]
        [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]

    References:
        The jackknife and the bootstrap for general stationary observations (Künsch, 1989),
        section 2.3. https://doi.org/10.1214/aos/1176347265
    """

    def __init__(self, *, length: int | None = None) -> None:
        if length is not None:
            at_least(1, length=length)
        self.length = length

    def draw(self, train: Population, size: int, *, seed: int) -> Population:
        rng = np.random.default_rng(seed)
        rows, start = begun(train, size, rng)
        length = self.length or max(1, round(train.steps / 4))
        family, extent = kin(train), train.extent
        donors = [_Donors.of(np.flatnonzero(family == one), extent) for one in np.unique(family)]
        values = start.values.copy()
        for row, source in enumerate(rows):
            edges = _edges(int(extent[source]), length, rng)
            for begin, end in pairwise(edges):
                donor = donors[family[source]].one(end, rng)
                values[row, begin:end] = train.values[donor, begin:end]
        return finished(start, values)


@dataclass(frozen=True, slots=True)
class _Donors:
    """Signals that may give blocks to one another, the shortest first."""

    rows: Int[np.ndarray, " N"]
    extent: Int[np.ndarray, " N"]

    @classmethod
    def of(cls, rows: Int[np.ndarray, " _"], extent: Int[np.ndarray, " _"]) -> "_Donors":
        rows = rows[np.argsort(extent[rows], kind="stable")]
        return cls(rows, extent[rows])

    def one(self, end: int, rng: np.random.Generator) -> int:
        """One of those that last until `end`."""
        first = np.searchsorted(self.extent, end)
        return int(self.rows[rng.integers(first, len(self.rows))])


def _edges(steps: int, length: int, rng: np.random.Generator) -> list[int]:
    """Where blocks begin and at last end; the first one is cut at random."""
    inner = range(int(rng.integers(1, length + 1)), steps, length)
    return [0, *inner, steps]
