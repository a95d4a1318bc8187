"""A folder of NumPy archives, each with the Gaussians of one image."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ...core.errors import DataError
from .npz import loaded
from .records import padded
from .store import Rows, Store

GAUSSIANS = "gaussians"
_COLUMNS = (6, 8)  # centre 2, scale 2, rotation 1, and a grey or three colours

Arrays = Mapping[str, np.ndarray]


class SetFolderStore(Store):
    """The sets of a folder of .npz files, by the names of the files; in memory.

    Each file has an array `gaussians`, Gaussians x numbers, in the order of the channels of
    fitted sets: centre, reciprocal deviations, rotation, colours. Sets with fewer Gaussians
    than the most are padded. Its other single numbers, such as `psnr`, `ssim` and `lpips`,
    become extras; whatever else a file has is left out.

    Args:
        path: The folder.

    Raises:
        DataError: If a file is damaged, has no such array, or does not go with the first.
    """

    def __init__(self, path: Path) -> None:
        from ..splats.sets import schema_of  # that room writes files, and so stands on this one

        self.source = str(path)
        files = sorted(file for file in path.iterdir() if file.suffix.lower() == ".npz")
        contents = [loaded(file) for file in files]
        sets = [_set(file, arrays) for file, arrays in zip(files, contents, strict=True)]
        columns, names = sets[0].shape[1], _numbers(contents[0])
        for file, gaussians, arrays in zip(files, sets, contents, strict=True):
            if gaussians.shape[1] != columns:
                problem = f"{GAUSSIANS} must have {columns} numbers each, as in {files[0].name}"
                got = f"got {gaussians.shape[1]}; put grey and colour into two folders"
                raise DataError(str(file), f"{problem}, {got}")
            if lost := [name for name in names if name not in _numbers(arrays)]:
                problem = f"must have one number {lost[0]!r}, as {files[0].name} has"
                raise DataError(str(file), problem)
        counts = np.array([len(gaussians) for gaussians in sets])
        self.schema = schema_of(columns - min(_COLUMNS) + 1)
        self._arrays = {"series": padded(sets, int(counts.max()))}
        if counts.min() < counts.max():
            self._arrays["lengths"] = counts
        for name in names:
            values = [float(arrays[name].item()) for arrays in contents]
            self._arrays[f"extras/{name}"] = np.array(values, np.float32)[:, None]

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {name: array.shape for name, array in self._arrays.items()}

    def read(self, name: str, rows: Rows) -> np.ndarray:
        return self._arrays[name][rows]


def _set(file: Path, arrays: Arrays) -> np.ndarray:
    """The Gaussians of one file."""
    if GAUSSIANS not in arrays:
        found = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise DataError(
            str(file),
            f"must have an array {GAUSSIANS!r}, the set of one image, as every .npz of a folder"
            f" that is read as one, and has {found or 'nothing'}",
        )
    gaussians = arrays[GAUSSIANS]
    if gaussians.ndim != 2 or gaussians.shape[1] not in _COLUMNS or not len(gaussians):
        raise DataError(
            str(file),
            f"{GAUSSIANS} must be Gaussians x {max(_COLUMNS)} numbers, or x {min(_COLUMNS)} where"
            f" they are grey, got {gaussians.shape}",
        )
    return gaussians


def _numbers(arrays: Arrays) -> list[str]:
    """The names of the arrays that are one number."""
    return [name for name, a in arrays.items() if a.size == 1 and a.dtype.kind in "biuf"]
