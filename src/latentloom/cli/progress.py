"""Shows how training goes: a bar for each phase, with the named losses."""

from collections.abc import Mapping, Sequence
from typing import Literal

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..recipes.plan import Plan
from ..training.observers import Observer, Row

_SCORES = ("train/", "validation/")
_LAST = ("latents/kl_nats", "latents/active", "seconds")


class Bar(Observer):
    """A bar for each phase.

    Args:
        console: Where it is drawn; where that is no terminal, an epoch gets a line.
        lines: Which line every epoch gets beside the bar: `none`, a `short` one with what
            tells how it goes, or a `full` one with all its numbers. Where there is no bar,
            `none` is a line of the scores.
    """

    def __init__(
        self, console: Console, *, lines: Literal["none", "short", "full"] = "none"
    ) -> None:
        self.console = console
        self.lines = lines
        self.losses = ""
        self.progress: Progress | None = None

    def run_begins(self, told: Sequence[str]) -> None:
        for sentence in told:
            self.console.print(sentence, markup=False, soft_wrap=True)

    def phase_begins(self, name: str, *, epochs: int, steps: int, first_step: int) -> None:
        self.close()
        self.name, self.steps, self.epochs = name, steps, epochs
        self.done = first_step // steps * steps
        if not self.console.is_terminal:
            return
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[losses]}"),
            console=self.console,
        )
        self.task = self.progress.add_task(
            name, total=epochs * steps, completed=first_step, losses=""
        )
        self.progress.start()

    def step_ends(self, step: int, losses: Mapping[str, float]) -> None:
        self.losses = "  ".join(f"{name} {value:.4g}" for name, value in losses.items())
        if self.progress is not None:
            self.progress.update(self.task, completed=self.done + step, losses=self.losses)

    def epoch_ends(self, row: Row, rows: Sequence[Row]) -> None:
        self.done += self.steps
        if self.progress is not None:
            self.progress.update(self.task, completed=self.done)
        if self.lines != "none" or self.progress is None:
            numbers = {"none": scores, "short": short, "full": full}[self.lines](row)
            told = "  ".join(f"{name} {value:.4g}" for name, value in numbers.items())
            said = f"{row['phase']} {row['epoch']}/{self.epochs}  {told}"
            self.console.print(said, markup=False, soft_wrap=True)

    def noticed(self, sentence: str) -> None:
        self.console.print(sentence, markup=False, soft_wrap=True)

    def close(self) -> None:
        if self.progress is not None:
            self.progress.stop()
            self.progress = None


def short(row: Row) -> dict[str, float]:
    """The numbers of an epoch that tell how it goes; all are in the files of the run.

    These are the losses, the validation, the learning rate and weights that move, the books
    as one, what Gaussian latents carry, and the time.

    Example:
        >>> books = {f"codes/{book}/utilisation": share for book, share in enumerate((1.0, 0.5))}
        >>> short({"train/total": 2.0, "schedule/clip_norm": 1.0, **books})
        {'total': 2.0, 'codes used': 0.75, 'in the least book': 0.5}
    """
    numbers = _numbers(row)
    told = {_brief(name): value for name, value in numbers.items() if _tells(name)}
    used = [v for n, v in numbers.items() if n.startswith("codes/") and n.endswith("/utilisation")]
    if used:
        told["codes used"] = sum(used) / len(used)
    if len(used) > 1:
        told["in the least book"] = min(used)
    return told | {name: numbers[name] for name in _LAST if name in numbers}


def scores(row: Row) -> dict[str, float]:
    """The losses and the validation of an epoch."""
    return {_brief(n): value for n, value in _numbers(row).items() if n.startswith(_SCORES)}


def full(row: Row) -> dict[str, float]:
    """Every number of an epoch."""
    return {_brief(name): value for name, value in _numbers(row).items()}


def _numbers(row: Row) -> dict[str, float]:
    return {name: value for name, value in row.items() if isinstance(value, float)}


def _tells(name: str) -> bool:
    moves = name.endswith("/learning_rate") or "/weight/" in name
    return name.startswith(_SCORES) or moves


def _brief(name: str) -> str:
    return name.removeprefix("train/").removeprefix("schedule/")


class Continuing(Observer):
    """Says when a phase is over by which command its weights are trained on.

    Args:
        console: Where it is said.
        commands: By the phase's name; of others nothing is said.
    """

    def __init__(self, console: Console, commands: Mapping[str, str]) -> None:
        self.console, self.commands = console, commands

    def phase_ends(self, name: str) -> None:
        if name in self.commands:
            said = f"{name} is over; to train on from its weights: {self.commands[name]}"
            self.console.print(said, markup=False, soft_wrap=True)


def observers(
    plan: Plan, console: Console, continuing: Mapping[str, str], *, verbose: bool
) -> list[Observer]:
    """Those who show the progress of a run, if its recipe wants any.

    Args:
        plan: What is trained.
        console: Where it is shown.
        continuing: The command that goes on from a phase, by its name.
        verbose: Whether every epoch gets a line with all its numbers.
    """
    progress = plan.logging.progress
    if progress == "off":
        return []
    shown = "short" if progress == "lines" else "none"
    bar = Bar(console, lines="full" if verbose else shown)
    return [bar, Continuing(console, continuing)]
