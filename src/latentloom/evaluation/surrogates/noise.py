"""Noise, alone or on top of real signals."""

import numpy as np

from ...core.ranges import at_least
from ..population import Population
from .role import Surrogate
from .start import begun, finished, moments


class Jitter(Surrogate):
    r"""Adds white normal noise to real signals.

    $$y = x + s \, \sigma_c \, \epsilon, \qquad \epsilon \sim \mathcal N(0, 1)$$

    with the standard deviation $\sigma_c$ of channel $c$ over all signals and steps.

    Args:
        share: $s$, the noise as a share of the deviation.

    Example:
        >>> train = Population(values=np.arange(6.0).reshape(3, 2, 1))
        >>> made = Jitter(share=0.0).draw(train, 3, seed=0)
        >>> sorted(made.values[:, 0, 0].tolist())
        [0.0, 2.0, 4.0]
    """

    def __init__(self, *, share: float = 0.1) -> None:
        at_least(0, share=share)
        self.share = share

    def draw(self, train: Population, size: int, *, seed: int) -> Population:
        rng = np.random.default_rng(seed)
        _, start = begun(train, size, rng)
        noise = rng.standard_normal(start.values.shape, dtype=np.float32)
        return finished(start, start.values + self.share * moments(train).std * noise)


class Noise(Surrogate):
    """White noise, uniform over the range of each channel: the worst that a score must see.

    Example:
        >>> train = Population(values=np.array([[[2.0], [3.0]]]))
        >>> made = Noise().draw(train, 4, seed=0).values
        >>> bool((made >= 2).all() and (made <= 3).all())
        True
    """

    def draw(self, train: Population, size: int, *, seed: int) -> Population:
        rng = np.random.default_rng(seed)
        _, start = begun(train, size, rng)
        real = train.values[train.mask]
        low, high = real.min(0), real.max(0)
        share = rng.random(start.values.shape, dtype=np.float32)
        return finished(start, low + share * (high - low))
