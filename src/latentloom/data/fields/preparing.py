"""A user's own fields as series of a few components."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from ...core.errors import DataError
from ...core.ranges import at_least, below_one
from ..formats.records import padded
from ..parts import Progress, unheard
from .basis import Basis, read_basis
from .reading import FieldRun, field_runs
from .sequences import FieldSequences, check_place, dataset_of, held_out, scored
from .told import Telling, told


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """How fields become series.

    Args:
        form: What principal components are fitted to: `radial` profiles of the
            autocorrelations of all runs, whole `maps` of all runs, or whole maps of each run
            for itself, `per_run`, which cannot be compared between runs.
        components: How many of them are kept.
        held_out: Share of the runs, drawn at random, that they are not fitted to; at least
            one run is left.

    Raises:
        ValueError: If there are no components, or the share is not in [0, 1).
    """

    form: Telling = "radial"
    components: int = 5
    held_out: float = 0.2

    def __post_init__(self) -> None:
        at_least(1, components=self.components)
        below_one(held_out=self.held_out)


def prepare(
    runs: Sequence[FieldRun],
    settings: Preparation,
    seed: int,
    *,
    basis: Basis | None = None,
    progress: Progress = unheard,
) -> FieldSequences:
    """Makes series of fields.

    Args:
        runs: The runs, all on grids of one size.
        settings: How it is done; a basis that is given goes before its form and components.
        seed: Of the choice of the runs that are held out.
        basis: A basis to use; if None, one is fitted.
        progress: Told how many runs are done, of how many.

    Returns:
        Series `comp_1` and so on; the runs' conditions; extras `step` and `mass` (the mean over
        cells) of each frame and, where a basis was fitted, `held_out`.

    Raises:
        DataError: If a run cannot be read, has a constant field, or is of another size than
            the others or the basis.
    """
    form: Telling = settings.form if basis is None else basis.form
    reader = _Reader(runs, form, settings.components, basis, progress)
    marks = held_out(len(runs), settings.held_out, seed)
    try:
        scores, found = scored(
            reader.told,
            marks,
            form=form,
            components=settings.components,
            grid=reader.grid,
            basis=basis,
        )
    except ValueError as problem:
        raise DataError("fields", str(problem)) from problem
    steps = int(max(map(len, scores)))
    numbers = [run.steps or range(len(own)) for run, own in zip(runs, scores, strict=True)]
    extras = {
        "step": padded([np.array(one) for one in numbers], steps),
        "mass": padded([reader.mass[row] for row in range(len(runs))], steps),
    }
    if basis is None:
        extras["held_out"] = marks[:, None]
    names = runs[0].conditions
    conditions = {name: np.array([run.conditions[name] for run in runs]) for name in names}
    made = FieldSequences(dataset_of(scores, conditions, extras), found)
    if basis is None:
        return made
    kept = sum(float(np.square(own, dtype=np.float64).sum()) for own in scores)
    return replace(made, kept=kept / reader.total)


def prepare_file(
    fields: Sequence[Path],
    settings: Preparation,
    seed: int,
    path: Path,
    *,
    basis: Path | None = None,
    array: str = "",
    columns: Sequence[str] | None = None,
    progress: Progress = unheard,
) -> FieldSequences:
    """Makes series of fields, into a file with its basis beside it.

    Args:
        fields: Files and folders, as `field_runs` finds them.
        settings: How it is done.
        seed: Of the choice of the runs that are held out.
        path: The file, as `FieldSequences.write` takes it.
        basis: The file of a basis to use; if None, one is fitted.
        array: Which array, or scalar of VTK, holds the fields.
        columns: Which conditions are columns of CSV files.
        progress: Told how many runs are done, of how many.

    Returns:
        What was written.

    Raises:
        DataError: If something cannot be read or written, or does not fit.
    """
    runs = field_runs(fields, array)
    check_place(path, list(runs[0].conditions), columns)
    known = None if basis is None else read_basis(basis)
    made = prepare(runs, settings, seed, basis=known, progress=progress)
    made.write(path, columns)
    return made


class _Reader:
    """Reads runs, as often as they are gone through; profiles are read but once."""

    def __init__(
        self,
        runs: Sequence[FieldRun],
        form: Telling,
        components: int,
        basis: Basis | None,
        progress: Progress,
    ) -> None:
        self.runs = runs
        self.form: Telling = form
        self.components = components
        self.basis, self.progress = basis, progress
        self.mass: dict[int, np.ndarray] = {}
        self.total = 0.0  # squared distance from the mean of the basis
        self._kept: dict[int, np.ndarray] = {}

    @cached_property
    def grid(self) -> int:
        """Cells along each side of the fields."""
        grid = self.runs[0].fields().shape[-1]
        if self.basis is not None:
            self.basis.check_grid(self.runs[0].source, grid)
        return grid

    def told(self) -> Iterator[np.ndarray]:
        for row, run in enumerate(self.runs):
            self.progress(row, len(self.runs))
            values = self._kept[row] if row in self._kept else self._read(row, run)
            if self.form != "maps":
                self._kept[row] = values
            yield values
        self.progress(len(self.runs), len(self.runs))

    def _read(self, row: int, run: FieldRun) -> np.ndarray:
        fields = run.fields()
        if fields.shape[-1] != self.grid:
            raise DataError(
                run.source,
                f"fields must be {self.grid} x {self.grid} as those of {self.runs[0].source} "
                f"are, got {fields.shape[-1]} x {fields.shape[-1]}",
            )
        self.mass[row] = fields.mean((1, 2), dtype=np.float64)
        centred = fields - self.mass[row][:, None, None]
        waves = torch.fft.rfft2(torch.from_numpy(centred.astype(np.float32)))
        try:
            values = told(waves, self.form, self.components)
        except ValueError as problem:
            raise DataError(run.source, str(problem)) from problem
        if self.basis is None:
            return values
        values = self.basis.entries(values)
        self.total += float(np.square(values - self.basis.mean).sum())
        return values
