"""The table of a tokenizer: what its tokens keep beside baselines, and how they are used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from ...training.run_folder import read_json, write_json
from ..statistics import Comparison, Estimate
from .overlap import Overlap
from .usage import BookUse

Kind = Literal["tokens", "baseline", "floor"]
Whole = Literal["family", "category", "feature"]
VERSION = 1  # raised whenever the same arrays would give another number


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """What so many bits keep of held-out samples.

    Args:
        name: What the row is called.
        kind: The tokens, a baseline that must be beaten, or the floor that no bits reach.
        bits: What it tells apart of a sample, at most; None for latents without codes.
        quality: One minus the mean squared error of all features, in [0, 1], in squared
            units of the transforms.
        r2: Mean over the features of the share of their variance that is kept.
        topography: Correlation of the distances between samples before and after.
    """

    name: str
    kind: Kind
    bits: float | None
    quality: Estimate
    r2: Estimate
    topography: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What the tokens keep of some of the features.

    Args:
        quality: One minus the mean squared error, in [0, 1].
        r2: Mean over the features of the share of their variance that is kept; NaN where
            none varies.
        features: How many features there are.
    """

    quality: Estimate
    r2: Estimate
    features: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCard:
    """What the tokens of families of features are worth, on samples they were not fitted to.

    Args:
        rows: The tokens and what they must beat.
        comparisons: The tokens against each other row, by the mean squared error of each
            sample.
        parts: What the tokens keep of each family, each category and each feature.
        members: The features of each category.
        books: How each codebook is used.
        topography: Correlation of the distances between samples, `inputs-latents`,
            `latents-codes` and `inputs-codes`; empty where categories have no codes of
            their own.
        overlap: How much categories repeat each other; None likewise.
        codes: What a generator of codes hits of the true codes, helped by them (`forced`)
            and on its own (`free`), and its `perplexity`; empty without one.
        samples: How many held-out samples were scored.
        learned: How many train samples the usage was counted on.
        version: Of the numbers.
    """

    rows: tuple[TokenRow, ...]
    comparisons: tuple[Comparison, ...]
    parts: Mapping[Whole, Mapping[str, Part]]
    members: Mapping[str, tuple[str, ...]]
    books: tuple[BookUse, ...] = ()
    topography: Mapping[str, Estimate] = field(default_factory=dict[str, Estimate])
    overlap: Overlap | None = None
    codes: Mapping[str, float] = field(default_factory=dict[str, float])
    samples: int
    learned: int
    version: int = VERSION

    def of_kind(self, kind: Kind) -> tuple[TokenRow, ...]:
        """The rows of one kind."""
        return tuple(row for row in self.rows if row.kind == kind)

    @property
    def utilisation(self) -> tuple[float, float]:
        """Mean and minimum over the books of the share of their codes that held-out use."""
        return _mean_and_least([book.held.utilisation for book in self.books])

    @property
    def evenness(self) -> tuple[float, float]:
        """Mean and minimum over the books of perplexity over size, on held-out samples."""
        return _mean_and_least([book.held.evenness for book in self.books])

    def plain(self) -> dict[str, Any]:
        """Plain values, for a JSON file."""
        return asdict(self)

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> TokenCard:
        """The card that `plain` wrote."""
        parts = {
            whole: {name: _part(plain) for name, plain in named.items()}
            for whole, named in value["parts"].items()
        }
        overlap = value["overlap"]
        changed = {
            "rows": tuple(_row(row) for row in value["rows"]),
            "comparisons": tuple(Comparison.of(c) for c in value["comparisons"]),
            "parts": parts,
            "members": {name: tuple(own) for name, own in value["members"].items()},
            "books": tuple(BookUse.of(book) for book in value["books"]),
            "topography": {n: Estimate(**plain) for n, plain in value["topography"].items()},
            "overlap": None if overlap is None else Overlap.read(overlap),
        }
        return cls(**{**value, **changed})

    def write(self, path: Path) -> None:
        """Writes a JSON file, whole or not at all."""
        write_json(path, self.plain())

    @classmethod
    def read(cls, path: Path) -> TokenCard:
        """Reads the file that `write` wrote.

        Raises:
            RunError: If the file is absent or holds no card of tokens.
        """
        return read_json(
            path,
            cls.of,
            absent="must be scores of tokens, and no such file exists; evaluate the run first",
            damaged="must be complete scores of tokens, and it cannot be read",
        )


def _mean_and_least(values: list[float]) -> tuple[float, float]:
    """Both NaN where there are none."""
    return (float(np.mean(values)), min(values)) if values else (float("nan"), float("nan"))


def _part(value: Mapping[str, Any]) -> Part:
    estimates = {name: Estimate(**value[name]) for name in ("quality", "r2")}
    return Part(features=value["features"], **estimates)


def _row(value: Mapping[str, Any]) -> TokenRow:
    if value["kind"] not in get_args(Kind):
        raise ValueError(f"kind must be one of {list(get_args(Kind))}, got {value['kind']!r}")
    names = ("quality", "r2", "topography")
    return TokenRow(**{**value, **{name: Estimate(**value[name]) for name in names}})
