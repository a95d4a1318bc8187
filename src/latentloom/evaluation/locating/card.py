"""How well runs and baselines find the frame of a state: the table, and what it is drawn of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from ...training.run_folder import read_json, write_json
from ..statistics import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class LocatingRow:
    """How well one predictor finds frames by one distance.

    Args:
        name: Who predicted the sequences.
        distance: How a state was held against their frames.
        median: Half of the states are found within so many frames.
        ninety: Nine in ten are.
        coverage: Share of the states whose frame is in the 90 % interval; None without one.
        width: How many frames that interval has, in the median; None without one.
    """

    name: str
    distance: str
    median: Estimate
    ninety: Estimate
    coverage: Estimate | None = None
    width: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LocatingCard:
    """All rows, on the same states.

    Args:
        rows: The rows; the run itself comes first.
        records: How many sequences the states are of.
        states: How many states were located.
        frames: How many frames the longest of them has.
        validation: How many sequences the distances were calibrated on.
        settings: How the run's distance is made, by name.
    """

    rows: tuple[LocatingRow, ...]
    records: int
    states: int
    frames: int
    validation: int
    settings: Mapping[str, float] = field(default_factory=dict[str, float])

    def plain(self) -> dict[str, Any]:
        """Plain values, for a JSON file."""
        return {**asdict(self), "rows": [asdict(row) for row in self.rows]}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> LocatingCard:
        """The card that `plain` wrote."""
        return cls(**{**plain, "rows": tuple(_row(row) for row in plain["rows"])})

    def write(self, path: Path) -> None:
        """Writes a JSON file, whole or not at all."""
        write_json(path, self.plain())

    @classmethod
    def read(cls, path: Path) -> LocatingCard:
        """Reads the file that `write` wrote.

        Raises:
            RunError: If the file is absent or holds no such table.
        """
        return read_json(
            path,
            cls.of,
            absent="must be a table of located states, and no such file exists",
            damaged="must be a complete table of located states, and it cannot be read",
        )


def _row(plain: Mapping[str, Any]) -> LocatingRow:
    estimates = {
        name: None if plain[name] is None else Estimate(**plain[name])
        for name in ("median", "ninety", "coverage")
    }
    return LocatingRow(**{**plain, **estimates})


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """The table with what a reader would like to see of the run's own answers.

    Args:
        card: The table.
        errors: Absolute error of each state, in frames.
        frames: The true frame of each state.
        promised: Levels of highest-density regions, in (0, 1).
        kept: How often regions of these levels hold the truth, before they are widened.
    """

    card: LocatingCard
    errors: Float[np.ndarray, " S"]
    frames: Float[np.ndarray, " S"]
    promised: Float[np.ndarray, " L"]
    kept: Float[np.ndarray, " L"]
