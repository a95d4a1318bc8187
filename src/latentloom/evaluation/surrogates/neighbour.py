"""Mixtures of a real signal and one of its nearest neighbours."""

import numpy as np
from jaxtyping import Float, Int

from ...core.ranges import at_least
from ..population import Population
from .role import Surrogate
from .start import begun, finished, kin, standardised

_BLOCK = 256  # signals whose neighbours are sought at a time


class NearestNeighbour(Surrogate):
    r"""Draws a point on the line from a real signal to one of its nearest neighbours.

    $$y = x + u \, (x' - x), \qquad u \sim U[0, 1]$$

    with $x'$ one of the `neighbours` nearest of equal labels, by the squared distance of the
    standardised channels over the steps of $x$. Only signals that are at least as long are
    neighbours; where there is none, as for the longest, $x$ is drawn itself.

    Args:
        neighbours: Among how many nearest ones the neighbour is drawn.
        most: Among how many signals they are sought; more are left out at random.

    Raises:
        ValueError: If a number is less than 1.

    Example:
        >>> train = Population(values=np.array([[[0.0]], [[1.0]], [[9.0]]]))
        >>> made = NearestNeighbour(neighbours=1).draw(train, 2, seed=0).values
        >>> bool((made >= 0).all())
        True

    References:
        SMOTE: synthetic minority over-sampling technique (Chawla et al., 2002), section 4.2.
        https://doi.org/10.1613/jair.953
    """

    def __init__(self, *, neighbours: int = 5, most: int = 4000) -> None:
        at_least(1, neighbours=neighbours, most=most)
        self.neighbours = neighbours
        self.most = most

    def draw(self, train: Population, size: int, *, seed: int) -> Population:
        if train.size < 2:
            raise ValueError(f"neighbours take at least 2 signals, got {train.size}")
        rng = np.random.default_rng(seed)
        rows, start = begun(train, size, rng)
        sought = np.sort(rng.permutation(train.size)[: self.most])
        distinct, place = np.unique(rows, return_inverse=True)
        nearest = self._nearest(train, distinct, sought)[place]
        there = (nearest >= 0).sum(1)
        picked = nearest[np.arange(size), (rng.random(size) * there).astype(int)]
        share = np.where(there > 0, rng.random(size), 0.0)[:, None, None]
        return finished(start, start.values + share * (train.values[picked] - start.values))

    def _nearest(
        self, train: Population, rows: Int[np.ndarray, " R"], sought: Int[np.ndarray, " S"]
    ) -> Int[np.ndarray, "R _"]:
        """The neighbours of some signals, the nearest first; -1 where there are no more."""
        flat = standardised(train).reshape(train.size, -1)
        there, squared = flat[sought].T, (flat[sought] ** 2).T
        mask = np.repeat(train.mask, train.width, axis=1).astype(np.float32)
        family, extent = kin(train), train.extent
        found = []
        for begin in range(0, len(rows), _BLOCK):
            block = rows[begin : begin + _BLOCK]
            distance = mask[block] @ squared - 2 * flat[block] @ there
            strange = family[block, None] != family[sought]
            short = extent[block, None] > extent[sought]
            distance[strange | short | (block[:, None] == sought)] = np.inf
            found.append(_least(distance, sought, self.neighbours))
        return np.concatenate(found)


def _least(
    distance: Float[np.ndarray, "B S"], sought: Int[np.ndarray, " S"], count: int
) -> Int[np.ndarray, "B _"]:
    """The columns of the least finite distances of each row."""
    count = min(count, distance.shape[1])
    columns = np.argpartition(distance, count - 1, axis=1)[:, :count]
    near = np.take_along_axis(distance, columns, axis=1)
    order = np.argsort(near, axis=1, kind="stable")
    columns, near = (np.take_along_axis(a, order, axis=1) for a in (columns, near))
    return np.where(np.isfinite(near), sought[columns], -1)
