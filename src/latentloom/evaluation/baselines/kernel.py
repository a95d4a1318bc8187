"""Regression by resemblance."""

from typing import Any

import numpy as np
from jaxtyping import Float

from ...core.ranges import at_least
from ...data.dataset import Dataset
from .ridge import drawn, folds
from .role import Baseline
from .view import Table, View

WIDTHS = (0.1, 0.3, 1.0, 3.0)
PENALTIES = (1e-5, 1e-4, 1e-3, 1e-2)


class Kernel(Baseline):
    r"""Kernel ridge regression with $k(u, v) = \exp(-\gamma |u - v|^2)$.

    The rows are what the drive says beside the conditions, standardised. $\gamma$, in
    units of one over twice the mean squared distance between rows, and the penalty are
    chosen by cross-validation on the train split, over groups of records.

    Args:
        view: How datasets become rows: `Periods` or `Windows`.
        rows: How many rows are learned from at most, drawn by `seed`.
        seed: Of the draw.
    """

    def __init__(self, view: View, *, rows: int = 2_000, seed: int = 0) -> None:
        at_least(1, rows=rows)
        at_least(0, seed=seed)
        self.view = view
        self.rows = rows
        self.seed = seed
        self._model: Any = None

    def fit(self, train: Dataset) -> None:
        from sklearn.compose import TransformedTargetRegressor
        from sklearn.kernel_ridge import KernelRidge
        from sklearn.model_selection import GridSearchCV
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
        from threadpoolctl import threadpool_limits

        self.view.fit(train)
        targets = self.view.targets(train)
        chosen = drawn(len(targets), self.rows, self.seed)
        table = self.view.table(train).take(chosen)
        rows = _joined(table)
        gammas = [w / (4 * rows.shape[1]) for w in WIDTHS]
        search = GridSearchCV(
            KernelRidge(kernel="rbf"),
            {"gamma": gammas, "alpha": list(PENALTIES)},
            cv=folds(table),
            scoring="neg_mean_squared_error",
        )
        centred = TransformedTargetRegressor(search, transformer=StandardScaler(with_std=False))
        self._model = make_pipeline(StandardScaler(), centred)
        with threadpool_limits(1):  # many small systems are slower on threads that wait
            self._model.fit(rows, targets[chosen])

    def predict(self, test: Dataset) -> Float[np.ndarray, "N T C"]:
        if self._model is None:
            raise ValueError("Kernel must be fitted first; call fit with the train split")
        outputs = self._model.predict(_joined(self.view.table(test)))
        return self.view.signals(outputs.reshape(len(outputs), -1), test)


def _joined(table: Table) -> Float[np.ndarray, "R P"]:
    return np.concatenate([table.inputs, table.conditions], 1)
