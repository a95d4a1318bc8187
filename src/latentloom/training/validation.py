"""Judges a system on the validation split, in a way that leaves training untouched."""

from collections.abc import Mapping

import torch

from ..core.system import System
from ..data.dataset import Dataset
from .forward_passes import ForwardPass
from .phase import Probe

CHUNK = 256


@torch.no_grad()
def judge(
    probes: Mapping[str, Probe], system: System, data: Dataset, device: torch.device
) -> dict[str, float]:
    """The mean of each probe's criterion over the signals of `data`.

    Everything random is drawn from a seed of its own, so that a validation changes neither
    the training that follows nor, by its own luck, the next validation. Probes of equal
    forward passes look at the same outputs, each with random numbers of its own.
    """
    system.focus(())
    totals = dict.fromkeys(probes, 0.0)
    for forward_pass, names in _by_pass(probes):
        with torch.random.fork_rng():
            torch.manual_seed(0)
            streams = dict.fromkeys(names, torch.get_rng_state())
            for chunk in data.chunks(CHUNK):
                outputs = forward_pass(system, chunk.batch().to(device), 1.0)
                played = torch.get_rng_state()
                for name in names:
                    torch.set_rng_state(streams[name])
                    totals[name] += float(probes[name].criterion(outputs, 1.0).sum())
                    streams[name] = torch.get_rng_state()
                torch.set_rng_state(played)
    return {name: total / data.size for name, total in totals.items()}


def _by_pass(probes: Mapping[str, Probe]) -> list[tuple[ForwardPass, list[str]]]:
    """The forward passes that differ, each with the probes that play it."""
    found: list[tuple[ForwardPass, list[str]]] = []
    for name, probe in probes.items():
        shared = [names for forward_pass, names in found if forward_pass == probe.forward_pass]
        if shared:
            shared[0].append(name)
        else:
            found.append((probe.forward_pass, [name]))
    return found
