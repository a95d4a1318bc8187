"""Simulated operators as a dataset of four families."""

from collections.abc import Mapping

import numpy as np
import torch

from ...dataset import Dataset, Quantity, Schema
from ...parts import Progress, unheard
from . import architecture, initial, summary
from .chunks import chunks, computed
from .settings import Operators

REGISTRY: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "initial": initial.GROUPS,
    "architecture": architecture.GROUPS,
    "summary": summary.GROUPS,
    "temporal": summary.series_groups(),
}


def simulate(
    settings: Operators, seed: int, *, workers: int = 1, progress: Progress = unheard
) -> Dataset:
    """Simulates operators; equal seeds give equal records, whatever the workers.

    Args:
        settings: What they are like.
        seed: Of everything random; record i is the same however many there are, but for
            rounding in the last few.
        workers: Processes that share the work.
        progress: Told how many records are done, of how many.

    Returns:
        Families `initial`, `architecture`, `summary` and `temporal`. The extra
        `initial_kind` holds the place of each record's fields in `beginnings.KINDS`.

    Example:
        >>> dataset = simulate(Operators(records=2, grid=32, steps=8), seed=0)
        >>> {name: tuple(family.shape) for name, family in dataset.families.items()}
        {'initial': (2, 42), 'architecture': (2, 21), 'summary': (2, 275), 'temporal': (2, 8, 63)}
    """
    found = dict(computed(settings, seed, workers=workers, progress=progress))
    parts = [found[records] for records in chunks(settings.records)]
    arrays = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return Dataset(
        schema=Schema(families={name: quantities(name) for name in REGISTRY}),
        families={name: torch.from_numpy(arrays[name]) for name in REGISTRY},
        extras={"initial_kind": torch.from_numpy(arrays["ic_types"]).float()[:, None]},
    )


def quantities(family: str) -> tuple[Quantity, ...]:
    """The features of a family, none of which has a unit."""
    return tuple(Quantity(name) for names in REGISTRY[family].values() for name in names)
