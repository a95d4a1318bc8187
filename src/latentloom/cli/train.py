"""`latentloom train`: trains what a recipe says."""

from pathlib import Path
from typing import Annotated, Any

import typer

from .console import err, out
from .flags import with_flags
from .options import Changes, Device, Verbose


@with_flags
def train(  # noqa: PLR0913, PLR0917 (the flags of the documented command)
    recipe: Annotated[
        str, typer.Argument(metavar="[RECIPE]", help="A recipe file, or a packaged recipe.")
    ] = "",
    config: Annotated[
        str, typer.Option(metavar="RECIPE", help="Another way of writing RECIPE.")
    ] = "",
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            "--output-dir",
            metavar="RUN",
            help="Folder of the run; new or empty.",
        ),
    ] = None,
    epochs: Annotated[int | None, typer.Option(metavar="N", help="Epochs of every phase.")] = None,
    batch_size: Annotated[
        int | None, typer.Option(metavar="N", help="Batch size of every phase.")
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(metavar="RATE", help="Learning rate of every update.")
    ] = None,
    changes: Changes = None,
    phases: Annotated[
        str,
        typer.Option(metavar="NAME,...", help="Play only these phases; also 2, or 1,3, or 1-5."),
    ] = "",
    resume_from: Annotated[
        Path | None,
        typer.Option(
            "--resume-from",
            "--resume",
            metavar="RUN",
            help="Go on with a stopped run: its folder, or its model.",
        ),
    ] = None,
    existing_model: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Start from the weights of a run or file.")
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Check recipe and data, print every setting, and stop."),
    ] = False,
    device: Device = "auto",
    verbose: Verbose = False,
    **flags: Any,
) -> None:
    """Train the parts of a recipe, and leave a run folder behind."""
    from ..recipes.asked import Asked, one_recipe
    from .progress import observers

    asked = Asked(
        recipe=one_recipe(recipe, config),
        output=output,
        settings={
            "epochs": epochs,
            "batch_size": batch_size,
            "learning_rate": learning_rate,
            **flags,
        },
        changes=tuple(changes or ()),
        phases=phases,
        resume_from=resume_from,
        existing_model=existing_model,
        device=device,
    )
    plan = asked.plan()
    for sentence in (*asked.notices(plan), *(asked.look(plan) if dry_run else ())):
        err.print(sentence, markup=False, soft_wrap=True)
    if dry_run:
        typer.echo(plan.text, nl=False)
        return
    watching = observers(plan, err, asked.continuing(plan), verbose=verbose)
    run = asked.train(plan, watching)
    out.print(f"trained {run.folder.path}; score it with: latentloom evaluate {run.folder.path}")
