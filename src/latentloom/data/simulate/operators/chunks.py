"""The records of a simulation, some at a time."""

from collections.abc import Iterator
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits

from ...parts import Arrays, Progress, shared, unheard
from .rollout import rolled_out
from .settings import Operators

CHUNK = 32  # records that are handed to a process, and kept, at once
_BATCH = 8  # records that step together: more do not fit into the cache


def chunks(records: int) -> dict[range, range]:
    """The records of each chunk."""
    starts = range(0, records, CHUNK)
    return {some: some for some in (range(at, min(at + CHUNK, records)) for at in starts)}


def computed(
    settings: Operators, seed: int, *, workers: int = 1, progress: Progress = unheard
) -> Iterator[tuple[range, Arrays]]:
    """Simulates all chunks of records.

    Args:
        settings: What they are like.
        seed: Of the simulation.
        workers: Processes that share the work; 1 stays in this one.
        progress: Told how many records are done, of how many.

    Yields:
        Each chunk and its arrays, in the order in which they are done.
    """
    done = 0
    progress(done, settings.records)
    work = partial(chunk, settings, seed)
    for records, arrays in shared(work, chunks(settings.records), workers=workers):
        done += len(records)
        yield records, arrays
        progress(done, settings.records)


def chunk(settings: Operators, seed: int, records: range) -> Arrays:
    """The arrays of one chunk; the same bits in every process."""
    starts = range(records.start, records.stop, _BATCH)
    with threadpool_limits(1):
        parts = [
            rolled_out(settings, seed, range(at, min(at + _BATCH, records.stop))) for at in starts
        ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
