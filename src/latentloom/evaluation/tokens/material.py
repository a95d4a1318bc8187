"""What the scores of tokens are made from: plain arrays, in the units of the transforms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from .layout import Layout


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Learned:
    """What the train split says.

    Args:
        truth: The features of train samples, or of some of them.
        codes: The codes of all train samples; None without codes.
    """

    truth: Float[np.ndarray, "M C"]
    codes: Int[np.ndarray, "_ K"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inside:
    """What a tokenizer makes of some held-out samples on the way.

    Args:
        rows: Which of the held-out samples.
        embeddings: What the encoder makes of each category.
        latents: What all codebooks are given, side by side.
        rounded: What they give back.
    """

    rows: Int[np.ndarray, " _"]
    embeddings: Float[np.ndarray, "R G E"]
    latents: Float[np.ndarray, "R D"]
    rounded: Float[np.ndarray, "R D"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Held:
    """What tokens keep of samples that nothing was fitted on.

    Args:
        truth: Their features.
        made: The same after a way through the whole decoder.
        codes: Their codes; None without codes.
        inside: What happened to some of them; None where categories have no codes of their
            own.
        group: Which samples belong together; each alone if None.
    """

    truth: Float[np.ndarray, "N C"]
    made: Float[np.ndarray, "N C"]
    codes: Int[np.ndarray, "N K"] | None = None
    inside: Inside | None = None
    group: Int[np.ndarray, " N"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Material:
    """All that tokens are judged by.

    Args:
        layout: Features, categories and codebooks.
        learned: What the train split says.
        held: What held-out samples say.

    Raises:
        ValueError: If the arrays do not fit the layout, or there are fewer than two samples.
    """

    layout: Layout
    learned: Learned
    held: Held

    def __post_init__(self) -> None:
        wanted = len(self.layout.features)
        arrays = {
            "train": self.learned.truth,
            "held-out": self.held.truth,
            "reconstructed": self.held.made,
        }
        for name, array in arrays.items():
            if array.shape[1] != wanted:
                raise ValueError(
                    f"{name} samples must have {wanted} features, got {array.shape[1]}"
                )
            if len(array) < 2:
                raise ValueError(f"there must be at least 2 {name} samples, got {len(array)}")
