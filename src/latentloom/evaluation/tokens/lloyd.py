"""The best few values that numbers can be rounded to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

ROUNDS = 200  # of sharing numbers out and moving values to their means
STILL = 1e-7  # of the error; what improves less has settled


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """Values that numbers are rounded to.

    Args:
        values: The values, in order.
        error: Mean squared error of the numbers that they were fitted to.
        numbers: Those numbers, in order.

    Example:
        >>> coarse = Scalar.of(np.array([0.0, 1.0, 10.0, 11.0]))
        >>> coarse.values.tolist(), coarse.finer().values.tolist()
        ([5.5], [0.5, 10.5])

    References:
        Least Squares Quantization in PCM (Lloyd, 1982), section 5, method I
        https://doi.org/10.1109/TIT.1982.1056489
        An Algorithm for Vector Quantizer Design (Linde et al., 1980), for starting from halves
        https://doi.org/10.1109/TCOM.1980.1094577
    """

    values: Float[np.ndarray, " V"]
    error: float
    numbers: Float[np.ndarray, " N"]

    @classmethod
    def of(cls, numbers: Float[np.ndarray, " N"]) -> Scalar:
        """One value for all of them: their mean."""
        return cls(numbers.mean(keepdims=True), float(numbers.var()), np.sort(numbers))

    def __call__(self, numbers: Float[np.ndarray, " M"]) -> Float[np.ndarray, " M"]:
        """The nearest of the values."""
        return self.values[np.searchsorted(_borders(self.values), numbers)]

    def finer(self) -> Scalar:
        """Twice as many values: each becomes two, and all move until nothing improves."""
        runs = _Runs.of(self.numbers)
        size, total, square = runs.sums(self.values)
        mean = total / np.maximum(size, 1)
        spread = np.sqrt(np.maximum(square / np.maximum(size, 1) - mean**2, 0))
        values = np.sort(np.concatenate([self.values - spread, self.values + spread]))
        error = runs.error(values)
        for _ in range(ROUNDS):
            size, total, _ = runs.sums(values)
            moved = np.where(size > 0, total / np.maximum(size, 1), values)
            left = runs.error(moved)
            if error - left <= STILL * error:
                break
            values, error = moved, left
        return Scalar(values, error, self.numbers)


@dataclass(frozen=True, slots=True, eq=False)
class _Runs:
    """Numbers in order, with sums up to each of them and of their squares."""

    numbers: Float[np.ndarray, " N"]
    first: Float[np.ndarray, " M"]
    second: Float[np.ndarray, " M"]

    @classmethod
    def of(cls, numbers: Float[np.ndarray, " N"]) -> _Runs:
        first, second = (np.append(0.0, power.cumsum()) for power in (numbers, numbers**2))
        return cls(numbers, first, second)

    def sums(
        self, values: Float[np.ndarray, " V"]
    ) -> tuple[Int[np.ndarray, " V"], Float[np.ndarray, " V"], Float[np.ndarray, " V"]]:
        """How many numbers are nearest to each value, their sum and that of their squares."""
        inner = np.searchsorted(self.numbers, _borders(values), side="right")
        ends = np.concatenate([[0], inner, [len(self.numbers)]])
        return np.diff(ends), np.diff(self.first[ends]), np.diff(self.second[ends])

    def error(self, values: Float[np.ndarray, " V"]) -> float:
        """Mean squared distance of the numbers from their nearest value."""
        size, total, square = self.sums(values)
        left = (square - 2 * values * total + values**2 * size).sum()
        return max(0.0, float(left)) / len(self.numbers)


def _borders(values: Float[np.ndarray, " V"]) -> Float[np.ndarray, " B"]:
    return (values[1:] + values[:-1]) / 2
