"""Trains a trial: one point with every seed, each in a run folder of its own."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from ...core.errors import RecipeError, TrainingError
from ...training.observers import Observer, Row
from ...training.run_folder import RunFolder, read_tensors
from ..conduct import Conduct, resume, train
from ..plan import Plan
from .outcomes import Claim, Curve, Outcome, SweepFolder
from .pruning import PrunedError, Pruning, curve_of, score_of
from .search import Judged, Point, Search


@dataclass(frozen=True, slots=True)
class Claimed:
    """A trial that this process trains, and no other.

    Args:
        number: Its place in the search.
        point: The value of each key.
        claim: What keeps others from it.
    """

    number: int
    point: Point
    claim: Claim


@dataclass(frozen=True, slots=True)
class Bench:
    """Where and how trials are trained.

    Args:
        search: What they are trials of.
        folder: What is kept of them.
        device: `auto`, `cpu` or `cuda`.
    """

    search: Search
    folder: SweepFolder
    device: str = "auto"

    def outcome(self, trial: Claimed) -> Outcome:
        """Trains a trial, or goes on with it, and says what came of it.

        A point that the recipe, the data or, in mid-training, its parts refuse, whose losses
        are not finite, or that needs more memory than there is, has failed; others may do
        better.

        Raises:
            LatentLoomError: If the data or a run cannot be used.
            KeyboardInterrupt: If a signal asked to stop; all is saved by then.
        """
        scores: list[float] = []
        runs: list[RunFolder] = []
        made: dict[str, Any] = {"state": "trained"}
        judged: Judged | None = None
        try:
            for place, seed in enumerate(self.search.seeds or (None,)):
                plan = self.search.plan(trial.point, seed)
                judged = self.search.judged(plan)
                several = seed if len(self.search.seeds) > 1 else None
                runs.append(RunFolder(self.folder.run(trial.number, several)))
                self._train(plan, runs[-1], self._watching(judged, place))
                scores.append(_score(runs[-1], judged))
        except PrunedError:
            made = {"state": "pruned"}
        except (RecipeError, TrainingError, ValueError, torch.OutOfMemoryError) as error:
            made = {"state": "failed", "problem": " ".join(str(error).split())}
        rows = [_rows(run) for run in runs]
        return Outcome(
            number=trial.number,
            point=dict(trial.point),
            scores=tuple(scores),
            curves=tuple(curve_of(told, judged) for told in rows) if judged else (),
            seconds=round(sum(map(_seconds, rows)), 3),
            **made,
        )

    def _train(self, plan: Plan, run: RunFolder, watching: Sequence[Observer]) -> None:
        """Trains a run, unless that is done, from where it was left."""
        conduct = Conduct(device=self.device, observers=watching)
        if run.model.is_file():
            return
        if run.begun:
            resume(run.path, conduct)
            return
        shutil.rmtree(run.path, ignore_errors=True)  # killed before its first step
        train(plan, run.path, conduct)

    def _watching(self, judged: Judged, place: int) -> list[Observer]:
        def others() -> list[Curve]:
            """What the same seed gave in trials that were trained to the end."""
            over = self.folder.outcomes()
            return [outcome.curves[place] for outcome in over if outcome.state == "trained"]

        return [Pruning(judged, others)] if self.search.pruning == "median" else []


def _rows(run: RunFolder) -> list[Row]:
    """The epochs of a run so far."""
    if not run.history.is_file():
        return []
    return json.loads(run.history.read_text(encoding="utf-8"))


def _score(run: RunFolder, judged: Judged) -> float:
    """The score of a finished run."""
    handed_on = read_tensors(run.best(judged.phase), kind="model")
    return score_of(_rows(run), judged, float(handed_on["score"]))


def _seconds(rows: Sequence[Row]) -> float:
    """How long a run trained; each phase counts from its own start, over interruptions."""
    return sum({row["phase"]: float(row["seconds"]) for row in rows}.values())
