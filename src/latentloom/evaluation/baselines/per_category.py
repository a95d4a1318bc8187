"""One baseline for each kind of record."""

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float, Int

from ...data.dataset import Dataset
from ...data.transforms.columns import labelled
from .role import Baseline


class PerCategory(Baseline):
    """Fits a baseline of its own for each combination of labels, such as each material.

    Args:
        make: Makes a new baseline.
    """

    def __init__(self, make: Callable[[], Baseline]) -> None:
        self._make = make
        self._fitted: dict[tuple[int, ...], Baseline] = {}

    def fit(self, train: Dataset) -> None:
        self._fitted = {}
        for labels, rows in _parts(train).items():
            self._fitted[labels] = self._make()
            self._fitted[labels].fit(train.take(rows.tolist()))

    def predict(self, test: Dataset) -> Float[np.ndarray, "N T C"]:
        """The signals.

        Raises:
            ValueError: If a record is of a kind that the train split lacks.
        """
        channels = len(test.schema.series)
        made = np.zeros((test.size, test.steps, channels))
        for labels, rows in _parts(test).items():
            if labels not in self._fitted:
                names = [*test.schema.categories]
                raise ValueError(
                    f"labels {names} must occur in the train split, got {list(labels)}"
                )
            made[rows] = self._fitted[labels].predict(test.take(rows.tolist()))
        return made


def _parts(dataset: Dataset) -> dict[tuple[int, ...], Int[np.ndarray, " M"]]:
    """The rows of each combination of labels; all rows if there are no labels."""
    names = dataset.schema.categories
    if not names:
        return {(): np.arange(dataset.size)}
    labels = torch.stack([labelled(dataset, name)[1] for name in names], 1).numpy()
    kinds, member = np.unique(labels, axis=0, return_inverse=True)
    return {
        tuple(kind.tolist()): np.flatnonzero(member.reshape(-1) == i)
        for i, kind in enumerate(kinds)
    }
