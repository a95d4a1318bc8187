"""How many threads compute."""

from collections.abc import Generator
from contextlib import contextmanager

import torch


@contextmanager
def computing(threads: int | None) -> Generator[None]:
    """Lets so many threads compute on the CPU, and afterwards as many as before.

    Args:
        threads: How many; as many as there are, if None.

    Example:
        >>> with computing(1):
        ...     torch.get_num_threads()
        1
    """
    before = torch.get_num_threads()
    torch.set_num_threads(before if threads is None else threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
