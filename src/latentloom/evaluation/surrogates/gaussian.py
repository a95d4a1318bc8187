"""Signals from the normal distribution that real ones would have."""

import numpy as np
from jaxtyping import Float
from sklearn.covariance import ledoit_wolf_shrinkage

from ...core.ranges import at_least
from ..population import Population
from .role import Surrogate
from .start import begun, finished


class GaussianSampler(Surrogate):
    r"""Draws all steps and channels of a signal from one normal distribution.

    $$y = \mu + \sigma \circ z, \qquad z \sim \mathcal N(0, (1 - \rho) R + \rho I)$$

    with mean $\mu$ and deviation $\sigma$ of each step and channel, their correlations $R$
    over the real signals, and the shrinkage $\rho$ of Ledoit and Wolf. $R$ is never formed:
    where there are more steps times channels than signals, $z$ is drawn in the span of the
    signals, which are its principal components. Where lengths differ, a step is told by the
    signals that reach it.

    Lengths and conditions are those of a real signal; the values do not depend on them.

    Args:
        most: From how many signals the distribution is learned; more are left out at random.

    Raises:
        ValueError: If `most` is less than 2.

    Example:
        >>> train = Population(values=np.array([[[1.0], [2.0]], [[3.0], [4.0]]]))
        >>> GaussianSampler().draw(train, 5, seed=0).values.shape
        (5, 2, 1)

    References:
        A well-conditioned estimator for large-dimensional covariance matrices (Ledoit and
        Wolf, 2004), eq. 14. https://doi.org/10.1016/S0047-259X(03)00096-4
    """

    def __init__(self, *, most: int = 4000) -> None:
        at_least(2, most=most)
        self.most = most

    def draw(self, train: Population, size: int, *, seed: int) -> Population:
        if train.size < 2:
            raise ValueError(f"a covariance takes at least 2 signals, got {train.size}")
        rng = np.random.default_rng(seed)
        _, start = begun(train, size, rng)
        known = train.some(self.most, seed=seed)
        real = known.mask[..., None]
        count = np.maximum(real.sum(0), 1)
        mean = known.values.sum(0, where=real) / count
        centred = np.where(real, known.values - mean, 0.0)
        std = np.sqrt((centred**2).sum(0) / count)
        unit = (centred / np.where(std > 1e-12 * np.abs(mean), std, np.inf)).reshape(
            known.size, -1
        )
        # Steps that few signals reach count as much as the others.
        unit *= np.sqrt(known.size / np.repeat(count, known.width, axis=1).reshape(-1))
        drawn = _drawn(unit.astype(np.float32), size, rng).reshape(start.values.shape)
        return finished(start, mean + std * drawn)


def _drawn(
    unit: Float[np.ndarray, "N D"], size: int, rng: np.random.Generator
) -> Float[np.ndarray, "M D"]:
    """Normal vectors whose covariance is that of the rows, shrunk towards the identity."""
    shrinkage = float(ledoit_wolf_shrinkage(unit, assume_centered=True))
    rows, width = unit.shape
    # The triangle of a QR decomposition has the same covariance in fewer rows.
    factor = np.linalg.qr(unit, mode="r") if rows > width else unit
    common = rng.standard_normal((size, len(factor)), dtype=np.float32) @ factor
    own = rng.standard_normal((size, width), dtype=np.float32)
    return common * np.sqrt((1 - shrinkage) / rows) + own * np.sqrt(shrinkage)
