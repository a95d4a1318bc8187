"""The table of a representation of sets: what is left of each type, beside baselines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from ...training.run_folder import read_json, write_json
from ..statistics import Estimate
from .pictures import Likeness

Kind = Literal["run", "baseline", "ceiling"]
VERSION = 1  # raised whenever the same arrays would give another number


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRow:
    """What somebody makes of held-out sets.

    Args:
        name: What the row is called.
        kind: The run, a baseline that must be beaten, or the sets themselves, which no
            reconstruction of them comes nearer to the originals than by luck.
        numbers: How many numbers it keeps of a set; None of the sets themselves.
        errors: Mean squared error of each type, in squared units of the transforms.
        spread: Standard deviation of each type over that of the truth; 1 is right.
        fitted: How near its images come to those of the true sets.
        original: How near its images come to those that the sets were fitted to.
    """

    name: str
    kind: Kind
    numbers: int | None = None
    errors: Mapping[str, Estimate] = field(default_factory=dict[str, Estimate])
    spread: Mapping[str, Estimate] = field(default_factory=dict[str, Estimate])
    fitted: Likeness | None = None
    original: Likeness | None = None

    @property
    def total(self) -> float:
        """The sum over types of their mean squared errors."""
        return sum(error.value for error in self.errors.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCard:
    """What a representation keeps of sets, or of other signals of several types of channels.

    Args:
        rows: The run, what it must beat, and what its images cannot surpass.
        differences: Of each baseline, by its name and the type: mean squared error of the run
            minus that of the baseline on the same sets, negative where the run wins.
        spans: How many channels each type has.
        numbers: How many numbers the latent of a set has.
        samples: How many held-out sets were scored.
        learned: How many train sets the baselines learned from.
        size: Height and width at which sets were drawn, in pixels; None if they were not.
        notes: What there is to say of how it was scored, a sentence each.
        version: Of the numbers.
    """

    rows: tuple[SetRow, ...]
    differences: Mapping[str, Mapping[str, Estimate]]
    spans: Mapping[str, int]
    numbers: int
    samples: int
    learned: int
    size: tuple[int, int] | None = None
    notes: tuple[str, ...] = ()
    version: int = VERSION

    @property
    def run(self) -> SetRow:
        """The row that is judged."""
        return next(row for row in self.rows if row.kind == "run")

    def of_kind(self, kind: Kind) -> tuple[SetRow, ...]:
        """The rows of one kind."""
        return tuple(row for row in self.rows if row.kind == kind)

    def plain(self) -> dict[str, Any]:
        """Plain values, for a JSON file."""
        return asdict(self)

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> SetCard:
        """The card that `plain` wrote."""
        size = value["size"]
        changed = {
            "rows": tuple(_row(row) for row in value["rows"]),
            "differences": {name: _estimates(own) for name, own in value["differences"].items()},
            "size": None if size is None else tuple(size),
            "notes": tuple(value["notes"]),
        }
        return cls(**{**value, **changed})

    def write(self, path: Path) -> None:
        """Writes a JSON file, whole or not at all."""
        write_json(path, self.plain())

    @classmethod
    def read(cls, path: Path) -> SetCard:
        """Reads the file that `write` wrote.

        Raises:
            RunError: If the file is absent or holds no card of sets.
        """
        return read_json(
            path,
            cls.of,
            absent="must be scores of sets, and no such file exists; evaluate the run first",
            damaged="must be complete scores of sets, and it cannot be read",
        )


def _row(value: Mapping[str, Any]) -> SetRow:
    if value["kind"] not in get_args(Kind):
        raise ValueError(f"kind must be one of {list(get_args(Kind))}, got {value['kind']!r}")
    changed: dict[str, Any] = {n: _estimates(value[n]) for n in ("errors", "spread")}
    for name in ("fitted", "original"):
        changed[name] = None if value[name] is None else Likeness.read(value[name])
    return SetRow(**{**value, **changed})


def _estimates(value: Mapping[str, Any]) -> dict[str, Estimate]:
    return {name: Estimate(**plain) for name, plain in value.items()}
