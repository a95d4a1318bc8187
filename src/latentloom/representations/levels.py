"""How large the codebooks of a category are, by how many features it has."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..core.ranges import at_least, positive


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One codebook of every category.

    Args:
        dim: Length of an entry.
        size: How many codes it has.

    Raises:
        ValueError: If one of them is below 1.
    """

    dim: int
    size: int

    def __post_init__(self) -> None:
        at_least(1, dim=self.dim, size=self.size)


def scaled_levels(
    features: int, ratios: Sequence[float] = (), *, even: bool = False
) -> tuple[Level, ...]:
    r"""Three codebooks of sizes that suit a category.

    With F features, the sizes start from $\lfloor 7 \log_2 F \rfloor$: the first has it
    rounded down to a multiple of 4, at least 15, the others half and a quarter of it, at
    least 6. Entries are as long as `ratios` of F, rounded up to multiples of 4; or, without
    ratios, level l has $F \, (1 + 0.8 (F / 100)^{0.7}) \, 2^{-l}$, at least 48 for the first
    and 8 for the others, each shorter than the one before.

    Args:
        features: How many features the category has.
        ratios: Length of the entries of each level, as a share of the features; by rule if
            empty.
        even: Whether all levels have as many codes as the first.

    Raises:
        ValueError: If there are no features, or not three positive ratios.

    Example:
        >>> [(level.dim, level.size) for level in scaled_levels(20)]
        [(48, 28), (16, 15), (8, 7)]
        >>> [level.dim for level in scaled_levels(20, [0.5, 1.0, 1.5])]
        [12, 20, 32]
    """
    at_least(1, features=features)
    sizes = _sizes(features)
    if even:
        sizes = [sizes[0]] * len(sizes)
    dims = _dims(features, ratios)
    return tuple(Level(dim=dim, size=size) for dim, size in zip(dims, sizes, strict=True))


def _sizes(features: int) -> list[int]:
    base = int(7 * math.log2(features))
    return [max(15, base - base % 4), max(6, base // 2), max(6, base // 4)]


def _dims(features: int, ratios: Sequence[float]) -> list[int]:
    if ratios:
        if len(ratios) != 3:
            raise ValueError(f"ratios must be three numbers or none, got {list(ratios)}")
        for ratio in ratios:
            positive(ratios=ratio)
        return [_in_fours(features * ratio) for ratio in ratios]
    wide = features * (1 + 0.8 * (features / 100) ** 0.7)
    dims = [max(48, _in_fours(wide))]
    for level in (1, 2):
        dims.append(max(4, min(max(8, _in_fours(wide / 2**level)), dims[-1] - 4)))
    return dims


def _in_fours(length: float) -> int:
    return max(4, 4 * math.ceil(length / 4))
