"""Judges a system on the validation split, in a way that leaves training untouched."""

from collections.abc import Mapping

import torch

from ..core.system import System
from ..data.dataset import Dataset
from .phase import Probe


@torch.no_grad()
def judge(
    probes: Mapping[str, Probe], system: System, data: Dataset, device: torch.device
) -> dict[str, float]:
    """The mean of each probe's criterion over the signals of `data`.

    Everything random is drawn from a seed of its own, so that a validation changes neither
    the training that follows nor, by its own luck, the next validation. Probes of equal
    forward passes and batches look at the same outputs, each with random numbers of its own.
    """
    system.focus(())
    totals = dict.fromkeys(probes, 0.0)
    for names in _alike(probes):
        forward_pass, batch = probes[names[0]].forward_pass, probes[names[0]].batch
        with torch.random.fork_rng():
            torch.manual_seed(0)
            streams = dict.fromkeys(names, torch.get_rng_state())
            for chunk in data.chunks(batch):
                outputs = forward_pass(system, chunk.batch().to(device), 1.0)
                played = torch.get_rng_state()
                for name in names:
                    torch.set_rng_state(streams[name])
                    totals[name] += float(probes[name].criterion(outputs, 1.0).sum())
                    streams[name] = torch.get_rng_state()
                torch.set_rng_state(played)
    return {name: total / data.size for name, total in totals.items()}


def _alike(probes: Mapping[str, Probe]) -> list[list[str]]:
    """The names of the probes that look at the same outputs."""
    found: list[list[str]] = []
    for name, probe in probes.items():
        told = (probe.forward_pass, probe.batch)
        shared = [
            names
            for names in found
            if (probes[names[0]].forward_pass, probes[names[0]].batch) == told
        ]
        if shared:
            shared[0].append(name)
        else:
            found.append([name])
    return found
