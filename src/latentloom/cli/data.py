"""`latentloom data`: looks into data files, converts and cuts them, makes some."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from .console import counted, out, print_pairs
from .options import Changes, Output, Seed, Verbose, listed

app = typer.Typer(
    no_args_is_help=True, help="Look into data files, convert and cut them, simulate or fit some."
)

_SIMULATED = "displacement-sensor, operators, pointing, sines, spinodal or splats."
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
Channels = Annotated[
    list[str] | None,
    typer.Option(
        metavar="'ARRAY=NAME [UNIT],...'",
        help="Names for the channels of an array, where the file has none; repeatable.",
    ),
]
RunColumns = Annotated[
    str | None,
    typer.Option(
        metavar="NAME,...",
        help="Conditions that each CSV file of a folder of runs repeats; all if left out.",
    ),
]
LeaveOut = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="A column or channel that is not read; repeatable."),
]
Constants = Annotated[
    Literal["series", "conditions"] | None,
    typer.Option(
        help="What channels are that are constant within every sample; conditions in folders"
        " of CSV files whose columns are not named, else series.",
        show_default=False,
    ),
]
RowsAre = Annotated[
    Literal["samples", "steps"],
    typer.Option(help="What a row of an array is: a sample, or a step of one long series."),
]


@app.command()
def inspect(  # noqa: PLR0913, PLR0917 (the flags of a command)
    path: Path_,
    series: Series = None,
    drive: Drive = None,
    condition: Condition = None,
    family: Family = None,
    rows: RowsAre = "samples",
    leave_out: LeaveOut = None,
    constants: Constants = None,
    channels: Channels = None,
    verbose: Verbose = False,
) -> None:
    """Show shapes, units, ranges, missing values, lengths and duplicates of a file."""
    del verbose
    from ..data.inspect import inspect as look
    from ..recipes.exchange import columns_of

    asked = columns_of(series, drive, condition, rows, family, leave_out, constants, channels)
    found = look(path, columns=asked)
    print_pairs(found.rows())


@app.command()
def convert(  # noqa: PLR0913, PLR0917 (the flags of a command)
    path: Path_,
    output: Annotated[
        Path, typer.Argument(metavar="OUT", help="New file; its ending is its format.")
    ],
    series: Series = None,
    drive: Drive = None,
    condition: Condition = None,
    family: Family = None,
    rows: RowsAre = "samples",
    leave_out: LeaveOut = None,
    constants: Constants = None,
    channels: Channels = None,
    verbose: Verbose = False,
) -> None:
    """Write a dataset in another format; without an ending, as a folder of CSV files."""
    del verbose
    from ..data.formats import read, write
    from ..recipes.exchange import columns_of

    asked = columns_of(series, drive, condition, rows, family, leave_out, constants, channels)
    dataset = read(path, columns=asked)
    write(dataset, output)
    out.print(f"wrote {dataset.size} samples to {output}")


@app.command()
def windows(  # noqa: PLR0913, PLR0917 (the flags of a command)
    path: Path_,
    output: Output,
    length: Annotated[int, typer.Option(min=1, help="Steps of a window.")],
    stride: Annotated[int, typer.Option(min=1, help="Steps from window to window.")] = 1,
    blocks: Annotated[
        int | None,
        typer.Option(min=1, help="Blocks of time of each series; 20 of a single one."),
    ] = None,
    hold_out: Annotated[
        float | None,
        typer.Option(metavar="SHARE", help="Share of the blocks; they are written to OUT_held."),
    ] = None,
    gap: Annotated[
        int, typer.Option(min=0, help="Steps left out between blocks, with --hold-out.")
    ] = 0,
    series: Series = None,
    drive: Drive = None,
    condition: Condition = None,
    rows: RowsAre = "samples",
    seed: Seed = 0,
    verbose: Verbose = False,
) -> None:
    """Cut long series into windows, and hold out whole blocks of time."""
    del verbose
    from ..data.formats import read, write
    from ..data.windows import split_blocks
    from ..data.windows import windows as cut
    from ..recipes.exchange import check_output, columns_of

    held = output.with_name(f"{output.stem}_held{output.suffix}")
    files = (output,) if hold_out is None else (output, held)
    for file in files:
        check_output(file)
    dataset = read(path, columns=columns_of(series, drive, condition, rows))
    if hold_out is None:
        parts = (cut(dataset, length, stride=stride, blocks=blocks),)
    else:
        whole = split_blocks(dataset, hold_out, blocks=blocks, gap=gap, seed=seed)
        parts = tuple(cut(part, length, stride=stride) for part in whole)
    for file, part in zip(files, parts, strict=True):
        write(part, file)
        out.print(f"wrote {part.size} windows to {file}")


@app.command()
def kinematics(
    path: Path_,
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="OUT", help="New file: .csv or .parquet."),
    ],
    series: Series = None,
    channels: Channels = None,
    verbose: Verbose = False,
) -> None:
    """Write a table of paths: their points, with speed, acceleration, heading and curvature."""
    del verbose
    from ..data.formats import read
    from ..evaluation.path_table import check_table, path_table, write_path_table
    from ..recipes.exchange import columns_of

    check_table(output)
    asked = columns_of(series, None, None, channels=channels)
    table = path_table(read(path, columns=asked))
    write_path_table(table, output)
    out.print(f"wrote {len(table)} points of {table['id'].nunique()} paths to {output}")


@app.command()
def simulate(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=_SIMULATED)],
    output: Output,
    records: Annotated[
        int | None, typer.Option(help="How many records; as many as usual if left out.")
    ] = None,
    changes: Changes = None,
    columns: RunColumns = None,
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

    simulator = simulated(kind, {} if records is None else {"records": records}, changes or [])
    with counted("records") as progress:
        notes = save_simulated(
            simulator,
            seed,
            output,
            columns=listed(columns),
            workers=workers or os.cpu_count() or 1,
            progress=progress,
        )
    out.print(f"wrote {simulator.records} samples to {output}")
    for note in notes:
        out.print(note)


@app.command()
def prepare(  # noqa: PLR0913, PLR0917 (the flags of a command)
    fields: Annotated[
        list[Path],
        typer.Argument(
            metavar="FIELDS...",
            help="Files (npy, npz, HDF5) or folders (VTK or npy files) of frames of fields.",
        ),
    ],
    output: Output,
    basis: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Basis of other data, NAME.basis.npz; else one is fitted."
        ),
    ] = None,
    array: Annotated[
        str, typer.Option(metavar="NAME", help="Array, or scalar of VTK, that holds the fields.")
    ] = "",
    form: Annotated[
        Literal["radial", "maps", "per_run"],
        typer.Option(help="What components are fitted to: profiles, maps, or maps of each run."),
    ] = "radial",
    components: Annotated[int, typer.Option(min=1, help="How many components.")] = 5,
    held_out: Annotated[
        float, typer.Option(metavar="SHARE", help="Share of the runs that they are not fitted to.")
    ] = 0.2,
    columns: RunColumns = None,
    seed: Seed = 0,
    verbose: Verbose = False,
) -> None:
    """Tell fields of one's own by components of their autocorrelations, frame by frame."""
    del verbose
    from ..data.fields.preparing import Preparation, prepare_file

    settings = Preparation(form=form, components=components, held_out=held_out)
    chosen = listed(columns)
    with counted("runs") as progress:
        made = prepare_file(
            fields,
            settings,
            seed,
            output,
            basis=basis,
            array=array,
            columns=chosen,
            progress=progress,
        )
    out.print(f"wrote {made.dataset.size} runs of {made.dataset.steps} frames to {output}")
    for note in made.notes():
        out.print(note)


