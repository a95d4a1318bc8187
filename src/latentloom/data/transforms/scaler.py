"""Scalers: one shift and one scale for each column, the same for every sample."""

import abc
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from ..dataset import Dataset, Quantity
from .columns import LAW, Array, find, need, padded, real
from .percentiles import percentiles
from .transform import Transform

Measured = tuple[Float[Tensor, " C"], Float[Tensor, " C"]]
Per = Literal["channel", "span"]


class Scaler(Transform):
    r"""Maps each column by $y = (x - \mathrm{shift}) / \mathrm{scale}$.

    Shift and scale come from the real steps of the train split. A column that is constant
    there gets the scale 1. Labels stay as they are. A law's channel in the drive moves
    with the first channel of the series, so that the two can still be compared.

    Args:
        arrays: Which arrays to scale: series, drive, condition.
        per: Whether each `channel` of the series has a shift and a scale of its own, or all
            channels of a `span` share theirs, so that they stay comparable; a series whose
            channels are not told apart is one span.

    Raises:
        ValueError: If no array is named, or one twice.
    """

    absent: Literal["skipped"] | None = None

    def __init__(self, *, arrays: list[Array], per: Per = "channel") -> None:
        if not arrays or len(set(arrays)) < len(arrays):
            raise ValueError(f"arrays must be named, each once, got {arrays}")
        self.arrays = arrays
        self.per: Per = per

    @abc.abstractmethod
    def measure(self, values: Float[Tensor, "M C"]) -> Measured:
        """The shift and the scale of each column of the values."""

    def learn(self, dataset: Dataset) -> dict[str, Tensor]:
        there: list[Array] = [
            a for a in self.arrays if not (self.absent and getattr(dataset, a) is None)
        ]
        learned = {array: self._measured(dataset, array) for array in there}
        neutral = torch.tensor([0.0, 1.0], dtype=torch.double)
        for name in dataset.schema.categories.keys() & set(dataset.schema.names("condition")):
            if "condition" in learned:
                learned["condition"][:, find(dataset.schema, "condition", name)] = neutral
        if LAW in dataset.schema.names("drive"):
            columns = len(dataset.schema.drive)
            law = learned["series"][:, 0] if "series" in learned else neutral
            drive = learned.setdefault("drive", neutral[:, None].repeat(1, columns))
            drive[:, find(dataset.schema, "drive", LAW)] = law
        return learned

    def _measured(self, dataset: Dataset, array: Array) -> Float[Tensor, "2 C"]:
        values = need(dataset, array)
        rows = (values[real(dataset)] if values.ndim == 3 else values).double()
        if array == "series" and self.per == "span":
            sizes = [*dataset.schema.spans.values()] or [rows.shape[1]]
            shared = [
                self._learned(own.reshape(-1, 1)).expand(-1, own.shape[1])
                for own in rows.split(sizes, 1)
            ]
            return torch.cat(shared, 1)
        return self._learned(rows)

    def _learned(self, rows: Float[Tensor, "M C"]) -> Float[Tensor, "2 C"]:
        shift, scale = self.measure(rows)
        varies = scale > 1e-9 * rows.abs().amax(0)
        return torch.stack([shift, scale.where(varies, 1.0)])

    def apply(self, dataset: Dataset) -> Dataset:
        scaled = self._mapped(dataset, lambda x, shift, scale: (x - shift) / scale)
        columns = {array: self._unitless(array) for array in self.state()}
        return replace(scaled, schema=replace(self.schema, **columns))

    def invert(self, dataset: Dataset) -> Dataset:
        scaled = self._mapped(dataset, lambda x, shift, scale: x * scale + shift)
        return replace(scaled, schema=self.schema)

    def _mapped(self, dataset: Dataset, move: Callable[..., Tensor]) -> Dataset:
        moved = {}
        for array, (shift, scale) in self.state().items():
            values = getattr(dataset, array)
            if values is not None:
                moved[array] = padded(dataset, move(values.double(), shift, scale))
        return replace(dataset, **moved)

    def _unitless(self, array: str) -> tuple[Quantity, ...]:
        shift, scale = self.state()[array]
        same = ((shift == 0) & (scale == 1)).tolist()
        pairs = zip(getattr(self.schema, array), same, strict=True)
        return tuple(q if untouched else Quantity(q.name) for q, untouched in pairs)


