"""`latentloom init`: writes a packaged recipe to edit."""

from pathlib import Path
from typing import Annotated

import typer

from .console import out


def init(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A packaged recipe.")],
    path: Annotated[Path | None, typer.Argument(metavar="[PATH]", help="File to write.")] = None,
) -> None:
    """Write a packaged recipe to a file, to edit it."""
    from ..recipes.library import copy_out

    target = path or Path(f"{Path(name).name}.yaml")
    copy_out(name, target)
    out.print(f"wrote {target}; train it with: latentloom train {target} -o runs/{target.stem}")
