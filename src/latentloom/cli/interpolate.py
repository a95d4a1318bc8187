"""`latentloom interpolate`: signals on the way from one to another."""

from typing import Annotated

import typer

from .console import out
from .options import Condition, Device, Output, RunPath, Signals, Verbose


def interpolate(  # noqa: PLR0913, PLR0917 (the flags of a command)
    run: RunPath,
    data: Signals,
    output: Output,
    start: Annotated[
        int, typer.Option("--from", metavar="I", help="Number of the first, from 0.")
    ],
    end: Annotated[int, typer.Option("--to", metavar="J", help="Number of the last, from 0.")],
    steps: Annotated[
        int, typer.Option(min=2, metavar="K", help="How many there are, both ends included.")
    ] = 8,
    path: Annotated[
        str, typer.Option(metavar="PATH", help="line, or arc, which keeps the length of latents.")
    ] = "line",
    condition: Condition = "",
    device: Device = "auto",
    verbose: Verbose = False,
) -> None:
    """Decode latents on the way between those of two signals."""
    del verbose
    from ..data.formats import write
    from ..recipes.exchange import check_output, known_from
    from ..recipes.image_size import sized
    from ..recipes.inputs import parse_condition
    from ..recipes.interpolation import interpolated, way_named
    from ..recipes.run import Run

    check_output(output)
    way = way_named(path)
    opened = Run.open(run, device=device)
    known = known_from(
        opened.schema, data, parse_condition(condition), series="series", data=opened.plan.data
    )
    made = sized(opened, interpolated(opened, known, start, end, steps=steps, path=way))
    write(made, output)
    out.print(f"wrote {made.size} {opened.noun} to {output}")
