"""Files appear whole or not at all."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...core.errors import DataError


def check_room(path: Path, size: int) -> None:
    """Checks that a file will fit, for writers that cannot say so halfway.

    Args:
        path: Where it will be, in a folder that exists.
        size: How many bytes it will have.

    Raises:
        OSError: If it will not.
    """
    if shutil.disk_usage(path.parent).free < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


@contextmanager
def fresh(path: Path) -> Iterator[Path]:
    """A place to write to, that becomes `path` once everything is there.

    Raises:
        DataError: If there is something already, or it cannot be written.
    """
    if path.exists():
        raise DataError(str(path), "exists already; remove it, or choose another name")
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        partial.replace(path)
    except OSError as problem:
        raise DataError(
            str(path), f"cannot be written: {problem.strerror or problem}"
        ) from problem
    finally:
        if partial.is_dir():
            shutil.rmtree(partial)
        else:
            partial.unlink(missing_ok=True)
