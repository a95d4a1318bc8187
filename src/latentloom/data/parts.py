"""Long work on many samples: shared between processes, kept as it is done, and gone on with."""

import multiprocessing
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ..core.errors import DataError
from ..core.files import arrays_in, write_atomically

Progress = Callable[[int, int], object]
Arrays = Mapping[str, np.ndarray]
Job = TypeVar("Job")


def unheard(done: int, total: int) -> None:
    """Tells nobody."""


def shared(
    work: Callable[[Job], Arrays], jobs: Mapping[range, Job], *, workers: int = 1
) -> Iterator[tuple[range, Arrays]]:
    """Does jobs, each on some of the samples.

    Args:
        work: Does one; it must be known by its name to other processes.
        jobs: What is to be done, by the numbers of its samples.
        workers: Processes that share the work; 1 stays in this one.

    Yields:
        The numbers of samples and what was made of them, in the order in which it is done.
    """
    workers = min(workers, len(jobs))
    if workers <= 1:
        yield from ((samples, work(job)) for samples, job in jobs.items())
        return
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=fresh, initializer=_follow_parent) as pool:
        waiting: dict[Future[Arrays], range] = {
            pool.submit(work, job): samples for samples, job in jobs.items()
        }
        try:
            for future in as_completed(waiting):
                yield waiting[future], future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _follow_parent() -> None:
    """Ends a worker whose parent was killed, which would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=lambda: (parent.join(), os._exit(1)), daemon=True).start()


@contextmanager
def kept(
    path: Path,
    asked: str,
    jobs: Mapping[range, Job],
    work: Callable[[Job], Arrays],
    *,
    workers: int = 1,
    progress: Progress = unheard,
) -> Iterator[list[Path]]:
    """Parts of a file to be, in the order of the samples; what is there is not made again.

    They lie in a folder beside the file, `NAME.parts`, which is gone when all has gone well.

    Args:
        path: The file; it must not exist.
        asked: What is made, in words that are the same whenever the same is made.
        jobs: All that is to be done, by the numbers of its samples.
        work: Does one.
        workers: Processes that share the work.
        progress: Told how many samples are done, of how many.

    Raises:
        DataError: If the file exists or cannot be written, or the folder holds parts of
            something else.
    """
    if path.exists():
        raise DataError(str(path), "exists already; remove it, or choose another name")
    folder = path.with_name(f"{path.name}.parts")
    files = {samples: folder / f"{samples.start:08d}.npz" for samples in jobs}
    try:
        _begin(folder, asked)
        left = {samples: job for samples, job in jobs.items() if not files[samples].exists()}
        total = sum(map(len, jobs))
        done = total - sum(map(len, left))
        progress(done, total)
        for samples, arrays in shared(work, left, workers=workers):
            write_atomically(files[samples], _saved(arrays))
            done += len(samples)
            progress(done, total)
    except OSError as problem:
        raise DataError(str(path), f"cannot be written: {problem.strerror or problem}") from None
    yield list(files.values())
    shutil.rmtree(folder)


def load(part: Path) -> Arrays:
    """The arrays of one part.

    Raises:
        DataError: If it is damaged.
    """
    try:
        return arrays_in(part)
    except ValueError as problem:
        raise DataError(
            str(part), f"is damaged: {problem}; remove it, and it is made again"
        ) from problem


def _begin(folder: Path, asked: str) -> None:
    """Says in the folder what is made, or checks that it is the same."""
    note = folder / "asked.json"
    begun = note.read_text() if note.exists() else asked
    if begun != asked:
        raise DataError(
            str(folder),
            f"holds parts of {begun}, and {asked} is asked for; ask for the same, or remove it",
        )
    write_atomically(note, lambda temporary: temporary.write_text(asked))


def _saved(arrays: Arrays) -> Any:
    return lambda temporary: np.savez(temporary, allow_pickle=False, **arrays)
