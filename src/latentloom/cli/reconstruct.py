"""`latentloom reconstruct`: passes signals through their latents."""

from .console import out
from .options import Condition, Device, Output, RunPath, Signals, Verbose


def reconstruct(
    run: RunPath,
    data: Signals,
    output: Output,
    condition: Condition = "",
    device: Device = "auto",
    verbose: Verbose = False,
) -> None:
    """Encode signals or features, and decode them again."""
    del verbose
    from ..data.formats import write
    from ..recipes.exchange import check_output, known_from
    from ..recipes.image_size import sized
    from ..recipes.inputs import parse_condition
    from ..recipes.run import Run

    check_output(output)
    opened = Run.open(run, device=device)
    known = known_from(
        opened.schema, data, parse_condition(condition), series="series", data=opened.plan.data
    )
    made = sized(opened, opened.reconstructed(known))
    write(made, output)
    out.print(f"wrote {made.size} {opened.noun} to {output}")
