"""What takes no model to say of signals whose first steps are known."""

import numpy as np
from jaxtyping import Bool, Float

from ...core.ranges import at_least
from ...data.dataset import Dataset
from .role import Baseline, array, mask_of


class RepeatFirst(Baseline):
    """The last of the known first steps, again and again: nothing happens any more.

    Args:
        steps: How many leading steps of a signal are known; they are said as they are.

    Raises:
        ValueError: If `steps` is below 1.
    """

    def __init__(self, *, steps: int = 1) -> None:
        at_least(1, steps=steps)
        self.steps = steps

    def fit(self, train: Dataset) -> None:
        array(train, "series")

    def predict(self, test: Dataset) -> Float[np.ndarray, "N T C"]:
        """The signals.

        Raises:
            ValueError: If a signal is shorter than its known steps.
        """
        mask = mask_of(test)
        if mask.sum(1).min() < self.steps:
            shortest = mask.sum(1).min()
            raise ValueError(f"signals must have the {self.steps} known steps, got {shortest}")
        at = np.minimum(np.arange(test.steps), self.steps - 1)
        return array(test, "series")[:, at] * mask[..., None]


class MeanCurve(Baseline):
    """The mean of the train signals at each step, whatever is known of a signal.

    Steps that no train signal reaches are as the last one that one does.
    """

    def __init__(self) -> None:
        self._mean: Float[np.ndarray, "T C"] | None = None

    def fit(self, train: Dataset) -> None:
        mask = mask_of(train)
        reached = mask.any(0).sum()
        weight = mask[:, :reached, None]
        values = array(train, "series")[:, :reached]
        self._mean = np.where(weight, values, 0.0).sum(0) / weight.sum(0)

    def predict(self, test: Dataset) -> Float[np.ndarray, "N T C"]:
        if self._mean is None:
            raise ValueError("MeanCurve must be fitted first; call fit with the train split")
        at = np.minimum(np.arange(test.steps), len(self._mean) - 1)
        return self._mean[at] * mask_of(test)[..., None]


def held(
    values: Float[np.ndarray, "N T C"], mask: Bool[np.ndarray, "N T"]
) -> Float[np.ndarray, "N T C"]:
    """Signals that stay as they are at their last real step.

    Example:
        >>> values = np.array([[[1.0], [2.0], [0.0]]])
        >>> held(values, np.array([[True, True, False]]))[0, :, 0].tolist()
        [1.0, 2.0, 2.0]
    """
    last = mask.sum(1)[:, None] - 1
    at = np.minimum(np.arange(values.shape[1]), last)
    return values[np.arange(len(values))[:, None], at]
