"""What was read once of many files is kept, so that it need not be read again.

Entries lie in `latentloom` in the user's cache folder, never beside the data. The environment
variable `LATENTLOOM_CACHE` names another folder, or says `off`. Deleting the folder is safe.
"""

import hashlib
import io
import os
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ...core.files import arrays_in, write_atomically

SWITCH = "LATENTLOOM_CACHE"
LEAST = 4 << 20  # bytes of text that are worth an entry
MOST = 2 << 30  # bytes that all entries may take
SETTLED = 2.0  # seconds after which a change of a file surely shows in its time


def cache_folder() -> Path | None:
    """Where entries are kept; None if nothing is to be kept, or there is no home."""
    said = os.environ.get(SWITCH, "").strip()
    if said.lower() in ("off", "0", "no", "false"):
        return None
    if said:
        return Path(said).expanduser()
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    try:
        return Path(base or Path.home() / ".cache") / "latentloom"
    except RuntimeError:
        return None


def entry_of(files: Sequence[Path], asked: str) -> Path | None:
    """Where what was read of some files is kept, whether or not it is there.

    The name of the entry stands for the files' folder, their names, sizes and times of
    change, and for what was asked, so that it is never taken for what the files were before.

    Args:
        files: Files of one folder.
        asked: What was read of them, and by which version of the reader.

    Returns:
        None if the files are too small to be worth it, have just been written, or nothing
        is to be kept.
    """
    folder = cache_folder()
    if folder is None or not files:
        return None
    told = [os.stat(file) for file in files]  # noqa: PTH116 (thousands of them)
    newest = max(stat.st_mtime for stat in told)
    if sum(stat.st_size for stat in told) < LEAST or newest > time.time() - SETTLED:
        return None
    digest = hashlib.sha256(f"{files[0].parent.resolve()}\0{asked}".encode())
    for file, stat in zip(files, told, strict=True):
        line = f"\0{file.name}\0{stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns}"
        digest.update(line.encode(errors="surrogateescape"))
    return folder / f"{digest.hexdigest()}.npz"


def fetched(entry: Path | None, names: Sequence[str]) -> dict[str, np.ndarray] | None:
    """The arrays of an entry; None if it is not there, or damaged."""
    if entry is None or not entry.is_file():
        return None
    try:
        found = arrays_in(entry)
        arrays = {name: found[name] for name in names}
        os.utime(entry)  # what was used last is removed last
    except (OSError, ValueError, KeyError):
        return None
    return arrays


def keep(entry: Path | None, arrays: Mapping[str, np.ndarray]) -> None:
    """Keeps arrays, and removes the entries used longest ago where there are too many.

    A cache that cannot be written is none: nothing is said.
    """
    if entry is None or sum(array.nbytes for array in arrays.values()) > MOST // 2:
        return
    content = io.BytesIO()
    np.savez(content, **arrays)  # pyright: ignore[reportArgumentType]
    try:
        entry.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(entry, lambda temporary: temporary.write_bytes(content.getbuffer()))
        _bound(entry.parent)
    except OSError:
        return


def _bound(folder: Path) -> None:
    own = re.compile(r"[0-9a-f]{64}\.npz")  # other files of the folder are not ours to remove
    entries = [(file.stat(), file) for file in folder.iterdir() if own.fullmatch(file.name)]
    total = sum(stat.st_size for stat, _ in entries)
    for stat, file in sorted(entries, key=lambda entry: entry[0].st_mtime):
        if total <= MOST:
            return
        file.unlink(missing_ok=True)
        total -= stat.st_size
