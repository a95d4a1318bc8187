"""`latentloom encode`: writes the latents of signals."""

from .console import out
from .options import Condition, Device, Output, RunPath, Signals, Verbose


def encode(
    run: RunPath,
    data: Signals,
    output: Output,
    condition: Condition = "",
    device: Device = "auto",
    verbose: Verbose = False,
) -> None:
    """Encode signals: their latents, and codes where there are any, as .npz."""
    del verbose
    from ..recipes.exchange import check_output, known_from, save_latents
    from ..recipes.inputs import parse_condition
    from ..recipes.run import Run

    check_output(output)
    opened = Run.open(run, device=device)
    known = known_from(opened.schema, data, parse_condition(condition), series="series")
    save_latents(opened.encode(known), output)
    out.print(f"wrote the latents of {known.size} signals to {output}")
