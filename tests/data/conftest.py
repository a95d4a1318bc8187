"""Datasets that the tests of formats, streams and inspection share."""

import pytest
import torch

from latentloom.data.dataset import Dataset, Quantity, Schema


@pytest.fixture
def full():
    """A dataset with everything that a dataset can have."""
    lengths = torch.tensor([6, 3, 5, 6, 1, 2, 6])
    real = (torch.arange(6) < lengths[:, None])[..., None]
    return Dataset(
        schema=Schema(
            series=(Quantity("voltage", "V"), Quantity("leak", "mV")),
            drive=(Quantity("current", "A"),),
            condition=(Quantity("frequency", "Hz"), Quantity("material")),
            categories={"material": ("3C92", "ML95S")},
            periodic=True,
        ),
        series=torch.randn(7, 6, 2) * real,
        lengths=lengths,
        drive=torch.randn(7, 6, 1) * real,
        condition=torch.stack([torch.rand(7) * 1e5, torch.arange(7.0) % 2], -1),
        families={"spectrum": torch.randn(7, 4)},
        extras={"truth": torch.randn(7, 6), "held_out": torch.ones(7, 1)},
        group=torch.tensor([3, 3, 4, 9, 9, 9, 12]),
    )


@pytest.fixture
def labelled():
    """Series of one channel, each with a class; lengths differ."""
    lengths = torch.tensor([4, 2, 3])
    real = (torch.arange(4) < lengths[:, None])[..., None]
    return Dataset(
        schema=Schema(
            series=(Quantity("value"),),
            condition=(Quantity("label"),),
            categories={"label": ("-1", "2", "10")},
        ),
        series=torch.randn(3, 4, 1) * real,
        lengths=lengths,
        condition=torch.tensor([[2.0], [0.0], [1.0]]),
    )
