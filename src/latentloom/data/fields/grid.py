"""A periodic square of cells, and the waves on it."""

from functools import lru_cache

import numpy as np


@lru_cache
def symbol(size: int) -> np.ndarray:
    r"""What minus the Laplacian of five points multiplies each wave by.

    $$\lambda(k) = 4 - 2 \cos k_x - 2 \cos k_y$$

    Args:
        size: Cells along each side, of size 1.

    Returns:
        n x (n / 2 + 1), the waves in the order of `rfft2`.

    Example:
        >>> symbol(4)[2, 2]
        np.float64(8.0)
    """
    across = 2 - 2 * np.cos(2 * np.pi * np.fft.fftfreq(size))
    along = 2 - 2 * np.cos(2 * np.pi * np.fft.rfftfreq(size))
    return across[:, None] + along[None, :]


@lru_cache
def copies(size: int) -> np.ndarray:
    """How often each wave of `rfft2` stands for itself and its mirror image, n x (n / 2 + 1)."""
    counts = np.full((size, size // 2 + 1), 2.0)
    counts[:, 0] = 1.0
    if size % 2 == 0:
        counts[:, -1] = 1.0
    return counts


@lru_cache
def radius(size: int) -> np.ndarray:
    """How far each cell is from the centre, the cell n / 2, rounded to whole cells, n x n."""
    place = np.arange(size) - size // 2
    return np.rint(np.hypot(place[:, None], place[None, :])).astype(int)
