"""`latentloom schema`: prints the JSON schema of recipes, for editors."""

import json
from pathlib import Path
from typing import Annotated

import typer


def schema(
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to write, instead of printing.")
    ] = None,
) -> None:
    """Export the JSON schema of recipes, which editors complete and check with."""
    from ..recipes.library import write_new
    from ..recipes.schema import json_schema

    text = json.dumps(json_schema(), indent=2)
    if output is None:
        typer.echo(text)
    else:
        write_new(output, text + "\n")
