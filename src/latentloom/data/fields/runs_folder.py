"""Runs as a folder of CSV files, `1.csv`, `2.csv` and so on, constants among the columns."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...core.errors import DataError
from ...core.names import nearest
from ..dataset import Dataset
from ..formats.csv_roles import SAMPLE
from ..formats.writing import fresh

EXTRAS = "extras"


def write_runs(dataset: Dataset, path: Path, columns: Sequence[str] | None = None) -> None:
    """Writes a folder: a file for each run, and a folder `extras` for what no part sees.

    A file has a row a frame: its number from 0, the series, and the conditions, which are the
    same in each row. Conditions that are no columns become extras. The first column of an
    extra names the file of each row, so that a run may be taken out.

    Args:
        dataset: Signals, with or without conditions.
        path: The folder; it must not exist.
        columns: Names of the conditions that are columns, in this order; all if None.

    Raises:
        DataError: If the folder exists or cannot be written, or there is no such condition.
    """
    names = dataset.schema.names("condition")
    chosen = names if columns is None else tuple(columns)
    check_columns(path, names, chosen)
    assert dataset.series is not None
    series = dataset.series.numpy()
    known = np.zeros((dataset.size, 0)) if dataset.condition is None else dataset.condition.numpy()
    constants = known[:, [names.index(name) for name in chosen]]
    header = ["step", *map(str, dataset.schema.series)]
    header += [str(dataset.schema.condition[names.index(name)]) for name in chosen]
    lengths = (
        [dataset.steps] * dataset.size if dataset.lengths is None else dataset.lengths.tolist()
    )
    with fresh(path) as partial:
        partial.mkdir()
        for run, length in enumerate(lengths):
            whole = [np.arange(length)[:, None], series[run, :length]]
            whole.append(np.broadcast_to(constants[run], (length, len(chosen))))
            _save(partial / f"{run + 1}.csv", header, np.concatenate(whole, 1))
        (partial / EXTRAS).mkdir()
        lost = {name: known[:, [at]] for at, name in enumerate(names) if name not in chosen}
        for name, array in {**lost, **{n: e.numpy() for n, e in dataset.extras.items()}}.items():
            table = array.reshape(len(array), -1)
            fields = [SAMPLE, *(f"{name}_{column}" for column in range(table.shape[1]))]
            numbered = np.column_stack([np.arange(1, len(table) + 1), table])
            _save(partial / EXTRAS / f"{name}.csv", fields, numbered)


def check_columns(path: Path, names: Sequence[str], columns: Sequence[str]) -> None:
    """Checks that columns are conditions.

    Raises:
        DataError: If one is not; it says which there are.
    """
    for name in columns:
        if name not in names:
            problem = f"columns must be some of {list(names)}, got {name!r}{nearest(name, names)}"
            raise DataError(str(path), problem)


def _save(path: Path, header: Sequence[str], table: np.ndarray) -> None:
    with path.open("w", newline="") as file:
        np.savetxt(file, table, fmt="%.9g", delimiter=",", header=",".join(header), comments="")
