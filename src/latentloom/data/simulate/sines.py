"""Sinusoids of random frequency and phase: the field's simplest benchmark."""

from dataclasses import dataclass

import numpy as np
import torch

from ...core.ranges import at_least
from ..dataset import Dataset, Quantity, Schema

_HIGHEST = 0.1  # of frequency, in radians per step, and of phase, in radians


@dataclass(frozen=True, slots=True, kw_only=True)
class Sines:
    r"""How many sinusoids are drawn.

    $$x_c(j) = \frac{1 + \sin(f_c \, j + p_c)}{2}, \qquad f_c, p_c \sim U(0, 0.1)$$

    for steps $j$ from 0 and each channel $c$ of each record by itself. Frequencies and
    phases are kept as extras. They are drawn in the order of the original, by the same
    generator of random numbers, so that a seed gives its signals: Diffusion-TS takes 123.

    Args:
        records: How many records.
        steps: How many steps each has.
        channels: How many channels each has.

    Raises:
        ValueError: If a number is less than 1.

    Example:
        >>> dataset = simulate(Sines(records=3), seed=123)
        >>> tuple(dataset.series.shape)
        (3, 24, 5)

    References:
        Time-series generative adversarial networks (Yoon et al., 2019), section 5.1.
        https://github.com/jsyoon0823/TimeGAN
        Diffusion-TS: interpretable diffusion for general time series generation (Yuan and
        Qiao, 2024), section 4. https://github.com/Y-debug-sys/Diffusion-TS
    """

    records: int = 10_000
    steps: int = 24
    channels: int = 5

    def __post_init__(self) -> None:
        at_least(1, records=self.records, steps=self.steps, channels=self.channels)


def simulate(settings: Sines, seed: int) -> Dataset:
    """The records; equal seeds give equal records."""
    draws = np.random.RandomState(seed).uniform(
        0, _HIGHEST, (settings.records, settings.channels, 2)
    )
    frequency, phase = draws[..., 0], draws[..., 1]
    angle = frequency[:, None] * np.arange(settings.steps)[:, None] + phase[:, None]
    names = (f"sine_{channel}" for channel in range(settings.channels))
    return Dataset(
        schema=Schema(series=tuple(Quantity(name) for name in names)),
        series=torch.from_numpy((np.sin(angle) + 1) * 0.5).float(),
        extras={
            "frequency": torch.from_numpy(frequency).float(),
            "phase": torch.from_numpy(phase).float(),
        },
    )
