"""What reconstructed sets are judged by: plain arrays, in the units of the transforms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from ..parts import columns_of
from .pictures import Pictures


@dataclass(frozen=True, slots=True, eq=False)
class Slots:
    """Sets as signals: a slot is a step, and padding stands behind the last real one.

    Args:
        values: What stands in each slot.
        mask: Which slots are real.

    Raises:
        ValueError: If there are fewer than two sets, or one has no real slot.
    """

    values: Float[np.ndarray, "N T C"]
    mask: Bool[np.ndarray, "N T"]

    def __post_init__(self) -> None:
        if len(self.values) < 2:
            raise ValueError(f"there must be at least 2 sets, got {len(self.values)}")
        if not self.mask.any(1).all():
            empty = int(self.mask.any(1).argmin())
            raise ValueError(f"every set must have a real slot, and set {empty} has none")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Material:
    """All that reconstructed sets are judged by.

    Args:
        spans: The types of channels, in their order, and how many channels each has.
        learned: Sets of the train split.
        held: Sets that nothing was fitted on.
        made: The latter after a way through their latents.
        numbers: How many numbers the latent of a set has.
        group: Which held-out sets belong together; each alone if None.
        pictures: How sets are drawn, and what was there before them; None if they are not.

    Raises:
        ValueError: If the arrays do not fit the spans or each other.
    """

    spans: Mapping[str, int]
    learned: Slots
    held: Slots
    made: Float[np.ndarray, "N T C"]
    numbers: int
    group: Int[np.ndarray, " N"] | None = None
    pictures: Pictures | None = None

    def __post_init__(self) -> None:
        columns_of(self.spans, self.held.values.shape[2])
        if self.made.shape != self.held.values.shape:
            raise ValueError(
                f"reconstructed sets must be {self.held.values.shape} as the true ones, got"
                f" {self.made.shape}"
            )
        wanted, got = self.held.values.shape[1:], self.learned.values.shape[1:]
        if wanted != got:
            raise ValueError(f"train sets must be {wanted} as held-out ones, got {got}")
