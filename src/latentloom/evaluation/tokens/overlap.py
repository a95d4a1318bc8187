"""How much categories repeat each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from ...objectives.geometry import between_categories, category_cosines


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    r"""Mean |cosine| between the embeddings of categories, over samples; 0 is best.

    Args:
        mean: Over all pairs of different categories; what the criterion `orthogonality`
            holds down.
        maximum: That of the two categories that repeat each other most.
        chance: What independent categories reach in so few samples, $\sqrt{2 / \pi N}$.
        cosines: Of each two categories.
    """

    mean: float
    maximum: float
    chance: float
    cosines: tuple[tuple[float, ...], ...]

    @classmethod
    def of(cls, embeddings: Float[np.ndarray, "N G E"]) -> Overlap:
        """Of what an encoder made of each category of each sample.

        Example:
            >>> x = np.array([[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]])
            >>> Overlap.of(x[..., None]).mean
            0.0
        """
        cosines = category_cosines(torch.from_numpy(embeddings.astype(np.float32)))
        found = cosines.double().numpy()
        apart = found[~np.eye(len(found), dtype=bool)]
        return cls(
            mean=float(between_categories(cosines)),
            maximum=float(apart.max(initial=0.0)),
            chance=float(np.sqrt(2 / (np.pi * len(embeddings)))),
            cosines=tuple(map(tuple, found.tolist())),
        )

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> Overlap:
        """The overlap that `dataclasses.asdict` made plain."""
        return cls(**{**value, "cosines": tuple(map(tuple, value["cosines"]))})
