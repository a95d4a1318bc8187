"""Precision, recall, density and coverage: are made signals real, and are all kinds made?"""

from __future__ import annotations

import abc

import numpy as np
from jaxtyping import Bool, Float

from ...core.ranges import at_least
from ..population import Trial
from .points import Features, Points, squared_distances
from .pooled import sampled, shares
from .role import Compared, Distance, Weights

Both = tuple[Float[np.ndarray, " N"], Float[np.ndarray, " M"]]


class Neighbourhood(Distance):
    r"""What balls around points hold: around each, as far as its $k$-th nearest of its kind.

    Equally many signals of each kind are compared, as the numbers depend on how many there
    are. Under weights the balls stay those of the plain score, and only the mean over signals
    is weighed: a resampled population repeats signals, and repeats have no ball.

    Args:
        neighbours: $k$, the nearest neighbour that says how far a ball reaches.
        points: How a signal becomes a point; its features if None.
        most: How many signals of each kind are compared at most; more are drawn from.

    References:
        Reliable Fidelity and Diversity Metrics for Generative Models (Naeem et al., 2020),
        sections 2 and 3, also for k = 5.
    """

    def __init__(
        self, *, neighbours: int = 5, points: Points | None = None, most: int = 2000
    ) -> None:
        at_least(1, neighbours=neighbours)
        self.neighbours = neighbours
        self.points = Features() if points is None else points
        self.most = most
        self.least = neighbours + 1

    def compare(self, trial: Trial, *, seed: int) -> Compared:
        size = min(trial.held.size, trial.made.size, self.most)
        rows = [sampled(some.size, size, seed=seed) for some in (trial.held, trial.made)]
        x = self.points.of(trial.held.take(rows[0]), like=trial.held)
        y = self.points.of(trial.made.take(rows[1]), like=trial.held)
        inside = self._inside(x, y)

        def weighed(real: Weights, made: Float[np.ndarray, " M"]) -> Float[np.ndarray, " R"]:
            weights = shares(real[rows[0]]), shares(made[rows[1]])
            return np.array([self._found(inside, weights)])

        return Compared(weighed=weighed, dimensions=x.shape[1], real=size, made=size)

    @abc.abstractmethod
    def _inside(
        self, x: Float[np.ndarray, "N D"], y: Float[np.ndarray, "M D"]
    ) -> Bool[np.ndarray, "N M"]:
        """Which real and made points share a ball."""

    @abc.abstractmethod
    def _found(self, inside: Bool[np.ndarray, "N M"], weights: Both) -> float:
        """The score, of weights whose mean is 1."""

    def _real_balls(
        self, x: Float[np.ndarray, "N D"], y: Float[np.ndarray, "M D"]
    ) -> Bool[np.ndarray, "N M"]:
        return squared_distances(x, y) <= self._reach(x)[:, None]

    def _reach(self, x: Float[np.ndarray, "N D"]) -> Float[np.ndarray, " N"]:
        """The squared distance of each point's k-th nearest; it is its own 0-th."""
        apart = squared_distances(x, x)
        np.fill_diagonal(apart, 0)
        return np.partition(apart, self.neighbours, axis=1)[:, self.neighbours]


class Precision(Neighbourhood):
    """The share of made signals that are in the ball of a real one: do they look real?

    References:
        Improved Precision and Recall Metric for Assessing Generative Models (Kynkäänniemi et
        al., 2019), eqs. 1 and 2.
    """

    def _inside(
        self, x: Float[np.ndarray, "N D"], y: Float[np.ndarray, "M D"]
    ) -> Bool[np.ndarray, "N M"]:
        return self._real_balls(x, y)

    def _found(self, inside: Bool[np.ndarray, "N M"], weights: Both) -> float:
        return float((inside.any(0) * weights[1]).mean())


class Recall(Neighbourhood):
    """The share of real signals that are in the ball of a made one: could they be made?

    References:
        Improved Precision and Recall Metric for Assessing Generative Models (Kynkäänniemi et
        al., 2019), eqs. 1 and 2.
    """

    def _inside(
        self, x: Float[np.ndarray, "N D"], y: Float[np.ndarray, "M D"]
    ) -> Bool[np.ndarray, "N M"]:
        return self._real_balls(y, x).T

    def _found(self, inside: Bool[np.ndarray, "N M"], weights: Both) -> float:
        return float((inside.any(1) * weights[0]).mean())


class Density(Neighbourhood):
    """In how many real balls a made signal is, over how many it would be in if it were real.

    1 is what real signals reach on average; more means that made signals crowd where real
    ones are dense. Unlike precision, one outlier with a wide ball does not lift it.

    References:
        Reliable Fidelity and Diversity Metrics for Generative Models (Naeem et al., 2020), eq. 2.
    """

    def _inside(
        self, x: Float[np.ndarray, "N D"], y: Float[np.ndarray, "M D"]
    ) -> Bool[np.ndarray, "N M"]:
        return self._real_balls(x, y)

    def _found(self, inside: Bool[np.ndarray, "N M"], weights: Both) -> float:
        held = weights[0] @ inside
        return float((held * weights[1]).mean() / self.neighbours)


class Coverage(Neighbourhood):
    r"""The share of real signals whose ball holds a made one: are all kinds made?

    As many real signals again reach $1 - 2^{-k}$ on average, 0.97 with five neighbours.

    References:
        Reliable Fidelity and Diversity Metrics for Generative Models (Naeem et al., 2020), eq. 3
        and section 3.2.
    """

    def _inside(
        self, x: Float[np.ndarray, "N D"], y: Float[np.ndarray, "M D"]
    ) -> Bool[np.ndarray, "N M"]:
        return self._real_balls(x, y)

    def _found(self, inside: Bool[np.ndarray, "N M"], weights: Both) -> float:
        return float((inside.any(1) * weights[0]).mean())
