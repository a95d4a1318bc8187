"""`latentloom decode`: makes signals of latents."""

from pathlib import Path
from typing import Annotated

import typer

from .console import out
from .options import Condition, Device, Drive, Output, RunPath, Verbose


def decode(
    run: RunPath,
    latents: Annotated[Path, typer.Argument(metavar="LATENTS", help="What encode wrote.")],
    output: Output,
    drive: Drive = None,
    condition: Condition = "",
    device: Device = "auto",
    verbose: Verbose = False,
) -> None:
    """Decode latents back to signals."""
    del verbose
    from ..recipes.exchange import check_output, known_from, load_latents, save_signals
    from ..recipes.inputs import parse_condition
    from ..recipes.run import Run

    check_output(output)
    opened = Run.open(run, device=device)
    known = known_from(opened.schema, drive, parse_condition(condition))
    saved = save_signals(opened, known, opened.decode(load_latents(latents), known), output)
    out.print(f"wrote {saved.size} signals to {output}")
