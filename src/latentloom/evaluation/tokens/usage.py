"""Whether each codebook of each category uses all its codes, and evenly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int

from ...quantize.health import Health
from .layout import Layout
from .material import Material


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    r"""How the codes of one book stand for some samples.

    Args:
        utilisation: Share of the codes that were used at all, in [0, 1].
        evenness: Perplexity over the number of codes, in [0, 1].
        reachable: The utilisation that so few samples reach on average if all V codes are
            used evenly, $1 - (1 - 1/V)^N$, or that as many different inputs as there are can
            reach, if that is less: a book of one-hot features has no use for more.
    """

    utilisation: float
    evenness: float
    reachable: float

    @classmethod
    def of(cls, codes: Int[np.ndarray, " N"], size: int, inputs: int | None = None) -> Usage:
        """Of the codes that samples have in a book.

        Args:
            codes: The codes.
            size: How many there are in the book.
            inputs: How many different inputs there are; as many as samples if None.

        Raises:
            ValueError: If there are no samples.

        Example:
            >>> Usage.of(np.array([0, 0, 1, 1]), 4)
            Usage(utilisation=0.5, evenness=0.5, reachable=0.68359375)
        """
        counts = np.bincount(codes, minlength=size)
        health = Health.of(torch.from_numpy(counts))
        even = 1 - (1 - 1 / size) ** len(codes)
        return cls(
            utilisation=health.utilisation,
            evenness=health.evenness,
            reachable=even if inputs is None else min(even, inputs / size),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BookUse:
    """How one book of one category is used.

    Args:
        category: Whose it is.
        level: Its place among the levels of the category, from 0.
        size: How many codes it has.
        held: By held-out samples.
        train: By the train samples, which are more and so reach more codes.
    """

    category: str
    level: int
    size: int
    held: Usage
    train: Usage

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> BookUse:
        """The use that `dataclasses.asdict` made plain."""
        parts = {name: Usage(**value[name]) for name in ("held", "train")}
        return cls(**{**value, **parts})

    def plain(self) -> dict[str, Any]:
        """Plain values, for a JSON file."""
        return asdict(self)


def book_uses(material: Material) -> tuple[BookUse, ...]:
    """How each book is used, category by category; empty without codes.

    Args:
        material: The books, and codes of held-out and of train samples.

    Raises:
        ValueError: If there are not as many codes a sample as there are books.
    """
    layout = material.layout
    held, train = material.held.codes, material.learned.codes
    if held is None or train is None:
        return ()
    for name, codes in {"held-out": held, "train": train}.items():
        if codes.shape[1] != len(layout.sizes):
            raise ValueError(
                f"{name} codes must come from {len(layout.sizes)} books, got {codes.shape[1]}"
            )
    inputs = [_different(x, layout) for x in (material.held.truth, material.learned.truth)]
    return tuple(
        BookUse(
            category=category,
            level=level,
            size=size,
            held=Usage.of(held[:, book], size, inputs[0][category]),
            train=Usage.of(train[:, book], size, inputs[1][category]),
        )
        for book, ((category, level), size) in enumerate(
            zip(layout.books, layout.sizes, strict=True)
        )
    )


def _different(truth: Float[np.ndarray, "N C"], layout: Layout) -> dict[str, int]:
    """How many different inputs each category has."""
    return {
        name: len(np.unique(truth[:, columns], axis=0))
        for name, columns in layout.categories.items()
    }
