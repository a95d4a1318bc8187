"""Lets a run look at sets of Gaussians, and keeps what its reconstructions are judged by."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ..core.errors import DataError, RunError
from ..data.dataset import Dataset
from ..data.transforms.gaussian_form import FILED
from ..evaluation.distances.pooled import sampled
from ..evaluation.sets import Material, Pictures, Slots
from ..evaluation.sets.judging import LEARNED
from .image_size import image_size, nearest_of
from .run import Run

SCORES = ("psnr", "ssim")
EVERYTHING = "all"


def tells_gaussians(run: Run) -> bool:
    """Whether the data of a run are sets of Gaussians, and it has latents for them."""
    names = run.schema.names("series")[: len(FILED)]
    return names == FILED and run.system.representation is not None


def material_of(run: Run, train: Dataset, held: Dataset) -> Material:
    """What the reconstructions of a run are judged by.

    Args:
        run: The run.
        train: The sets that it learned from, in the units of their files.
        held: Sets that it never saw, likewise.

    Raises:
        DataError: If the sets cannot be used, or are too few.
        RunError: If the run has no representation.
    """
    if run.system.representation is None:
        raise RunError(str(run.folder.path), "has no representation, and so nothing to score")
    rows = sampled(train.size, LEARNED, seed=run.plan.random_seed)
    learned = _ready(run, train.take(torch.from_numpy(rows)))
    ready = _ready(run, held)
    made, numbers = _made(run, held)
    spans = dict(ready.schema.spans) or {EVERYTHING: len(ready.schema.series)}
    try:
        return Material(
            spans=spans,
            learned=_slots(learned),
            held=_slots(ready),
            made=made,
            numbers=numbers,
            group=None if held.group is None else held.group.numpy(),
            pictures=_pictures(run, held, ready),
        )
    except ValueError as error:
        raise DataError("sets", str(error)) from error


def _ready(run: Run, known: Dataset) -> Dataset:
    return run.pipeline.apply(known)


def _values(ready: Dataset) -> Float[np.ndarray, "N T C"]:
    return ready.batch().values.numpy()


def _slots(ready: Dataset) -> Slots:
    return Slots(_values(ready), ready.context().mask.numpy())


def _made(run: Run, held: Dataset) -> tuple[Float[np.ndarray, "N T C"], int]:
    """The sets after a way through their latents, and how many numbers a latent has."""
    made: list[np.ndarray] = []
    numbers = 0
    for batch in run.batches(held):
        with torch.inference_mode():
            again, latent = run.system.reconstruct(batch)
        made.append(again.float().cpu().numpy())
        numbers = latent.z[0].numel()
    return np.concatenate(made), numbers


def _pictures(run: Run, held: Dataset, ready: Dataset) -> Pictures | None:
    """How the sets are drawn; None where the size of their images is not known."""
    size = image_size(run, held)
    if size is None:
        return None
    return Pictures(
        size=size,
        truth=_values(ready),
        filed=_filed(run, ready),
        lengths=None if held.lengths is None else held.lengths.numpy(),
        originals=originals_of(held, size),
        fits={n: held.extras[n][:, 0].double().numpy() for n in SCORES if n in held.extras},
        nearest=nearest_of(run),
    )


def _filed(run: Run, ready: Dataset) -> Callable[[np.ndarray, slice], Tensor]:
    """The way back to the units of files."""

    def filed(values: Float[np.ndarray, "N T C"], rows: slice) -> Float[Tensor, "B T _"]:
        some = np.ascontiguousarray(values[rows], dtype=np.float32)
        made = run.pipeline.invert(replace(ready.take(rows), series=torch.from_numpy(some)))
        assert made.series is not None
        return made.series

    return filed


def originals_of(
    known: Dataset, size: tuple[int, int]
) -> Float[Tensor, "N height width _"] | None:
    """The images that sets were fitted to, where the data hold them.

    Args:
        known: The sets, with the extra `pixels`.
        size: Height and width of the images.
    """
    pixels, colours = known.extras.get("pixels"), len(known.schema.series) - len(FILED)
    if pixels is None or pixels.shape[1] != size[0] * size[1] * colours:
        return None
    return pixels.view(-1, *size, colours)
