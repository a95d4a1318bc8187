"""Series in units of what a law says of them."""

from dataclasses import replace

import torch
from torch import Tensor

from ...core.errors import DataError
from ..dataset import Dataset, Quantity
from .columns import LAW, appended, dropped, find, need, padded, root_mean_square
from .transform import Transform


class LawScale(Transform):
    r"""Divides each series, and the law's channel, by the root mean square of what the law says.

    $y = x / r$ with $r^2 = \langle \mathrm{law}^2 \rangle$ over the sample's real steps, and a
    new condition $\ln r$. What is left to learn is how the signal departs from its law, at
    any size. Put `law` before.

    Args:
        condition: The name of the new condition.

    Raises:
        DataError: If the law says zero throughout, when applied.
    """

    def __init__(self, *, condition: str = "log_law_rms") -> None:
        self.condition = condition

    def learn(self, dataset: Dataset) -> dict[str, Tensor]:
        find(dataset.schema, "drive", LAW)
        return {}

    def apply(self, dataset: Dataset) -> Dataset:
        law = find(self.schema, "drive", LAW)
        size = root_mean_square(need(dataset, "drive")[..., law : law + 1], dataset)[:, 0]
        silent = (size == 0).nonzero().flatten().tolist()
        if silent:
            problem = "is zero throughout by its law, and so has no scale by it"
            raise DataError(f"series of sample {silent[0]}", problem)
        series = tuple(Quantity(quantity.name) for quantity in self.schema.series)
        drive = tuple(q if q.name != LAW else Quantity(LAW) for q in self.schema.drive)
        schema = replace(self.schema, series=series, drive=drive)
        scaled = replace(self._times(dataset, 1 / size), schema=schema)
        return appended(scaled, "condition", Quantity(self.condition), size.log()[:, None])

    def invert(self, dataset: Dataset) -> Dataset:
        log_size = need(dataset, "condition")[:, len(self.schema.condition)]
        return dropped(self._times(dataset, log_size.double().exp()), "condition", self.schema)

    def _times(self, dataset: Dataset, factor: Tensor) -> Dataset:
        changed: dict[str, Tensor] = {}
        if dataset.series is not None:
            changed["series"] = padded(dataset, dataset.series.double() * factor[:, None, None])
        if dataset.drive is not None:
            law = find(self.schema, "drive", LAW)
            changed["drive"] = torch.clone(dataset.drive)
            changed["drive"][..., law] = (dataset.drive[..., law] * factor[:, None]).float()
        return replace(dataset, **changed)
