"""Judges a system on the validation split, in a way that leaves training untouched."""

from collections.abc import Mapping

import torch

from ..core.system import System
from ..data.dataset import Dataset
from .phase import Probe

CHUNK = 256


@torch.no_grad()
def judge(
    probes: Mapping[str, Probe], system: System, data: Dataset, device: torch.device
) -> dict[str, float]:
    """The mean of each probe's criterion over the signals of `data`.

    Everything random is drawn from a seed of its own, so that a validation changes neither
    the training that follows nor, by its own luck, the next validation.
    """
    system.focus(())
    scores: dict[str, float] = {}
    for name, probe in probes.items():
        with torch.random.fork_rng():
            torch.manual_seed(0)
            total = 0.0
            for chunk in data.chunks(CHUNK):
                batch = chunk.batch().to(device)
                outputs = probe.forward_pass(system, batch, 1.0)
                total += float(probe.criterion(outputs, 1.0).sum())
        scores[name] = total / data.size
    return scores
