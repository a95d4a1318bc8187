"""The size of the images that sets of Gaussians are drawn as, as a run knows it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch

from ..data.dataset import Dataset
from ..data.splats import size_of
from ..data.transforms.gaussian_form import FILED
from .run import Run

Size = tuple[int, int]


def image_size(run: Run, known: Dataset | None = None) -> Size | None:
    """Height and width of the images of a run's sets, in pixels; None if nothing says it.

    Sets may know it themselves. Otherwise it is that of the data that the run was trained on,
    or else that of a rendered loss of its recipe.

    Args:
        run: The run.
        known: Sets that may know it themselves.
    """
    own = None if known is None else size_of(known)
    if own is not None:
        return own
    told = json.loads(run.folder.data.read_text(encoding="utf-8")).get("image")
    if told is not None:
        return int(told[0]), int(told[1])
    return next(((loss["height"], loss["width"]) for loss in _rendered(run.plan.tree)), None)


def nearest_of(run: Run) -> int | None:
    """How many Gaussians the losses of a run blend at a pixel; all if None."""
    return next((loss.get("nearest") for loss in _rendered(run.plan.tree)), None)


def sized(run: Run, made: Dataset) -> Dataset:
    """Sets that a run made, with the size of their images, so that others can draw them.

    Other signals stay as they are.

    Args:
        run: The run.
        made: What it made.
    """
    size = image_size(run) if run.schema.names("series")[: len(FILED)] == FILED else None
    if size is None:
        return made
    sides = {
        name: torch.full((made.size, 1), float(side))
        for name, side in zip(("height", "width"), size, strict=True)
    }
    return replace(made, extras={**made.extras, **sides})


def _rendered(tree: Any) -> Iterator[Mapping[str, Any]]:
    """The settings of the rendered losses of a recipe, wherever they stand."""
    if isinstance(tree, Mapping):
        if tree.get("kind") == "rendered":
            yield tree
        yield from (found for branch in tree.values() for found in _rendered(branch))
    elif isinstance(tree, list | tuple):
        yield from (found for branch in tree for found in _rendered(branch))
