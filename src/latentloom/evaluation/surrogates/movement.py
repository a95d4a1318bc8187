"""Movements as a textbook has them."""

import numpy as np

from ..kinematics import CHANNELS, Paths, Where, columns_of
from ..population import Population
from .role import Surrogate
from .start import begun, finished


class LeastJerk(Surrogate):
    r"""Goes straight from the first point of a real movement to its last, with the least jerk.

    $$p(t) = p_0 + (p_1 - p_0) (10 \tau^3 - 15 \tau^4 + 6 \tau^5), \qquad \tau = t / D$$

    at the very instants of the real one: distances, directions, durations and lengths are
    right, and nothing is a person's own.

    Args:
        channels: Which channels are the time and the two coordinates, by name or by place.

    Raises:
        ValueError: If there are no such channels.

    Example:
        >>> train = Population(values=np.array([[[0.0, 0, 0], [1, 9, 2], [2, 4, 8]]]))
        >>> LeastJerk().draw(train, 1, seed=0).values[0, 1].tolist()
        [1.0, 2.0, 4.0]

    References:
        The coordination of arm movements (Flash and Hogan, 1985), equation 3.
        https://doi.org/10.1523/JNEUROSCI.05-07-01688.1985
    """

    def __init__(self, *, channels: Where = CHANNELS) -> None:
        self.channels = channels

    def draw(self, train: Population, size: int, *, seed: int) -> Population:
        _, start = begun(train, size, np.random.default_rng(seed))
        paths = Paths.of(start, self.channels)
        whole = np.where(paths.duration > 0, paths.duration, 1.0)[:, None]
        share = ((paths.time - paths.time[:, :1]) / whole).clip(0, 1)[..., None]
        gone = 10 * share**3 - 15 * share**4 + 6 * share**5
        values = start.values.astype(float)
        values[..., columns_of(train, self.channels)[1:]] = (
            paths.place[:, :1] + gone * paths.ends[:, None]
        )
        return finished(start, values)
