"""What the verbs print with."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

WIDE = 160  # columns where nobody looks at a terminal

out = Console(
    highlight=False,
    emoji=False,
    markup=False,  # units stand in brackets
    soft_wrap=True,
    width=None if sys.stdout.isatty() else WIDE,
)
err = Console(stderr=True, highlight=False, emoji=False, markup=False, soft_wrap=True)


def print_pairs(pairs: Sequence[tuple[str, str]]) -> None:
    """Prints names and what is said of them, in two columns that are never cut."""
    width = max((len(name) for name, _ in pairs), default=0)
    for name, said in pairs:
        out.print(f"{name.ljust(width)}  {said}")


def warn(sentences: Iterable[str]) -> None:
    """Prints what a user should know and need not mend, a line each, beside the results."""
    for sentence in sentences:
        err.print(f"warning: {sentence}")


@contextmanager
def counted(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar of how much is done, where somebody looks; it is told so far and in all."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, disable=not err.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
