"""Lets a run look at families of features, and keeps what its tokens are judged by."""

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..core.errors import DataError, RunError
from ..data.dataset import Dataset
from ..evaluation.distances.pooled import sampled
from ..evaluation.tokens import Held, Inside, Layout, Learned, Material
from ..evaluation.tokens.judging import LEARNED
from ..representations.categorical_codes import Categorical
from .run import Run

INSIDE = 2_000  # held-out samples whose embeddings and latents are kept
EVERYTHING = "all features"


def material_of(run: Run, train: Dataset, held: Dataset) -> Material:
    """What the tokens of a run are judged by.

    Args:
        run: The run.
        train: The samples that it learned from, in the units of their files.
        held: Samples that it never saw.

    Raises:
        DataError: If the samples cannot be used, or are too few.
        RunError: If the run has no representation.
    """
    layout = layout_of(run)
    try:
        return Material(layout=layout, learned=_learned(run, train), held=_held(run, held))
    except ValueError as error:
        raise DataError("samples", str(error)) from error


def layout_of(run: Run) -> Layout:
    """The features, categories and codebooks of a run.

    Codes that belong to no category are those of one that holds all features.

    Raises:
        RunError: If it has no representation.
    """
    representation = run.system.representation
    if representation is None:
        raise RunError(str(run.folder.path), "has no representation, and so no tokens to score")
    schema = run.ready_schema
    features = schema.names("series")
    spans = dict(schema.spans) if categorical(run) else {EVERYTHING: len(features)}
    return Layout(features=features, spans=spans, sizes=tuple(representation.levels))


def categorical(run: Run) -> bool:
    """Whether each category of features has codes of its own."""
    bottleneck = getattr(run.system.representation, "bottleneck", None)
    return isinstance(bottleneck, Categorical)


def codes_of(run: Run, known: Dataset) -> Int[np.ndarray, "N K"] | None:
    """The codes of samples, where there are any."""
    representation = run.system.representation
    if representation is None or not representation.levels:
        return None
    return run.codes(known).reshape(known.size, -1)


def flat(values: Float[Tensor, "B T C"]) -> Float[np.ndarray, "B _"]:
    """A row a sample, on the CPU."""
    return values.flatten(1).float().cpu().numpy()


def _learned(run: Run, train: Dataset) -> Learned:
    rows = sampled(train.size, LEARNED, seed=run.plan.random_seed)
    some = run.batches(train.take(torch.from_numpy(rows)))
    return Learned(
        truth=np.concatenate([flat(batch.values) for batch in some]),
        codes=codes_of(run, train),
    )


def _held(run: Run, known: Dataset) -> Held:
    truth: list[np.ndarray] = []
    made: list[np.ndarray] = []
    for batch in run.batches(known):
        with torch.inference_mode():
            again, _ = run.system.reconstruct(batch)
        truth.append(flat(batch.values))
        made.append(flat(again))
    return Held(
        truth=np.concatenate(truth),
        made=np.concatenate(made),
        codes=codes_of(run, known),
        inside=_inside(run, known) if categorical(run) else None,
        group=None if known.group is None else known.group.numpy(),
    )


def _inside(run: Run, known: Dataset) -> Inside:
    """What happens to some of the samples on their way."""
    rows = sampled(known.size, INSIDE, seed=run.plan.random_seed)
    found = [
        latent.rounding
        for latent in run.latents(known.take(torch.from_numpy(rows)))
        if latent.rounding is not None
    ]
    return Inside(
        rows=rows,
        embeddings=np.concatenate([own.embeddings[:, 0].float().cpu().numpy() for own in found]),
        latents=np.concatenate([own.before.flatten(1).float().cpu().numpy() for own in found]),
        rounded=np.concatenate([own.after.flatten(1).float().cpu().numpy() for own in found]),
    )
