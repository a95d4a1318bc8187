"""Simulated operators as an HDF5 file, written chunk by chunk so that a killed one goes on."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ...formats.writing import fresh
from ...parts import Progress, kept, load, unheard
from .beginnings import KINDS
from .chunks import chunk, chunks
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
    asked = json.dumps({**asdict(settings), "seed": seed})
    work = partial(chunk, settings, seed)
    making = kept(path, asked, chunks(settings.records), work, workers=workers, progress=progress)
    with making as parts, fresh(path) as partly:
        _join(settings, asked, parts, partly)


def _join(settings: Operators, asked: str, parts: Sequence[Path], path: Path) -> None:
    with h5py.File(path, "w", rdcc_nbytes=1 << 26) as file:
        file.attrs["source"] = "latentloom data simulate operators"
        file.attrs["settings"] = asked
        row = 0
        for part in parts:
            arrays = load(part)
            for place, name in _PLACES.items():
                _put(file, place, arrays[name], row, settings.records)
            kinds = np.array(KINDS, dtype="S")[arrays["ic_types"]]
            _put(file, "metadata/ic_types", kinds, row, settings.records)
            row += len(kinds)
        for family, groups in REGISTRY.items():
            file[f"features/{family}"].attrs["feature_registry"] = _registry(groups)
        file["parameters"].attrs["names"] = json.dumps(PARAMETERS)


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
