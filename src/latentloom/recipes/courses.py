"""How the losses of a run went, from its history and its recipe."""

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from ..core.errors import RunError
from ..core.roles import Criterion, Schedule
from ..evaluation.diagnosis import Course, TermCourse
from ..objectives import criteria
from ..objectives.combined import OfSpan
from ..objectives.likelihood import Likelihood
from ..schedules import Constant
from ..training.phase import Phase
from ..training.run_folder import RunFolder
from ..training.update import Update

Rows = Sequence[Mapping[str, Any]]
ERRORS = (
    criteria.AbsoluteError,
    criteria.SquaredError,
    criteria.Huber,
    criteria.RelativeError,
    criteria.Nrmse,
    criteria.CrossEntropy,
)


def history(folder: RunFolder) -> Rows:
    """The rows of a run's history, one an epoch.

    Raises:
        RunError: If it is missing or damaged.
    """
    try:
        rows: Rows = json.loads(folder.history.read_text(encoding="utf-8"))
        return [dict(row) for row in rows]
    except (OSError, ValueError, TypeError) as error:
        problem = "must be the history of the run, and cannot be read"
        raise RunError(str(folder.history), problem) from error


def courses_of(phases: Sequence[Phase], rows: Rows) -> tuple[Course, ...]:
    """How each update of each phase went; phases that were not played are left out."""
    made: list[Course] = []
    for index, phase in enumerate(phases):
        own = [row for row in rows if row["phase"] == phase.name]
        for place, update in enumerate(phase.updates):
            if own:
                made.append(_course(phase, update, f"phases.{index}.updates.{place}", own))
    return tuple(made)


def _course(phase: Phase, update: Update, path: str, rows: Rows) -> Course:
    prefix = "" if len(phase.updates) == 1 else "+".join(update.trains) + "/"
    ends = [phase.progress(row) for row in rows]
    middles = [(begin + end) / 2 for begin, end in itertools.pairwise([0.0, *ends])]
    terms = tuple(
        TermCourse(
            name=name,
            role=_role(term.criterion),
            parts=_column(rows, f"train/{prefix}{name}"),
            weights=np.array([term.weight(progress) for progress in middles], dtype=float),
            span=term.criterion.name if isinstance(term.criterion, OfSpan) else "",
            averaged=_penalises(term.criterion, "kl_mean"),
            free=_penalises(term.criterion, "kl_free"),
            rising=term.weight(middles[-1]) < term.weight(ends[-1]),
        )
        for name, term in update.objective.terms.items()
    )
    moving = [
        *_moving(update.forward_pass, f"{path}.forward_pass"),
        *(
            found
            for name, term in update.objective.terms.items()
            for found in _moving(term.criterion, f"{path}.objective.{name}.criterion")
        ),
    ]
    return Course(
        phase=phase.name,
        path=path,
        trains=update.trains,
        terms=terms,
        learning_rate=np.array([update.learning_rate(progress) for progress in middles]),
        scores={name: _column(rows, f"validation/{name}") for name in phase.probes},
        select=phase.select,
        moving=tuple(moving),
        iterations=int(rows[-1]["iteration"]) if phase.iterations else None,
    )


def _role(criterion: Criterion) -> Any:
    if isinstance(criterion, OfSpan):
        return _role(criterion.criterion)
    if isinstance(criterion, Likelihood | criteria.Surprise):
        return "likelihood"
    if isinstance(criterion, criteria.Penalty):
        return "penalty"
    return "error" if isinstance(criterion, ERRORS) else "other"


def _penalises(criterion: Criterion, name: str) -> bool:
    return isinstance(criterion, criteria.Penalty) and criterion.name == name


def _column(rows: Rows, name: str) -> np.ndarray:
    return np.array([row.get(name, np.nan) for row in rows], dtype=float)


def _moving(part: Any, path: str) -> list[str]:
    """The settings of a part that a schedule moves."""
    if not is_dataclass(part):
        return []
    settings = {entry.name: getattr(part, entry.name) for entry in fields(part)}
    return [
        f"{path}.{name}"
        for name, value in settings.items()
        if isinstance(value, Schedule) and not isinstance(value, Constant)
    ]
