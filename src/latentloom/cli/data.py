"""`latentloom data`: looks into data files, converts them, simulates some."""

from pathlib import Path
from typing import Annotated

import typer

from .console import counted, out, print_pairs
from .options import Changes, Output, Seed, Verbose

app = typer.Typer(no_args_is_help=True, help="Look into data files, convert them, simulate some.")

Path_ = Annotated[Path, typer.Argument(metavar="PATH", help="A file, or a folder of CSV files.")]
Series = Annotated[
    list[str] | None,
    typer.Option(metavar="'NAME [UNIT]'", help="A channel of the signal; repeatable."),
]
Drive = Annotated[
    list[str] | None,
    typer.Option(metavar="'NAME [UNIT]'", help="A channel that conditions it; repeatable."),
]
Condition = Annotated[
    list[str] | None,
    typer.Option(metavar="'NAME [UNIT]'", help="A scalar known of each sample; repeatable."),
]
Family = Annotated[
    list[str] | None,
    typer.Option(
        metavar="'NAME[=PATTERN]'", help="A family of features, or of columns; repeatable."
    ),
]


@app.command()
def inspect(
    path: Path_,
    series: Series = None,
    drive: Drive = None,
    condition: Condition = None,
    family: Family = None,
    verbose: Verbose = False,
) -> None:
    """Show shapes, units, ranges, missing values, lengths and duplicates of a file."""
    del verbose
    from ..data.inspect import inspect as look
    from ..recipes.exchange import columns_of

    found = look(path, columns=columns_of(series, drive, condition, family))
    print_pairs(found.rows())


@app.command()
def convert(
    path: Path_,
    output: Annotated[
        Path, typer.Argument(metavar="OUT", help="New file; its ending is its format.")
    ],
    series: Series = None,
    drive: Drive = None,
    condition: Condition = None,
    family: Family = None,
    verbose: Verbose = False,
) -> None:
    """Write a dataset in another format; without an ending, as a folder of CSV files."""
    del verbose
    from ..data.formats import read, write
    from ..recipes.exchange import columns_of

    dataset = read(path, columns=columns_of(series, drive, condition, family))
    write(dataset, output)
    out.print(f"wrote {dataset.size} samples to {output}")


@app.command()
def simulate(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="displacement-sensor or operators.")],
    output: Output,
    records: Annotated[int, typer.Option(help="How many records.")] = 2000,
    changes: Changes = None,
    seed: Seed = 0,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes that share long work; 0 is one a core.")
    ] = 0,
    verbose: Verbose = False,
) -> None:
    """Simulate samples whose truth is known; a long simulation that is stopped goes on."""
    del verbose
    import os

    from ..recipes.exchange import save_simulated, simulated

    simulator = simulated(kind, {"records": records}, changes or [])
    with counted("records") as progress:
        save_simulated(
            simulator, seed, output, workers=workers or os.cpu_count() or 1, progress=progress
        )
    out.print(f"wrote {simulator.records} samples to {output}")
