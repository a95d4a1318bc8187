"""A user's own frames of fields: where they lie, run by run."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from ...core.errors import DataError
from ..formats.detect import detect
from ..formats.files import open_store
from ..formats.store import Store
from .vtk import read_vtk

PARAMETERS = "parameters.txt"
_BY_PLACE = {
    2: ("mobility", "gradient_coefficient"),
    3: ("mean_concentration", "mobility", "gradient_coefficient"),
    4: ("mean_concentration", "mobility", "gradient_coefficient", "noise_amplitude"),
}
_CALLED = {
    "c0": "mean_concentration",
    "m": "mobility",
    "kappa": "gradient_coefficient",
    "amp": "noise_amplitude",
    "amplitude": "noise_amplitude",
    "noise": "noise_amplitude",
}
_LINE = re.compile(
    r"\s*([A-Za-z]\w*(?:[ -]\w+)*?)(?:\s*[:=]\s*|\s+)([-+]?[\d.]+(?:[eE][-+]?\d+)?)\s*$"
)
_STEP = re.compile(r"(\d+)\D*$")
_TIMES = ("time", "times", "timesteps", "step", "steps")


@dataclass(frozen=True, slots=True, eq=False)
class FieldRun:
    """One run of fields, read when it is asked for.

    Args:
        source: The file or folder, with the place in it.
        frames: Reads its frames, T x n x n.
        conditions: What is known of it.
        steps: The number of each frame, where files say it.
    """

    source: str
    frames: Callable[[], np.ndarray]
    conditions: Mapping[str, float] = field(default_factory=dict[str, float])
    steps: Sequence[int] = ()

    def fields(self) -> np.ndarray:
        """Its frames in float32.

        Raises:
            DataError: If there are less than two, they are not square, or hold something that
                is not finite.
        """
        frames = self.frames()
        if frames.ndim != 3 or len(frames) < 2:
            raise DataError(
                self.source, f"must hold two frames or more, T x n x n, got {frames.shape}"
            )
        rows, columns = frames.shape[1:]
        if rows != columns or rows < 4:
            raise DataError(
                self.source,
                f"fields must be square, of 4 cells a side or more, got {rows} x {columns}",
            )
        wrong = np.flatnonzero(~np.isfinite(frames).all((1, 2)))
        if len(wrong):
            raise DataError(
                self.source,
                f"fields must be finite, and {len(wrong)} frames are not, the first is frame "
                f"{wrong[0]}; mend it, or leave the run out",
            )
        return np.ascontiguousarray(frames, dtype=np.float32)


def field_runs(paths: Sequence[Path], array: str = "") -> list[FieldRun]:
    """Finds the runs of fields in files and folders.

    Args:
        paths: Files of arrays (npy, npz, HDF5), T x n x n a run or N x T x n x n; folders of
            frames, legacy VTK files or npy files of n x n, whose names end in their step; or
            folders of any of these.
        array: Which array of a file, or scalar of a VTK file, holds the fields.

    Raises:
        DataError: If there is nothing, or it holds no fields.
    """
    found = [run for path in paths for run in _runs(path, array)]
    if not found:
        raise DataError("fields", "at least one file or folder must be given")
    names = {tuple(sorted(run.conditions)): run for run in found}
    if len(names) > 1:
        (some, one), (others, other) = list(names.items())[:2]
        raise DataError(
            other.source,
            f"conditions must be the same in all runs, got {list(others)}, and {list(some)} of "
            f"{one.source}",
        )
    return found


def _runs(path: Path, array: str) -> list[FieldRun]:
    if not path.is_dir():
        return _of_array(path) if path.suffix.lower() == ".npy" else _of_store(path, array)
    frames = sorted(path.glob("*.vtk"), key=_step)
    if frames:
        return [_of_frames(path, frames, partial(read_vtk, name=array))]
    arrays = sorted(path.glob("*.npy"), key=_step)
    if arrays and _array(arrays[0]).ndim == 2:
        return [_of_frames(path, arrays, _array)]
    inner = sorted(entry for entry in path.iterdir() if entry.is_dir() or entry in arrays)
    if not inner:
        raise DataError(
            str(path), "has no frames: it must hold .vtk files, .npy files, or folders of these"
        )
    return [run for entry in inner for run in _runs(entry, array)]


def _of_frames(path: Path, files: list[Path], read: Callable[[Path], np.ndarray]) -> FieldRun:
    steps = [_step(file)[0] for file in files]

    def frames() -> np.ndarray:
        fields = [read(file) for file in files]
        for file, one in zip(files, fields, strict=True):
            if one.shape != fields[0].shape:
                raise DataError(
                    str(file), f"must be {fields[0].shape} as {files[0].name} is, got {one.shape}"
                )
        return np.stack(fields)

    return FieldRun(str(path), frames, _conditions(path), steps)


def _step(file: Path) -> tuple[int, str]:
    """The last number in a file's name, by which frames are in order."""
    match = _STEP.search(file.stem)
    return (int(match[1]) if match else 0, file.name)


