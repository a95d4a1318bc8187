"""What surrogates start from: real signals, their levels, and who is akin to whom."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from ..population import Population


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Level and spread of each channel over all real steps.

    Args:
        mean: The mean, in units of the channel.
        std: The standard deviation, in units of the channel; zero if it is constant.
    """

    mean: Float[np.ndarray, " C"]
    std: Float[np.ndarray, " C"]


def moments(population: Population) -> Moments:
    """Mean and standard deviation of each channel; padding does not count.

    Example:
        >>> moments(Population(values=np.array([[[1.0], [3.0], [0.0]]]),
        ...                    lengths=np.array([2]))).mean.tolist()
        [2.0]
    """
    real = population.values[population.mask].astype(np.float64)
    return Moments(mean=real.mean(0), std=real.std(0))


def dealt(size: int, wanted: int, rng: np.random.Generator) -> Int[np.ndarray, " _"]:
    """Rows in random order, each as often as any other or once more.

    Args:
        size: How many rows there are.
        wanted: How many are dealt.
        rng: Draws the order.
    """
    rounds = -(-wanted // size)
    rows = [rng.permutation(size) for _ in range(rounds)]
    return np.concatenate([np.zeros(0, dtype=int), *rows])[:wanted]


def begun(
    train: Population, size: int, rng: np.random.Generator
) -> tuple[Int[np.ndarray, " _"], Population]:
    """Real signals to start from, each used equally often, and their rows.

    Raises:
        ValueError: If none are wanted.
    """
    if size < 1:
        raise ValueError(f"size must be at least 1 signal, got {size}")
    rows = dealt(train.size, size, rng)
    return rows, train.take(rows)


def finished(start: Population, values: Float[np.ndarray, "N T C"]) -> Population:
    """New values with the lengths and conditions of the signals that they started from.

    Given the train split, surrogates are drawn independently: each is a group of its own.
    """
    clean = np.where(start.mask[..., None], values, 0.0).astype(np.float32)
    return replace(start, values=clean, group=None)


def kin(population: Population) -> Int[np.ndarray, " N"]:
    """A number for each signal that is equal where all labels are."""
    if not population.labels:
        return np.zeros(population.size, dtype=int)
    labels = np.stack(list(population.labels.values()), 1)
    return np.unique(labels, axis=0, return_inverse=True)[1].reshape(-1)


def standardised(population: Population) -> Float[np.ndarray, "N T C"]:
    """The signals about the mean and in units of the deviation of each channel.

    Padding is zero, and so is a constant channel.
    """
    level = moments(population)
    scale = np.where(level.std > 1e-12 * np.abs(level.mean), level.std, np.inf)
    scaled = (population.values - level.mean) / scale * population.mask[..., None]
    return scaled.astype(np.float32)
