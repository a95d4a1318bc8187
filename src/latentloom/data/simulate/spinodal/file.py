"""Simulated runs as a dataset or a file, made in parts so that a killed one goes on."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np

from ....core.threads import computing
from ...dataset import Dataset
from ...fields.sequences import FieldSequences, check_place, dataset_of, held_out, scored
from ...parts import Arrays, Progress, kept, load, shared, unheard
from .runs import CONDITIONS, let_go
from .settings import Spinodal

CHUNK = 16  # runs that are handed to a process, and kept, at once
_BATCH = 2  # runs that step together, a divisor of CHUNK: more do not fit into the cache


def simulate(
    settings: Spinodal, seed: int, *, workers: int = 1, progress: Progress = unheard
) -> Dataset:
    """Simulates runs; equal seeds give equal runs, whatever the workers.

    Args:
        settings: What they are like.
        seed: Of everything random; how a run goes does not depend on how many there are.
        workers: Processes that share the work.
        progress: Told how many runs are done, of how many.

    Returns:
        Series `comp_1`, `comp_2` and so on; conditions `mobility`, `gradient_coefficient`,
        `mean_concentration` and `noise_amplitude`; extras `time`, `energy` (the sum over
        cells) and `mass` (the mean over cells) of each frame, and `held_out`, 1 for runs that
        the components were not fitted to.

    Example:
        >>> runs = simulate(Spinodal(records=3, grid=16, frames=9, components=2), seed=0)
        >>> tuple(runs.series.shape), runs.schema.names("condition")[:2]
        ((3, 9, 2), ('mobility', 'gradient_coefficient'))
    """
    return sequences(settings, seed, workers=workers, progress=progress).dataset


def sequences(
    settings: Spinodal, seed: int, *, workers: int = 1, progress: Progress = unheard
) -> FieldSequences:
    """The runs that `simulate` makes, with their basis."""
    done, found = 0, dict[range, Arrays]()
    progress(done, settings.records)
    work, jobs = partial(chunk, settings, seed), chunks(settings.records)
    for records, arrays in shared(work, jobs, workers=workers):
        found[records] = arrays
        done += len(records)
        progress(done, settings.records)
    return _joined(settings, seed, [partial(found.__getitem__, part) for part in jobs])


def write(
    settings: Spinodal,
    seed: int,
    path: Path,
    *,
    columns: Sequence[str] | None = None,
    workers: int = 1,
    progress: Progress = unheard,
) -> list[str]:
    """Simulates runs into a file; what was done before a kill is not done again.

    Parts are kept in a folder beside the file, `NAME.parts`, until all are there. The basis
    lies beside the file too, `NAME.basis.npz`. Equal seeds give equal runs, whatever the
    workers and however often it was stopped.

    Args:
        settings: What the runs are like.
        seed: Of everything random.
        path: The file; its ending is its format. Without one it is a folder of CSV files,
            a run each, as `write_runs` makes it.
        columns: Which conditions are columns of these.
        workers: Processes that share the work.
        progress: Told how many runs are done, of how many.

    Returns:
        What physics and the components say of the runs, in sentences.

    Raises:
        DataError: If a file exists or cannot be written, its ending is not known, there is no
            such condition, or the folder holds parts of another simulation.
    """
    check_place(path, CONDITIONS, columns)
    asked = json.dumps({**asdict(settings), "seed": seed})
    work, jobs = partial(chunk, settings, seed), chunks(settings.records)
    with kept(path, asked, jobs, work, workers=workers, progress=progress) as parts:
        made = _joined(settings, seed, [partial(load, part) for part in parts])
        made.write(path, columns)
    return [_physics(made.dataset), *made.notes()]


def chunks(records: int) -> dict[range, range]:
    """The runs of each chunk."""
    starts = range(0, records, CHUNK)
    return {some: some for some in (range(at, min(at + CHUNK, records)) for at in starts)}


def chunk(settings: Spinodal, seed: int, records: range) -> Arrays:
    """The arrays of one chunk; the same bits in every process.

    Transforms of few small fields may round otherwise than those of many: as many step
    together always, and what is too much at the end is left out.
    """
    starts = range(records.start, records.stop, _BATCH)
    with computing(1):  # the same bits, whoever works beside it
        parts = [let_go(settings, seed, range(at, at + _BATCH)) for at in starts]
    return {
        name: np.concatenate([part[name] for part in parts])[: len(records)] for name in parts[0]
    }


def _joined(
    settings: Spinodal, seed: int, parts: Sequence[Callable[[], Arrays]]
) -> FieldSequences:
    """The runs of all parts, which are opened one by one, as often as needed, and not kept."""
    marks = held_out(settings.records, settings.held_out, seed)

    def runs() -> Iterator[np.ndarray]:
        for part in parts:
            yield from part()["told"]

    scores, basis = scored(
        runs,
        marks,
        form=settings.form,
        components=settings.components,
        grid=settings.grid,
    )
    names = ("conditions", "energy", "mass")
    rows = [{name: arrays[name] for name in names} for arrays in (part() for part in parts)]
    known, energy, mass = (np.concatenate([row[name] for row in rows]) for name in names)
    time = np.arange(settings.frames) * settings.interval
    extras = {
        "time": np.broadcast_to(time, mass.shape),
        "energy": energy,
        "mass": mass,
        "held_out": marks[:, None],
    }
    conditions: dict[str, np.ndarray] = dict(zip(CONDITIONS, known.T, strict=True))
    return FieldSequences(dataset_of(scores, conditions, extras), basis)


def _physics(dataset: Dataset) -> str:
    """What became of energy and mass, in a sentence."""
    energy, mass = (dataset.extras[name].numpy() for name in ("energy", "mass"))
    falls = (np.diff(energy) < 0).mean()
    moved = np.abs(mass - mass[:, :1]).max()
    return (
        f"from frame to frame the free energy falls in {falls:.2%}; "
        f"the mean concentration moves by at most {moved:.1e}"
    )
