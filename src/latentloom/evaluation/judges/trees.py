"""A judge that looks at features a person can name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Bool, Float, Int
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from ...core.ranges import at_least, positive
from ..population import Population
from .features import features
from .role import Case, Judge, Lineup

Describe = Callable[[Population], tuple[Float[np.ndarray, "N F"], tuple[str, ...]]]
_LEAF = 20  # signals in a leaf, at most a tenth of what is learned from


class TreeJudge(Judge):
    """Judges by gradient-boosted trees over features, with as many trees as help.

    It finds what moved in a marginal distribution faster than networks do, and needs no
    scaling of the channels.

    Args:
        trees: How many trees at most.
        leaves: How many leaves a tree has at most.
        rate: How much of what is left each tree explains.
        describe: Gives the features of signals, and their names; what is not defined is NaN.

    Raises:
        ValueError: If a number is too small.

    References:
        LightGBM: A Highly Efficient Gradient Boosting Decision Tree (Ke et al., 2017), as
        scikit-learn builds it.
    """

    def __init__(
        self,
        *,
        trees: int = 60,
        leaves: int = 15,
        rate: float = 0.1,
        describe: Describe = features,
    ) -> None:
        at_least(1, trees=trees)
        at_least(2, leaves=leaves)
        positive(rate=rate)
        self.trees, self.leaves, self.rate = trees, leaves, rate
        self.describe = describe

    def judge(self, lineup: Lineup, cases: Sequence[Case]) -> Float[np.ndarray, "K N"]:
        rows = np.unique(np.concatenate([r for c in cases for r in (c.fit, c.stop, c.test)]))
        seen, names = self.describe(lineup.signals.take(rows))
        found = np.full((lineup.signals.size, len(names)), np.nan)
        found[rows] = seen
        result = np.full((len(cases), len(found)), np.nan)
        for row, case in zip(result, cases, strict=True):
            row[case.test] = self._seems(found, lineup.real, case)
        return result

    def dimensions(self, signals: Population) -> int:
        return len(self.describe(signals.take(np.arange(1)))[1])

    def _seems(
        self, found: Float[np.ndarray, "N F"], real: Bool[np.ndarray, " N"], case: Case
    ) -> Float[np.ndarray, " M"]:
        forest = HistGradientBoostingClassifier(
            max_iter=self.trees,
            max_leaf_nodes=self.leaves,
            learning_rate=self.rate,
            min_samples_leaf=max(1, min(_LEAF, len(case.fit) // 10)),
            early_stopping=False,  # pyright: ignore[reportArgumentType]
            random_state=case.seed,
        )
        looked, fit = np.concatenate((case.stop, case.test)), _balanced(case, real)
        with threadpool_limits(1):  # small histograms are slower on threads that wait
            forest.fit(found[fit], real[fit])
            stages = np.stack([s.ravel() for s in forest.staged_decision_function(found[looked])])
        stopping, tested = np.split(stages, [len(case.stop)], axis=1)
        return tested[_entropy(stopping, real[case.stop]).argmin()]


def _balanced(case: Case, real: Bool[np.ndarray, " N"]) -> Int[np.ndarray, " M"]:
    """As many real as made ones; weights would do, but make the trees' bins slow to find."""
    mixed = np.random.default_rng(case.seed).permutation(case.fit)
    kinds = [mixed[real[mixed]], mixed[~real[mixed]]]
    return np.concatenate([kind[: min(map(len, kinds))] for kind in kinds])


def _entropy(seems: Float[np.ndarray, "K N"], real: Bool[np.ndarray, " N"]) -> np.ndarray:
    """Cross-entropy of each stage, each kind counting half."""
    loss = np.logaddexp(0, np.where(real, -seems, seems))
    return loss[:, real].mean(1) + loss[:, ~real].mean(1)
