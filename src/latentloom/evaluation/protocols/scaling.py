"""Scales populations by what one of them says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..population import Population

STILL = 1e-7  # of its level below which the variation of a channel is rounding
Scaling = Callable[[Population], Population]


def unit_range(known: Population) -> Scaling:
    """Maps the range of each channel to [0, 1]; a constant channel becomes 0."""
    real = known.values[known.mask]
    low = real.min(0)
    return _affine(low, real.max(0) - low)


def standard(known: Population) -> Scaling:
    """Gives each channel zero mean and unit deviation; a constant channel becomes 0."""
    real = known.values[known.mask].astype(float)
    return _affine(real.mean(0), real.std(0))


def constant_channels(population: Population) -> tuple[str, ...]:
    """The names of the channels that never change."""
    real = population.values[population.mask]
    still = np.flatnonzero(np.ptp(real, axis=0) == 0)
    names = population.channels or tuple(f"channel {i}" for i in range(population.width))
    return tuple(names[i] for i in still)


def _affine(shift: np.ndarray, scale: np.ndarray) -> Scaling:
    scale = np.where(scale > STILL * np.abs(shift), scale, 1.0)

    def scaled(population: Population) -> Population:
        values = (population.values - shift) / scale * population.mask[..., None]
        return replace(population, values=values.astype(np.float32))

    return scaled
