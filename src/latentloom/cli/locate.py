"""`latentloom locate`: when a measured state occurred, or how well a run tells it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .console import out, warn
from .options import Device, RunPath, Verbose

if TYPE_CHECKING:
    from rich.table import Table

    from ..evaluation.locating import Deduction, LocatingCard, LocatingRow
    from ..evaluation.statistics import Estimate
    from ..recipes.run import Run

State = Annotated[
    Path | None,
    typer.Option(
        "--state", metavar="FILE", help="Measured states; a blank is what was not measured."
    ),
]
Known = Annotated[
    str,
    typer.Option(
        "-c", "--condition", metavar="NAME=VALUE,...", help="What is known of the sequences."
    ),
]
FirstRow = Annotated[
    str,
    typer.Option(
        metavar="FILE|NAME=X,...", help="The first row; that of training records if left out."
    ),
]
Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="DATA", help="Whole sequences whose states are looked for."),
]
Folder = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="DIR", help="Folder to write, new.")
]


def locate(
    run: RunPath,
    state: State = None,
    condition: Known = "",
    first_row: FirstRow = "",
    data: Data = None,
    output: Folder = None,
    device: Device = "auto",
    verbose: Verbose = False,
) -> None:
    """Say when measured states occurred; without any, how well that can be told."""
    del verbose
    from ..core.errors import RecipeError
    from ..recipes.deductions import check_folder
    from ..recipes.run import Run

    if state is not None and data is not None:
        raise RecipeError("--state, --data", "must not both be given: states, or what to score")
    if state is None and (condition or first_row):
        raise RecipeError("--state", "must be given, for --condition and --first-row are of it")
    if output is not None:
        check_folder(output)
    opened = Run.open(run, device=device)
    if state is None:
        _score(opened, data, output)
    else:
        _deduce(opened, state, (condition, first_row), output)


def _deduce(run: Run, state: Path, known: tuple[str, str], output: Path | None) -> None:
    from ..recipes.beginnings import parse_beginnings
    from ..recipes.deductions import write_deductions
    from ..recipes.inputs import parse_condition
    from ..recipes.locating import check_predicts, locate_states
    from ..recipes.ranges import unfamiliar_states
    from ..recipes.states import read_states

    check_predicts(run)
    condition, first = known
    states = read_states(state, run.schema)
    start = parse_beginnings(run.schema, run.starts, first) if first else None
    told = parse_condition(condition)
    warn(unfamiliar_states(run, states, told, start))
    found = locate_states(run, states, told, start=start)
    for number, deduction in enumerate(found):
        if len(found) == 1:
            out.print(_best(deduction))
        out.print((f"state {number}: " if len(found) > 1 else "") + deduction.sentence())
    if output is not None:
        paths = write_deductions(found, output)
        out.print(f"wrote {len(paths)} files to {output}")


def _score(run: Run, data: Path | None, output: Path | None) -> None:
    from ..recipes.exchange import known_from
    from ..recipes.locating import located
    from ..recipes.ranges import unfamiliar

    known = (
        None
        if data is None
        else known_from(run.schema, data, {}, series="series", data=run.plan.data)
    )
    warn(() if known is None else unfamiliar(run, known))
    card = located(run, known).card
    if output is not None:
        card.write(output / "locating.json")
    out.print(table(card))


def _best(deduction: Deduction) -> Table:
    from rich.table import Table

    made = Table(box=None, pad_edge=False)
    for name in ("frame", "probability", "in the 90 % interval"):
        made.add_column(name, justify="right")
    for frame, probability in deduction.best():
        inside = "yes" if deduction.inside[frame] else "no"
        made.add_row(str(frame), f"{probability:.3f}", inside)
    return made


def table(card: LocatingCard) -> Table:
    """A row for each predictor and distance."""
    from rich.table import Table

    title = (
        f"frames of {card.states} states of {card.records} sequences; distances calibrated on"
        f" {card.validation} validation sequences"
    )
    made = Table("", "distance", box=None, pad_edge=False, title=title, title_justify="left")
    heads = ("median error", "90 % error", "coverage of 90 %", "frames in the interval")
    for name in heads:
        made.add_column(name, justify="right")
    for row in card.rows:
        made.add_row(row.name, row.distance, *_cells(row))
    return made


def _cells(row: LocatingRow) -> list[str]:
    width = "" if row.width is None else f"{row.width:.0f}"
    coverage = "" if row.coverage is None else _number(row.coverage, ".3f")
    return [_number(row.median, ".0f"), _number(row.ninety, ".0f"), coverage, width]


def _number(estimate: Estimate, form: str) -> str:
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:{form}}"
    return f"{estimate.value:{form}} ({estimate.low:{form}}-{estimate.high:{form}})"
