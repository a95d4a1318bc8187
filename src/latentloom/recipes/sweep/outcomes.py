"""The folder of a search: what was asked, what came of each trial, and who is at work."""

import math
import os
import statistics
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from ...core.errors import RunError
from ...core.files import write_atomically
from ...training.run_folder import read_json, write_json
from ..text import write
from .search import Search

Curve = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a trial: of one point, trained with every seed.

    Args:
        number: Of the trial.
        point: The value of each key.
        state: `trained` to the end, `pruned` before it, or `failed`.
        scores: The score of each seed that was trained to the end.
        curves: What the validations of each seed gave, in their order.
        seconds: How long it trained.
        problem: Why it failed.
    """

    number: int
    point: Mapping[str, Any]
    state: Literal["trained", "pruned", "failed"]
    scores: Curve
    curves: tuple[Curve, ...]
    seconds: float
    problem: str = ""

    @property
    def name(self) -> str:
        """What the trial is called."""
        return trial_name(self.number)

    @property
    def score(self) -> float:
        """The mean of the scores; infinite where it was not trained to the end."""
        return statistics.fmean(self.scores) if self.state == "trained" else math.inf

    @property
    def spread(self) -> float | None:
        """The standard deviation of the scores over seeds; None of a single one."""
        return statistics.stdev(self.scores) if len(self.scores) > 1 else None


class Claim:
    """A file that one process holds at a time; one that dies lets go of it.

    Args:
        path: The file; it stays, and says nothing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.held: int | None = None

    def take(self, *, wait: bool = False) -> bool:
        """Takes it, or says that another holds it.

        Args:
            wait: Whether to wait until it can be had.
        """
        import fcntl  # where there are POSIX systems alone

        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            os.close(file)
            return False
        self.held = file
        return True

    def release(self) -> None:
        """Lets go of it."""
        if self.held is not None:
            os.close(self.held)
            self.held = None

    def __enter__(self) -> "Claim":
        self.take(wait=True)
        return self

    def __exit__(self, *error: object) -> None:
        self.release()


@dataclass(frozen=True, slots=True)
class SweepFolder:
    """Names, reads and writes the files of a search.

    Args:
        path: The folder.
    """

    path: Path

    @property
    def asked(self) -> Path:
        """The search, its recipe included."""
        return self.path / "sweep.yaml"

    @property
    def journal(self) -> Path:
        """What Optuna knows of the trials, where no server does."""
        return self.path / "journal.jsonl"

    @property
    def study(self) -> Path:
        """What Optuna calls the search."""
        return self.path / "study.txt"

    @property
    def table(self) -> Path:
        """All trials, the best first."""
        return self.path / "sweep.csv"

    @property
    def best(self) -> Path:
        """The recipe of the best trial."""
        return self.path / "best.yaml"

    def run(self, number: int, seed: int | None = None) -> Path:
        """The run of a trial, with a seed if it is trained with several."""
        trial = self.path / trial_name(number)
        return trial if seed is None else trial / f"seed-{seed}"

    def claim(self, name: str) -> Claim:
        """What one process at a time may be at."""
        return Claim(self.path / "claims" / name)

    def outcome(self, number: int) -> Path:
        """What came of a trial; it is there when the trial is over."""
        return self.path / "outcomes" / f"{trial_name(number)}.json"

    def write(self, outcome: Outcome) -> None:
        """Writes what came of a trial."""
        write_json(self.outcome(outcome.number), asdict(outcome))

    def outcomes(self) -> list[Outcome]:
        """What came of all trials that are over, in their order.

        Raises:
            RunError: If a file is damaged.
        """
        found = (self.path / "outcomes").glob("trial-*.json")
        damaged = "is damaged; remove it, and the same command goes on with the trial"
        return sorted(
            (read_json(path, _outcome, absent="is gone", damaged=damaged) for path in found),
            key=lambda outcome: outcome.number,
        )

    def begin(self, search: Search) -> None:
        """Says in the folder what is searched, or checks that it is the same.

        Raises:
            RunError: If the folder holds something else.
        """
        if not self.asked.exists() and self.path.is_dir() and any(self._foreign()):
            raise RunError(
                str(self.path),
                "must be new, empty, or hold this sweep, and holds other files; choose another -o",
            )
        with self.claim("begin"):
            if self.asked.exists():
                self._check_same(search)
            text = write(search.tree)
            write_atomically(self.asked, lambda path: path.write_text(text, encoding="utf-8"))

    def _foreign(self) -> list[Path]:
        return [path for path in self.path.iterdir() if path.name != "claims"]

    def _check_same(self, search: Search) -> None:
        kept, asked = Search.read(self.asked).tree, search.tree
        changed = [key for key in asked if key != "trials" and asked[key] != kept[key]]
        if changed:
            raise RunError(
                str(self.path),
                f"holds a sweep with other {' and '.join(changed)}; choose another -o, or go on"
                f" with: latentloom sweep {self.asked} -o {self.path}",
            )


def trial_name(number: int) -> str:
    """What a trial is called."""
    return f"trial-{number:04d}"


def _outcome(tree: Mapping[str, Any]) -> Outcome:
    curves = tuple(tuple(curve) for curve in tree["curves"])
    return Outcome(**{**tree, "scores": tuple(tree["scores"]), "curves": curves})
