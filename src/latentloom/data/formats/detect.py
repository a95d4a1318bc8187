"""Tells a file's format by what is in it."""

import os
from pathlib import Path
from typing import Literal, get_args

from ...core.errors import DataError
from ...core.names import nearest

Format = Literal["csv", "npz", "hdf5", "parquet", "ucr", "ts", "npz_folder"]
FORMATS: tuple[Format, ...] = get_args(Format)
_SUFFIXES: dict[str, Format] = {
    ".npz": "npz",
    ".h5": "hdf5",
    ".hdf5": "hdf5",
    ".parquet": "parquet",
    ".tsv": "ucr",
    ".ts": "ts",
    ".csv": "csv",
    "": "csv",
}
_MAGIC: dict[bytes, Format] = {
    b"PK\x03\x04": "npz",
    b"\x89HDF\r\n\x1a\n": "hdf5",
    b"PAR1": "parquet",
}
_REFUSED = {
    b"\x80\x02": "is a pickle, which can run code when it is opened; store it as .npz",
    b"\x80\x03": "is a pickle, which can run code when it is opened; store it as .npz",
    b"\x80\x04": "is a pickle, which can run code when it is opened; store it as .npz",
    b"\x80\x05": "is a pickle, which can run code when it is opened; store it as .npz",
    b"\x93NUMPY": "is a single array; store it in an .npz, under a name",
    b"\x1f\x8b": "is compressed by gzip; unpack it first",
}


def detect(path: Path) -> Format:
    """The format of a file or folder, by its first bytes or lines.

    Raises:
        DataError: If there is nothing, or it has none of the known formats.
    """
    if not path.exists():
        siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        raise DataError(str(path), f"does not exist{nearest(path.name, siblings)}")
    if path.is_dir():
        names = [entry.name.lower() for entry in os.scandir(path)]
        archives, tables = (any(n.endswith(end) for n in names) for end in (".npz", ".csv"))
        return "npz_folder" if archives and not tables else "csv"
    with path.open("rb") as file:
        head = file.read(1 << 16)
    if not head.strip():
        raise DataError(str(path), "is empty")
    for magic, reason in _REFUSED.items():
        if head.startswith(magic):
            raise DataError(str(path), reason)
    for magic, name in _MAGIC.items():
        if head.startswith(magic):
            return name
    return _by_line(path, head)


def by_suffix(path: Path) -> Format:
    """The format to write, by a file's ending; a folder of CSV files without one.

    Raises:
        DataError: If the ending is not known.
    """
    suffix = path.suffix.lower()
    if suffix not in _SUFFIXES:
        endings = [ending for ending in _SUFFIXES if ending]
        raise DataError(
            str(path), f"its ending must be one of {endings}, or none for a folder of CSV files"
        )
    return _SUFFIXES[suffix]


def _by_line(path: Path, head: bytes) -> Format:
    try:
        text = head.decode("utf-8-sig", errors="strict" if len(head) < 1 << 16 else "ignore")
    except UnicodeDecodeError:
        text = ""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    first = lines[0] if lines else ""
    if first.startswith("@"):
        return "ts"
    if "\t" in first and _is_number(first.split("\t")[1]):
        return "ucr"
    if first and ("," in first or path.suffix.lower() == ".csv"):
        return "csv"
    raise DataError(str(path), f"has none of the known formats: {', '.join(FORMATS)}")


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True
