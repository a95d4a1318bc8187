"""Whether made signals are copies of those that the generator learned from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from ...core.ranges import at_least, positive
from ..population import Trial
from .points import Points, Steps, nearest
from .pooled import sampled, shares
from .role import Compared, Distance, InapplicableError, Weighed, Weights


class Memorisation(Distance):
    r"""How near made signals are to train signals, over how near held-out ones are.

    The median over made signals of the distance to the nearest train signal, divided by the
    same for held-out signals. 1 is right; below 1 the generator repeats what it has seen,
    and copies give 0; above 1 it strays.

    Args:
        points: How a signal becomes a point; its values if None.
        most: How many made and held-out signals are compared at most; more are drawn from.
            Every train signal counts.

    References:
        A Non-Parametric Test to Detect Data-Copying in Generative Models (Meehan et al., 2020),
        for holding the distances of made signals against those of held-out ones.
    """

    def __init__(self, *, points: Points | None = None, most: int = 4000) -> None:
        at_least(self.least, most=most)
        self.points = Steps() if points is None else points
        self.most = most

    def compare(self, trial: Trial, *, seed: int) -> Compared:
        found = _Nearest.of(trial, self.points, self.most, seed)
        orders = [np.argsort(apart, kind="stable") for apart in (found.held, found.made)]
        if not _median(found.held[orders[0]], np.ones(len(found.held))) > 0:
            raise InapplicableError(
                "needs held-out signals that are not in the train split, and at least half of"
                " them are"
            )

        def weighed(real: Weights, made: Float[np.ndarray, " M"]) -> Float[np.ndarray, " R"]:
            weights = real[found.rows[0]], made[found.rows[1]]
            both = zip((found.held, found.made), weights, orders, strict=True)
            held, mine = (_median(apart[order], w[order]) for apart, w, order in both)
            return np.array([mine / held if held > 0 else np.nan])

        return found.compared(weighed)


class Duplicates(Distance):
    """How many more made signals than held-out ones repeat a train signal, as a share.

    A signal repeats another if they are nearer to each other than `tolerance` times the rms
    distance of train signals from their mean. What is left when the share among held-out
    signals is subtracted is the generator's doing: 0 is right, 1 copies all.

    Args:
        tolerance: How near a repetition is, as a share of the spread of train signals.
        points: How a signal becomes a point; its values if None.
        most: How many made and held-out signals are compared at most; more are drawn from.
            Every train signal counts.
    """

    def __init__(
        self, *, tolerance: float = 0.01, points: Points | None = None, most: int = 4000
    ) -> None:
        positive(tolerance=tolerance)
        at_least(self.least, most=most)
        self.tolerance = tolerance
        self.points = Steps() if points is None else points
        self.most = most

    def compare(self, trial: Trial, *, seed: int) -> Compared:
        found = _Nearest.of(trial, self.points, self.most, seed)
        held, made = (a <= self.tolerance * found.spread for a in (found.held, found.made))

        def weighed(real: Weights, mine: Float[np.ndarray, " M"]) -> Float[np.ndarray, " R"]:
            weights = shares(real[found.rows[0]]), shares(mine[found.rows[1]])
            return np.array([(made * weights[1]).mean() - (held * weights[0]).mean()])

        return found.compared(weighed)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Nearest:
    """How far signals are from the nearest train signal, and which of them were compared."""

    held: Float[np.ndarray, " N"]
    made: Float[np.ndarray, " M"]
    rows: tuple[Int[np.ndarray, " N"], Int[np.ndarray, " M"]]
    spread: float
    dimensions: int

    def compared(self, weighed: Weighed) -> Compared:
        return Compared(
            weighed=weighed,
            dimensions=self.dimensions,
            real=len(self.held),
            made=len(self.made),
        )

    @classmethod
    def of(cls, trial: Trial, points: Points, most: int, seed: int) -> _Nearest:
        known = points.of(trial.train, like=trial.train)
        apart: list[np.ndarray] = []
        rows: list[np.ndarray] = []
        for some in (trial.held, trial.made):
            rows.append(sampled(some.size, most, seed=seed))
            apart.append(nearest(points.of(some.take(rows[-1]), like=trial.train), known))
        return cls(
            held=apart[0],
            made=apart[1],
            rows=(rows[0], rows[1]),
            spread=float(np.sqrt(known.var(0).sum())),
            dimensions=known.shape[1],
        )


def _median(ordered: Float[np.ndarray, " N"], weights: Float[np.ndarray, " N"]) -> float:
    """Of values in order that count as often as their weights say."""
    upto = 2 * weights.cumsum()
    total = weights.sum()
    return float((ordered[(upto >= total).argmax()] + ordered[(upto > total).argmax()]) / 2)
