"""Fréchet distance between encodings: Context-FID."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from ...core.ranges import at_least
from ..judges.contrastive import Encoders, fit_encoders
from ..population import Population, Trial
from .pooled import sampled
from .role import Compared, Distance, InapplicableError, Weights

_SMALL = 1e-10  # of the largest eigenvalue; what is below it is rounding


def frechet(
    mean1: Float[np.ndarray, " D"],
    covariance1: Float[np.ndarray, "D D"],
    mean2: Float[np.ndarray, " D"],
    covariance2: Float[np.ndarray, "D D"],
) -> float:
    r"""Squared Wasserstein distance of two Gaussians, in squared units of the points.

    $|\mu_1 - \mu_2|^2 + \mathrm{tr}(\Sigma_1 + \Sigma_2 - 2 (\Sigma_1 \Sigma_2)^{1/2})$. The
    trace of the root is the sum of the roots of the eigenvalues of $\Sigma_1^{1/2} \Sigma_2
    \Sigma_1^{1/2}$, which is symmetric: no complex root is taken, singular matrices included.

    Args:
        mean1: Mean of the first.
        covariance1: Its covariance.
        mean2: Mean of the second.
        covariance2: Its covariance.

    Example:
        >>> frechet(np.zeros(1), np.eye(1), np.ones(1), 4 * np.eye(1))
        2.0

    References:
        The Fréchet Distance between Multivariate Normal Distributions (Dowson and Landau,
        1982), eq. 4.
    """
    root = _root(covariance1)
    crossed = np.linalg.eigvalsh(root @ covariance2 @ root)
    shared = np.sqrt(np.maximum(crossed, 0)).sum()
    traces = np.trace(covariance1) + np.trace(covariance2)
    return float(((mean1 - mean2) ** 2).sum() + traces - 2 * shared)


class ContextFid(Distance):
    """How far encodings of made signals are from those of real ones, as two Gaussians.

    The encoder, a TS2Vec network, is fitted on the real signals anew for every repeat. As many
    made signals count as there are real ones, drawn at random if there are more.

    The number depends on how many signals are compared: two samples of the *same* Gaussian
    are 0.30 apart with 2000 signals in 32 dimensions, 130 with 400 in 320, 353 with 100 in
    320. It is read beside the floor of real against real signals of the same count.

    Under weights it follows its derivative by each signal's weight, and not the formula itself:
    a resampled population repeats signals, and the bias above would make each of its draws
    larger than the number that the interval is for.

    Args:
        dimensions: Numbers a signal that the encoder makes.
        repeats: How many encoders are fitted, one a seed.
        steps: Training steps of each; 200 for at most 100 000 values, else 600, if None.

    References:
        PSA-GAN: Progressive Self Attention GANs for Synthetic Time Series (Jeha et al., 2022),
        section 4.1, for the score.
        Diffusion-TS: Interpretable Diffusion for General Time Series Generation (Yuan and Qiao,
        2024), code: `Utils/context_fid.py`, for the encoder and its settings.
    """

    least = 8

    def __init__(
        self, *, dimensions: int = 320, repeats: int = 5, steps: int | None = None
    ) -> None:
        at_least(1, dimensions=dimensions, repeats=repeats)
        self.dimensions = dimensions
        self.repeats = repeats
        self.steps = steps
        self._fitted: _Fitted | None = None

    def compare(self, trial: Trial, *, seed: int) -> Compared:
        if trial.held.extent.max() < 2:
            raise InapplicableError("needs signals of at least 2 time steps, got 1")
        rows = sampled(trial.made.size, trial.held.size, seed=seed)
        made = trial.made.take(rows)
        encoders = self._encoders(trial.held, int(trial.made.extent.max()), seed)
        there, here = encoders.encode(trial.held), encoders.encode(made)
        pairs = [_Linear.of(*pair) for pair in zip(there, here, strict=True)]

        def weighed(real: Weights, made: Float[np.ndarray, " M"]) -> Float[np.ndarray, " R"]:
            return np.array([pair.at(real, made[rows]) for pair in pairs])

        return Compared(
            weighed=weighed, dimensions=self.dimensions, real=trial.held.size, made=len(rows)
        )

    def _encoders(self, held: Population, longest: int, seed: int) -> Encoders:
        """The last ones again if they are the same: a sheet has many rows of one real set."""
        last = self._fitted
        if last is None or last.held is not held or last.key != (longest, seed):
            encoders = fit_encoders(
                held,
                seeds=range(seed, seed + self.repeats),
                dimensions=self.dimensions,
                steps=self.steps,
                longest=longest,
            )
            last = self._fitted = _Fitted(held, (longest, seed), encoders)
        return last.encoders


@dataclass(frozen=True, slots=True, eq=False)
class _Fitted:
    held: Population
    key: tuple[int, int]
    encoders: Encoders


@dataclass(frozen=True, slots=True, eq=False)
class _Linear:
    """The distance of two samples, and its slope by the share that each point has of them."""

    value: float
    real: Float[np.ndarray, " N"]
    made: Float[np.ndarray, " M"]

    def at(self, real: Weights, made: Float[np.ndarray, " M"]) -> float:
        change = [
            (weight / weight.sum() - 1 / len(weight)) @ slope
            for weight, slope in ((real, self.real), (made, self.made))
        ]
        return max(0.0, self.value + sum(change))

    @classmethod
    def of(cls, real: Float[np.ndarray, "N D"], made: Float[np.ndarray, "M D"]) -> _Linear:
        real, made = real.astype(float), made.astype(float)
        means = [x.mean(0) for x in (real, made)]
        covariances = [np.atleast_2d(np.cov(x, rowvar=False)) for x in (real, made)]
        apart = means[0] - means[1]
        slopes = [
            _slope(real, covariances[0], covariances[1]) + 2 * real @ apart,
            _slope(made, covariances[1], covariances[0]) - 2 * made @ apart,
        ]
        value = frechet(means[0], covariances[0], means[1], covariances[1])
        return cls(value, slopes[0], slopes[1])


def _slope(
    x: Float[np.ndarray, "N D"], own: Float[np.ndarray, "D D"], other: Float[np.ndarray, "D D"]
) -> Float[np.ndarray, " N"]:
    r"""Of the part that covariances have, by each point's share of its sample.

    $|r|^2 - r^\top M r$ with $r$ the point without its sample's mean, and $M = \Sigma^{-1/2}
    (\Sigma^{1/2} \Sigma' \Sigma^{1/2})^{1/2} \Sigma^{-1/2}$, which transports the point's own
    Gaussian to the other and is twice the derivative of the root's trace by $\Sigma$.
    """
    rest = x - x.mean(0)
    values, vectors = np.linalg.eigh(own)
    kept = values > _SMALL * values[-1]
    scale, basis = np.sqrt(values[kept]), vectors[:, kept]
    half = basis * scale
    inner = _root(half.T @ other @ half)
    white = rest @ (basis / scale)
    scaling = len(x) / (len(x) - 1)  # shares sum to one, covariances are unbiased
    return scaling * ((rest**2).sum(1) - ((white @ inner) * white).sum(1))


def _root(matrix: Float[np.ndarray, "D D"]) -> Float[np.ndarray, "D D"]:
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
