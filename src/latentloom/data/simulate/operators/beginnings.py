"""Fields that operators are let loose on, of several kinds."""

import numpy as np

from .grid import Grid, field_of, grid_of, transform
from .laws import CHANNELS

KINDS = ("random_field", "blobs", "waves", "islands", "rings", "sparks")


def begin(random: np.random.Generator, kind: str, grid: int, realisations: int) -> np.ndarray:
    """Fields of one kind, alike but for chance.

    What tells the record (a roughness, a width, a number of things, a mean, the amplitude of
    each channel) is drawn once for all its realisations; the rest is theirs alone.

    Args:
        random: Where chance comes from.
        kind: One of `KINDS`.
        grid: Cells along each side.
        realisations: How many.

    Returns:
        Realisations x channels x n x n; the deviation of each channel is 0.2 to 3.
    """
    shape = (realisations, CHANNELS, grid, grid)
    field = _MADE[kind](random, shape, grid_of(grid))
    field = field - field.mean((-1, -2), keepdims=True)
    size = np.sqrt((field**2).mean((-1, -2), keepdims=True))
    each = 10 ** random.uniform(-0.2, 0.2, (CHANNELS, 1, 1))
    amplitude = each * 10 ** random.uniform(np.log10(0.3), np.log10(2.0))
    mean = 0.3 * random.normal()
    return (amplitude * (field / np.maximum(size, 1e-9) + mean)).astype(np.float32)


def _random_field(random: np.random.Generator, shape: tuple[int, ...], grid: Grid) -> np.ndarray:
    """Noise whose amplitude falls with a power of the wavenumber from 0.5 to 2.5."""
    number = grid.number.copy()
    number[0, 0] = np.inf
    return field_of(transform(random.normal(size=shape)) * number ** -random.uniform(0.5, 2.5))


def _islands(random: np.random.Generator, shape: tuple[int, ...], grid: Grid) -> np.ndarray:
    """Where a smooth random field is above a level, 1, else 0, at soft edges."""
    field = _smooth(random.normal(size=shape), random.uniform(2, 5), grid)
    field /= field.std((-1, -2), keepdims=True)
    return np.tanh(4 * (field - random.uniform(-0.8, 0.8)))


def _blobs(random: np.random.Generator, shape: tuple[int, ...], grid: Grid) -> np.ndarray:
    """2 to 12 bumps of either sign."""
    return _bumps(random, shape, grid, int(random.integers(2, 13)), random.uniform(2, 6))


def _sparks(random: np.random.Generator, shape: tuple[int, ...], grid: Grid) -> np.ndarray:
    """20 to 80 narrow bumps of either sign."""
    return _bumps(random, shape, grid, int(random.integers(20, 81)), random.uniform(0.6, 1.2))


def _bumps(
    random: np.random.Generator, shape: tuple[int, ...], grid: Grid, count: int, width: float
) -> np.ndarray:
    field = np.zeros((shape[0] * shape[1], grid.size**2))
    cells = random.integers(0, grid.size**2, (len(field), count))
    np.put_along_axis(field, cells, random.normal(size=cells.shape), 1)
    return _smooth(field.reshape(shape), width, grid)


def _waves(random: np.random.Generator, shape: tuple[int, ...], grid: Grid) -> np.ndarray:
    """1 to 3 plane waves of up to 8 waves per side, with a little noise."""
    place = 2 * np.pi * np.arange(grid.size) / grid.size
    field = 0.1 * random.normal(size=shape)
    for _ in range(random.integers(1, 4)):
        down, along = random.integers(-8, 9), random.integers(1, 9)
        phase = random.uniform(0, 2 * np.pi, (*shape[:2], 1, 1))
        field += np.sin(down * place[:, None] + along * place[None, :] + phase)
    return field


def _rings(random: np.random.Generator, shape: tuple[int, ...], grid: Grid) -> np.ndarray:
    """A ring about a random cell in each field."""
    radius, width = random.uniform(0.1, 0.35) * grid.size, random.uniform(1.5, 4)
    place, middle = np.arange(grid.size), random.uniform(0, grid.size, (2, *shape[:2], 1, 1))
    down = _apart(place[:, None], middle[0], grid.size)
    along = _apart(place[None, :], middle[1], grid.size)
    return np.exp(-((np.hypot(down, along) - radius) ** 2) / (2 * width**2))


def _apart(place: np.ndarray, other: np.ndarray, size: int) -> np.ndarray:
    """The way round a circle from one place to another."""
    return (place - other + size / 2) % size - size / 2


def _smooth(field: np.ndarray, width: float, grid: Grid) -> np.ndarray:
    """A field smoothed by a Gaussian of a width in cells."""
    return field_of(transform(field) * np.exp(-(width**2) * grid.number**2 / 2))


_MADE = {
    "random_field": _random_field,
    "blobs": _blobs,
    "waves": _waves,
    "islands": _islands,
    "rings": _rings,
    "sparks": _sparks,
}
