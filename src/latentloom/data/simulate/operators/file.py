"""Simulated operators as an HDF5 file, written chunk by chunk so that a killed one goes on."""

import json
import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ....core.errors import DataError
from ....core.files import write_atomically
from ...formats.writing import fresh
from .beginnings import KINDS
from .chunks import Arrays, Progress, chunks, computed, unheard
from .families import REGISTRY
from .laws import PARAMETERS
from .settings import Operators

ROWS = 100  # of an HDF5 chunk
_PLACES = {
    "parameters/params": "params",
    "features/initial/aggregated/features": "initial",
    "features/architecture/aggregated/features": "architecture",
    "features/summary/aggregated/features": "summary",
    "features/summary/per_trajectory/features": "per_trajectory",
    "features/temporal/features": "temporal",
}


def write(
    settings: Operators,
    seed: int,
    path: Path,
    *,
    workers: int = 1,
    progress: Progress = unheard,
) -> None:
    """Simulates operators into a file; what was done before a kill is not done again.

    Chunks are kept in a folder beside the file, `NAME.parts`, until all are there. Equal
    seeds give equal files, whatever the workers and however often it was stopped.

    Args:
        settings: What the operators are like.
        seed: Of everything random.
        path: The file; it must not exist.
        workers: Processes that share the work.
        progress: Told how many records are done, of how many.

    Raises:
        DataError: If the file exists or cannot be written, or the folder holds chunks of
            another simulation.
    """
    if path.exists():
        raise DataError(str(path), "exists already; remove it, or choose another name")
    folder = path.with_name(f"{path.name}.parts")
    try:
        _begin(settings, seed, folder)
        ranges = chunks(settings.records)
        left = [records for records in ranges if not _part(folder, records).exists()]
        work = computed(settings, seed, left, workers=workers, progress=progress)
        for records, arrays in work:
            write_atomically(_part(folder, records), _saved(arrays))
    except OSError as problem:
        raise DataError(str(path), f"cannot be written: {problem.strerror or problem}") from None
    with fresh(path) as partial:
        _join(settings, seed, [_part(folder, records) for records in ranges], partial)
    shutil.rmtree(folder)


def _begin(settings: Operators, seed: int, folder: Path) -> None:
    """Says in the folder what is simulated, or checks that it is the same."""
    asked = json.dumps({**asdict(settings), "seed": seed})
    note = folder / "asked.json"
    begun = note.read_text() if note.exists() else asked
    if begun != asked:
        raise DataError(
            str(folder),
            f"holds parts of {begun}, and {asked} is asked for; ask for the same, or remove it",
        )
    write_atomically(note, lambda temporary: temporary.write_text(asked))


def _part(folder: Path, records: range) -> Path:
    return folder / f"{records.start:08d}.npz"


def _saved(arrays: Arrays) -> Any:
    return lambda temporary: np.savez(temporary, allow_pickle=False, **arrays)


def _join(settings: Operators, seed: int, parts: Sequence[Path], path: Path) -> None:
    with h5py.File(path, "w", rdcc_nbytes=1 << 26) as file:
        file.attrs["source"] = "latentloom data simulate operators"
        file.attrs["settings"] = json.dumps({**asdict(settings), "seed": seed})
        row = 0
        for part in parts:
            arrays = _load(part)
            for place, name in _PLACES.items():
                _put(file, place, arrays[name], row, settings.records)
            kinds = np.array(KINDS, dtype="S")[arrays["ic_types"]]
            _put(file, "metadata/ic_types", kinds, row, settings.records)
            row += len(kinds)
        for family, groups in REGISTRY.items():
            file[f"features/{family}"].attrs["feature_registry"] = _registry(groups)
        file["parameters"].attrs["names"] = json.dumps(PARAMETERS)


def _load(part: Path) -> Arrays:
    try:
        with part.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (zipfile.BadZipFile, ValueError, EOFError) as problem:
        raise DataError(
            str(part), f"is damaged: {problem}; remove it, and it is made again"
        ) from problem


def _put(file: h5py.File, place: str, rows: np.ndarray, start: int, total: int) -> None:
    if place not in file:
        chunk = (min(ROWS, total), *rows.shape[1:])
        whole = (total, *rows.shape[1:])
        file.create_dataset(
            place, whole, dtype=rows.dtype, chunks=chunk, compression="gzip", compression_opts=4
        )
    node: Any = file[place]
    node[start : start + len(rows)] = rows


def _registry(groups: Any) -> str:
    """Each group's features with their columns, as JSON."""
    names = [(group, name) for group, inner in groups.items() for name in inner]
    table: dict[str, dict[str, int]] = {group: {} for group in groups}
    for column, (group, name) in enumerate(names):
        table[group][name] = column
    return json.dumps(table)
