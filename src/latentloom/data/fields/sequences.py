"""Runs of fields as series of a few components, and the basis that these are scores on."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from ...core.errors import DataError
from ..dataset import Dataset, Quantity, Schema
from ..formats import write
from ..formats.detect import by_suffix
from ..formats.records import padded
from .basis import Basis, basis_file
from .fitting import fit_basis
from .runs_folder import check_columns, write_runs
from .told import Telling


@dataclass(frozen=True, slots=True)
class FieldSequences:
    """Runs, and their basis.

    Args:
        dataset: Series `comp_1`, `comp_2` and so on, conditions and extras.
        basis: The basis; None if each run has its own.
        kept: The share of the variance about its mean that a given basis keeps of these runs.
    """

    dataset: Dataset
    basis: Basis | None
    kept: float | None = None

    def write(self, path: Path, columns: Sequence[str] | None = None) -> None:
        """Writes the runs, and their basis beside them, `NAME.basis.npz`.

        Args:
            path: The file; its ending is its format. Without one it is a folder of CSV
                files, a run each, as `write_runs` makes it.
            columns: Which conditions are columns of these files.

        Raises:
            DataError: If the file exists or cannot be written, or its ending is not known.
        """
        if self.basis is not None:
            self.basis.write(basis_file(path))
        try:
            if by_suffix(path) == "csv":
                write_runs(self.dataset, path, columns)
            else:
                write(self.dataset, path)
        except BaseException:
            basis_file(path).unlink(missing_ok=True)
            raise

    def notes(self) -> list[str]:
        """What the components keep, in a sentence."""
        if self.basis is None:
            return ["each run has components of its own, which cannot be compared between runs"]
        if self.kept is not None:
            return [f"the given basis keeps {self.kept:.3f} of the variance about its mean"]
        return [self.basis.sentence()]


def held_out(runs: int, share: float, seed: int) -> np.ndarray:
    """Which runs components are not fitted to, drawn at random; at least one run is left.

    Example:
        >>> int(held_out(10, 0.2, seed=0).sum())
        2
    """
    marks = np.zeros(runs, bool)
    order = np.random.default_rng([seed]).permutation(runs)
    marks[order[: min(round(share * runs), runs - 1)]] = True
    return marks


def scored(
    runs: Callable[[], Iterable[np.ndarray]],
    held_out: np.ndarray,
    *,
    form: Telling,
    components: int,
    grid: int,
    basis: Basis | None = None,
) -> tuple[list[np.ndarray], Basis | None]:
    """The scores of runs on one basis.

    Args:
        runs: What is told of each run, frames x entries; gone through twice, so that not all
            need to be in memory.
        held_out: Which of them the basis is not fitted to.
        form: What is told; `per_run` tells scores already.
        components: How many components are fitted.
        grid: Cells along each side of the fields.
        basis: A basis that is there already; else one is fitted.

    Returns:
        Frames x components of each run, and the basis; None if each run has its own.

    Raises:
        ValueError: If there are fewer frames or entries than components.
    """
    if form == "per_run":
        return list(runs()), None
    with threadpool_limits(1):  # sums have the same bits, however many cores there are
        known = basis or fit_basis(runs(), held_out, components, form=form, grid=grid)
        return [known.scores(run).astype(np.float32) for run in runs()], known


def dataset_of(
    scores: Sequence[np.ndarray],
    conditions: Mapping[str, np.ndarray],
    extras: Mapping[str, np.ndarray],
) -> Dataset:
    """Runs as a dataset.

    Args:
        scores: Frames x components of each.
        conditions: One number of each run, by name.
        extras: Numbers of each run, by name, N x any.
    """
    lengths = torch.tensor([len(run) for run in scores])
    steps = int(lengths.max())
    known = np.stack(list(conditions.values()), -1) if conditions else None
    components = range(1, scores[0].shape[1] + 1)
    return Dataset(
        schema=Schema(
            series=tuple(Quantity(f"comp_{component}") for component in components),
            condition=tuple(map(Quantity, conditions)),
        ),
        series=torch.from_numpy(padded(scores, steps)),
        lengths=lengths if int(lengths.min()) < steps else None,
        condition=None if known is None else torch.from_numpy(known.astype(np.float32)),
        extras={
            name: torch.from_numpy(extra.astype(np.float32)) for name, extra in extras.items()
        },
    )


def check_place(path: Path, conditions: Sequence[str], columns: Sequence[str] | None) -> None:
    """Checks that runs can be written, before they are made.

    Raises:
        DataError: If the file or that of the basis exists, its ending is not known, there
            is no such condition, or columns are chosen of what is no folder.
    """
    form = by_suffix(path)
    begun = path.with_name(f"{path.name}.parts").exists()  # it may have died after the basis
    for file in (path,) if begun else (path, basis_file(path)):
        if file.exists():
            raise DataError(str(file), "exists already; remove it, or choose another name")
    if columns is None:
        return
    if form != "csv":
        problem = f"columns are chosen of a folder of CSV files, got a file of {form}"
        raise DataError(str(path), f"{problem}; leave the ending of its name away")
    check_columns(path, conditions, columns)
