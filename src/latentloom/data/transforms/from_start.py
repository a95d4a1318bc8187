"""Signals told from where they start."""

from dataclasses import replace

import torch
from torch import Tensor

from ..dataset import Dataset
from .columns import find, need, padded
from .transform import Transform


class FromStart(Transform):
    r"""Tells positions from the first real step of each signal, which comes to lie at 0.

    $y_t = x_t - x_0$ in the series that are named, on the way in and on the way out: what
    comes back begins at 0 too, for where a signal began is forgotten. To compare it with
    signals of the files, let these begin there as well, by `data.derive`.

    Args:
        names: The series that are positions.

    Raises:
        ValueError: If none is named.
        DataError: If there is no such series, when fitted.

    Example:
        >>> from latentloom.data.dataset import Quantity, Schema
        >>> series = torch.tensor([[[5.0], [6.0], [8.0]]])
        >>> dataset = Dataset(schema=Schema(series=(Quantity("x", "px"),)), series=series)
        >>> start = FromStart(names=["x"])
        >>> start.fit(dataset)
        >>> start.apply(dataset).series.flatten().tolist()
        [0.0, 1.0, 3.0]
    """

    def __init__(self, *, names: list[str]) -> None:
        if not names:
            raise ValueError("names must name at least one series, got none")
        self.names = names

    def learn(self, dataset: Dataset) -> dict[str, Tensor]:
        places = [find(dataset.schema, "series", name) for name in self.names]
        need(dataset, "series")
        return {"places": torch.tensor(places)}

    def apply(self, dataset: Dataset) -> Dataset:
        return from_start(dataset, self.state()["places"])

    def invert(self, dataset: Dataset) -> Dataset:
        return from_start(replace(dataset, schema=self.schema), self.state()["places"])


def from_start(dataset: Dataset, places: Tensor) -> Dataset:
    """The dataset with some series less their first step.

    Args:
        dataset: The samples; those without series are left alone.
        places: Where the series stand.
    """
    if dataset.series is None:
        return dataset
    told = dataset.series.double()
    begun = torch.zeros_like(told[:, :1])
    begun[..., places] = told[:, :1, places]
    return replace(dataset, series=padded(dataset, told - begun))
