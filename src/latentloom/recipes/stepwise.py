"""Gathers what the report shows of a run whose base goes step by step."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ..core.roles import StepPredictor
from ..evaluation.locating import Located
from ..evaluation.stepwise import StepTruth, component_errors, stepwise_row
from ..report import Figure, Line, Path, Stepwise
from .assess import Assessment
from .locating import located
from .run import Run

LAGS = 20
CURVES = 8
Rows = Sequence[Mapping[str, Any]]


def stepwise_of(run: Run, assessment: Assessment, rows: Rows) -> Stepwise | None:
    """What is made of sequences, step by step; None of a run that does not go so.

    Args:
        run: The run.
        assessment: Its scores.
        rows: Its history.
    """
    entries = [e for e in assessment.entries if e.kind in ("generated", "baseline", "oracle")]
    if not isinstance(run.system.base, StepPredictor) or not entries:
        return None
    records = assessment.records
    truth = StepTruth(
        values=records.truth,
        mask=records.mask,
        start=run.starts,
        components=run.schema.names("series"),
        group=records.group,
    )
    lags = min(LAGS, records.truth.shape[1] - 1)
    seed = run.plan.random_seed
    return Stepwise(
        components=tuple(map(str, run.schema.series)),
        rows=tuple(
            stepwise_row(e.name, e.kind, truth, e.prediction.values, lags=lags, seed=seed)
            for e in entries
        ),
        ratios=truth.ratios(lags),
        paths=_paths(truth, entries[0].prediction.values),
        start=run.starts,
        course=course_figure(rows),
        located=_located(run, assessment),
    )


def course_figure(rows: Rows) -> Figure | None:
    """Scores of validation records over all phases; None of a single phase.

    Args:
        rows: The history of a run.
    """
    phases = [str(row["phase"]) for row in rows]
    borders = tuple(at + 0.5 for at, (a, b) in enumerate(pairwise(phases), 1) if a != b)
    scores = dict.fromkeys(n for row in rows for n in row if n.startswith("validation/"))
    if not borders or not scores:
        return None
    lines = tuple(_course(rows, name) for name in [*scores][:CURVES])
    positive = all((line.y > 0).all() for line in lines)
    return Figure(
        title="Validation scores",
        x="epoch, counted on",
        y="score",
        lines=lines,
        logarithmic=positive,
        borders=borders,
    )


def _course(rows: Rows, name: str) -> Line:
    """A score at the epochs that have it: not each one is validated, nor scored alike."""
    points = [(epoch, row[name]) for epoch, row in enumerate(rows, start=1) if name in row]
    x, y = np.array(points, dtype=float).T
    return Line(name=name.removeprefix("validation/"), x=x, y=y)


def _paths(truth: StepTruth, made: np.ndarray) -> tuple[Path, ...]:
    """The best, the median and the worst sequence, by what is missed over deviations."""
    deviation = truth.values[truth.scored].std(0)
    errors = (component_errors(truth, made) / np.where(deviation > 0, deviation, 1.0)).mean(1)
    order = np.argsort(errors)
    picked = {"best": order[0], "median": order[len(order) // 2], "worst": order[-1]}
    return tuple(
        Path(
            name=f"{name}: record {row}",
            truth=truth.values[row, truth.mask[row]],
            made=made[row, truth.mask[row]],
        )
        for name, row in picked.items()
    )


def _located(run: Run, assessment: Assessment) -> Located | None:
    """How well frames are found; None with too few validation records, or with a drive."""
    if run.schema.drive:
        return None
    try:
        return located(run, assessment.known)
    except ValueError:
        return None
