"""Whether drawn latents are distributed as those of real signals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from .distances.mmd import mmd, permutation_floor
from .distances.pooled import sampled

BOUND = 0.1  # of the discrepancy
SLACK = 1.5  # times what real latents stay below
LEAST = 10  # latents of each kind
MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class LatentMatch:
    """The maximum mean discrepancy of drawn latents, and what real ones reach among themselves.

    Args:
        mmd: The discrepancy of drawn latents from those of held-out signals; 0 if they agree.
        floor: What latents of other real signals stay below in 95 of 100 permutations.
        real: How many latents of held-out signals.
        made: How many drawn ones.
        again: How many of other real signals.
        dimensions: How many numbers a latent has.
    """

    mmd: float
    floor: float
    real: int
    made: int
    again: int
    dimensions: int

    @property
    def limit(self) -> float:
        """One and a half times what real latents stay below."""
        return SLACK * self.floor

    @property
    def close(self) -> bool:
        """Whether the discrepancy is below 0.1 and below the limit."""
        return self.mmd < BOUND and self.mmd <= self.limit

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> LatentMatch:
        """The match that `dataclasses.asdict` made plain."""
        return cls(**plain)


def latent_match(
    held: Float[np.ndarray, "N D"],
    made: Float[np.ndarray, "M D"],
    again: Float[np.ndarray, "K D"],
    *,
    most: int = MOST,
    seed: int = 0,
) -> LatentMatch:
    """Holds drawn latents against those of held-out signals.

    The discrepancy is that of `mmd`, by kernels as wide as the held-out latents are apart.
    Beside it stands its 95 % quantile where real latents take the place of drawn ones: lots
    decide which of the held-out and the other real latents are on which side. There are as
    many of the others as of drawn ones, so that chance is as large.

    Args:
        held: Latents of real signals that no part has learned from.
        made: Drawn latents.
        again: Latents of other real signals, such as those of the train split.
        most: How many of each kind are compared; more are drawn from.
        seed: Of draws and lots.

    Raises:
        ValueError: If there are fewer than 10 of a kind, or half of the pairs of held-out
            latents are the same.

    Example:
        >>> z = np.random.default_rng(0).normal(size=(3, 200, 4))
        >>> latent_match(*z).close, latent_match(z[0], z[1] + 1, z[2]).close
        (True, False)
    """
    kinds = {"held-out": held, "drawn": made, "other real": again}
    for name, points in kinds.items():
        if len(points) < LEAST:
            raise ValueError(
                f"a match of latents must have at least {LEAST} {name} ones, got {len(points)}"
            )
    held, made = (points[sampled(len(points), most, seed=seed)] for points in (held, made))
    again = again[sampled(len(again), len(made), seed=seed)]
    return LatentMatch(
        mmd=mmd(held, made),
        floor=permutation_floor(held, again, seed=seed).floor,
        real=len(held),
        made=len(made),
        again=len(again),
        dimensions=held.shape[1],
    )
