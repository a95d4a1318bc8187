"""Distances between the third and the fourth moments of all values."""

from __future__ import annotations

import abc

import numpy as np
from jaxtyping import Bool, Float, Real

from ..population import Trial
from .pooled import centred, shares, standardized
from .role import Compared, Distance

_SMALL = 1e-12  # of the units' variance: what varies less is constant


class Powers:
    r"""Sums of each signal's powers, from which pooled central moments follow.

    Args:
        x: The signals, in units in which their deviation is about 1.
        mask: Which steps are real.
    """

    def __init__(self, x: Float[np.ndarray, "N T C"], mask: Bool[np.ndarray, "N T"]) -> None:
        x = centred(x, mask)
        square = x * x
        self._counts = mask.sum(1).astype(float)
        self._sums = np.stack(
            [x.sum(1), square.sum(1), (square * x).sum(1), (square * square).sum(1)], 1
        )

    def central(self, weights: Real[np.ndarray, " N"]) -> tuple[float, Float[np.ndarray, "3 C"]]:
        r"""How many steps count, and the moments $\overline{(x - \mu)^p}$, $p$ = 2, 3, 4."""
        weights = shares(weights)
        count = float(weights @ self._counts)
        mean, second, third, fourth = np.tensordot(weights, self._sums, 1) / count
        return count, np.stack(
            [
                second - mean**2,
                third - 3 * mean * second + 2 * mean**3,
                fourth - 4 * mean * third + 6 * mean**2 * second - 3 * mean**4,
            ]
        )


class _MomentDistance(Distance):
    """A distance between one shape number of each channel."""

    least = 10

    def compare(self, trial: Trial, *, seed: int) -> Compared:
        held, made = standardized(trial)
        real, other = Powers(held, trial.held.mask), Powers(made, trial.made.mask)

        def weighed(
            held_weights: Real[np.ndarray, " N"], made_weights: Real[np.ndarray, " M"]
        ) -> Float[np.ndarray, " R"]:
            apart = self._shape(real, held_weights) - self._shape(other, made_weights)
            return np.abs(apart).mean(keepdims=True)

        return Compared(
            weighed=weighed,
            dimensions=held.shape[2],
            real=trial.held.size,
            made=trial.made.size,
        )

    @abc.abstractmethod
    def _shape(self, powers: Powers, weights: Real[np.ndarray, " N"]) -> Float[np.ndarray, " C"]:
        """The shape number of each channel."""


class SkewnessDistance(_MomentDistance):
    r"""How differently the values of made signals lean to one side (SD); 0 is right.

    $\frac1C \sum_c |s_c - \hat s_c|$, $s = m_3 / \tilde\sigma^3$, over all signals and real
    steps, with the third central moment $m_3$ and the deviation $\tilde\sigma$ of $n - 1$
    degrees of freedom. Channels that are constant in the real signals are left out; a made
    one that is constant has a skewness of 0.

    References:
        TSGBench: Time Series Generation Benchmark (Ang et al., 2024), section 4.3, SD;
        their src/feature_based_measures.py fixes the details.
    """

    def _shape(self, powers: Powers, weights: Real[np.ndarray, " N"]) -> Float[np.ndarray, " C"]:
        count, (second, third, _) = powers.central(weights)
        unbiased = np.where(second > _SMALL, second, 1.0) * count / max(count - 1, 1)
        return third / unbiased**1.5


class KurtosisDistance(_MomentDistance):
    r"""How differently heavy the tails of made signals' values are (KD); 0 is right.

    $\frac1C \sum_c |g_c - \hat g_c|$, $g = m_4 / m_2^2 - 3$, over all signals and real steps,
    with biased central moments $m$. Channels that are constant in the real signals are left
    out; a made one that is constant has the least kurtosis, -3.

    References:
        TSGBench: Time Series Generation Benchmark (Ang et al., 2024), section 4.3, KD;
        their src/feature_based_measures.py fixes the details.
    """

    def _shape(self, powers: Powers, weights: Real[np.ndarray, " N"]) -> Float[np.ndarray, " C"]:
        _, (second, _, fourth) = powers.central(weights)
        return fourth / np.where(second > _SMALL, second, 1.0) ** 2 - 3
