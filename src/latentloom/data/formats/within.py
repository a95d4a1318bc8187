"""Columns that are no signals: those that count the steps, and those that never change."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...core.errors import DataError
from ..dataset import Quantity
from .tables import Tables

INDICES = frozenset(
    {
        *("step", "steps", "time_step", "timestep", "time", "t"),
        *("frame", "frames", "frame_index", "frame_number", "index", "iteration", "row"),
    }
)
ALIKE = 1e-6  # relative difference of numbers that are one
_WAY_OUT = "if that is meant, leave the column out by --leave-out or data.columns.leave_out"
_FEW = 0.05  # share of the files that may be wrong, rather than tell what a column is
_MOST = 0.9  # share of the rows that must rise in a column that counts them


def constants(tables: Tables, among: Sequence[Quantity]) -> tuple[Quantity, ...]:
    """The columns that are constant within every file, where a file has rows to differ in."""
    if int(tables.lengths.max()) < 2:
        return ()
    longest = int(tables.lengths.argmax())
    own = slice(tables.starts[longest], tables.starts[longest] + tables.lengths[longest])
    found: list[Quantity] = []
    for quantity in among:
        values = tables.column(quantity.name)
        if not (np.ptp(values[own]) > ALIKE * np.abs(values[own]).max()):  # NaN tells nothing
            found += [quantity] if _constant(tables, quantity, values) else []
    return tuple(found)


def _constant(tables: Tables, column: Quantity, values: np.ndarray) -> bool:
    """Whether a column is constant within every file.

    Raises:
        DataError: If it is in nearly all of many: then a file is wrong, rather than the column.
    """
    moves = _moves(tables, values)
    if not 0 < len(moves) <= _FEW * len(tables.files):
        return not len(moves)
    raise DataError(
        str(tables.files[moves[0]]),
        f"{column.name} must be the same in all rows, as in {len(tables.files) - len(moves)} of"
        f" {len(tables.files)} files, and is not; mend the file, or say that the column is a"
        " signal, with --constants series or data.columns.constants",
    )


def moving(values: np.ndarray, lengths: np.ndarray | None) -> np.ndarray:
    """Which channels move in which samples.

    Args:
        values: Samples x steps x channels.
        lengths: How many steps of each sample are real; all of them if None.

    Returns:
        Samples x channels.
    """
    moves = ~(np.abs(values - values[:, :1]) <= ALIKE * np.abs(values[:, :1]))
    if lengths is not None:
        moves &= (np.arange(values.shape[1]) < lengths[:, None])[..., None]
    return np.any(moves, axis=1)


def each(tables: Tables, wanted: Quantity) -> np.ndarray:
    """The number that a column has in all rows of a file, for each file.

    Raises:
        DataError: If a file has several.
    """
    values = tables.column(wanted.name)
    found = _spread(tables, values)
    if found is not None:
        begin = int(tables.starts[found])
        own = values[begin : begin + int(tables.lengths[found])]
        other = int(np.argmax(np.abs(own - own[0]) > ALIKE * np.abs(own).max()))
        raise DataError(
            str(tables.files[found]),
            f"{wanted.name} must be the same in all rows, as a condition is, got {own[0]:.9g} in"
            f" row 1 and {own[other]:.9g} in row {other + 1} below the header",
        )
    return values[tables.starts]


def _spread(tables: Tables, values: np.ndarray) -> int | None:
    """The first file in which a column is not constant; None if it is in all."""
    moves = _moves(tables, values)
    return int(moves[0]) if len(moves) else None


def _moves(tables: Tables, values: np.ndarray) -> np.ndarray:
    """The files in which a column is not constant."""
    least = np.fmin.reduceat(values, tables.starts)
    greatest = np.fmax.reduceat(values, tables.starts)
    scale = np.fmax(np.abs(least), np.abs(greatest))
    return np.flatnonzero(~(greatest - least <= ALIKE * scale))


def counts_steps(tables: Tables, column: Quantity) -> bool:
    """Whether a column only counts the steps: its name says so, and it rises alike in most files.

    Raises:
        DataError: If it does, but for some rows or files, which may lack steps.
    """
    if _plain_name(column.name) not in INDICES:
        return False
    values = tables.column(column.name)
    rises = np.delete(np.diff(values), tables.starts[1:] - 1)
    if not len(rises) or (rises > 0).mean() < _MOST:
        return False
    table, inside = _table(tables, values)
    if np.array_equal(table, np.broadcast_to(table[0], table.shape)):
        _check_even(tables.files[0], column, table[0])
        return True
    for moved in (table, table - table[:, :1]):
        usual = _middle(moved, inside)
        unit = abs(usual[-1] - usual[0]) / max(len(usual) - 1, 1)
        wrong = inside & ~(np.abs(moved - usual) <= 1e-3 * unit)
        if wrong.any(1).mean() <= 0.5:
            _check_even(tables.files[int(wrong.any(1).argmin())], column, usual)
            _check_alike(tables, column, wrong, moved, usual)
            return True
    return False


def _table(tables: Tables, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A column as files x rows, NaN after the ends, and where a row is."""
    steps = int(tables.lengths.max())
    inside = np.arange(steps) < tables.lengths[:, None]
    if int(tables.lengths.min()) == steps:
        return values.reshape(inside.shape), inside
    table = np.full(inside.shape, np.nan)
    table[inside] = values
    return table, inside


def _middle(table: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The lower median of each row number over the files that have it."""
    rising = np.sort(table, axis=0)  # NaN last
    return rising[(inside.sum(0) - 1) // 2, np.arange(table.shape[1])]


def _check_even(file: Path, column: Quantity, usual: np.ndarray) -> None:
    rises = np.diff(usual)
    rise = float(np.median(rises))
    row = int(np.argmax(np.abs(rises - rise)))
    if abs(rises[row] - rise) > 0.5 * abs(rise):
        raise DataError(
            str(file),
            f"{column.name} must rise by {rise:.6g} from row to row, got {usual[row]:.9g} in row"
            f" {row + 1} and {usual[row + 1]:.9g} in row {row + 2} below the header;"
            f" {_WAY_OUT}",
        )


def _check_alike(
    tables: Tables, column: Quantity, wrong: np.ndarray, table: np.ndarray, usual: np.ndarray
) -> None:
    if not wrong.any():
        return
    file, row = (int(place) for place in np.argwhere(wrong)[0])
    raise DataError(
        str(tables.files[file]),
        f"{column.name} must be {usual[row]:.9g} in row {row + 1} below the header as in most"
        f" files, got {table[file, row]:.9g}: a row may be missing, doubled or out of place;"
        f" {_WAY_OUT}",
    )


def _plain_name(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")
