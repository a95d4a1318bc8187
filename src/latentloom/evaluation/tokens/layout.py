"""Which features and which codebooks belong to which category."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

FAMILY_ENDS = "/"  # between a family and its feature in the name of a channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Features in the order of the channels, and codebooks in the order of the codes.

    Args:
        features: The names of the features, `family/feature`, category by category.
        spans: How many features each category has, in their order.
        sizes: How many codes each book has, all levels of a category one after the other;
            empty without codes.

    Raises:
        ValueError: If features are in no category, or categories differ in levels.

    Example:
        >>> spans = {"size": 2, "colour": 1}
        >>> layout = Layout(features=("a/x", "b/y", "a/z"), spans=spans, sizes=(8, 4, 2, 2))
        >>> layout.categories["size"], layout.families["a"], layout.bits
        ([0, 1], [0, 2], 7.0)
        >>> layout.sizes_of("colour")
        (2, 2)
    """

    features: tuple[str, ...]
    spans: Mapping[str, int]
    sizes: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if sum(self.spans.values()) != len(self.features):
            raise ValueError(
                f"spans must cover the {len(self.features)} features, got {dict(self.spans)}"
            )
        if len(self.sizes) % len(self.spans):
            raise ValueError(
                f"sizes must be as many for each of {len(self.spans)} categories, got"
                f" {len(self.sizes)} books"
            )

    @property
    def depth(self) -> int:
        """L, the number of levels of a category."""
        return len(self.sizes) // len(self.spans)

    @property
    def bits(self) -> float:
        """What the codes of a sample can tell apart at most, in bits."""
        return float(np.log2(self.sizes).sum())

    @property
    def categories(self) -> dict[str, list[int]]:
        """The features of each category."""
        ends = np.cumsum([0, *self.spans.values()]).tolist()
        return {name: list(range(*ends[i : i + 2])) for i, name in enumerate(self.spans)}

    @property
    def families(self) -> dict[str, list[int]]:
        """The features of each family."""
        found: dict[str, list[int]] = {}
        for column, name in enumerate(self.features):
            found.setdefault(name.partition(FAMILY_ENDS)[0], []).append(column)
        return found

    @property
    def books(self) -> list[tuple[str, int]]:
        """Category and level of each book."""
        return [(name, level) for name in self.spans for level in range(self.depth)]

    def sizes_of(self, category: str) -> tuple[int, ...]:
        """How many codes the books of a category have."""
        start = list(self.spans).index(category) * self.depth
        return self.sizes[start : start + self.depth]

    def named(self, columns: Sequence[int]) -> tuple[str, ...]:
        """The names of some features."""
        return tuple(self.features[column] for column in columns)
