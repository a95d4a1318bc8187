"""Recall: the answer to the most similar question seen."""

import numpy as np
from jaxtyping import Float, Int

from ...core.ranges import at_least
from ...data.dataset import Dataset
from .conditions import Conditions
from .role import Baseline, array, mask_of, size
from .scale import Fitted, Scale

_BLOCK = 64  # test records compared at a time


class Nearest(Baseline):
    r"""The signal of the train record with the nearest drive and conditions, rescaled.

    The squared distance is that between the drives, each over its rms and averaged over
    time, plus `weight` times the mean squared distance of the standardised conditions.
    Periods are rolled to where their drives agree best, and the signal with them.

    Args:
        scale: By what signals are divided before they are passed on.
        weight: What conditions count.
    """

    def __init__(self, *, scale: Scale | None = None, weight: float = 0.003) -> None:
        at_least(0, weight=weight)
        self.scale = Fitted() if scale is None else scale
        self.weight = weight
        self._conditions = Conditions()
        self._train: Dataset | None = None

    def fit(self, train: Dataset) -> None:
        self.scale.fit(train)
        self._conditions.fit(train)
        self._train = train

    def predict(self, test: Dataset) -> Float[np.ndarray, "N T C"]:
        """The signals.

        Raises:
            ValueError: If it was not fitted, or the records' padded lengths differ.
        """
        train = self._train
        if train is None:
            raise ValueError("Nearest must be fitted first; call fit with the train split")
        if train.steps != test.steps:
            raise ValueError(
                f"test must have the train split's {train.steps} steps, got {test.steps}"
            )
        rows, shifts = self._matches(train, test)
        known = array(train, "series") / self.scale.of(train)[:, None]
        steps = (np.arange(test.steps) - shifts[:, None]) % test.steps
        return known[rows[:, None], steps] * self.scale.of(test)[:, None]

    def _matches(
        self, train: Dataset, test: Dataset
    ) -> tuple[Int[np.ndarray, " N"], Int[np.ndarray, " N"]]:
        """The nearest train record of each test record, and by how many steps to roll it."""
        there, here = _spectrum(train), _spectrum(test)
        steps, periodic = test.steps, test.schema.periodic
        a, b = self._conditions.of(train), self._conditions.of(test)
        rows, shifts = [], []
        for i in range(0, test.size, _BLOCK):
            product = np.einsum("nke,mke->nmk", here[i : i + _BLOCK], there.conj())
            match = np.fft.irfft(product, steps, axis=2)
            match = match if periodic else match[..., :1]
            apart = ((b[i : i + _BLOCK, None] - a) ** 2).sum(-1) / max(1, a.shape[1])
            distance = -2 * match.max(2) + self.weight * apart
            best = distance.argmin(1)
            rows.append(best)
            shifts.append(match[np.arange(len(best)), best].argmax(1))
        return np.concatenate(rows), np.concatenate(shifts)


def _spectrum(dataset: Dataset) -> Float[np.ndarray, "N K E"] | np.ndarray:
    """Of drives whose product with themselves, summed over time and channels, is 1."""
    drive, mask = array(dataset, "drive"), mask_of(dataset)
    unit = drive / size(drive, mask)[:, None] * mask[..., None]
    norm = np.sqrt(unit.shape[2] * mask.sum(1))[:, None, None]
    return np.fft.rfft(unit / norm, axis=1)
