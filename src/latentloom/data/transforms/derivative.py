"""The derivative of a drive channel, as one more channel."""

import math
from dataclasses import replace
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from ...core.errors import DataError
from ..dataset import Dataset, Quantity
from .columns import appended, dropped, find, need, real_lengths, root_mean_square
from .rate import check_clock, intervals, rate
from .transform import Transform


class Derivative(Transform):
    """Appends the time derivative of a drive channel, called `CHANNEL_rate`.

    Central differences; round the corner if signals are periods.

    Args:
        channel: Which drive channel.
        unit: Of the derivative: `own`, divided by its root mean square in each sample, so
            that only its shape is left; `radian`, per radian of the one period that a
            sample covers; `second`, per second.
        interval: Time between steps in seconds, for unit `second`.
        frequency: Or the name of the condition with the frequency of a period in hertz.

    Raises:
        ValueError: If unit `second` is wanted without a time between steps.
        DataError: If radians are wanted of signals that are not periods, when fitted.
    """

    def __init__(
        self,
        *,
        channel: str,
        unit: Literal["own", "radian", "second"] = "own",
        interval: float | None = None,
        frequency: str | None = None,
    ) -> None:
        if unit == "second":
            check_clock(interval, frequency)
        self.channel = channel
        self.unit = unit
        self.interval, self.frequency = interval, frequency

    def learn(self, dataset: Dataset) -> dict[str, Tensor]:
        find(dataset.schema, "drive", self.channel)
        if self.unit == "radian" and not dataset.schema.periodic:
            raise DataError("drive", "must be of one period for a derivative per radian")
        return {}

    def apply(self, dataset: Dataset) -> Dataset:
        index = find(self.schema, "drive", self.channel)
        signal = need(dataset, "drive")[..., index]
        known = replace(dataset, schema=self.schema)
        slope = rate(signal, self._interval(known), known)[..., None]
        unit = self.schema.drive[index].unit
        if self.unit == "own":
            size = root_mean_square(slope, known)[:, None]
            slope, unit = slope / size.where(size > 0, 1.0), ""
        elif self.unit == "second" and unit:
            unit = f"{unit}/s"
        return appended(known, "drive", Quantity(f"{self.channel}_rate", unit), slope)

    def invert(self, dataset: Dataset) -> Dataset:
        return dropped(dataset, "drive", self.schema)

    def _interval(self, dataset: Dataset) -> Float[Tensor, " N"]:
        if self.unit == "second":
            return intervals(dataset, self.interval, self.frequency)
        if self.unit == "radian":
            return 2 * math.pi / real_lengths(dataset).double()
        return torch.ones(dataset.size, dtype=torch.double)
