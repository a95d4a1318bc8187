"""Signals as whole curves, each from what is known of it before it begins."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from ...core.ranges import at_least
from ...data.dataset import Dataset
from .conditions import Conditions
from .role import array, mask_of
from .start import held
from .view import Table, View, groups_of


@dataclass(slots=True, kw_only=True)
class Curves(View):
    r"""Each signal as one row, from its conditions to all of its steps at once.

    A regression on the row and its products is quadratic in the conditions, by itself at
    every step: $\hat x_t(u) = a_t + B_t u + u^\top C_t u$. Where signals differ in length, that
    is one more condition, and beyond its end a signal is learned as it was there.

    Args:
        steps: How many leading steps of a signal are known; they are read beside the
            conditions.

    Raises:
        ValueError: If `steps` is negative.
    """

    steps: int = 0
    _conditions: Conditions = field(default_factory=Conditions)
    _scale: Float[np.ndarray, " C"] | None = None
    _centre: Float[np.ndarray, " F"] | None = None
    _spread: Float[np.ndarray, " F"] | None = None
    _length: int = 0

    def __post_init__(self) -> None:
        at_least(0, steps=self.steps)

    def fit(self, train: Dataset) -> None:
        self._conditions.fit(train)
        mask = mask_of(train)
        deviation = array(train, "series")[mask].std(0)
        self._scale = np.where(deviation > 0, deviation, 1.0)
        self._length = train.steps
        known = self._known(train)
        self._centre, spread = known.mean(0), known.std(0)
        self._spread = np.where(spread > 0, spread, np.inf)  # what never varies says nothing

    def table(self, dataset: Dataset) -> Table:
        known = (self._known(dataset) - self._centre) / self._spread
        rows = np.concatenate([self._conditions.of(dataset), known], 1)
        return Table(rows, rows, groups_of(dataset))

    def targets(self, dataset: Dataset) -> Float[np.ndarray, "R Q"]:
        curves = held(array(dataset, "series"), mask_of(dataset)) / self._scale
        return curves.reshape(len(curves), -1)

    def signals(
        self, outputs: Float[np.ndarray, "R Q"], dataset: Dataset
    ) -> Float[np.ndarray, "N T C"]:
        curves = outputs.reshape(len(outputs), self._length, -1) * self._scale
        at = np.minimum(np.arange(dataset.steps), self._length - 1)
        return curves[:, at] * mask_of(dataset)[..., None]

    def _known(self, dataset: Dataset) -> Float[np.ndarray, "N F"]:
        """Lengths and first steps, in their units."""
        lengths = mask_of(dataset).sum(1)[:, None].astype(float)
        if not self.steps:
            return lengths
        first = array(dataset, "series")[:, : self.steps]
        return np.concatenate([lengths, first.reshape(len(first), -1)], 1)
