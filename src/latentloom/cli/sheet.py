"""Shows the scores of a protocol in the terminal, and how far it has come."""

from collections.abc import Iterator

from rich.console import Console
from rich.status import Status
from rich.table import Table

from ..evaluation.distances import DISTANCES
from ..evaluation.fidelity import Fidelity, Sweep
from ..evaluation.latent_match import BOUND, SLACK, LatentMatch
from ..evaluation.sheet import Measured, Sheet

ABREAST = 6  # columns of rows that fit a terminal


def tables(sheet: Sheet) -> Iterator[Table | str]:
    """The scores, a line each, with a column for what was made, each floor and baseline."""
    yield (
        f"{sheet.protocol} version {sheet.version}:"
        f" {', '.join(f'{k} {v}' for k, v in sheet.stamp.items())}"
    )
    yield from sheet.notes
    for start in range(1, max(2, len(sheet.rows)), ABREAST):
        yield _table(sheet, slice(start, start + ABREAST))
    refused: dict[str, list[str]] = {}
    for row in sheet.rows:
        for name, reason in row.refused.items():
            refused.setdefault(reason, []).append(f"{DISTANCES[name].title} of {row.name}")
    for reason, whose in refused.items():
        yield f"Not computed: {'; '.join(whose)}: {reason}"
    yield from (_followed(found) for found in sheet.fidelity)
    yield from (_swept(found) for found in sheet.sweeps)
    if sheet.latents is not None:
        yield _matched(sheet.latents)
    yield f"{sheet.seconds:.0f} s"


def _table(sheet: Sheet, others: slice) -> Table:
    rows = [sheet.rows[0], *sheet.rows[others]]
    shown = Table("", "ideal", box=None, pad_edge=False)
    for row in rows:
        what = "" if row.what == row.name else row.what
        shown.add_column(f"{row.name}\n{what}", justify="right")
    for name in sheet.versions:
        listed = DISTANCES[name]
        unit = f" [{listed.unit}]" if listed.unit else ""
        numbers = [_number(row.scores.get(name), wide=row is rows[0]) for row in rows]
        shown.add_row(listed.title + unit, f"{listed.ideal:g}", *numbers)
    return shown


def _followed(found: Fidelity) -> str:
    made, held = found.made, found.held
    ninety = "" if made.ninety is None else f", of 9 in 10 below {made.ninety.value:.3f}"
    share = " as a share of itself" if found.per == "value" else ""
    return (
        f"{found.condition} ({found.kind}): {found.verdict}; typical error{share}"
        f" {made.typical.value:.3f}{ninety}, of real signals {held.typical.value:.3f},"
        f" with shuffled conditions {made.shuffled:.3f}, p {made.p:.3f}{_taught(found)}"
    )


def _taught(found: Fidelity) -> str:
    """What made signals teach about a label, where it is one."""
    if found.lesson is None:
        return ""
    made, train = found.lesson.made.value, found.lesson.train.value
    return f"; real ones told right after learning from made {made:.3f}, from real {train:.3f}"


def _swept(found: Sweep) -> str:
    word = "ignored when varied alone" if found.ignored else "answered when varied alone"
    return (
        f"{found.condition}: {word}; slope {found.slope.value:.3f}, of real signals"
        f" {found.real:.3f}, rank correlation {found.rank.value:.3f}"
    )


def _matched(found: LatentMatch) -> str:
    word = "close enough" if found.close else "too far"
    return (
        f"latents: {word}; MMD {found.mmd:.4f} of {found.made} drawn ones, wanted below"
        f" {BOUND:g} and at most {found.limit:.4f}, {SLACK:g} times the 95 % quantile of real ones"
    )


def _number(measured: Measured | None, *, wide: bool) -> str:
    """A number; with its interval where there is room."""
    if measured is None:
        return "–"
    estimate = measured.estimate
    if not wide or estimate.low is None or estimate.high is None:
        return f"{estimate.value:.3f}"
    return f"{estimate.value:.3f} ({estimate.low:.3f} – {estimate.high:.3f})"


class Watching:
    """Says which score of which row is being computed, while it is.

    Args:
        console: Where; where that is no terminal, nothing is said.
    """

    def __init__(self, console: Console) -> None:
        self.status = Status("reading", console=console)

    def __enter__(self) -> "Watching":
        self.status.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.status.stop()

    def __call__(self, row: str, score: str) -> None:
        self.status.update(f"{row}: {DISTANCES[score].title}")
