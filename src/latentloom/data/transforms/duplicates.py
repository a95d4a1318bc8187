"""Features that say the same, and which of them says it best."""

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from .percentiles import percentiles

CHUNK = 8192  # rows at a time
MOST_BINS = 50
LEAST_BINS = 5


def correlations(rows: Float[Tensor, "M F"]) -> Float[Tensor, "F F"]:
    """Pearson's correlation of each feature with each; 0 with one that is constant.

    Example:
        >>> x = torch.tensor([[0.0, 0.0, 1.0], [1.0, -2.0, 1.0], [2.0, -4.0, 1.0]])
        >>> correlations(x.double())[0].round(decimals=6).tolist()
        [1.0, -1.0, 0.0]
    """
    mean, size = rows.mean(0), rows.shape[1]
    products = rows.new_zeros(size, size)
    for some in rows.split(CHUNK):  # a copy of all rows would double the memory
        centred = some - mean
        products.addmm_(centred.T, centred)
    norm = products.diagonal().sqrt()
    norm = norm.where(norm > 0, 1.0)
    return (products / norm / norm[:, None]).clamp(-1, 1)


def twins(
    rows: Float[Tensor, "M F"],
    varies: Bool[Tensor, " F"],
    rank: Float[Tensor, " F"],
    limit: float,
) -> Int[Tensor, " F"]:
    """Which feature stands for each: itself, or one of higher rank that says the same.

    Features are taken from the highest rank down; each that is not yet spoken for speaks for
    all that correlate with it more than `limit`.
    """
    alike = correlations(rows).abs() > limit
    alike &= varies & varies[:, None]
    twin = torch.arange(len(rank))
    free = varies.clone()
    for index in rank.argsort(descending=True, stable=True).tolist():
        if free[index]:
            own = alike[index] & free
            twin[own] = index
            free &= ~own
            free[index] = False
    return twin


def informative(rows: Float[Tensor, "M F"]) -> Float[Tensor, " F"]:
    r"""How much a feature says: $H \cdot (\mathrm{IQR} + 10^{-10}) \cdot (1 - s)$.

    H is the entropy of its histogram in nats, IQR its quartile range over its deviation, and
    s the share of values more than 1.5 quartile ranges beyond the quartiles.
    """
    values = rows.numpy()
    low, high = percentiles(rows, [25, 75]).numpy()
    spread = high - low
    outside = (values < low - 1.5 * spread) | (values > high + 1.5 * spread)
    deviation = values.std(0)
    relative = spread / np.where(deviation > 0, deviation, 1.0)
    entropy = np.array([_entropy(column) for column in values.T])
    return torch.from_numpy(entropy * (relative + 1e-10) * (1 - outside.mean(0)))


def _entropy(column: Float[np.ndarray, " M"]) -> float:
    """Of the histogram of a feature, in nats."""
    bins = min(MOST_BINS, max(LEAST_BINS, len(column) // 20))
    counts, _ = np.histogram(column, bins=bins)
    shares = counts[counts > 0] / len(column)
    return float(-(shares * np.log(shares)).sum())
