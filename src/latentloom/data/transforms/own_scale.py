"""A drive of unit size, its size as a condition."""

from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor

from ...core.errors import DataError
from ..dataset import Dataset, Quantity
from .columns import LAW, appended, dropped, find, half_swing, need, root_mean_square
from .transform import Transform


class OwnScale(Transform):
    r"""Divides each sample's drive by its own size, kept as a condition.

    $y = x / r$ with a new condition $\ln r$. The size $r$ is the root mean square over the
    sample's real steps, or half of the swing from lowest to highest value, which says more
    of a drive with spikes. Shape and size are then two things to learn from, and a drive
    larger than any seen is only a condition out of range.

    Args:
        condition: The name of the new condition, the logarithm of the size in the drive's
            unit.
        channel: Which drive channel to divide; by default all of them by their common
            size, the root mean square of theirs, a law's channel excepted.
        size: What the size is: `rms`, or `swing` for half of the peak-to-peak value.

    Raises:
        DataError: If a drive is zero throughout, when applied.
    """

    def __init__(
        self,
        *,
        condition: str = "log_drive_size",
        channel: str | None = None,
        size: Literal["rms", "swing"] = "rms",
    ) -> None:
        self.condition = condition
        self.channel = channel
        self.size = size

    def learn(self, dataset: Dataset) -> dict[str, Tensor]:
        if self.channel is not None:
            find(dataset.schema, "drive", self.channel)
        return {}

    def apply(self, dataset: Dataset) -> Dataset:
        drive, columns = need(dataset, "drive").clone(), self._columns()
        measure = root_mean_square if self.size == "rms" else half_swing
        each = measure(drive[..., columns], dataset)
        size = each.square().mean(1).sqrt()
        silent = (size == 0).nonzero().flatten().tolist()
        if silent:
            still = "zero" if self.size == "rms" else "constant"
            problem = f"is {still} throughout and so has no scale of its own"
            raise DataError(f"drive of sample {silent[0]}", problem)
        drive[..., columns] = (drive[..., columns].double() / size[:, None, None]).float()
        quantities = tuple(
            Quantity(quantity.name) if index in columns else quantity
            for index, quantity in enumerate(self.schema.drive)
        )
        scaled = replace(dataset, schema=replace(self.schema, drive=quantities), drive=drive)
        return appended(scaled, "condition", Quantity(self.condition), size.log()[:, None])

    def invert(self, dataset: Dataset) -> Dataset:
        if dataset.drive is not None:
            log_size = need(dataset, "condition")[:, len(self.schema.condition)]
            drive, columns = dataset.drive.clone(), self._columns()
            size = torch.exp(log_size.double())[:, None, None]
            drive[..., columns] = (drive[..., columns].double() * size).float()
            dataset = replace(dataset, drive=drive)
        return dropped(dataset, "condition", self.schema)

    def _columns(self) -> list[int]:
        if self.channel is not None:
            return [find(self.schema, "drive", self.channel)]
        return [i for i, name in enumerate(self.schema.names("drive")) if name != LAW]
