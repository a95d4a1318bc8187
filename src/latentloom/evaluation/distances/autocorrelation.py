"""Distance between autocorrelations."""

import numpy as np
from jaxtyping import Float, Real

from ...core.ranges import at_least
from ..population import Trial
from .lagged import Lagged
from .pooled import standardized, typical
from .role import Compared, Distance


class AutocorrelationDistance(Distance):
    r"""How differently made signals remember their past (ACD); 0 is right.

    $\frac1C \sum_c \sqrt{\sum_{k=0}^{K-1} (\rho_c(k) - \hat\rho_c(k))^2}$ with the
    autocorrelation $\rho_c(k)$ of channel $c$, pooled over all signals and steps around the
    channel's pooled mean. $K$ is `lags`, or the length that half of the real signals reach if
    that is less. Signals of equal length make it the published measure; of ragged ones the
    pairs of real steps count. It cannot see phases, nor what each signal does by itself.

    Channels that are constant in the real signals are left out; a made channel that is
    constant has no autocorrelation at any lag.

    Args:
        lags: The greatest number of lags, in time steps.

    References:
        TSGBench: Time Series Generation Benchmark (Ang et al., 2024), section 4.3, ACD;
        their src/feature_based_measures.py fixes the details.
    """

    least = 10

    def __init__(self, *, lags: int = 64) -> None:
        at_least(1, lags=lags)
        self.lags = lags

    def compare(self, trial: Trial, *, seed: int) -> Compared:
        held, made = standardized(trial)
        lags = min(self.lags, typical(trial.held))
        pairs = np.repeat(np.arange(held.shape[2])[:, None], 2, axis=1)
        real = Lagged(held, trial.held.mask, pairs=pairs, lags=lags)
        other = Lagged(made, trial.made.mask, pairs=pairs, lags=lags)

        def weighed(
            held_weights: Real[np.ndarray, " N"], made_weights: Real[np.ndarray, " M"]
        ) -> Float[np.ndarray, " R"]:
            apart = real.correlation(held_weights) - other.correlation(made_weights)
            return np.sqrt((apart**2).sum(0)).mean(keepdims=True)

        return Compared(
            weighed=weighed,
            dimensions=lags * len(pairs),
            real=trial.held.size,
            made=trial.made.size,
        )
