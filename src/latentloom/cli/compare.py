"""`latentloom compare`: several runs in one table, and who beats whom."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .console import out, print_pairs
from .options import Device, Verbose

if TYPE_CHECKING:
    from ..evaluation.rivals import Duel

Rivals = Annotated[
    list[Path], typer.Argument(metavar="RUN RUN...", help="Runs, or scores of a protocol.")
]
Page = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="OUT", help="HTML page to write.")
]


def compare(
    runs: Rivals, output: Page = None, device: Device = "auto", verbose: Verbose = False
) -> None:
    """Hold runs against each other on the same test records, with significance."""
    del verbose
    from ..recipes.comparison import compare_runs
    from ..report.comparison import write_comparison
    from .scores import table
    from .sets import tables

    match = compare_runs(runs, device=device)
    if match.scorecard is not None:
        out.print(table(match.scorecard))
    if match.sets is not None:
        for told in tables(match.sets.card):
            out.print(told)
    print_pairs([_line(duel) for duel in match.duels])
    for protocol, scores in match.sheet_duels.items():
        out.print(f"by {protocol}, first minus second, in distance from the ideal:")
        print_pairs([_line(duel) for pairs in scores.values() for duel in pairs])
    if output is not None:
        write_comparison(match, output)
        out.print(f"wrote {output}")


def _line(duel: Duel) -> tuple[str, str]:
    found = duel.comparison
    low, high = found.difference.low, found.difference.high
    interval = "" if low is None or high is None else f" ({low:+.3f} to {high:+.3f})"
    sure = "" if duel.chance is None else f", p {duel.chance:.3f}"
    words = {-1: f"{found.first} is better", 0: "may be chance", 1: f"{found.second} is better"}
    said = f"{found.difference.value:+.3f}{interval}{sure}: {words[duel.sign]}"
    return f"{duel.score}, {found.first} against {found.second}", said
