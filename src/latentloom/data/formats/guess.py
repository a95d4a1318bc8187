"""Finds the signals among the plain arrays of a file that some other tool wrote."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from ...core.errors import DataError
from .columns import Columns
from .files import open_store

USUAL = ("series", "signals", "samples", "generated", "made", "values", "data", "x", "X")


Rows = Literal["samples", "steps"]


def guessed(path: Path, rows: Rows | None = None, *, steps: int = 0) -> Columns | None:
    """The roles of a file's arrays, where there is one way to read them.

    The signals are the only array of samples x steps x channels, or the one of several with
    a usual name; else, where somebody says what its rows are, the only table. `lengths`, one
    for each sample, says how many steps of each are real.

    Args:
        path: The file.
        rows: What a row of a table is: a sample of one channel, or a step of one long
            series; None if nobody says it.
        steps: The steps of other signals of one channel that these go with: a table of rows
            that long holds samples. 0 where there are none.

    Returns:
        The roles; None if the file knows them itself.

    Raises:
        DataError: If it cannot be told which array holds the signals.
    """
    store = open_store(path)
    if store is None or store.schema is not None:
        return None
    name = _signals(store.shapes, 3) or _signals(store.shapes, 2)
    if rows is None and name is not None and store.shapes[name][1:] == (steps,):
        rows = "samples"
    if name is not None and rows is None and len(store.shapes[name]) == 2:
        raise DataError(
            str(path),
            f"{name} is a table of {store.shapes[name]}: say --rows samples if each row is a"
            " signal of one channel, --rows steps if each is a step of one long series",
        )
    if name is None:
        shapes = ", ".join(f"{name} {shape}" for name, shape in store.shapes.items())
        raise DataError(
            str(path), f"which array holds the signals? Say --series NAME. It has {shapes}"
        )
    shape = store.shapes[name]
    if rows == "steps" and len(shape) == 2:
        return Columns(series=(name,), rows="steps")
    lengths = "lengths" if store.shapes.get("lengths") == shape[:1] else ""
    return Columns(series=(name,), lengths=lengths)


def _signals(shapes: Mapping[str, tuple[int, ...]], rank: int) -> str | None:
    names = [name for name, shape in shapes.items() if len(shape) == rank]
    usual = [name for name in USUAL if name in names]
    if len(names) == 1:
        return names[0]
    return usual[0] if usual else None
