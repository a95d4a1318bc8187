"""Leading steps of signals that are known before the others are made."""

from dataclasses import replace

from torch import Tensor

from ...core.errors import DataError
from ...core.ranges import at_least
from ..dataset import Dataset
from .transform import Transform


class FirstRows(Transform):
    """Tells the parts the first steps of every signal, which they then need not predict.

    What is generated begins with them, so a run that learned from them asks for them. The
    signals stay as they are. Put it last, so that the parts read the steps in their units.

    Args:
        steps: How many leading steps are known.

    Raises:
        DataError: If there are no signals, or one is not longer than that, when fitted.
        ValueError: If `steps` is below 1.

    Example:
        >>> import torch
        >>> from latentloom.data.dataset import Quantity, Schema
        >>> series = torch.tensor([[[5.0], [6.0], [7.0]]])
        >>> dataset = Dataset(schema=Schema(series=(Quantity("height"),)), series=series)
        >>> rows = FirstRows()
        >>> rows.fit(dataset)
        >>> rows.apply(dataset).context().start
        tensor([[[5.]]])
    """

    def __init__(self, *, steps: int = 1) -> None:
        at_least(1, steps=steps)
        self.steps = steps

    def learn(self, dataset: Dataset) -> dict[str, Tensor]:
        if dataset.series is None:
            raise DataError("series", "must be there for their first rows to be known; got none")
        shortest = dataset.steps if dataset.lengths is None else int(dataset.lengths.min())
        if shortest <= self.steps:
            problem = f"must be longer than the {self.steps} first rows that are known"
            raise DataError("series", f"{problem}, got one of {shortest} steps; lower `steps`")
        return {}

    def apply(self, dataset: Dataset) -> Dataset:
        return replace(dataset, schema=replace(self.schema, start=self.steps))

    def invert(self, dataset: Dataset) -> Dataset:
        return replace(dataset, schema=self.schema)
