"""Frames in the legacy ASCII format of VTK."""

import re
from pathlib import Path

import numpy as np

from ...core.errors import DataError

SCALAR = "CON"
_GRIDS = ("STRUCTURED_POINTS", "STRUCTURED_GRID")
_HEAD = 4096  # bytes in which a file says what it is
_DATA = re.compile(rb"SCALARS\s+(\S+)\s+\S+[^\n]*\n(?:\s*LOOKUP_TABLE[^\n]*\n)?", re.IGNORECASE)


def read_vtk(path: Path, name: str = "") -> np.ndarray:
    """The field of a file with a grid of one layer.

    Args:
        path: The file, of points or cells on STRUCTURED_POINTS or a STRUCTURED_GRID.
        name: The scalar; if empty `CON`, or the only one there is.

    Returns:
        Rows x columns; the first axis of the file runs along the columns.

    Raises:
        DataError: If it is no such file, has no such scalar, or is cut short.
    """
    text = path.read_bytes()
    head = text[:_HEAD].split(b"DATASET")[0].split()
    if not text.startswith(b"# vtk DataFile") or b"ASCII" not in head:
        raise DataError(str(path), "must be a legacy VTK file in ASCII; write it again as that")
    kind = re.search(rb"DATASET\s+(\S+)\s+DIMENSIONS\s+(\d+)\s+(\d+)\s+(\d+)", text[:_HEAD])
    if kind is None or kind[1].decode() not in _GRIDS:
        raise DataError(str(path), f"must hold one of {', '.join(_GRIDS)} with its DIMENSIONS")
    cells = re.search(rb"^CELL_DATA", text, re.MULTILINE) is not None
    sides = [max(int(side) - cells, 1) for side in kind.groups()[1:]]
    layer = [side for side in sides if side > 1]
    if len(layer) != 2:
        raise DataError(str(path), f"must hold one layer of a grid, got {sides} values a side")
    return _values(path, text, name, (layer[1], layer[0]))


def _values(path: Path, text: bytes, name: str, shape: tuple[int, int]) -> np.ndarray:
    found = {match[1].decode(): match.end() for match in _DATA.finditer(text)}
    only = next(iter(found)) if len(found) == 1 else SCALAR
    wanted = name or (SCALAR if SCALAR in found else only)
    if wanted not in found:
        raise DataError(str(path), f"must have the scalar {wanted!r}, it has {[*found]}")
    size = shape[0] * shape[1]
    words = text[found[wanted] :].split(maxsplit=size)[:size]
    try:
        values = np.array(words, dtype=np.float64)
    except ValueError:
        values = np.zeros(0)
    if len(values) < size:
        raise DataError(
            str(path),
            f"must hold {size} numbers of {wanted}, got {len(values)} or words; it is cut short",
        )
    return values.reshape(shape)
