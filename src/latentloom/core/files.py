"""Files that are complete or absent, and archives in which nothing is executed."""

import os
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Writes a file under a temporary name, syncs it, and renames it.

    Args:
        path: The file to be.
        write: Writes the contents to the path it is given.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp{path.suffix}")
    try:
        write(temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        error.filename = error.filename or str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def arrays_in(path: Path) -> dict[str, np.ndarray]:
    """All arrays of an .npz archive by name; nothing in it is executed.

    Args:
        path: The archive.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is cut short, damaged, no archive, or holds pickled objects.
    """
    try:
        with path.open("rb") as stream:
            file = np.load(stream, allow_pickle=False)
            if not isinstance(file, np.lib.npyio.NpzFile):
                raise ValueError("it holds a single array without a name")
            return {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise
    # The last of these is of archives that are locked or packed in an unknown way.
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError) as problem:
        raise ValueError(str(problem)) from problem
