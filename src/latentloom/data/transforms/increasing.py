"""Series that only increase, such as time."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ...core.errors import DataError
from ...core.ranges import positive
from ..dataset import Dataset
from .columns import find, need, padded, real
from .transform import Transform


class Increasing(Transform):
    r"""Refuses series that do not increase, and lets those increase that come back.

    Undone, each step is at least `least` above the one before, by a running maximum:
    $y_t = \max_{s \le t} \, (x_s + (t - s) \, l)$, which leaves alone what increases enough.
    Put it first, before `whole_numbers` too: whole numbers and a whole `least` stay whole.

    Args:
        names: The series that increase.
        least: $l$, the least that they rise from step to step when they come back, in the
            unit of the series; at most the least that they rise in the train split.

    Raises:
        ValueError: If none is named, or `least` is not positive.
        DataError: If there is no such series, or one does not increase, when fitted or
            applied; or one rises by less than `least` in the train split.

    Example:
        >>> from latentloom.data.dataset import Quantity, Schema
        >>> schema = Schema(series=(Quantity("t", "ms"),))
        >>> time = Increasing(names=["t"])
        >>> time.fit(Dataset(schema=schema, series=torch.tensor([[[0.0], [8.0], [16.0]]])))
        >>> made = Dataset(schema=schema, series=torch.tensor([[[0.0], [9.0], [7.0], [30.0]]]))
        >>> time.invert(made).series.flatten().tolist()
        [0.0, 9.0, 10.0, 30.0]
    """

    def __init__(self, *, names: list[str], least: float = 1.0) -> None:
        if not names:
            raise ValueError("names must name at least one series, got none")
        positive(least=least)
        self.names = names
        self.least = least

    def learn(self, dataset: Dataset) -> dict[str, Tensor]:
        places = [find(dataset.schema, "series", name) for name in self.names]
        need(dataset, "series")
        check_increasing("series", dataset, self.names)
        self._check_least(dataset, places)
        return {"places": torch.tensor(places)}

    def apply(self, dataset: Dataset) -> Dataset:
        check_increasing("series", dataset, self.names)
        return replace(dataset, schema=self.schema)

    def invert(self, dataset: Dataset) -> Dataset:
        dataset = replace(dataset, schema=self.schema)
        if dataset.series is None:
            return dataset
        places = self.state()["places"]
        series = dataset.series.double().clone()
        rise = self.least * torch.arange(dataset.steps, device=series.device)[:, None]
        series[..., places] = (series[..., places] - rise).cummax(1).values + rise
        return replace(dataset, series=padded(dataset, series))

    def _check_least(self, dataset: Dataset, places: Sequence[int]) -> None:
        """Checks that no series rises by less than `least`, but for what single floats lose.

        Raises:
            DataError: If one does: it says by how much.
        """
        series = need(dataset, "series")[..., places].unbind(-1)
        for name, values in zip(self.names, series, strict=True):
            rises = values.double().diff(dim=1)[real(dataset)[:, 1:]]
            if not len(rises):
                continue
            lost = values.abs().max().item() * torch.finfo(values.dtype).eps
            rise = rises.min().item()
            if self.least > rise + lost:
                told = _shortest(rise, lost)
                raise DataError(
                    f"series {name}",
                    f"least must be at most {told}, the least rise in the train part, got"
                    f" {self.least:g}; set it to {told}",
                )


def _shortest(value: float, spread: float) -> str:
    """The number of the fewest digits that differs from another by no more than a spread."""
    rounded = (float(f"{value:.{digits}g}") for digits in range(1, 17))
    return f"{next((r for r in rounded if abs(r - value) <= spread), value):.15g}"


def check_increasing(
    source: str, dataset: Dataset, names: list[str], rows: Sequence[int] | None = None
) -> None:
    """Refuses signals in which a series does not rise from each real step to the next.

    Args:
        source: Where the samples come from.
        dataset: The samples; any without series pass.
        names: The series.
        rows: The number of each sample in its file; counted from 0 if None.

    Raises:
        DataError: If there is no such series, or one does not increase: it says in which
            sample and step.
    """
    places = [find(dataset.schema, "series", name) for name in names]
    if dataset.series is None:
        return
    values = dataset.series[..., places]
    falls = ~(values[:, 1:] > values[:, :-1]) & real(dataset)[:, 1:, None]
    if not falls.any():
        return
    sample, step, channel = falls.nonzero()[0].tolist()
    before, after = values[sample, step : step + 2, channel].tolist()
    wrong = int(falls.flatten(1).any(1).sum())
    number = sample if rows is None else int(rows[sample])
    raise DataError(
        source,
        f"{names[channel]} must increase from step to step, got {after:.9g} after {before:.9g} at"
        f" step {step + 1} of sample {number}, the first of {wrong} such samples; remove the"
        " steps that repeat or go back",
    )
