"""The result of a protocol: every number with its floor, its interval and how it was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from ..training.run_folder import read_json, write_json
from .fidelity.result import Fidelity
from .fidelity.sweep import Sweep
from .latent_match import LatentMatch
from .statistics import Estimate

What = Literal["made", "floor", "baseline", "corruption"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One number of one row.

    Args:
        estimate: The number, a mean over its repeats, and its 95 % bootstrap interval over
            groups of signals.
        repeats: The numbers of the repeats, one a seed.
        seeds: The seeds of the repeats.
        real: How many real signals it was made from.
        made: How many made ones.
        dimensions: In how many dimensions they were compared.
        floor: The 95 % quantile that equal populations reach by chance, where it is known
            by permutation.
    """

    estimate: Estimate
    repeats: tuple[float, ...]
    seeds: tuple[int, ...]
    real: int
    made: int
    dimensions: int
    floor: float | None = None

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Measured:
        """The number that `dataclasses.asdict` made plain."""
        changed = {
            "estimate": Estimate(**plain["estimate"]),
            "repeats": tuple(plain["repeats"]),
            "seeds": tuple(plain["seeds"]),
        }
        return cls(**{**plain, **changed})


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """The scores of one population.

    Args:
        name: What it is.
        what: Whether it is what a generator made, real data again, a baseline that needs no
            model, or a corruption.
        scores: By the name of the score.
        refused: Why a score was not computed, by its name.
    """

    name: str
    what: What
    scores: Mapping[str, Measured]
    refused: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """All rows that one protocol measured.

    Args:
        protocol: The protocol's name.
        version: Its version.
        versions: The version of each score.
        rows: What was scored, the made populations first.
        notes: What a reader must know, such as that the generator may have seen what it is
            scored on.
        fidelity: How well the made signals match each condition that they were made for.
        sweeps: How signals respond when one scalar condition is varied; of runs only.
        latents: How far drawn latents are from those of real signals; of runs only.
        stamp: What was compared: files, hashes, counts.
        seconds: How long it took.
    """

    protocol: str
    version: int
    versions: Mapping[str, int]
    rows: tuple[SheetRow, ...]
    notes: tuple[str, ...] = ()
    fidelity: tuple[Fidelity, ...] = ()
    sweeps: tuple[Sweep, ...] = ()
    latents: LatentMatch | None = None
    stamp: Mapping[str, str] = field(default_factory=dict[str, str])
    seconds: float = 0.0

    def of_kind(self, what: What) -> tuple[SheetRow, ...]:
        """The rows of one kind."""
        return tuple(row for row in self.rows if row.what == what)

    def plain(self) -> dict[str, Any]:
        """Plain values, for a JSON file."""
        return asdict(self)

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Sheet:
        """The sheet that `plain` wrote."""
        changed = {
            "rows": tuple(_row(row) for row in value["rows"]),
            "notes": tuple(value["notes"]),
            "sweeps": tuple(Sweep.of(found) for found in value["sweeps"]),
            "fidelity": tuple(Fidelity.of(found) for found in value["fidelity"]),
            "latents": LatentMatch.of(value["latents"]) if value.get("latents") else None,
        }
        return cls(**{**value, **changed})

    def write(self, path: Path) -> None:
        """Writes a JSON file, whole or not at all."""
        write_json(path, self.plain())

    @classmethod
    def read(cls, path: Path) -> Sheet:
        """Reads the file that `write` wrote.

        Raises:
            RunError: If the file is absent or holds no sheet.
        """
        return read_json(
            path,
            cls.of,
            absent="must be scores of a protocol, and no such file exists; evaluate first",
            damaged="must be scores as evaluate --protocol writes them",
        )


def _row(value: Mapping[str, Any]) -> SheetRow:
    if value["what"] not in get_args(What):
        raise ValueError(f"what must be one of {list(get_args(What))}, got {value['what']!r}")
    scores = {name: Measured.of(plain) for name, plain in value["scores"].items()}
    return SheetRow(**{**value, "scores": scores})
