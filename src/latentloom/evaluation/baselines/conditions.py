"""Conditions as regressions like them: logarithms where a range is wide, standardised."""

import numpy as np
from jaxtyping import Float

from ...data.dataset import Dataset
from .role import numbers

WIDE = 3.0  # a positive quantity that spans more than this factor is a logarithm


class Conditions:
    """Learns from the train split which conditions vary, and over how wide a range.

    Labels are left out: a baseline is fitted to one category at a time.
    """

    def __init__(self) -> None:
        self._columns: dict[str, tuple[bool, float, float]] = {}

    def fit(self, train: Dataset) -> None:
        """Learns which conditions vary."""
        self._columns = {}
        for name, column in numbers(train).items():
            wide = bool(column.min() > 0 and column.max() > WIDE * column.min())
            column = np.log(column) if wide else column
            spread = float(column.std())
            if spread > 1e-9 * float(np.abs(column).max()):
                self._columns[name] = (wide, float(column.mean()), spread)

    def of(self, dataset: Dataset) -> Float[np.ndarray, "N F"]:
        """The conditions that vary, with mean 0 and deviation 1 on the train split.

        Raises:
            ValueError: If a condition is missing, or not positive where it was in the
                train split.
        """
        found, columns = numbers(dataset), [np.zeros((dataset.size, 0))]
        for name, (wide, centre, spread) in self._columns.items():
            if name not in found:
                raise ValueError(f"condition {name} must be there as in the train split")
            if wide and not (found[name] > 0).all():
                raise ValueError(
                    f"condition {name} must be positive as in the train split, got"
                    f" {found[name].min():g}"
                )
            column = np.log(found[name]) if wide else found[name]
            columns.append(((column - centre) / spread)[:, None])
        return np.concatenate(columns, 1)
