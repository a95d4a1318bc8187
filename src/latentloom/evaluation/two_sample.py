"""Whether two sets of points could be draws of one distribution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

SHUFFLES = 499
LEAST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoSample:
    """The outcome of a permutation test.

    Args:
        value: How far the sets are apart, in [0, 1].
        floor: What equal populations stay below in 95 of 100 shuffles.
        p: How often shuffled sets are at least as far apart.
        real: How many points of the first set.
        made: How many of the second.
        groups: How many groups were dealt; few make a blunt test.
    """

    value: float
    floor: float
    p: float
    real: int
    made: int
    groups: int


def energy_test(
    real: Float[np.ndarray, "N D"],
    made: Float[np.ndarray, "M D"],
    group: Int[np.ndarray, " U"] | None = None,
    *,
    seed: int = 0,
) -> TwoSample:
    r"""The energy distance between two sets of points, and what chance makes of it.

    With $d$ the Euclidean distance, $A$ and $B$ the sets, the value is
    $$(2\,\overline{d(A,B)} - \overline{d(A,A)} - \overline{d(B,B)}) / (2\,\overline{d(A,B)}),$$
    0 for equal sets and 1 for sets whose spread vanishes beside their distance. Groups of
    points are then dealt to the two sets anew, 499 times.

    Args:
        real: The first set.
        made: The second set.
        group: Which points are dealt together, of the first set and then of the second,
            such as windows of one stretch of time; each alone if None.
        seed: Of the shuffles.

    Raises:
        ValueError: If a set has fewer than 5 points.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(40, 2))
        >>> far, near = energy_test(x, x + 5), energy_test(x[:20], x[20:])
        >>> far.p < 0.01 < near.p, round(far.value, 2)
        (True, 0.76)

    References:
        Energy statistics: A class of statistics based on distances (Szekely and Rizzo, 2013),
        (the coefficient of inhomogeneity H, and its permutation test)
    """
    if min(len(real), len(made)) < LEAST:
        raise ValueError(
            f"a two-sample test must have at least {LEAST} signals of each kind, got {len(real)}"
            f" real and {len(made)} made"
        )
    points = np.concatenate([real, made]).astype(float)
    apart = _distances(points)
    own = np.arange(len(points)) < len(real)
    group = np.arange(len(points)) if group is None else group
    member = np.unique(group, return_inverse=True)[1]
    dealt = _dealt(member, len(real), seed)
    values = _coefficients(apart, np.concatenate([own[None], dealt]))
    chance = values[1:]
    return TwoSample(
        value=float(values[0]),
        floor=float(np.quantile(chance, 0.95)),
        p=float((1 + (chance >= values[0] - 1e-12).sum()) / (1 + len(chance))),
        real=len(real),
        made=len(made),
        groups=int(member.max()) + 1,
    )


def _distances(points: Float[np.ndarray, "P D"]) -> Float[np.ndarray, "P P"]:
    square = (points**2).sum(1)
    apart = square[:, None] + square - 2 * points @ points.T
    np.fill_diagonal(apart, 0)
    return np.sqrt(apart.clip(0))


def _dealt(member: Int[np.ndarray, " P"], size: int, seed: int) -> Bool[np.ndarray, "R P"]:
    """Shuffled first sets: whole groups, until about as many points as the first set has."""
    rng = np.random.default_rng(seed)
    sizes = np.bincount(member)
    found: list[np.ndarray] = []
    for _ in range(SHUFFLES):
        order = rng.permutation(len(sizes))
        upto = sizes[order].cumsum()
        cut = 1 + np.abs(upto[:-1] - size).argmin() if len(sizes) > 1 else 1
        first = np.zeros(len(sizes), dtype=bool)
        first[order[:cut]] = True
        found.append(first[member])
    return np.stack(found)


def _coefficients(
    apart: Float[np.ndarray, "P P"], first: Bool[np.ndarray, "R P"]
) -> Float[np.ndarray, " R"]:
    a, b = (side / side.sum(1, keepdims=True).clip(1) for side in (first, ~first))
    toward = a @ apart
    between = 2 * (toward * b).sum(1)
    energy = between - (toward * a).sum(1) - ((b @ apart) * b).sum(1)
    return np.where(between > 0, energy / np.where(between > 0, between, 1), 0.0)