class Standard(Scaler):
    r"""Scales each column to unit spread: $y = (x - \mu) / \sigma$.

    Args:
        arrays: Which arrays to scale: series, drive, condition.
        per: Whether each `channel` of the series has a shift and a scale of its own, or all
            channels of a `span` share theirs.
        centre: What becomes zero: the `mean` of a column, with its standard deviation as
            scale; or `zero` itself, with its root mean square as scale, which keeps the
            sign of every value.
        absent: `skipped` leaves out those of the arrays that the data have not, which are
            refused if None.

    Example:
        >>> from latentloom.data.dataset import Dataset, Quantity, Schema
        >>> schema = Schema(condition=(Quantity("temperature", "degC"),))
        >>> dataset = Dataset(schema=schema, condition=torch.tensor([[25.0], [50.0], [75.0]]))
        >>> scaler = Standard(arrays=["condition"])
        >>> scaler.fit(dataset)
        >>> scaler.apply(dataset).condition.flatten().tolist()
        [-1.2247449159622192, 0.0, 1.2247449159622192]
    """

    def __init__(
        self,
        *,
        arrays: list[Array],
        per: Per = "channel",
        centre: Literal["mean", "zero"] = "mean",
        absent: Literal["skipped"] | None = None,
    ) -> None:
        super().__init__(arrays=arrays, per=per)
        self.centre = centre
        self.absent = absent

    def measure(self, values: Float[Tensor, "M C"]) -> Measured:
        shift = values.mean(0) if self.centre == "mean" else torch.zeros_like(values[0])
        return shift, (values - shift).square().mean(0).sqrt()


class Robust(Scaler):
    r"""Scales each column by its quartiles, which outliers do not move.

    $y = 1.349 \, (x - q_{50}) / (q_{75} - q_{25})$, so that a normal column gets unit
    standard deviation.

    Args:
        arrays: Which arrays to scale: series, drive, condition.
        per: Whether each `channel` of the series has a shift and a scale of its own, or all
            channels of a `span` share theirs.
    """

    def measure(self, values: Float[Tensor, "M C"]) -> Measured:
        low, middle, high = percentiles(values, [25, 50, 75])
        return middle, (high - low) / 1.349


class MedianDeviation(Scaler):
    r"""Scales each column by its median deviation, which half of the values cannot move.

    $y = (x - q) / (1.4826 \, \mathrm{median}|x - q|)$ with the median $q$, so that a normal
    column gets unit standard deviation. A column of which more than half is one value has no
    median deviation; it gets its standard deviation as scale.

    Args:
        arrays: Which arrays to scale: series, drive, condition.
        per: Whether each `channel` of the series has a shift and a scale of its own, or all
            channels of a `span` share theirs.
    """

    def measure(self, values: Float[Tensor, "M C"]) -> Measured:
        middle = values.median(0).values
        deviation = 1.4826 * (values - middle).abs().median(0).values
        return middle, deviation.where(deviation > 0, values.std(0, correction=0))


class MinMax(Scaler):
    """Maps the range of each column in the train split onto [low, high].

    Args:
        arrays: Which arrays to scale: series, drive, condition.
        per: Whether each `channel` of the series has a shift and a scale of its own, or all
            channels of a `span` share theirs.
        low: Where the smallest value of a column goes.
        high: Where its largest value goes.

    Raises:
        ValueError: If `high` is not above `low`.
    """

    def __init__(
        self,
        *,
        arrays: list[Array],
        per: Per = "channel",
        low: float = -1.0,
        high: float = 1.0,
    ) -> None:
        super().__init__(arrays=arrays, per=per)
        if high <= low:
            raise ValueError(f"high must be above low = {low}, got {high}")
        self.low, self.high = low, high

    def measure(self, values: Float[Tensor, "M C"]) -> Measured:
        least, most = values.amin(0), values.amax(0)
        scale = (most - least) / (self.high - self.low)
        return least - self.low * scale, scale
