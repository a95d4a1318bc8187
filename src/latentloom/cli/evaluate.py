"""`latentloom evaluate`: scores a run beside its baselines, or the signals of any tool."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from .console import err, out, warn
from .options import Device, Seed, Verbose

if TYPE_CHECKING:
    from ..recipes.judging import Judging

Judged = Annotated[
    Path, typer.Argument(metavar="RUN|FILE", help="A run, or signals that any tool made.")
]
Real = Annotated[
    Path | None,
    typer.Option(metavar="DATA", help="The real signals that made ones are held against."),
]
Train = Annotated[
    Path | None,
    typer.Option(metavar="DATA", help="The real signals that the generator learned from."),
]
ProtocolName = Annotated[
    str,
    typer.Option("--protocol", metavar="NAME", help="strict, legacy24, features or trajectories."),
]
Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="DATA", help="Other data than the run's own test split."),
]
Arrays = Annotated[
    list[str] | None,
    typer.Option(metavar="'NAME [UNIT]'", help="An array of files that do not know theirs."),
]
Label = Annotated[
    str, typer.Option(metavar="NAME", help="The array that names the class of each signal.")
]
RowsAre = Annotated[
    Literal["samples", "steps"] | None,
    typer.Option(help="What a row of a table is: a signal, or a step of one long series."),
]
Listed = Annotated[
    str, typer.Option(metavar="NAME,...", help="Only these of the protocol's; none for none.")
]
Scores = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="OUT", help="JSON file to write.")
]
Page = Annotated[
    Path | None, typer.Option("--report", metavar="OUT", help="Page to write, with panels.")
]


def evaluate(  # noqa: PLR0913, PLR0917 (the flags of a command)
    judged: Judged,
    real: Real = None,
    train: Train = None,
    protocol: ProtocolName = "",
    data: Data = None,
    series: Arrays = None,
    drive: Arrays = None,
    condition: Arrays = None,
    label: Label = "",
    rows: RowsAre = None,
    scores: Listed = "",
    baselines: Listed = "",
    output: Scores = None,
    page: Page = None,
    seed: Seed = 0,
    device: Device = "auto",
    verbose: Verbose = False,
) -> None:
    """Score a run beside its baselines, or made signals against real ones."""
    del verbose
    from ..data.formats import Columns
    from ..recipes.exchange import columns_of
    from ..recipes.judging import Judging, extent_of

    named = series or drive or condition or label
    columns = None
    if named:
        given = columns_of(series, drive, condition, rows or "samples") or Columns()
        columns = replace(given, label=label)
    asked = Judging(
        judged=judged,
        real=real,
        train=train,
        protocol=protocol,
        data=data,
        columns=columns,
        rows=rows,
        extent=extent_of(baselines, scores, seed),
        device=device,
    )
    if asked.of_tokens:
        _of_tokens(asked, output, page)
    elif asked.of_sets:
        _of_sets(asked, output, page)
    elif asked.paired:
        _paired(asked, output)
    else:
        _by_protocol(asked, output, page)


def _paired(asked: Judging, output: Path | None) -> None:
    """Scores the answers of a run, each beside the truth."""
    from .scores import table

    scorecard = asked.assessment(warn).scorecard
    written = output or asked.own_file
    if written is not None:
        scorecard.write(written)
    out.print(table(scorecard))


def _of_tokens(asked: Judging, output: Path | None, page: Path | None) -> None:
    """Scores the tokens of a run of features."""
    from .tokens import tables

    _refuse_page(asked, page)
    card = asked.tokens().card
    written = output or asked.own_file
    if written is not None:
        card.write(written)
    for part in tables(card):
        out.print(part)


def _of_sets(asked: Judging, output: Path | None, page: Path | None) -> None:
    """Scores what a run keeps of sets of Gaussians."""
    from .sets import tables

    _refuse_page(asked, page)
    card = asked.sets().card
    written = output or asked.own_file
    if written is not None:
        card.write(written)
    for part in tables(card):
        out.print(part)


def _refuse_page(asked: Judging, page: Path | None) -> None:
    from ..core.errors import RecipeError

    if page is not None:
        problem = f"goes with --protocol; write the page with: latentloom report {asked.judged}"
        raise RecipeError("--report", problem)


def _by_protocol(asked: Judging, output: Path | None, page: Path | None) -> None:
    """Scores signals as a whole, by a protocol."""
    from ..recipes.result_page import write_result
    from .sheet import Watching, tables

    with Watching(err) as watch:
        result = asked.result(watch)
    written = output or asked.own_file
    if written is not None:
        result.sheet.write(written)
    for part in tables(result.sheet):
        out.print(part)
    if page is not None:
        write_result(result, page, command=shlex.join(["latentloom", *sys.argv[1:]]))
        out.print(f"wrote {page}")
