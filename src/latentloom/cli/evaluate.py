"""`latentloom evaluate`: scores a run beside its baselines."""

from pathlib import Path
from typing import Annotated

import typer

from .console import out
from .options import Device, RunPath, Verbose


def evaluate(
    run: RunPath,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DATA", help="Other data than the run's own test split."),
    ] = None,
    device: Device = "auto",
    verbose: Verbose = False,
) -> None:
    """Score a run beside its baselines, and write scores.json."""
    del verbose
    from ..recipes.assess import assess
    from ..recipes.exchange import known_from
    from ..recipes.run import Run
    from .scores import table

    opened = Run.open(run, device=device)
    known = None if data is None else known_from(opened.schema, data, {}, series="series")
    scorecard = assess(opened, known).scorecard
    if data is None:
        scorecard.write(opened.folder.scores)
    out.print(table(scorecard))
