"""The role of a surrogate: a population of signals that takes no trained model."""

import abc

from ..population import Population


class Surrogate(abc.ABC):
    """Makes signals from real ones by a simple rule, as a baseline that a generator must beat.

    It reads the train split only, and keeps lengths and conditions of the signals that it
    starts from.
    """

    @abc.abstractmethod
    def draw(self, train: Population, size: int, *, seed: int) -> Population:
        """`size` signals.

        Raises:
            ValueError: If there are too few signals, or too short ones, to make them from.
        """
