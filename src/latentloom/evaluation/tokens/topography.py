"""Whether samples that are near to each other stay so: correlations of distances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Real

from ..distances.points import squared_distances
from ..statistics import LEVEL, Estimate, drawn_counts

DRAWS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Apart:
    """How far each sample is from each other one.

    Args:
        matrix: The distances, those of a sample to itself zero.
    """

    matrix: Float[np.ndarray, "N N"]

    @classmethod
    def of(cls, points: Float[np.ndarray, "N D"]) -> Apart:
        """Euclidean distances of points."""
        points = points.astype(float)
        matrix = np.sqrt(squared_distances(points, points))
        np.fill_diagonal(matrix, 0.0)
        return cls(matrix)


def topographic(
    one: Apart, other: Apart, *, group: Int[np.ndarray, " N"] | None = None, seed: int = 0
) -> Estimate:
    r"""How well distances of one kind tell those of another, in [-1, 1]; 1 is right.

    Pearson's correlation over all pairs of different samples; 0 where all distances of one kind
    are equal. Where samples are drawn again, a pair counts as often as the product of its
    samples, and no sample is a pair with itself.

    Args:
        one: Distances of one kind.
        other: Distances of the other, of the same samples.
        group: Which samples are drawn together; each alone if None.
        seed: Of the draws.

    Example:
        >>> points = np.random.default_rng(0).normal(size=(20, 3))
        >>> topographic(Apart.of(points), Apart.of(2 * points)).low > 0.999
        True

    References:
        The Detection of Disease Clustering and a Generalized Regression Approach (Mantel,
        1967): r of two distance matrices
    """
    size = len(one.matrix)
    group = np.arange(size) if group is None else group
    members = np.unique(group, return_inverse=True)[1]
    a, b = (_centred(apart.matrix) for apart in (one, other))
    value = float(_correlation(a, b, np.ones((1, size)))[0])
    if not members.max():
        return Estimate(value)
    draws = [
        _correlation(a, b, counts) for counts in drawn_counts(members, seed=seed, draws=DRAWS)
    ]
    low, high = np.quantile(np.concatenate(draws), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value, float(low), float(high))


def topography(
    ends: Mapping[str, Float[np.ndarray, "N _"]],
    *,
    group: Int[np.ndarray, " N"] | None = None,
    seed: int = 0,
) -> dict[str, Estimate]:
    """The correlation of distances between each two ends of the way, as `one-other`.

    Args:
        ends: What the same samples are at each station, in the order of the way.
        group: Which samples are drawn together; each alone if None.
        seed: Of the draws.

    Example:
        >>> points = np.random.default_rng(0).normal(size=(20, 3))
        >>> list(topography({"inputs": points, "latents": points, "codes": points}))
        ['inputs-latents', 'inputs-codes', 'latents-codes']
    """
    apart = {name: Apart.of(points) for name, points in ends.items()}
    names = list(apart)
    return {
        f"{one}-{other}": topographic(apart[one], apart[other], group=group, seed=seed)
        for place, one in enumerate(names)
        for other in names[place + 1 :]
    }


def _centred(matrix: Float[np.ndarray, "N N"]) -> Float[np.ndarray, "N N"]:
    """About zero, so that sums of squares keep their digits; the diagonal stays zero."""
    rest = matrix - matrix.sum() / max(1, matrix.size - len(matrix))
    np.fill_diagonal(rest, 0.0)
    return rest


def _correlation(
    a: Float[np.ndarray, "N N"], b: Float[np.ndarray, "N N"], weights: Real[np.ndarray, "R N"]
) -> Float[np.ndarray, " R"]:
    """Over pairs of different samples, for each row of weights; 0 where one is constant."""
    weights = weights.astype(float)
    pairs = weights.sum(1) ** 2 - (weights**2).sum(1)

    def total(matrix: Float[np.ndarray, "N N"]) -> Float[np.ndarray, " R"]:
        return ((weights @ matrix) * weights).sum(1)

    first, second = total(a), total(b)
    product = pairs * total(a * b) - first * second
    spread = (pairs * total(a * a) - first**2) * (pairs * total(b * b) - second**2)
    known = spread > 0
    return np.where(known, product / np.sqrt(np.where(known, spread, 1.0)), 0.0)