def _conditions(folder: Path) -> dict[str, float]:
    """What a folder says of its run: in a file, or in its name."""
    file = folder / PARAMETERS
    if file.is_file():
        found = [match for line in file.read_text().splitlines() if (match := _LINE.match(line))]
        if not found:
            raise DataError(str(file), "must have lines of NAME = NUMBER, and has none")
        told = {_called(match[1]): float(match[2]) for match in found}
        return {name: told[name] for name in _BY_PLACE[4] if name in told} or told
    try:
        numbers = [float(word) for word in folder.name.split(",")]
    except ValueError:
        return {}
    return dict(zip(_BY_PLACE.get(len(numbers), ()), numbers, strict=False))


def _called(name: str) -> str:
    plain = re.sub(r"[ -]+", "_", name.strip())
    return _CALLED.get(plain.lower(), plain)


def _array(path: Path) -> np.ndarray:
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as problem:
        raise DataError(str(path), f"is cut short or no array: {problem}") from problem


def _of_array(path: Path) -> list[FieldRun]:
    if not path.is_file():
        raise DataError(str(path), "does not exist")
    array = _array(path)
    if array.ndim == 3:
        return [FieldRun(str(path), lambda: array)]
    if array.ndim != 4:
        raise DataError(
            str(path), f"must be T x n x n, or N x T x n x n, got an array of {array.shape}"
        )
    return [
        FieldRun(f"{path}: run {row}", partial(array.__getitem__, row))
        for row in range(len(array))
    ]


def _of_store(path: Path, name: str) -> list[FieldRun]:
    detect(path)
    store = open_store(path)
    if store is None:
        raise DataError(
            str(path), "must be npy, npz, HDF5, or a folder of frames in .vtk or .npy files"
        )
    name = _fields_of(store, name)
    shape = store.shapes[name]
    if len(shape) == 3:
        return [FieldRun(f"{path}: {name}", partial(store.read, name, slice(None)))]
    known = _known(store, shape[0])
    return [
        FieldRun(
            f"{path}: {name}, run {row}",
            partial(_row, store, name, row),
            {label: float(values[row]) for label, values in known.items()},
        )
        for row in range(shape[0])
    ]


def _row(store: Store, name: str, row: int) -> np.ndarray:
    return store.read(name, slice(row, row + 1))[0]


def _fields_of(store: Store, name: str) -> str:
    """The array that holds the fields."""
    shapes = store.shapes
    can_be = [key for key, shape in shapes.items() if len(shape) in (3, 4)]
    if name:
        if name not in can_be:
            raise DataError(
                store.source, f"array must be one of {can_be}, of 3 or 4 axes, got {name!r}"
            )
        return name
    if len(can_be) != 1:
        said = ", ".join(f"{key} {shape}" for key, shape in shapes.items())
        raise DataError(
            store.source,
            f"must have one array of 3 or 4 axes, or be told which by --array NAME; it has {said}",
        )
    return can_be[0]


def _known(store: Store, runs: int) -> dict[str, np.ndarray]:
    """The numbers of each run that lie beside the fields."""
    known: dict[str, np.ndarray] = {}
    for key, shape in store.shapes.items():
        if shape[:1] != (runs,) or len(shape) > 2 or key.lower() in _TIMES:
            continue
        values = store.read(key, slice(None))
        if values.dtype.kind not in "fiu":
            continue
        if len(shape) == 1:
            known[_called(key)] = values
        else:
            known |= {f"{key}_{column}": numbers for column, numbers in enumerate(values.T)}
    return known
