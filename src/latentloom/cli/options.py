"""Options and arguments that several verbs share."""

from pathlib import Path
from typing import Annotated

import typer

RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a trained run.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", help="Show more, and the traceback of an error.")
]
Device = Annotated[str, typer.Option(metavar="NAME", help="auto, cpu or cuda.")]
Seed = Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Seed of everything random.")]
Output = Annotated[
    Path,
    typer.Option("-o", "--output", metavar="OUT", help="File to write; its ending is its format."),
]
Signals = Annotated[
    Path, typer.Argument(metavar="DATA", help="File or folder with signals, as for training.")
]
Drive = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Signals that condition, such as currents."),
]
Condition = Annotated[
    str, typer.Option(metavar="NAME=VALUE,...", help="What is known of all the signals.")
]
Decoding = Annotated[
    str,
    typer.Option(
        metavar="KIND",
        help="How codes or latents are drawn: greedy, or {kind: sample, top_p: 0.9}.",
    ),
]


def listed(text: str | None) -> list[str] | None:
    """The names of an option NAME,...; None if it is left out."""
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]


Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change a setting; may be repeated."),
]
