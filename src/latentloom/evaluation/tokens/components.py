"""Leading components, each rounded to its best few values: transform coding."""

from __future__ import annotations

import heapq
import warnings

import numpy as np
from sklearn.decomposition import PCA

from .lloyd import Scalar
from .quantiser import Quantiser, Rows


class RoundedComponents(Quantiser):
    """Rounds principal components, with whole bits where each saves most error.

    Bits are given one at a time, to the component whose squared error falls most by it.

    Args:
        bits: How many there are to give; what is left of a bit is not used.
        seed: Of the solver for very many features.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(500, 2)) * [4.0, 1.0]
        >>> rounded = RoundedComponents(4.7)
        >>> rounded.fit(x)
        >>> rounded.bits, rounded.shares
        (4.0, [3, 1])

    References:
        Vector Quantization and Signal Compression (Gersho and Gray, 1992), section 8.4
    """

    def __init__(self, bits: float, *, seed: int = 0) -> None:
        self.bits = float(int(bits))
        self.seed = seed

    @property
    def shares(self) -> list[int]:
        """How many bits each component got, the strongest first."""
        return [int(np.log2(len(scalar.values))) for scalar in self._scalars]

    def fit(self, train: Rows) -> None:
        most = max(1, min(int(self.bits), len(train) - 1, train.shape[1]))
        self._basis = PCA(most, random_state=self.seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # shares of no variance at all
            scores = self._basis.fit_transform(train.astype(float))
        self._scalars = _given([Scalar.of(column) for column in scores.T], int(self.bits))

    def rebuild(self, samples: Rows) -> Rows:
        scores = self._basis.transform(samples.astype(float))
        rounded = [scalar(column) for scalar, column in zip(self._scalars, scores.T, strict=True)]
        return self._basis.inverse_transform(np.stack(rounded, 1))


def _given(scalars: list[Scalar], bits: int) -> list[Scalar]:
    """The quantisers after each bit went where it saved most."""
    finer = [scalar.finer() for scalar in scalars]
    losses = [
        (after.error - now.error, i)
        for i, (now, after) in enumerate(zip(scalars, finer, strict=True))
    ]
    heapq.heapify(losses)
    for _ in range(bits):
        saved, place = losses[0]
        if not saved < 0:
            break  # there are as many values as samples
        scalars[place], finer[place] = finer[place], finer[place].finer()
        heapq.heapreplace(losses, (finer[place].error - scalars[place].error, place))
    return scalars
