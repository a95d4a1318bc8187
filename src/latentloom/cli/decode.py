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
    """Decode latents or codes back to signals, or to features."""
    del verbose
    from ..data.formats import write
    from ..recipes.exchange import check_output, known_from
    from ..recipes.image_size import sized
    from ..recipes.inputs import parse_condition
    from ..recipes.latents import load_latents
    from ..recipes.run import Run
    from ..recipes.token_tables import books_of, is_table, load_codes

    check_output(output)
    opened = Run.open(run, device=device)
    known = known_from(opened.schema, drive, parse_condition(condition), data=opened.plan.data)
    table = is_table(latents)
    read = load_codes(latents, books_of(opened)) if table else load_latents(latents)
    made = sized(opened, opened.decoded(read, known))
    write(made, output)
    out.print(f"wrote {made.size} {opened.noun} to {output}")
