"""Correlations between channels at lags, for any weights of the signals."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Int, Real

from .pooled import centred, shares

_BLOCK = 2_000_000  # products held in memory at a time
_SMALL = 1e-12  # of the units' variance: what varies less is constant


class Lagged:
    r"""Sums of each signal, from which pooled correlations follow for any weights.

    $\rho_{ij}(k) = \frac{1}{\sigma_i \sigma_j} \big\langle (x_{i,t} - \mu_i)
    (x_{j,t+k} - \mu_j) \big\rangle$, where the mean is over all signals and all their pairs
    of real steps that lie $k$ apart, and $\mu$ and the biased $\sigma$ are over all signals
    and all their real steps. A channel that is constant correlates with nothing, not even
    with itself: 0.

    Args:
        x: The signals, in units in which their deviation is about 1.
        mask: Which steps are real.
        pairs: The channels $i, j$ of each pair.
        lags: How many lags, from $k = 0$, in time steps.
    """

    def __init__(
        self,
        x: Float[np.ndarray, "N T C"],
        mask: Bool[np.ndarray, "N T"],
        *,
        pairs: Int[np.ndarray, "P 2"],
        lags: int,
    ) -> None:
        x, extent = centred(x, mask), mask.sum(1)
        self.pairs = pairs
        after = np.arange(lags)
        upto = np.pad(x.cumsum(1), ((0, 0), (1, 0), (0, 0)))
        left = np.maximum(extent[:, None] - after, 0)
        self._counts = left.astype(float)
        self._heads = np.take_along_axis(upto, left[..., None], axis=1)
        self._tails = upto[:, -1:] - upto[:, after]
        self._squares = (x**2).sum(1)
        self._products = np.stack([self._product(x, lag) for lag in range(lags)], 1)

    def _product(self, x: Float[np.ndarray, "N T C"], lag: int) -> Float[np.ndarray, "N P"]:
        """The sum over the steps of each signal, a block of signals at a time."""
        first, second = self.pairs.T
        rows = max(1, _BLOCK // (x.shape[1] * len(first)))
        steps = x.shape[1] - lag
        return np.concatenate(
            [
                np.einsum("ntp,ntp->np", part[:, :steps, first], part[:, lag:, second])
                for part in np.split(x, range(rows, len(x), rows))
            ]
        )

    def steps(self, weights: Real[np.ndarray, " N"]) -> float:
        """How many real steps the weighted signals have, the weights scaled to a mean of 1."""
        return float(shares(weights) @ self._counts[:, 0])

    def correlation(self, weights: Real[np.ndarray, " N"]) -> Float[np.ndarray, "K P"]:
        """The correlation of each pair at each lag; 0 where no signal is that long."""
        weights = shares(weights)
        first, second = self.pairs.T
        count = weights @ self._counts
        heads = np.tensordot(weights, self._heads, 1)
        tails = np.tensordot(weights, self._tails, 1)
        mean = heads[0] / count[0]
        variance = weights @ self._squares / count[0] - mean**2
        variance = np.where(variance > _SMALL, variance, np.inf)
        crossed = mean[second] * heads[:, first] + mean[first] * tails[:, second]
        total = np.tensordot(weights, self._products, 1) - crossed
        covariance = total / np.maximum(count, 1)[:, None] + mean[first] * mean[second]
        return np.where(
            count[:, None] > 0, covariance / np.sqrt(variance[first] * variance[second]), 0.0
        )
