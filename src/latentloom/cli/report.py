"""`latentloom report`: writes the HTML page of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .console import out
from .options import Device, RunPath, Verbose

if TYPE_CHECKING:
    from ..recipes.run import Run


def report(run: RunPath, device: Device = "auto", verbose: Verbose = False) -> None:
    """Score a run, and write report.html: one file, readable without a network."""
    del verbose
    from ..recipes.run import Run
    from ..recipes.sets_seen import tells_gaussians

    opened = Run.open(run, device=device)
    if opened.tells_features:
        _of_tokens(opened)
    elif tells_gaussians(opened):
        _of_sets(opened)
    else:
        _of_signals(opened)
    out.print(f"wrote {opened.folder.report}")


def _of_signals(run: Run) -> None:
    from ..recipes.assess import assess
    from ..recipes.reporting import report_of
    from ..report import write
    from .scores import table

    assessment = assess(run)
    assessment.scorecard.write(run.folder.scores)
    write(report_of(run, assessment), run.folder.report)
    out.print(table(assessment.scorecard))


def _of_tokens(run: Run) -> None:
    from ..recipes.tokens_assessed import assess_tokens
    from ..recipes.tokens_report import token_report_of
    from ..report import write
    from .tokens import tables

    assessment = assess_tokens(run)
    assessment.card.write(run.folder.scores)
    write(token_report_of(run, assessment), run.folder.report)
    for part in tables(assessment.card):
        out.print(part)


def _of_sets(run: Run) -> None:
    from ..recipes.sets_assessed import assess_sets
    from ..recipes.sets_report import set_report_of
    from ..report import write
    from .sets import tables

    assessment = assess_sets(run)
    assessment.card.write(run.folder.scores)
    write(set_report_of(run, assessment), run.folder.report)
    for part in tables(assessment.card):
        out.print(part)
