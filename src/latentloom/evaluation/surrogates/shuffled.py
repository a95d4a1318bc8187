"""Channels of different real signals, put together as if they were independent."""

import numpy as np

from ..population import Population
from .role import Surrogate
from .start import begun, dealt, finished


class IndependentChannels(Surrogate):
    r"""Takes each channel from another real signal.

    $$y_c = x^{(i_c)}_c, \qquad i_c \text{ drawn anew for each channel}$$

    Every channel is distributed as it should be, and what channels tell of each other is
    lost: what a generator must at least know beyond single features.

    Raises:
        ValueError: If signals differ in length, or none are wanted.

    Example:
        >>> train = Population(values=np.array([[[0.0, 10.0]], [[1.0, 11.0]]]))
        >>> made = IndependentChannels().draw(train, 4, seed=0).values
        >>> sorted(made[:, 0, 1].tolist())
        [10.0, 10.0, 11.0, 11.0]
    """

    def draw(self, train: Population, size: int, *, seed: int) -> Population:
        if train.ragged:
            raise ValueError("channels can be exchanged between signals of one length only")
        rng = np.random.default_rng(seed)
        _, start = begun(train, size, rng)
        channels = [train.values[dealt(train.size, size, rng), :, c] for c in range(train.width)]
        return finished(start, np.stack(channels, 2))
