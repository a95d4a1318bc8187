"""A few runs, let go and told frame by frame."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ...fields.told import told
from .energy import free_energy
from .flow import Material, evolve, substeps
from .settings import Spinodal

CONDITIONS = ("mobility", "gradient_coefficient", "mean_concentration", "noise_amplitude")


@dataclass(frozen=True, slots=True, eq=False)
class Beginning:
    """Fields at the start, and what is drawn with them.

    Args:
        conditions: B x 4, in the order of `CONDITIONS`.
        field: B x n x n.
    """

    conditions: np.ndarray
    field: np.ndarray

    @property
    def material(self) -> Material:
        """What the runs are made of."""
        return Material(*(torch.from_numpy(self.conditions[:, at].copy()) for at in (0, 1)))


def beginnings(settings: Spinodal, seed: int, records: range) -> Beginning:
    """Draws the starts of some runs, each from a seed of its own.

    Args:
        settings: What they are like.
        seed: Of the simulation.
        records: Their numbers in it.
    """
    drawn: list[list[float]] = []
    fields: list[np.ndarray] = []
    for record in records:
        random = np.random.default_rng([seed, record])
        drawn.append([random.uniform(*getattr(settings, name)) for name in CONDITIONS])
        noise = random.random((settings.grid, settings.grid)) - 0.5
        fields.append(drawn[-1][2] + drawn[-1][3] * noise)
    return Beginning(np.array(drawn, np.float32), np.stack(fields).astype(np.float32))


def let_go(settings: Spinodal, seed: int, records: range) -> Mapping[str, np.ndarray]:
    """Simulates some runs, each from a seed of its own.

    Args:
        settings: What they are like.
        seed: Of the simulation.
        records: Their numbers in it.

    Returns:
        float32 arrays with one row a run: `conditions` N x 4, `energy` and `mass` N x frames,
        and `told` N x frames x entries.
    """
    begun = beginnings(settings, seed, records)
    energy, mass, seen = zip(*_frames(settings, begun), strict=True)
    found = [told(run, settings.form, settings.components) for run in torch.stack(seen, 1)]
    return {
        "conditions": begun.conditions,
        "energy": torch.stack(energy, 1).numpy(),
        "mass": torch.stack(mass, 1).numpy(),
        "told": np.stack(found),
    }


def _frames(settings: Spinodal, begun: Beginning) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Energy, mass, and what is to be read, of each frame."""
    material = begun.material
    counts = substeps(settings.frames, settings.interval, settings.step)
    start, clip = torch.from_numpy(begun.field), settings.clip == "on"
    for frame in evolve(start, material, counts, settings.interval, clip=clip):
        energy = free_energy(frame.field, frame.waves, material.gradient_coefficient)
        mass = frame.field.double().mean((-2, -1)).float()
        yield energy, mass, frame.waves
