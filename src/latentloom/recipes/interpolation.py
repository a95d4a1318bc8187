"""Ways through the latents from one signal to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ..core.errors import DataError, RunError
from ..core.names import nearest
from ..data.dataset import Dataset
from ..representations.paths import arc, line
from .latents import Encoded

if TYPE_CHECKING:
    from .inputs import Signal
    from .run import Run

Way = Literal["line", "arc"]
PATHS = {"line": line, "arc": arc}


def way_named(name: str) -> Way:
    """A kind of path by its name.

    Raises:
        ValueError: If there is none.

    Example:
        >>> way_named("arch")
        Traceback (most recent call last):
        ValueError: path must be one of ['line', 'arc'], got 'arch'; did you mean 'arc'?
    """
    if name in PATHS:
        return cast("Way", name)
    raise ValueError(
        f"path must be one of {list(PATHS)}, got {name!r}{nearest(name, list(PATHS))}"
    )


def interpolated(
    run: Run, series: Signal, start: int, end: int, *, steps: int = 8, path: Way = "line"
) -> Dataset:
    """Signals on the way from one to another through a run's latents, both included.

    What else is known of the first, such as its drive, holds on the whole way.

    Args:
        run: Whose latents.
        series: Signals, with all that is known of them.
        start: The row of the first.
        end: The row of the last.
        steps: How many there are on the way, at least 2.
        path: `line` goes straight, `arc` turns and stretches evenly.

    Raises:
        DataError: If there are no such rows, or the signals are not of the kind that the
            run was trained on.
        RunError: If the run has no representation, or one with codes.
        ValueError: If `steps` is below 2.
    """
    if run.needed_representation().levels:
        problem = "has codes, between which nothing lies; take a run with a gaussian bottleneck"
        raise RunError(str(run.folder.path), problem)
    known = ends_of(run.gather(series=series), start, end)
    way = between(run.encode(known), steps, path)
    return run.decoded(way, known.take([0] * steps))


def ends_of(known: Dataset, start: int, end: int) -> Dataset:
    """Two of the samples.

    Args:
        known: The samples.
        start: The row of the first.
        end: The row of the other.

    Raises:
        DataError: If there is no such row.
    """
    for name, row in (("from", start), ("to", end)):
        if not 0 <= row < known.size:
            last = known.size - 1
            raise DataError(name, f"must be the number of a sample, 0 to {last}, got {row}")
    return known.take([start, end])


def between(ends: Encoded, steps: int, path: Way) -> Encoded:
    """The latents on the way between two, both included.

    Their lengths change evenly too.

    Args:
        ends: The two.
        steps: How many latents there are on the way.
        path: How it leads from one to the other.

    Raises:
        ValueError: If there are fewer than two, or no such path.

    Example:
        >>> ends = Encoded(z=np.array([[[1.0, 0.0]], [[0.0, 3.0]]]), lengths=np.array([4, 6]))
        >>> way = between(ends, 3, "line")
        >>> way.z[:, 0].tolist(), way.lengths.tolist()
        ([[1.0, 0.0], [0.5, 1.5], [0.0, 3.0]], [4, 5, 6])
    """
    if steps < 2:
        raise ValueError(f"steps must be at least 2, for both ends are among them, got {steps}")
    share = torch.linspace(0, 1, steps, dtype=torch.float64)
    flat = torch.from_numpy(ends.z.reshape(2, -1)).double()
    z = PATHS[way_named(path)](flat[0], flat[1], share).numpy().astype(ends.z.dtype)
    return Encoded(
        z=z.reshape(steps, *ends.z.shape[1:]),
        lengths=None if ends.lengths is None else _rounded(ends.lengths, share),
        origin=ends.origin,
    )


def _rounded(lengths: np.ndarray, share: Float[Tensor, " K"]) -> np.ndarray:
    first, last = lengths.tolist()
    return np.rint(first + share.numpy() * (last - first)).astype(np.int64)
