"""Which samples train, which choose the model, and which judge it."""

import abc
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from ..core.errors import DataError
from ..core.files import arrays_in
from ..core.ranges import at_least
from .dataset import Source

PARTS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The rows of each part, in rising order.

    Args:
        train: What parts and transforms learn from.
        validation: What models are chosen by.
        test: What models are judged by.

    Raises:
        ValueError: If a sample is in two parts, or none trains.
    """

    train: Int[Tensor, " A"]
    validation: Int[Tensor, " B"]
    test: Int[Tensor, " C"]

    def __post_init__(self) -> None:
        if not len(self.train):
            raise ValueError("the train part must have samples, got none")
        rows = torch.cat([self.train, self.validation, self.test])
        if len(rows.unique()) != len(rows):
            raise ValueError("a sample must be in one part only")

    def save(self, path: Path) -> None:
        """Writes the rows as an .npz file."""
        with path.open("wb") as file:
            np.savez(file, **{part: getattr(self, part).numpy() for part in PARTS})

    @classmethod
    def load(cls, path: Path) -> "Split":
        """Reads what `save` wrote.

        Raises:
            DataError: If it is no such file.
        """
        try:
            arrays = arrays_in(path)
            return cls(**{part: torch.from_numpy(arrays[part]) for part in PARTS})
        except (OSError, ValueError, KeyError) as problem:
            raise DataError(str(path), f"is no split, or damaged: {problem}") from problem


class Splitter(abc.ABC):
    """A way of splitting samples; its kinds hold its settings."""

    @abc.abstractmethod
    def __call__(self, source: Source, seed: int) -> Split:
        """The parts of a source; equal seeds give equal parts.

        Raises:
            ValueError: If the source lacks what the split needs, or a part stays empty.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Fractions(Splitter):
    """Samples at random, by their share.

    Args:
        train: Share of the samples that train, in (0, 1].
        validation: Share that chooses models; the rest is the test part.

    Raises:
        ValueError: If the shares are not positive or exceed 1.
    """

    train: float = 0.8
    validation: float = 0.1

    def __post_init__(self) -> None:
        _check_shares(self.train, self.validation)

    def __call__(self, source: Source, seed: int) -> Split:
        train = round(self.train * source.size)
        validation = min(round(self.validation * source.size), source.size - train)
        return Counts(train=train, validation=validation)(source, seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts(Splitter):
    """Samples at random, by their number.

    Args:
        train: How many train.
        validation: How many choose models; the rest is the test part.

    Raises:
        ValueError: If none trains, or a number is negative.
    """

    train: int = 4400
    validation: int = 550

    def __post_init__(self) -> None:
        at_least(1, train=self.train)
        at_least(0, validation=self.validation)

    def __call__(self, source: Source, seed: int) -> Split:
        needed = self.train + self.validation
        if needed > source.size:
            raise ValueError(
                f"train and validation must be at most {source.size} samples, got {needed}"
                f" ({self.train} and {self.validation}); lower them, or take fractions"
            )
        order = _order(source.size, seed)
        marks = torch.full((source.size,), 2)
        marks[order[:needed]] = 1
        marks[order[: self.train]] = 0
        return _parts(marks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups(Splitter):
    """Whole groups at random: samples of one group are never separated.

    Args:
        train: Share of the samples that train, in (0, 1]; met as nearly as the groups allow.
        validation: Share that chooses models; the rest is the test part.

    Raises:
        ValueError: If the shares are not positive or exceed 1.
    """

    train: float = 0.8
    validation: float = 0.1

    def __post_init__(self) -> None:
        _check_shares(self.train, self.validation)

    def __call__(self, source: Source, seed: int) -> Split:
        rest = max(0.0, 1 - self.train - self.validation)
        shares = (self.train, self.validation, rest if rest > 1e-9 else 0.0)
        return _parts(_dealt(_group(source), shares, seed))


@dataclass(frozen=True, slots=True, kw_only=True)
class TopQuantile(Splitter):
    """Tests on the highest values of a condition, which training never sees.

    Args:
        condition: The name of the condition.
        share: Share of the samples that are tested, in (0, 1); equal values stay together.
        within: The name of a label; the share is then taken within each of its names.
        validation: Share of the other samples that chooses models, in [0, 1).
        keep: Whether validation takes single samples, or whole groups.
    """

    condition: str
    share: float = 1 / 3
    within: str = ""
    validation: float = 0.1
    keep: Literal["samples", "groups"] = "samples"

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise ValueError(f"share must be in (0, 1), got {self.share}")
        _check_shares(1 - self.validation, self.validation)

    def __call__(self, source: Source, seed: int) -> Split:
        values = _condition(source, self.condition)
        labels = _condition(source, self.within) if self.within else torch.zeros_like(values)
        test = torch.zeros(len(values), dtype=torch.bool)
        for label in labels.unique():
            inside = labels == label
            edge = values[inside].quantile(1 - self.share, interpolation="higher")
            test |= inside & (values >= edge)
        return _beside(source, test, self.validation, self.keep, seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenTest(Splitter):
    """Tests on the samples that the data mark.

    Args:
        mark: The name of the extra that is not zero for samples of the test part.
        validation: Share of the other samples that chooses models, in [0, 1).
        keep: Whether validation takes single samples, or whole groups.
    """

    mark: str = "held_out"
    validation: float = 0.1
    keep: Literal["samples", "groups"] = "groups"

    def __post_init__(self) -> None:
        _check_shares(1 - self.validation, self.validation)

    def __call__(self, source: Source, seed: int) -> Split:
        extras = source.outline().extras
        if self.mark not in extras:
            raise ValueError(f"the data must have the extra {self.mark!r}, got {[*extras]}")
        return _beside(source, extras[self.mark][:, 0] != 0, self.validation, self.keep, seed)


def _beside(
    source: Source, test: Bool[Tensor, " N"], validation: float, keep: str, seed: int
) -> Split:
    """The split with a given test part."""
    group = _group(source) if keep == "groups" else torch.arange(source.size)
    rest = (~test).nonzero()[:, 0]
    if not len(rest) or not test.any():
        raise ValueError(f"a part of the {source.size} samples must be tested, got {test.sum()}")
    marks = torch.full((source.size,), 2)
    marks[rest] = _dealt(group[rest], (1 - validation, validation, 0.0), seed)
    return _parts(marks)


def _dealt(group: Int[Tensor, " N"], shares: Sequence[float], seed: int) -> Int[Tensor, " N"]:
    """The part of each sample: each group goes where most samples are lacking."""
    _, member, sizes = group.unique(return_inverse=True, return_counts=True)
    lacking = [share * len(group) for share in shares]
    part = torch.zeros(len(sizes), dtype=torch.long)
    for index in _order(len(sizes), seed).tolist():
        part[index] = max(range(len(shares)), key=lacking.__getitem__)
        lacking[part[index]] -= int(sizes[index])
    for name, place in zip(PARTS, range(len(shares)), strict=True):
        if shares[place] and not (part == place).any():
            raise ValueError(f"{len(sizes)} groups are too few: none is left for {name}")
    return part[member]


def _parts(marks: Int[Tensor, " N"]) -> Split:
    rows = {part: (marks == place).nonzero()[:, 0] for place, part in enumerate(PARTS)}
    return Split(**rows)


def _order(size: int, seed: int) -> Int[Tensor, " N"]:
    return torch.randperm(size, generator=torch.Generator().manual_seed(seed))


def _group(source: Source) -> Int[Tensor, " N"]:
    group = source.outline().group
    if group is None:
        raise ValueError("the data must have groups, got none")
    return group


def _condition(source: Source, name: str) -> Tensor:
    outline = source.outline()
    names = outline.schema.names("condition")
    if name not in names or outline.condition is None:
        raise ValueError(f"the data must have the condition {name!r}, got {[*names]}")
    return outline.condition[:, names.index(name)]


def _check_shares(train: float, validation: float) -> None:
    if not (0 < train <= 1 and 0 <= validation < 1 and train + validation <= 1 + 1e-9):
        raise ValueError(
            f"shares must be positive and at most 1 together, got {train} and {validation}"
        )
