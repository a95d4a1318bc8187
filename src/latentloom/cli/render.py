"""`latentloom render`: draws sets of Gaussians as a picture."""

from pathlib import Path
from typing import Annotated

import typer

from .console import out
from .options import Verbose

Sets = Annotated[
    Path, typer.Argument(metavar="DATA", help="File with sets of Gaussians, fitted or made.")
]
Picture = Annotated[Path, typer.Option("-o", "--output", metavar="OUT", help="PNG file to write.")]
Beside = Annotated[
    list[Path] | None,
    typer.Option(metavar="DATA", help="More files, their sets below those of DATA; repeatable."),
]
Records = Annotated[
    str, typer.Option(metavar="LIST", help="Which sets, such as 0,3,10-19; the first 64 if none.")
]
Columns = Annotated[int, typer.Option(metavar="N", help="Sets side by side.")]
Scale = Annotated[int, typer.Option(metavar="N", help="Pixels down and across for one.")]
Side = Annotated[
    int | None, typer.Option(metavar="PIXELS", help="Of an image; as the file says if left out.")
]
Nearest = Annotated[
    int | None,
    typer.Option(metavar="N", help="How many Gaussians are blended at a pixel; all if left out."),
]
Pixels = Annotated[
    bool, typer.Option("--pixels", help="Show the images that DATA was fitted to, too.")
]


def render(  # noqa: PLR0913, PLR0917 (the flags of a command)
    data: Sets,
    output: Picture,
    beside: Beside = None,
    records: Records = "",
    columns: Columns = 8,
    scale: Scale = 4,
    height: Side = None,
    width: Side = None,
    nearest: Nearest = None,
    pixels: Pixels = False,
    verbose: Verbose = False,
) -> None:
    """Draw sets of Gaussians as one picture."""
    del verbose
    from ..core.errors import RecipeError
    from ..recipes.rendering import Rendering, render_files

    if (height is None) != (width is None):
        raise RecipeError("--height, --width", "must be given together, or neither")
    size = None if height is None or width is None else (height, width)
    settings = Rendering(columns=columns, scale=scale, size=size, nearest=nearest, pixels=pixels)
    drawn, there = render_files([data, *(beside or [])], output, settings, records)
    out.print(f"drew {drawn} of {there} sets to {output}")
