"""The periodic grid, its wavenumbers, and sums over them."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import fft

LOW, HIGH = np.pi / 8, np.pi / 2  # radians per cell: waves longer than 16 cells, under 4


@dataclass(frozen=True, slots=True)
class Grid:
    """The wavenumbers of a square periodic grid, as the real Fourier transform has them.

    Args:
        size: Cells along each side.
        across: Wavenumber down the rows, in radians per cell, n x 1.
        along: Wavenumber along the columns, in radians per cell, 1 x (n / 2 + 1).
        number: Length of the wave vector, in radians per cell.
        shell: The whole number nearest to its length in waves per side.
        weight: What a square of a coefficient adds to the mean square of the field; 0 for
            the mean itself.
    """

    size: int
    across: np.ndarray
    along: np.ndarray
    number: np.ndarray
    shell: np.ndarray
    weight: np.ndarray

    @property
    def shells(self) -> int:
        """How many shells there are: whole waves per side up to the finest along an axis."""
        return self.size // 2

    def sums(self, power: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Sums over all waves.

        Args:
            power: Squares or products of coefficients, ... x n x (n / 2 + 1).
            weights: What each wave counts in each sum, n (n / 2 + 1) x sums.

        Returns:
            ... x sums.
        """
        flat = power.reshape(-1, weights.shape[0])
        return (flat @ weights).reshape(*power.shape[:-2], -1)

    def columns(self, *weights: np.ndarray) -> np.ndarray:
        """Weights of waves as `sums` reads them, the mean left out."""
        table = [np.broadcast_to(w * self.weight, self.number.shape).ravel() for w in weights]
        return np.stack(table, -1).astype(np.float32)


@lru_cache
def grid_of(size: int) -> Grid:
    """The grid of a size.

    Example:
        >>> round(float(grid_of(32).number[3, 4] * 32 / (2 * np.pi)), 6)
        5.0
    """
    across = 2 * np.pi * np.fft.fftfreq(size)[:, None]
    along = 2 * np.pi * np.fft.rfftfreq(size)[None, :]
    number = np.hypot(across, along)
    weight = np.full(number.shape, 2.0)
    weight[:, [0, -1]] = 1.0  # these waves are their own mirror images
    weight[0, 0] = 0.0
    shell = np.rint(number * size / (2 * np.pi)).astype(int)
    return Grid(size, across, along, number, shell, weight / size**4)


def transform(field: np.ndarray) -> np.ndarray:
    """The coefficients of fields, ... x n x (n / 2 + 1), not divided by the cells."""
    return np.asarray(fft.rfft2(field))


def field_of(coefficients: np.ndarray) -> np.ndarray:
    """The fields of coefficients, ... x n x n."""
    size = coefficients.shape[-2]
    return np.asarray(fft.irfft2(coefficients, s=(size, size)))


def squares(coefficients: np.ndarray) -> np.ndarray:
    """The squared size of each coefficient."""
    return np.real(coefficients) ** 2 + np.imag(coefficients) ** 2


def over(value: np.ndarray, by: np.ndarray, least: float = 1e-6) -> np.ndarray:
    """A quotient, 0 where the divisor is below `least`."""
    small = by < least
    return np.where(small, 0.0, value / np.where(small, 1.0, by))
