"""Shows how training goes: a bar for each phase, with the named losses."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..recipes.plan import Plan
from ..training.observers import Observer, Row


class Bar(Observer):
    """A bar for each phase.

    Args:
        console: Where it is drawn; where that is no terminal, an epoch gets a line.
        verbose: Whether every epoch gets a line with all its numbers.
    """

    def __init__(self, console: Console, *, verbose: bool) -> None:
        self.console = console
        self.verbose = verbose
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
        if self.verbose or self.progress is None:
            self.console.print(_line(row, self.epochs, full=self.verbose), markup=False)

    def noticed(self, sentence: str) -> None:
        self.console.print(sentence, markup=False, soft_wrap=True)

    def close(self) -> None:
        if self.progress is not None:
            self.progress.stop()
            self.progress = None


def _line(row: Row, epochs: int, *, full: bool) -> str:
    kept = [
        f"{name.removeprefix('train/')} {value:.4g}"
        for name, value in row.items()
        if isinstance(value, float) and (full or name.startswith(("train/", "validation/")))
    ]
    return f"{row['phase']} {row['epoch']}/{epochs}  {'  '.join(kept)}"


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
    bar = Bar(console, verbose=verbose or progress == "lines")
    return [bar, Continuing(console, continuing)]
