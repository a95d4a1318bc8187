"""Paths of the plane that tests share: ragged, from anywhere, in whole pixels."""

import torch

from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.derive import Displacement


def paths(size=20, steps=16, seed=0):
    """Random walks in time, with the displacement of each."""
    random = torch.Generator().manual_seed(seed)
    lengths = torch.randint(5, steps + 1, (size,), generator=random)
    moved = torch.randint(-9, 10, (size, steps, 3), generator=random).float()
    moved[..., 0] = moved[..., 0].abs() + 1
    moved[:, 1:, 1] += 5  # none ends where it begins
    series = moved.cumsum(1) * (torch.arange(steps) < lengths[:, None])[..., None]
    schema = Schema(series=(Quantity("t", "ms"), Quantity("x", "px"), Quantity("y", "px")))
    return Displacement(names=("x", "y"))(Dataset(schema=schema, series=series, lengths=lengths))


def path(*points, **known):
    """One path of t, x and y."""
    schema = Schema(series=(Quantity("t", "ms"), Quantity("x", "px"), Quantity("y", "px")))
    return Dataset(schema=schema, series=torch.tensor([points], dtype=torch.float), **known)
