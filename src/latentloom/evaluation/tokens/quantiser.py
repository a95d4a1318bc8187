"""What tokens must beat: features rounded by rules that take no training by gradients."""

from __future__ import annotations

import abc

import numpy as np
from jaxtyping import Float

Rows = Float[np.ndarray, "N C"]


class Quantiser(abc.ABC):
    """Rounds features to as few bits as tokens have.

    Attributes:
        bits: What it tells apart of a sample, at most; known once it is fitted.
    """

    bits: float = 0.0

    @abc.abstractmethod
    def fit(self, train: Rows) -> None:
        """Learns from the train split, and from nothing else."""

    @abc.abstractmethod
    def rebuild(self, samples: Rows) -> Rows:
        """Samples after a way through those bits."""


class TrainMean(Quantiser):
    """Says of every sample what the train samples are on average: what no bits tell.

    Example:
        >>> mean = TrainMean()
        >>> mean.fit(np.array([[1.0], [3.0]]))
        >>> mean.rebuild(np.array([[7.0]])).tolist()
        [[2.0]]
    """

    def fit(self, train: Rows) -> None:
        self._mean = train.mean(0, dtype=float)

    def rebuild(self, samples: Rows) -> Rows:
        return np.broadcast_to(self._mean, samples.shape).copy()
