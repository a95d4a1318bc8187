"""`latentloom generate`: draws new signals for drives and conditions."""

from pathlib import Path
from typing import Annotated

import typer

from .console import out, warn
from .options import Condition, Decoding, Device, Drive, Output, RunPath, Seed, Verbose


def generate(  # noqa: PLR0913, PLR0917 (the flags of a command)
    run: RunPath,
    output: Output,
    drive: Drive = None,
    condition: Condition = "",
    first_row: Annotated[
        str,
        typer.Option(
            metavar="FILE|NAME=X,...",
            help="The first row of each signal, for runs that have to be told it.",
        ),
    ] = "",
    samples: Annotated[
        int,
        typer.Option(
            "-n", "--samples", metavar="K", help="How many; for each drive, where there is one."
        ),
    ] = 1,
    steps: Annotated[
        int | None,
        typer.Option(metavar="T", help="Steps of each signal, joined from windows."),
    ] = None,
    overlap: Annotated[
        int | None,
        typer.Option(metavar="T", help="Steps that joined windows share. [default: half of one]"),
    ] = None,
    decoding: Decoding = "",
    seed: Seed = 0,
    device: Device = "auto",
    verbose: Verbose = False,
) -> None:
    """Generate new signals or features, for drives and conditions where there are any."""
    del verbose
    from ..data.formats import write
    from ..data.joining import Joining
    from ..recipes.beginnings import parse_beginnings
    from ..recipes.choosing import parse_decoding
    from ..recipes.exchange import check_output, known_from
    from ..recipes.image_size import sized
    from ..recipes.inputs import parse_condition
    from ..recipes.long_series import drifted, long_series
    from ..recipes.ranges import unfamiliar
    from ..recipes.run import Run

    check_output(output)
    _check_joined(steps, overlap, drive)
    opened = Run.open(run, device=device)
    starts = opened.starts
    start = parse_beginnings(opened.schema, starts, first_row) if first_row else None
    series = "" if first_row or not starts else "series"
    given = parse_condition(condition)
    known = (
        known_from(opened.schema, drive, given, series=series, data=opened.plan.data)
        if drive is not None
        else None
    )
    warn(unfamiliar(opened, given if known is None else known, start))
    chosen = parse_decoding(decoding) if decoding else None
    how = {"samples": samples, "decoding": chosen, "seed": seed}
    if steps is None:
        asked = {"condition": given or None} if known is None else {"drive": known}
        made = sized(opened, opened.generated(**asked, **how, start=start))
    else:
        joining = None if overlap is None else Joining(overlap=overlap)
        made = long_series(opened, steps, joining=joining, condition=given or None, **how)
        warn(drifted(opened, made))
    write(made, output)
    out.print(f"wrote {made.size} {opened.noun} to {output}")


def _check_joined(steps: int | None, overlap: int | None, drive: Path | None) -> None:
    """Checks that what is said of joined windows goes together."""
    if overlap is not None and steps is None:
        raise ValueError("--overlap is for windows that are joined; say how long with --steps")
    if drive is not None and steps is not None:
        raise ValueError(
            "--steps joins windows of one condition; give it with --condition, not in a --drive"
        )
