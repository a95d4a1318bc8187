"""Series that are longer than the windows a run was trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..core.errors import RunError
from ..core.roles import Decoding
from ..data.dataset import Dataset
from ..data.joining import Joining
from .ranges import beyond, ranges_in
from .run import Run

POOL = 2000  # windows that are drawn to be joined


def long_series(
    run: Run,
    steps: int,
    *,
    joining: Joining | None = None,
    condition: Mapping[str, Any] | None = None,
    samples: int = 1,
    decoding: Decoding | str | None = None,
    seed: int = 0,
) -> Dataset:
    """New series of so many steps, joined from windows that a run draws.

    Args:
        run: A run that draws windows of one length, without a drive.
        steps: How many steps each series has.
        joining: How windows follow each other; by default they share half of their steps.
        condition: Numbers or labels by name, the same for every window. Those that are left
            out differ from window to window.
        samples: How many series.
        decoding: How windows are drawn; if None, as the recipe samples.
        seed: Of everything random.

    Raises:
        RunError: If the run draws no windows of one length by itself.
        ValueError: If there are fewer steps than a window has, or the overlap does not fit.
    """
    fed = run.schema.drive or run.starts
    if run.system.generator is None or fed or run.ragged or run.tells_lengths:
        raise RunError(
            str(run.folder.path),
            "cannot make series of any length: that needs a generator of windows that are all"
            " equally long and answer to no drive and no first row",
        )
    if steps < run.steps:
        raise ValueError(
            f"steps must be at least {run.steps}, which is a window of the run, got {steps}"
        )
    drawn = run.generated(
        condition=condition,
        samples=POOL,
        decoding=run.plan.evaluation.sampling if decoding is None else decoding,
        seed=seed,
    )
    assert drawn.series is not None
    joining = joining or Joining(overlap=max(1, run.steps // 2))
    series = joining(drawn.series, steps, count=samples, seed=seed)
    told = {*(condition or {})}
    schema = replace(
        drawn.schema,
        condition=tuple(q for q in drawn.schema.condition if q.name in told),
        categories={n: c for n, c in drawn.schema.categories.items() if n in told},
    )
    known = None
    if drawn.condition is not None and told:
        places = [name in told for name in drawn.schema.names("condition")]
        known = drawn.condition[:1, places].expand(samples, -1)
    return Dataset(schema=schema, series=series, condition=known)


def drifted(run: Run, made: Dataset) -> tuple[str, ...]:
    """What long series reach that lies beyond what the run was trained on, a sentence each."""
    assert made.series is not None
    return beyond(ranges_in(run.folder), made.schema, series=made.series)
