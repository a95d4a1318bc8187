"""The conditions of the train split, of which those are drawn that nobody names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from ..core.errors import DataError, RunError
from ..core.files import arrays_in
from ..data.dataset import Dataset, Schema
from ..data.transforms import Rotated
from .inputs import Scalars

if TYPE_CHECKING:
    from .run import Run

MOST = 10_000  # rows that are kept: enough for any distribution, and less than a megabyte
KEY = "condition"


def keep_conditions(train: Dataset, path: Path, seed: int) -> None:
    """Writes the conditions of train samples, in the units of the files; none if there are none.

    Args:
        train: What is learned from.
        path: The file.
        seed: Decides which are kept, where there are many.
    """
    if train.condition is None:
        return
    random = torch.Generator().manual_seed(seed)
    rows = torch.randperm(train.size, generator=random)[:MOST]
    with path.open("wb") as file:
        np.savez(file, condition=train.condition[rows].numpy())


def completed(
    run: Run, condition: Scalars | None, samples: int, *, seed: int
) -> tuple[Scalars | None, int]:
    """Conditions, those that nobody gave as they were together in samples of the train split.

    A run that needs a drive or first rows has to be told all of its conditions.

    Args:
        run: The run.
        condition: Numbers or labels by the name of the condition.
        samples: How many signals are to be made of each row of conditions that is given.
        seed: Equal seeds give equal conditions.

    Returns:
        The conditions, and how many signals are to be made of each of their rows: one where
        rows were drawn, so that all signals differ in what was left open.

    Raises:
        DataError: If one of the two is given that tell a direction.
        RunError: If what the run kept of them is damaged.
    """
    names, path = run.schema.names("condition"), run.folder.conditions
    given: Mapping[str, Any] = condition if isinstance(condition, Mapping) else {}
    by_name = condition is None or isinstance(condition, Mapping)
    if run.schema.drive or run.starts or not by_name or not path.is_file():
        return condition, samples
    if all(name in given for name in names):
        return condition, samples
    _check_directions(run, given)
    kept = _kept(path, len(names))
    random = torch.Generator().manual_seed(seed)
    rows = max((np.size(value) for value in given.values()), default=1)
    drawn = kept[torch.randint(len(kept), (rows * samples,), generator=random)]
    told = {
        name: value if np.size(value) == 1 else np.repeat(np.ravel(value), samples)
        for name, value in given.items()
    }
    left = {
        name: _told(run.schema, name, column)
        for name, column in zip(names, drawn.T, strict=True)
        if name not in given
    }
    return told | left, 1


def _check_directions(run: Run, given: Mapping[str, Any]) -> None:
    """Checks that no direction is told by half: the other half would be that of any sample."""
    for transform in run.pipeline.transforms:
        by = transform.by if isinstance(transform, Rotated) else []
        alone = [name for name in by if name in given]
        if len(alone) == 1:
            problem = f"must be given together, got {alone[0]} alone; give both or neither"
            raise DataError("condition", f"{' and '.join(by)} {problem}")


def _told(schema: Schema, name: str, column: Tensor) -> Any:
    """A condition as users write it: numbers, or the words of a label."""
    words = schema.categories.get(name)
    return column.numpy() if words is None else [words[int(place)] for place in column]


def _kept(path: Path, count: int) -> Tensor:
    try:
        kept = torch.from_numpy(arrays_in(path)[KEY])
        if kept.ndim == 2 and len(kept) and kept.shape[1] == count:
            return kept
        problem = f"must hold rows of {count} conditions, got an array of {tuple(kept.shape)}"
    except FileNotFoundError:
        problem = "is missing"
    except KeyError:
        problem = f"must hold an array {KEY}"
    except ValueError as error:
        problem = f"is no readable .npz file: {error}"
    raise RunError(str(path), f"{problem}; copy it from where the run was trained, or remove it")
