"""Gathers what the report of a run of features shows."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..evaluation.diagnosis import diagnose
from ..evaluation.tokens import Meanings
from ..report import CodeMap, Figure, Line, Report, Tokenized
from .costs import cost_of, seconds
from .courses import history
from .examination import evidence_of
from .reporting import command_of, data_of, figures_of, notes_of, phases_of, schedules_of
from .run import Run
from .sheets import sheet_of
from .tokens_assessed import TokenAssessment, meanings_of

Rows = Sequence[Mapping[str, Any]]
SHARES = {"utilisation": "used", "evenness": "even"}
OVER_BOOKS: dict[str, Callable[[list[float]], float]] = {
    "mean": lambda shares: float(np.mean(shares)),
    "least": min,
}


def token_report_of(run: Run, assessment: TokenAssessment) -> Report:
    """The report of a run of features.

    Args:
        run: The run.
        assessment: The scores of its tokens.

    Raises:
        RunError: If its history is missing or damaged.
    """
    rows = history(run.folder)
    return Report(
        title=run.folder.path.name,
        tokens=_tokenized(run, assessment, rows),
        sheet=sheet_of(run.folder),
        losses=figures_of(rows, ("train/", "validation/"), "loss"),
        schedules=schedules_of(rows),
        cost=cost_of(run, assessment.known, seconds(rows)),
        command=command_of(run),
        data=data_of(run),
        seeds=(run.plan.random_seed,),
        notes=notes_of(assessment.card.codes),
        findings=diagnose(evidence_of(run)).findings,
    )


def _tokenized(run: Run, assessment: TokenAssessment, rows: Rows) -> Tokenized:
    material = assessment.material
    meanings = meanings_of(run, material)
    return Tokenized(
        card=assessment.card,
        written=None if meanings is None else meanings.written(material.layout),
        maps=() if meanings is None else _maps(meanings, material.layout.depth, run),
        over_epochs=_over_epochs(rows),
    )


def _maps(meanings: Meanings, depth: int, run: Run) -> tuple[CodeMap, ...]:
    owners = meanings.books[meanings.shown] // depth
    found = meanings.maps(seed=run.plan.random_seed)
    return tuple(CodeMap(name=name, points=x, owners=owners) for name, x in found.items())


def _over_epochs(rows: Rows) -> Figure | None:
    """Mean and least of what the history kept of each book, by epoch."""
    own = next((own for own in phases_of(rows).values() if "codes/0/evenness" in own[0]), None)
    if own is None:
        return None
    lines: list[Line] = []
    for share, word in SHARES.items():
        kept = [[v for name, v in row.items() if _is(name, share)] for row in own]
        epochs = np.array([row["epoch"] for row in own], dtype=float)
        for over, reduce in OVER_BOOKS.items():
            y = np.array([reduce(shares) if shares else np.nan for shares in kept])
            lines.append(Line(name=f"{word}, {over} over books", x=epochs, y=y))
    return Figure(title="In training", x="epoch", y="share", lines=tuple(lines))


def _is(name: str, share: str) -> bool:
    return name.startswith("codes/") and name.endswith(f"/{share}")
