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
    """Encode: latents, and codes where there are any, as .npz; codes alone as .parquet or .h5."""
    del verbose
    from ..recipes.exchange import check_output, known_from
    from ..recipes.inputs import parse_condition
    from ..recipes.latents import save_latents
    from ..recipes.run import Run
    from ..recipes.token_tables import books_of, is_table, save_codes

    check_output(output)
    opened = Run.open(run, device=device)
    known = known_from(
        opened.schema, data, parse_condition(condition), series="series", data=opened.plan.data
    )
    if is_table(output):
        books = books_of(opened)
        save_codes(opened.codes(known), books, output)
        out.print(f"wrote {len(books.names)} codes each of {known.size} {opened.noun} to {output}")
    else:
        save_latents(opened.encode(known), output)
        out.print(f"wrote the latents of {known.size} {opened.noun} to {output}")
