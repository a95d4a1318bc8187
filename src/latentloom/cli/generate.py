"""`latentloom generate`: draws new signals for drives and conditions."""

from typing import Annotated

import typer

from .console import out
from .options import Condition, Decoding, Device, Drive, Output, RunPath, Seed, Verbose


def generate(  # noqa: PLR0913, PLR0917 (the flags of a command)
    run: RunPath,
    output: Output,
    drive: Drive = None,
    condition: Condition = "",
    samples: Annotated[
        int, typer.Option("-n", "--samples", metavar="K", help="Signals for each drive.")
    ] = 1,
    decoding: Decoding = "",
    seed: Seed = 0,
    device: Device = "auto",
    verbose: Verbose = False,
) -> None:
    """Generate new signals for drives and conditions."""
    del verbose
    from ..recipes.choosing import parse_decoding
    from ..recipes.exchange import check_output, known_from, save_signals
    from ..recipes.inputs import parse_condition
    from ..recipes.run import Run

    check_output(output)
    opened = Run.open(run, device=device)
    known = known_from(opened.schema, drive, parse_condition(condition))
    chosen = parse_decoding(decoding) if decoding else None
    made = opened.generate(known, samples=samples, decoding=chosen, seed=seed)
    saved = save_signals(opened, known, made.reshape(-1, *made.shape[2:]), output)
    out.print(f"wrote {saved.size} signals to {output}")
