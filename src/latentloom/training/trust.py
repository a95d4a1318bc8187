"""How far the mean of what the generator adds is believed: one number, fitted on validation."""

import torch
from jaxtyping import Float
from torch import Tensor

from ..core.system import System
from ..data.dataset import Dataset
from ..generators.decoding import Sample

CHUNK = 256
SAMPLES = 8


@torch.no_grad()
def fit_trust(system: System, validation: Dataset, device: torch.device) -> None:
    r"""Sets the system's trust to what serves the validation split best.

    With $v$ the true signal, $b$ the base's and $b + m$ the mean of a few generated ones,
    $\tau = \sum \langle v - b, m \rangle / \sum \langle m, m \rangle$, each record weighted by
    the inverse of its variance, and held to [0, 1]. A generator that adds nothing true on
    signals it never saw is thereby silenced; one that is right is believed in full. Without
    a base, or without a generator of codes, there is nothing to fit.

    Args:
        system: Whose trust is set.
        validation: The validation split, ready for the parts.
        device: Where the parts are.
    """
    if system.base is None or system.generator is None or not validation.size:
        return
    system.focus(())
    along = across = torch.zeros((), dtype=torch.float64)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for chunk in validation.chunks(CHUNK):
            batch = chunk.batch().to(device)
            made = system.generate(batch.context, Sample(), SAMPLES).values
            mean = made.unflatten(0, (-1, SAMPLES)).mean(1)
            base = system.predict(batch.context)
            weight = _inverse_variance(batch.values, batch.context.mask)
            added = (mean - base) * weight
            along = along + ((batch.values - base) * added).sum().double().cpu()
            across = across + ((mean - base) * added).sum().double().cpu()
    system.trust.fill_(float((along / across.clamp_min(1e-12)).clamp(0, 1)))


def _inverse_variance(values: Float[Tensor, "B T C"], mask: Tensor) -> Float[Tensor, "B T C"]:
    """One over each record's variance on its real steps, zero on padding."""
    real = mask[..., None].to(values)
    count = real.sum((1, 2), keepdim=True) * values.shape[-1]
    mean = (values * real).sum((1, 2), keepdim=True) / count
    variance = ((values - mean).square() * real).sum((1, 2), keepdim=True) / count
    return real / variance.clamp_min(1e-12)
