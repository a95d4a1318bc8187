"""Real and made signals side by side, in the units of the real ones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float, Int, Real

from ..population import Population, Trial
from .role import InapplicableError

_SMALL = 1e-7  # of a channel's size: what varies less than float32 can tell is constant


def standardized(
    trial: Trial,
) -> tuple[Float[np.ndarray, "N T C"], Float[np.ndarray, "M T C"]]:
    r"""Held and made signals as $(x - \mu) / \sigma$ of the held ones' channels, without unit.

    Mean and deviation are over all real steps of all held signals; padding is zero. A channel
    that is constant in the held signals has no unit and is left out.

    Raises:
        InapplicableError: If every channel is constant.

    Example:
        >>> real = Population(values=np.array([[[1.0], [3.0]]]))
        >>> held, made = standardized(Trial(train=real, held=real, made=real))
        >>> held[0, :, 0].tolist()
        [-1.0, 1.0]
    """
    mean, deviation, size = _unit(trial.held)
    varies = deviation > _SMALL * size
    if not varies.any():
        raise InapplicableError(
            "at least one channel of the real signals must vary, and each of the"
            f" {trial.held.width} is constant"
        )

    def scaled(population: Population) -> Float[np.ndarray, "K T C"]:
        rest = (population.values[..., varies] - mean[varies]) / deviation[varies]
        return np.where(population.mask[..., None], rest, 0.0)

    return scaled(trial.held), scaled(trial.made)


def _unit(population: Population) -> tuple[Float[np.ndarray, " C"], ...]:
    """Mean, deviation and rms of each channel over all real steps."""
    values = np.where(population.mask[..., None], population.values, 0.0).astype(float)
    steps = population.extent.sum()
    mean, square = values.sum((0, 1)) / steps, np.einsum("ntc,ntc->c", values, values) / steps
    rest = centred(values, population.mask)
    return mean, np.sqrt(np.einsum("ntc,ntc->c", rest, rest) / steps), np.sqrt(square)


def centred(
    x: Float[np.ndarray, "N T C"], mask: Bool[np.ndarray, "N T"]
) -> Float[np.ndarray, "N T C"]:
    """The signals without their channels' mean over all real steps; padding is zero.

    Sums of powers and products lose their digits where the mean is large.
    """
    real = mask[..., None]
    return np.where(real, x - np.where(real, x, 0.0).sum((0, 1)) / mask.sum(), 0.0)


def shares(weights: Real[np.ndarray, " N"]) -> Float[np.ndarray, " N"]:
    """The weights over their mean: how often a signal counts among N.

    Raises:
        ValueError: If a weight is negative, or all are zero.

    Example:
        >>> shares(np.array([0, 1, 3])).tolist()
        [0.0, 0.75, 2.25]
    """
    if (weights < 0).any() or not weights.any():
        raise ValueError("weights must be at least 0, and not all of them 0")
    return weights / weights.mean()


def kolmogorov_smirnov(
    real: Float[np.ndarray, " N"], made: Float[np.ndarray, " M"]
) -> Callable[[Real[np.ndarray, " N"], Real[np.ndarray, " M"]], float]:
    r"""How differently numbers are distributed, once it is known how often each counts.

    $\max_s |F(s) - \hat F(s)|$ with the distribution functions $F$ of real and $\hat F$ of
    made numbers: 0 where they are the same, 1 where nothing is shared.

    Args:
        real: The numbers; an infinite one counts as beyond all others.
        made: Those that are held against them.

    Returns:
        The distance, of weights of either.

    Example:
        >>> apart = kolmogorov_smirnov(np.array([1.0, 2.0]), np.array([2.0, 3.0, 4.0]))
        >>> apart(np.ones(2), np.ones(3)), apart(np.array([0, 1]), np.array([1, 0, 0]))
        (0.6666666666666667, 0.0)

    References:
        Numerical Recipes (Press et al., 2007), section 14.3.3.
    """
    levels = np.union1d(real, made)
    here, there = (np.searchsorted(levels, x) for x in (real, made))

    def weighed(
        real_weights: Real[np.ndarray, " N"], made_weights: Real[np.ndarray, " M"]
    ) -> float:
        held, other = shares(real_weights) / len(real), shares(made_weights) / len(made)
        apart = np.bincount(here, held, len(levels)) - np.bincount(there, other, len(levels))
        return min(1.0, float(np.abs(apart.cumsum()).max()))  # sums round

    return weighed


def typical(population: Population) -> int:
    """The length in time steps that half of the signals reach."""
    return int(np.sort(population.extent)[population.size // 2])


def sampled(size: int, most: int, *, seed: int) -> Int[np.ndarray, " K"]:
    """Which of `size` signals are used where at most `most` can be: all, or drawn ones."""
    if size <= most:
        return np.arange(size)
    return np.sort(np.random.default_rng(seed).permutation(size)[:most])
