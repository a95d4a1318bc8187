"""How far a feature may stray before it is capped."""

import abc

from jaxtyping import Float
from torch import Tensor

from ...core.ranges import positive
from .percentiles import percentiles

Ends = tuple[Float[Tensor, " F"], Float[Tensor, " F"]]


class Capping(abc.ABC):
    """Says between which ends the values of each feature are kept."""

    @abc.abstractmethod
    def ends(self, values: Float[Tensor, "N F"]) -> Ends:
        """The lower and the upper end of each feature, learned from finite values."""


class Percentiles(Capping):
    """Keeps features between two of their own percentiles.

    Args:
        low: The lower one, in percent.
        high: The upper one, in percent.

    Raises:
        ValueError: If they are not in order within [0, 100].
    """

    def __init__(self, *, low: float = 0.5, high: float = 99.5) -> None:
        if not 0 <= low < high <= 100:
            raise ValueError(f"low must be below high within [0, 100], got {low} and {high}")
        self.low, self.high = low, high

    def ends(self, values: Float[Tensor, "N F"]) -> Ends:
        low, high = percentiles(values, [self.low, self.high])
        return low, high


class Quartiles(Capping):
    r"""Keeps features within $[q_{25} - t\,(q_{75} - q_{25}),\; q_{75} + t\,(q_{75} - q_{25})]$.

    A feature whose quartiles are equal, such as a rare mark, is left as it is.

    Args:
        times: The factor t.

    Raises:
        ValueError: If it is not positive.
    """

    def __init__(self, *, times: float = 1.5) -> None:
        positive(times=times)
        self.times = times

    def ends(self, values: Float[Tensor, "N F"]) -> Ends:
        low, high = percentiles(values, [25, 75])
        return _around(values, low, high, self.times * (high - low))


class MedianDeviations(Capping):
    r"""Keeps features within $\mathrm{median} \pm t \; \mathrm{median}|x - \mathrm{median}|$.

    A feature of which more than half is one value, such as one of a one-hot code, is left as
    it is: its median deviation is zero and would flatten it.

    Args:
        times: The factor t; the deviation is not scaled to that of a normal distribution.

    Raises:
        ValueError: If it is not positive.
    """

    def __init__(self, *, times: float = 5.0) -> None:
        positive(times=times)
        self.times = times

    def ends(self, values: Float[Tensor, "N F"]) -> Ends:
        middle = values.median(0).values
        deviation = (values - middle).abs().median(0).values
        return _around(values, middle, middle, self.times * deviation)


def _around(
    values: Float[Tensor, "N F"],
    low: Float[Tensor, " F"],
    high: Float[Tensor, " F"],
    reach: Float[Tensor, " F"],
) -> Ends:
    """Ends that lie `reach` beyond low and high; where there is no reach, all values stay."""
    moves = reach > 0
    return (low - reach).where(moves, values.amin(0)), (high + reach).where(moves, values.amax(0))
