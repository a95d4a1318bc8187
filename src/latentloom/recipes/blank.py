"""Samples whose signals or features are still to be made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from ..data.dataset import Dataset
from ..data.transforms import Pipeline
from .beginnings import beginnings, begun
from .inputs import Scalars, Signal
from .placeholder import placeholder

if TYPE_CHECKING:
    from .run import Run


def awaited(
    run: Run,
    drive: Signal | None,
    condition: Scalars | None,
    start: np.ndarray | None = None,
    *,
    size: int = 1,
) -> Dataset:
    """Samples that a run is asked for, blank but for their first rows.

    Args:
        run: The run.
        drive: What conditions them, as `Run.generated` takes it.
        condition: What is known of each.
        start: Their first rows, if the run has to be told them and `drive` does not.
        size: How many there are, where nothing is known of them.

    Raises:
        DataError: If the input is not of the kind that the run was trained on.
    """
    asked = condition is not None and len(condition) > 0
    told = bool(run.schema.drive or run.schema.condition or asked)
    if told or (run.starts and isinstance(drive, Dataset) and drive.size):
        known = run.gather(drive=drive, condition=condition)
        size = known.size
    else:
        known = Dataset(schema=run.schema)
    if run.tells_lengths:
        known = replace(known, series=None, lengths=None)  # as long as will be told
    if not run.starts:
        return blank(run.pipeline, known, size, run.steps)
    rows = beginnings(run.schema, run.starts, known, start)
    whole = known.series is not None and known.steps > run.starts
    steps = known.steps if whole else run.steps
    return begun(blank(run.pipeline, known, size, steps), rows)


def blank(pipeline: Pipeline, known: Dataset, size: int, steps: int) -> Dataset:
    """Samples that the transforms can be applied to, before there are any signals.

    Args:
        pipeline: The fitted transforms.
        known: What is known of the samples.
        size: How many there are.
        steps: How many steps their signals will have, where no drive says it.
    """
    schema = pipeline.schema
    if schema.families and not schema.series:
        ready = pipeline.apply(placeholder(schema)).schema
        nothing = Dataset(schema=ready, series=torch.zeros(1, 1, len(ready.series)))
        made = pipeline.invert(nothing).families
        families = {name: x.expand(size, *x.shape[1:]) for name, x in made.items()}
        return replace(known, schema=schema, families=families)
    steps = known.steps if known.drive is not None else steps
    known = replace(known, schema=schema)
    ready = pipeline.apply(known)
    nothing = torch.zeros(size, steps, len(ready.schema.series))
    return replace(known, series=pipeline.invert(replace(ready, series=nothing)).series)


def as_long_as(lengths: Mapping[int, int], known: Dataset, *, seed: int) -> Dataset:
    """Samples with lengths, each as likely as it was in training.

    Where a drive says how long samples are, or all have one length, they are left as they are.

    Args:
        lengths: How many train samples had each length.
        known: The samples.
        seed: Equal seeds give equal lengths, whatever else is drawn.

    Example:
        >>> from ..data.dataset import Quantity, Schema
        >>> some = Dataset(schema=Schema(series=(Quantity("x"),)), series=torch.zeros(6, 16, 1))
        >>> as_long_as({12: 3, 16: 1}, some, seed=0).lengths.unique().tolist()
        [12, 16]
    """
    if not lengths or known.lengths is not None or known.drive is not None:
        return known
    random = torch.Generator().manual_seed(seed)
    shares = torch.tensor([*lengths.values()], dtype=torch.float)
    rows = torch.multinomial(shares, known.size, replacement=True, generator=random)
    return replace(known, lengths=torch.tensor([*lengths])[rows])
