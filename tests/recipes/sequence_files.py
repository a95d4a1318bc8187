"""A small sequence training in the terms of its YAML, and series that it can learn."""

import numpy as np
import torch

from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.formats import write

TREE = {
    "strategy": "combined",
    "train": 0.6,
    "validation": 0.2,
    "hidden_size": 4,
    "dropout": 0.1,
    "batch_size": 8,
    "mixed_precision": False,
    "score_lags": [3, 5],
    "save_every": 2,
    "max_lag": 3,
    "start_lr": 0.02,
    "min_lr": 0.01,
    "phases": [
        {"epochs": 2},
        {"epochs": 3, "max_lag": 5, "start_lr": 0.01, "min_lr": 0.005},
        {"epochs": 1, "max_lag": 5, "alpha": 0.2, "min_lr": 0.001},
    ],
}
NAMES = ["phase_1_2", "phase_3_5", "phase_6_6"]
COMPONENTS = 3


def curves(count=20, steps=12):
    """Rows of components, and the two numbers that they depend on."""
    known = torch.rand(count, 2) + 0.5
    time = torch.linspace(0, 3, steps)[:, None] * known[:, None, :1]
    series = torch.stack([(time[..., 0] + shift).sin() for shift in range(COMPONENTS)], -1)
    return series * known[:, None, 1:], known


def stored(path, count=20, steps=12):
    """A file of them that knows its roles."""
    torch.manual_seed(5)
    series, known = curves(count, steps)
    schema = Schema(
        series=tuple(Quantity(f"comp_{number}") for number in range(1, COMPONENTS + 1)),
        condition=(Quantity("mobility"), Quantity("gradient_coefficient")),
    )
    write(Dataset(schema=schema, series=series, condition=known), path)
    return path


def foldered(path, count=20, steps=12):
    """The documented folder: files numbered with gaps, the two numbers in every row."""
    path.mkdir()
    torch.manual_seed(5)
    series, known = curves(count, steps)
    names = [f"comp_{number}" for number in range(1, COMPONENTS + 1)]
    header = ",".join(["step", *names, "mobility", "gradient_coefficient"])
    for number, (values, both) in enumerate(zip(series, known, strict=True)):
        rows = [np.arange(steps)[:, None], values.numpy(), np.tile(both.numpy(), (steps, 1))]
        file = path / f"{3 * number + 1}.csv"
        np.savetxt(file, np.hstack(rows), "%.9g", delimiter=",", header=header, comments="")
    return path
