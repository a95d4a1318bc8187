"""What the signals of a run look like beside real ones, and what its latents keep."""

from dataclasses import replace

import numpy as np
import torch

from ..data.dataset import Dataset
from ..evaluation.population import Population
from ..evaluation.portrait import Portrait, portrait
from ..report import Kept
from .assess import Assessment
from .drawing import drawn_like
from .run import Run
from .specimens import Specimens

MOST = 1000  # signals whose latents are looked at


def portrait_of(run: Run, assessment: Assessment) -> Portrait:
    """Draws of a run beside the real signals that it was scored on.

    Draws show the variety of real signals, best answers do not: a mean is smoother than
    anything that was measured. A run that does not generate shows its reconstructions.

    Args:
        run: The run.
        assessment: Its scores, with the draws that were made for them.
    """
    known = assessment.known
    made = _drawn(run, assessment)
    categories = dict(known.schema.categories)
    return portrait(Population.of(known), Population.of(made), kinds=categories)


def _drawn(run: Run, assessment: Assessment) -> Dataset:
    known = assessment.known
    if not run.generates:
        return replace(known, series=torch.from_numpy(run.reconstruct(known)))
    samples = assessment.entries[0].prediction.samples if run.answers else None
    if samples is not None:
        return replace(known, series=torch.from_numpy(samples[:, 0].astype(np.float32)))
    return drawn_like(run, known, seed=run.plan.random_seed)


def kept_of(run: Run, known: Dataset) -> tuple[Kept, ...]:
    """What each feature of a Gaussian bottleneck keeps of signals; empty without one.

    Args:
        run: The run.
        known: The signals.
    """
    found = Specimens(run, known.take(slice(0, MOST))).posteriors
    if found is None:
        return ()
    real = found.there[..., 0] > 0
    return (
        Kept(
            name="Gaussian bottleneck",
            divergence=found.divergence[real].double().mean(0).numpy(),
            spread=found.mean[real].double().std(0, correction=0).numpy(),
        ),
    )
