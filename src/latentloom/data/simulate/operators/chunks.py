"""The work of a simulation, shared between processes."""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed

import numpy as np
from threadpoolctl import threadpool_limits

from .rollout import rolled_out
from .settings import Operators

CHUNK = 32  # records that are handed to a process, and kept, at once
_BATCH = 8  # records that step together: more do not fit into the cache
Progress = Callable[[int, int], object]
Arrays = Mapping[str, np.ndarray]


def unheard(done: int, total: int) -> None:
    """Tells nobody."""


def chunks(records: int) -> list[range]:
    """The records of each chunk."""
    return [range(at, min(at + CHUNK, records)) for at in range(0, records, CHUNK)]


def computed(
    settings: Operators,
    seed: int,
    ranges: Sequence[range],
    *,
    workers: int = 1,
    progress: Progress = unheard,
) -> Iterator[tuple[range, Arrays]]:
    """Simulates chunks of records.

    Args:
        settings: What they are like.
        seed: Of the simulation.
        ranges: Some of the chunks.
        workers: Processes that share the work; 1 stays in this one.
        progress: Told how many records are done, of how many.

    Yields:
        Each chunk and its arrays, in the order in which they are done.
    """
    done = settings.records - sum(map(len, ranges))
    progress(done, settings.records)
    for records, arrays in _shared(settings, seed, ranges, min(workers, len(ranges))):
        done += len(records)
        yield records, arrays
        progress(done, settings.records)


def _shared(
    settings: Operators, seed: int, ranges: Sequence[range], workers: int
) -> Iterator[tuple[range, Arrays]]:
    if workers <= 1:
        yield from ((records, chunk(settings, seed, records)) for records in ranges)
        return
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=fresh, initializer=_follow_parent) as pool:
        waiting: dict[Future[Arrays], range] = {
            pool.submit(chunk, settings, seed, records): records for records in ranges
        }
        try:
            for future in as_completed(waiting):
                yield waiting[future], future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def chunk(settings: Operators, seed: int, records: range) -> Arrays:
    """The arrays of one chunk; the same bits in every process."""
    starts = range(records.start, records.stop, _BATCH)
    with threadpool_limits(1):
        parts = [
            rolled_out(settings, seed, range(at, min(at + _BATCH, records.stop))) for at in starts
        ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _follow_parent() -> None:
    """Ends a worker whose parent was killed, which would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=lambda: (parent.join(), os._exit(1)), daemon=True).start()
