"""`latentloom sweep`: searches over the settings of a recipe."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .console import err, out
from .options import Device, Verbose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.table import Table

    from ..recipes.sweep import Outcome, Ranking, Search

SHOWN = 10  # trials or points

Asked = Annotated[
    Path, typer.Argument(metavar="SWEEP", help="YAML with a recipe and what its keys may be.")
]
Folder = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", metavar="DIR", help="Folder of the sweep; one that is there goes on."
    ),
]
Workers = Annotated[int, typer.Option(min=1, metavar="N", help="Processes that share the work.")]
Storage = Annotated[
    str,
    typer.Option(
        metavar="URL", help="Database server for Optuna; a journal in the folder if left out."
    ),
]


def sweep(
    sweep: Asked,
    output: Folder = None,
    workers: Workers = 1,
    storage: Storage = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check every value, tell the trials, and stop.")
    ] = False,
    device: Device = "auto",
    verbose: Verbose = False,
) -> None:
    """Train a recipe with many settings, and rank them by a score on validation."""
    del verbose
    from ..core.errors import RecipeError
    from ..recipes.sweep import Search
    from ..recipes.sweep import sweep as conduct

    search = Search.read(sweep)
    if dry_run:
        _outline(search)
        return
    if output is None:
        raise RecipeError("-o", "must name the folder of the sweep, got nothing")
    ranking = conduct(
        search,
        output,
        workers=workers,
        storage=storage,
        device=device,
        told=lambda outcome: err.print(line(outcome)),
    )
    _conclude(ranking)


def line(outcome: Outcome) -> str:
    """What is said of a trial that is over."""
    came = {
        "trained": _score(outcome),
        "pruned": f"pruned after {sum(map(len, outcome.curves))} validations",
        "failed": f"failed: {outcome.problem}",
    }
    return (
        f"{outcome.name}  {came[outcome.state]}  {outcome.seconds:.1f} s  {_point(outcome.point)}"
    )


def table(ranking: Ranking) -> Table:
    """The best trials, a row each."""
    from rich.table import Table

    from ..recipes.sweep.search import briefly

    brief = briefly([*ranking.search.keys])
    made = Table(box=None, pad_edge=False, title=str(ranking.judged), title_justify="left")
    for name in ("trial", "score", *brief.values(), "seconds"):
        made.add_column(name, justify="left" if name == "trial" else "right")
    for outcome in islice(ranking.outcomes, SHOWN):
        values = [_value(outcome.point[key]) for key in brief]
        score = _score(outcome) if outcome.state == "trained" else outcome.state
        made.add_row(outcome.name, score, *values, f"{outcome.seconds:.1f}")
    return made


def _outline(search: Search) -> None:
    judged, seeds = search.check(), max(1, len(search.seeds))
    out.print(
        f"{search.search}: {search.size} trials, {search.size * seeds} runs, compared by {judged}"
    )
    if search.search == "optuna":
        for key, span in search.keys.items():
            out.print(f"{key}  {span.tree}")
        return
    for number, point in enumerate(islice(search.points(), SHOWN)):
        out.print(f"trial-{number:04d}  {_point(point)}")
    if search.size > SHOWN:
        out.print(f"and {search.size - SHOWN} more")


def _conclude(ranking: Ranking) -> None:
    out.print(table(ranking))
    for state in ("pruned", "failed"):
        if count := ranking.count(state):
            out.print(f"{count} {state}")
    if ranking.unfinished:
        out.print(f"{ranking.unfinished} trials are still with other processes")
    folder = ranking.folder
    if ranking.best is None:
        out.print(f"no trial was trained to the end; wrote {folder.table}")
        return
    out.print(f"wrote {folder.table}; train the best again with: latentloom train {folder.best}")


def _score(outcome: Outcome) -> str:
    spread = "" if outcome.spread is None else f" ± {outcome.spread:.2g}"
    return f"{outcome.score:.4g}{spread}"


def _point(point: Mapping[str, object]) -> str:
    from ..recipes.sweep.search import briefly

    return "  ".join(f"{name}={_value(point[key])}" for key, name in briefly([*point]).items())


def _value(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
