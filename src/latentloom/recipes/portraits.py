"""What the signals of a run look like beside real ones, and what its latents keep."""

from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..data.dataset import Dataset
from ..evaluation.population import Population
from ..evaluation.portrait import Portrait, portrait
from ..report import Kept
from ..representations.autoencoder import Autoencoder
from ..representations.bottlenecks import Gaussian
from .assess import Assessment
from .run import Run

MOST = 1000  # signals whose latents are looked at
Heard = tuple[Tensor, Tensor | None]  # features of a bottleneck, and which steps are real


def portrait_of(run: Run, assessment: Assessment) -> Portrait:
    """Draws of a run beside the real signals that it was scored on.

    Draws show the variety of real signals, best answers do not: a mean is smoother than
    anything that was measured. A run that does not generate shows its reconstructions.

    Args:
        run: The run.
        assessment: Its scores, with the draws that were made for them.
    """
    known = assessment.known
    made = replace(known, series=torch.from_numpy(_drawn(run, assessment)))
    categories = dict(known.schema.categories)
    return portrait(Population.of(known), Population.of(made), kinds=categories)


def _drawn(run: Run, assessment: Assessment) -> Float[np.ndarray, "N T C"]:
    known = assessment.known
    decoding, seed = run.plan.evaluation.sampling, run.plan.random_seed
    if not run.generates:
        return run.reconstruct(known)
    if not run.answers:
        return run.generate(samples=known.size, decoding=decoding, seed=seed)[0]
    samples = assessment.entries[0].prediction.samples
    if samples is not None:
        return samples[:, 0].astype(np.float32)
    return run.generate(known, decoding=decoding, seed=seed)[:, 0]


def kept_of(run: Run, known: Dataset) -> tuple[Kept, ...]:
    """What each feature of a Gaussian bottleneck keeps of signals; empty without one.

    Args:
        run: The run.
        known: The signals.
    """
    representation = run.system.representation
    if not isinstance(representation, Autoencoder):
        return ()
    bottleneck = representation.bottleneck
    if not isinstance(bottleneck, Gaussian):
        return ()
    seen: list[Heard] = []

    def listen(module: nn.Module, heard: Heard) -> None:
        del module
        seen.append(heard)

    ear = bottleneck.register_forward_pre_hook(listen)
    try:
        run.encode(known.take(slice(0, MOST)))
    finally:
        ear.remove()
    return (_kept(bottleneck, seen),)


def _kept(bottleneck: Gaussian, seen: list[Heard]) -> Kept:
    means: list[Tensor] = []
    variances: list[Tensor] = []
    with torch.inference_mode():
        for features, real in seen:
            mean, log_var = bottleneck.posterior(features, real)
            kept = torch.ones_like(mean[..., 0], dtype=torch.bool) if real is None else real
            means.append(mean[kept].double().cpu())
            variances.append(log_var[kept].double().cpu())
    mean, log_var = torch.cat(means), torch.cat(variances)
    divergence = (mean.square() + log_var.exp() - 1 - log_var).mean(0) / 2
    return Kept(
        name="Gaussian bottleneck",
        divergence=divergence.numpy(),
        spread=mean.std(0, correction=0).numpy(),
    )
