"""Maximum mean discrepancy: kernels instead of a judge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from ...core.ranges import at_least
from ..population import Trial
from ..statistics import LEVEL
from .points import Points, Steps, squared_distances
from .pooled import sampled
from .role import Compared, Distance, InapplicableError, Weights

FACTORS = (4.0, 2.0, 1.0, 0.5, 0.25)  # bandwidths, in median distances of real points


def mmd(x: Float[np.ndarray, "N D"], y: Float[np.ndarray, "M D"]) -> float:
    r"""How far the distribution of points is from that of real ones; 0 if they agree.

    $\sqrt{\max(0, \mathrm{MMD}^2)}$, with the unbiased

    $\mathrm{MMD}^2 = \frac{1}{n (n - 1)} \sum_{i \ne j} k(x_i, x_j)
    + \frac{1}{m (m - 1)} \sum_{i \ne j} k(y_i, y_j) - \frac{2}{n m} \sum_{i, j} k(x_i, y_j)$

    and $k$ the mean of five kernels $\exp(-d^2 / 2 \sigma^2)$, $\sigma$ the median distance of
    two real points times 1/4, 1/2, 1, 2 and 4.

    Args:
        x: The real points.
        y: The points that are held against them.

    Raises:
        ValueError: If there are fewer than two points of a kind, or half of the pairs of real
            points are the same.

    Example:
        >>> real = np.random.default_rng(0).normal(size=(50, 2))
        >>> mmd(real[:25], real[25:]) < mmd(real, real + 1)
        True

    References:
        A Kernel Two-Sample Test (Gretton et al., 2012), eq. 3.
    """
    if min(len(x), len(y)) < 2:
        raise ValueError(f"MMD must have at least 2 points of each kind, got {len(x)}, {len(y)}")
    found = _Kernels.of(x, y).squared(np.ones(len(x)), np.ones(len(y)))
    return float(np.sqrt(max(0.0, found)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """What a statistic reaches when nothing differs.

    Args:
        floor: Its 95 % quantile, where which point is real is drawn by lot.
        p: How often the lot gave at least what was found, in (0, 1].
    """

    floor: float
    p: float


def permutation_floor(
    x: Float[np.ndarray, "N D"],
    y: Float[np.ndarray, "M D"],
    *,
    groups: tuple[Int[np.ndarray, " N"], Int[np.ndarray, " M"]] | None = None,
    permutations: int = 300,
    seed: int = 0,
) -> Chance:
    """What `mmd` reaches when all points are of one distribution, by a permutation test.

    Which points are real is drawn by lot, whole groups at a time, with about as many on
    each side as there are. The kernel stays that of the real points.

    Args:
        x: The real points.
        y: The points that are held against them.
        groups: Which points belong together, of each set; each alone if None. A point of
            one set belongs to no group of the other.
        permutations: How often lots are drawn.
        seed: Of the lots.

    Raises:
        ValueError: If there are fewer than two points of a kind, or half of the pairs of real
            points are the same.

    Example:
        >>> points = np.random.default_rng(0).normal(size=(60, 3))
        >>> permutation_floor(points[:30], points[30:]).p > 0.05
        True

    References:
        A Kernel Two-Sample Test (Gretton et al., 2012), section 5.
    """
    if min(len(x), len(y)) < 2:
        raise ValueError(
            f"a floor must have at least 2 points of each kind, got {len(x)}, {len(y)}"
        )
    kernel = _pooled(x, y)
    units = _units(x, y, groups)
    real = _lots(units, len(x), permutations, np.random.default_rng(seed))
    found = _split(kernel, (np.arange(len(kernel)) < len(x))[None])[0]
    drawn = _split(kernel, real)
    return Chance(
        floor=float(np.sqrt(max(0.0, np.quantile(drawn, LEVEL)))),
        p=float((1 + (drawn >= found).sum()) / (1 + permutations)),
    )


class Mmd(Distance):
    """How far the distribution of made signals is from that of real ones; 0 if they agree.

    The square root of the unbiased squared maximum mean discrepancy with five kernels, as
    `mmd` defines it, between signals as points. Beside it stands its floor by permutation.

    Args:
        points: How a signal becomes a point; its values if None.
        most: How many signals of each kind are compared at most; more are drawn from.
        permutations: How often lots are drawn for the floor.
    """

    least = 4

    def __init__(
        self, *, points: Points | None = None, most: int = 2000, permutations: int = 300
    ) -> None:
        at_least(self.least, most=most)
        at_least(20, permutations=permutations)
        self.points = Steps() if points is None else points
        self.most = most
        self.permutations = permutations

    def compare(self, trial: Trial, *, seed: int) -> Compared:
        rows, (x, y) = self._points(trial, seed)
        try:
            kernels = _Kernels.of(x, y)
        except ValueError as reason:
            raise InapplicableError(str(reason)) from reason

        def weighed(real: Weights, made: Float[np.ndarray, " M"]) -> Float[np.ndarray, " R"]:
            found = kernels.squared(real[rows[0]], made[rows[1]])
            return np.sqrt(np.maximum([found], 0))

        return Compared(weighed=weighed, dimensions=x.shape[1], real=len(x), made=len(y))

    def floor(self, trial: Trial, *, seed: int) -> float | None:
        rows, (x, y) = self._points(trial, seed)
        groups = trial.held.members[rows[0]], trial.made.members[rows[1]]
        chance = permutation_floor(x, y, groups=groups, permutations=self.permutations, seed=seed)
        return chance.floor

    def _points(
        self, trial: Trial, seed: int
    ) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
        """Which signals of each kind are compared, and their points."""
        both = trial.held, trial.made
        held, made = (sampled(some.size, self.most, seed=seed) for some in both)
        x = self.points.of(trial.held.take(held), like=trial.held)
        y = self.points.of(trial.made.take(made), like=trial.held)
        return (held, made), (x, y)


@dataclass(frozen=True, slots=True, eq=False)
class _Kernels:
    """Kernels between real points, between made ones and across; of a point with itself zero."""

    real: Float[np.ndarray, "N N"]
    made: Float[np.ndarray, "M M"]
    across: Float[np.ndarray, "N M"]

    def squared(self, a: Weights, b: Float[np.ndarray, " M"]) -> float:
        """The unbiased squared discrepancy of points that count as often as weights say.

        A point that counts twice is no pair with itself; NaN if a side has no pairs left.
        """
        pairs = [w.sum() ** 2 - (w**2).sum() for w in (a, b)]
        if min(pairs) <= 0:
            return np.nan
        within = a @ self.real @ a / pairs[0] + b @ self.made @ b / pairs[1]
        return float(within - 2 * (a @ self.across @ b) / (a.sum() * b.sum()))

    @classmethod
    def of(cls, x: Float[np.ndarray, "N D"], y: Float[np.ndarray, "M D"]) -> _Kernels:
        apart = squared_distances(x, x)
        scale = _bandwidth(apart)
        result = cls(
            _kernel(apart, scale),
            _kernel(squared_distances(y, y), scale),
            _kernel(squared_distances(x, y), scale),
        )
        np.fill_diagonal(result.real, 0)
        np.fill_diagonal(result.made, 0)
        return result


def _bandwidth(apart: Float[np.ndarray, "N N"]) -> float:
    """The median squared distance of two points."""
    result = float(np.median(apart[np.triu_indices(len(apart), 1)]))
    if not result > 0:
        raise ValueError(
            "MMD must have real points that differ, and half of their pairs are the same"
        )
    return result


def _kernel(apart: Float[np.ndarray, "N M"], scale: float) -> Float[np.ndarray, "N M"]:
    wide = np.exp(-apart / (2 * FACTORS[0] ** 2 * scale))
    total = wide.copy()
    for _ in FACTORS[1:]:
        wide = np.square(np.square(wide))  # half the bandwidth is the fourth power
        total += wide
    return total / len(FACTORS)


def _pooled(x: Float[np.ndarray, "N D"], y: Float[np.ndarray, "M D"]) -> Float[np.ndarray, "P P"]:
    both = np.concatenate([x, y])
    apart = squared_distances(both, both)
    kernel = _kernel(apart, _bandwidth(apart[: len(x), : len(x)]))
    np.fill_diagonal(kernel, 0)
    return kernel


def _split(
    kernel: Float[np.ndarray, "P P"], real: Bool[np.ndarray, "R P"]
) -> Float[np.ndarray, " R"]:
    """The squared discrepancy, where each row of `real` says which points are real."""
    a = real.astype(float)
    sums = kernel.sum(1)
    within, touching = ((a @ kernel) * a).sum(1), a @ sums
    rest = sums.sum() - 2 * touching + within
    n, m = a.sum(1), (1 - a).sum(1)
    across = (touching - within) / (n * m)
    return within / (n * (n - 1)) + rest / (m * (m - 1)) - 2 * across


def _units(
    x: np.ndarray, y: np.ndarray, groups: tuple[np.ndarray, np.ndarray] | None
) -> Int[np.ndarray, " P"]:
    if groups is None:
        return np.arange(len(x) + len(y))
    one, other = (np.unique(group, return_inverse=True)[1] for group in groups)
    return np.concatenate([one, other + one.max() + 1])


def _lots(
    units: Int[np.ndarray, " P"], size: int, count: int, random: np.random.Generator
) -> Bool[np.ndarray, "K P"]:
    """Draws which points are real: whole units, about `size` points, two on each side at least."""
    sizes = np.bincount(units)
    order = random.permuted(np.tile(np.arange(len(sizes)), (count, 1)), axis=1)
    upto = sizes[order].cumsum(1)
    valid = (upto >= 2) & (upto <= len(units) - 2)
    if not valid.any(1).all():
        raise ValueError(f"a floor must have groups that can be split, got {len(sizes)} groups")
    cut = np.where(valid, np.abs(upto - size), np.inf).argmin(1)
    real = np.zeros(order.shape, dtype=bool)
    np.put_along_axis(real, order, np.arange(len(sizes)) <= cut[:, None], axis=1)
    return real[:, units]