@app.command()
def fit_gaussians(  # noqa: PLR0913, PLR0917 (the flags of a command)
    images: Annotated[
        Path,
        typer.Argument(
            metavar="IMAGES",
            help="An .npz or IDX file, a PNG or JPEG image, or a folder of these.",
        ),
    ],
    output: Output,
    gaussians: Annotated[int, typer.Option(help="How many Gaussians each image gets.")] = 64,
    steps: Annotated[int, typer.Option(help="Steps of the fit.")] = 60,
    most: Annotated[
        int | None, typer.Option(min=1, help="Take the first images only, so many.")
    ] = None,
    pixels: Annotated[
        bool, typer.Option("--pixels", help="Write the images themselves too.")
    ] = False,
    changes: Changes = None,
    seed: Seed = 0,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes that share the work; 0 is one a core.")
    ] = 0,
    verbose: Verbose = False,
) -> None:
    """Fit two-dimensional Gaussians to images; a long fit that is stopped goes on."""
    del verbose
    import os

    from ..recipes.exchange import gaussian_fit, save_fitted

    settings = gaussian_fit({"gaussians": gaussians, "steps": steps}, changes or [])
    with counted("images") as progress:
        made = save_fitted(
            images,
            settings,
            seed,
            output,
            most=most,
            pixels=pixels,
            workers=workers or os.cpu_count() or 1,
            progress=progress,
        )
    psnr, ssim = (made.extras[name] for name in ("psnr", "ssim"))
    out.print(f"wrote {made.size} sets of {settings.gaussians} Gaussians to {output}")
    out.print(f"PSNR {psnr.mean():.2f} dB, least {psnr.min():.2f} dB; SSIM {ssim.mean():.4f}")
