"""Distances between how channels go together."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int, Real

from ...core.ranges import at_least
from ..population import Trial
from .lagged import Lagged
from .pooled import sampled, standardized, typical
from .role import Compared, Distance, InapplicableError


class LegacyCorrelational(Distance):
    r"""The correlational score (CS) as it is published; 0 is right.

    $\frac{1}{10} \sum_{i \ge j} |\rho_{ij} - \hat\rho_{ij}|$ of the correlations between
    channels at lag 0, pooled over signals and steps, the diagonal included, deviations of
    $n - 1$ degrees of freedom. Each of five repeats takes a fifth as many signals as there
    are real ones, drawn with replacement on both sides. It is a sum, and so grows with the
    number of channels; read it beside published values of the same data only.

    Channels that are constant in the real signals are left out, where the original divides
    by zero.

    Raises:
        InapplicableError: If there are fewer than two channels that vary.

    References:
        Diffusion-TS: Interpretable Diffusion for General Time Series Generation (Yuan and
        Qiao, 2024), appendix on metrics; their Utils/cross_correlation.py fixes the details.
    """

    least = 10
    repeats = 5

    def compare(self, trial: Trial, *, seed: int) -> Compared:
        held, made = standardized(trial)
        pairs = _pairs(held.shape[2], diagonal=0)
        real = Lagged(held, trial.held.mask, pairs=pairs, lags=1)
        other = Lagged(made, trial.made.mask, pairs=pairs, lags=1)
        size = max(1, len(held) // self.repeats)
        draws = [
            tuple(
                np.bincount(rng.integers(many, size=size), minlength=many)
                for many in (len(held), len(made))
            )
            for rng in map(np.random.default_rng, range(seed, seed + self.repeats))
        ]

        def weighed(
            held_weights: Real[np.ndarray, " N"], made_weights: Real[np.ndarray, " M"]
        ) -> Float[np.ndarray, " R"]:
            apart = [
                _unbiased(real, held_weights, here, size)
                - _unbiased(other, made_weights, there, size)
                for here, there in draws
            ]
            return np.abs(apart).sum(1) / 10

        return Compared(weighed=weighed, dimensions=len(pairs), real=size, made=size)


class Correlational(Distance):
    r"""How differently the channels of made signals go together, in [0, 2]; 0 is right.

    $\frac{2}{C (C - 1)} \sum_{i > j} |\rho_{ij} - \hat\rho_{ij}|$ of the correlations between
    channels at lag 0, pooled over all signals and real steps. A mean, so that it can be
    compared between data of different width.

    Channels that are constant in the real signals are left out; a made channel that is
    constant correlates with none.

    Args:
        pairs: How many pairs of channels, drawn at random if there are more; all if None.

    Raises:
        InapplicableError: If there are fewer than two channels that vary.
    """

    least = 10

    def __init__(self, *, pairs: int | None = None) -> None:
        if pairs is not None:
            at_least(1, pairs=pairs)
        self.pairs = pairs

    def compare(self, trial: Trial, *, seed: int) -> Compared:
        held, made = standardized(trial)
        pairs = _pairs(held.shape[2], diagonal=-1)
        pairs = pairs[sampled(len(pairs), self.pairs or len(pairs), seed=seed)]
        real = Lagged(held, trial.held.mask, pairs=pairs, lags=1)
        other = Lagged(made, trial.made.mask, pairs=pairs, lags=1)

        def weighed(
            held_weights: Real[np.ndarray, " N"], made_weights: Real[np.ndarray, " M"]
        ) -> Float[np.ndarray, " R"]:
            apart = real.correlation(held_weights) - other.correlation(made_weights)
            return np.array([np.abs(apart).mean()])

        return Compared(
            weighed=weighed, dimensions=len(pairs), real=trial.held.size, made=trial.made.size
        )


class CrossCorrelation(Distance):
    r"""How differently channels of made signals lead and follow one another; 0 is right.

    The mean of $|\rho_{ij}(k) - \hat\rho_{ij}(k)|$ over pairs of channels $i < j$ and lags
    $-K \le k \le K$, with correlations pooled over all signals and pairs of real steps.

    Channels that are constant in the real signals are left out; a made channel that is
    constant correlates with none.

    Args:
        lags: $K$, in time steps; less if half of the real signals are shorter.
        pairs: How many pairs of channels, drawn at random if there are more.
        most: How many signals of each kind, drawn at random if there are more.

    Raises:
        InapplicableError: If there are fewer than two channels that vary.
    """

    least = 10

    def __init__(self, *, lags: int = 8, pairs: int = 64, most: int = 4000) -> None:
        at_least(1, lags=lags, pairs=pairs, most=most)
        self.lags = lags
        self.pairs = pairs
        self.most = most

    def compare(self, trial: Trial, *, seed: int) -> Compared:
        held, made = standardized(trial)
        pairs = _pairs(held.shape[2], diagonal=-1)
        pairs = pairs[sampled(len(pairs), self.pairs, seed=seed)]
        lags = min(self.lags + 1, typical(trial.held))
        here, there = (sampled(len(x), self.most, seed=seed) for x in (held, made))
        both = np.concatenate([pairs, pairs[:, ::-1]])
        real = Lagged(held[here], trial.held.mask[here], pairs=both, lags=lags)
        other = Lagged(made[there], trial.made.mask[there], pairs=both, lags=lags)
        once = np.ones((lags, len(both)), dtype=bool)
        once[0, len(pairs) :] = False  # lag 0 is the same either way

        def weighed(
            held_weights: Real[np.ndarray, " N"], made_weights: Real[np.ndarray, " M"]
        ) -> Float[np.ndarray, " R"]:
            first = real.correlation(held_weights[here])
            second = other.correlation(made_weights[there])
            return np.array([np.abs(first - second)[once].mean()])

        return Compared(
            weighed=weighed, dimensions=int(once.sum()), real=len(here), made=len(there)
        )


def _pairs(channels: int, *, diagonal: int) -> Int[np.ndarray, "P 2"]:
    if channels < 2:
        raise InapplicableError(
            f"correlations between channels must have at least 2 that vary, got {channels}"
        )
    return np.stack(np.tril_indices(channels, diagonal), 1)


def _unbiased(
    lagged: Lagged,
    weights: Real[np.ndarray, " N"],
    drawn: Int[np.ndarray, " N"],
    size: int,
) -> Float[np.ndarray, " P"]:
    """Correlations of drawn signals, by deviations of one degree of freedom less."""
    both = weights * drawn
    both = both if both.any() else drawn  # a bootstrap may miss all that were drawn
    steps = lagged.steps(both) * size / len(both)
    return lagged.correlation(both)[0] * (steps - 1) / steps
