"""Linear regression with a penalty."""

from typing import Any

import numpy as np
from jaxtyping import Float

from ...core.ranges import at_least
from ...data.dataset import Dataset
from .role import Baseline
from .view import Table, View

PENALTIES = tuple(10.0 ** np.arange(-4, 4))
FOLDS = 5


class Ridge(Baseline):
    """Ridge regression on what the drive says, crossed with the conditions.

    The penalty is chosen among powers of ten by cross-validation on the train split, over
    groups of records.

    Args:
        view: How datasets become rows: `Periods` or `Windows`.
        rows: How many rows are learned from at most, drawn by `seed`.
        seed: Of the draw.
    """

    def __init__(self, view: View, *, rows: int = 20_000, seed: int = 0) -> None:
        at_least(1, rows=rows)
        at_least(0, seed=seed)
        self.view = view
        self.rows = rows
        self.seed = seed
        self._model: Any = None

    def fit(self, train: Dataset) -> None:
        from sklearn.linear_model import RidgeCV
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        self.view.fit(train)
        targets = self.view.targets(train)
        chosen = drawn(len(targets), self.rows, self.seed)
        table = self.view.table(train).take(chosen)
        rule = RidgeCV(PENALTIES, cv=folds(table), scoring="neg_mean_squared_error")
        self._model = make_pipeline(StandardScaler(), rule)
        self._model.fit(table.crossed(), targets[chosen])

    def predict(self, test: Dataset) -> Float[np.ndarray, "N T C"]:
        if self._model is None:
            raise ValueError("Ridge must be fitted first; call fit with the train split")
        outputs = self._model.predict(self.view.table(test).crossed())
        return self.view.signals(outputs.reshape(len(outputs), -1), test)


def drawn(size: int, most: int, seed: int) -> np.ndarray:
    """At most so many of the rows, in order."""
    if size <= most:
        return np.arange(size)
    return np.sort(np.random.default_rng(seed).choice(size, most, replace=False))


def folds(table: Table) -> list[tuple[np.ndarray, np.ndarray]]:
    """Rows to learn from and to judge on, by turns; a group is never in both.

    Raises:
        ValueError: If there are fewer than two groups.
    """
    from sklearn.model_selection import GroupKFold

    groups = len(np.unique(table.group))
    if groups < 2:
        raise ValueError(f"the train split must hold at least 2 groups of records, got {groups}")
    return list(GroupKFold(min(FOLDS, groups)).split(table.inputs, groups=table.group))
