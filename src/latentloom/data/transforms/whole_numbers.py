"""Series of whole numbers, which are whole again when they come back."""

from dataclasses import replace

import torch
from torch import Tensor

from ..dataset import Dataset
from .columns import find, need
from .transform import Transform


class WholeNumbers(Transform):
    r"""Changes nothing on the way in, and rounds to whole numbers on the way out.

    $\lfloor x + 1/2 \rfloor$, so that numbers that are 1 apart stay apart; the gradient
    goes through unchanged. Put it before what scales: rounding then comes last.

    Args:
        names: The series that are rounded; if not given, those whose real values in the
            train split are all whole.

    Raises:
        DataError: If there is no such series, when fitted.

    Example:
        >>> from latentloom.data.dataset import Quantity, Schema
        >>> schema = Schema(series=(Quantity("x", "px"), Quantity("force")))
        >>> whole = WholeNumbers()
        >>> whole.fit(Dataset(schema=schema, series=torch.tensor([[[3.0, 0.5], [4.0, 1.0]]])))
        >>> made = Dataset(schema=schema, series=torch.tensor([[[2.5, 0.4]]]))
        >>> [round(value, 2) for value in whole.invert(made).series.flatten().tolist()]
        [3.0, 0.4]
    """

    def __init__(self, *, names: list[str] | None = None) -> None:
        self.names = names

    def learn(self, dataset: Dataset) -> dict[str, Tensor]:
        series = need(dataset, "series")
        if self.names is None:
            return {"whole": (series == series.round()).flatten(0, 1).all(0)}
        whole = torch.zeros(series.shape[2], dtype=torch.bool)
        whole[[find(dataset.schema, "series", name) for name in self.names]] = True
        return {"whole": whole}

    @property
    def told(self) -> tuple[str, ...]:
        if self.names is not None:
            return ()
        whole = self.state()["whole"].tolist()
        names = [n for n, w in zip(self.schema.names("series"), whole, strict=True) if w]
        found = ", ".join(names) or "none is, and none is rounded"
        return (f"series of whole numbers: {found}",)

    def apply(self, dataset: Dataset) -> Dataset:
        return replace(dataset, schema=self.schema)

    def invert(self, dataset: Dataset) -> Dataset:
        dataset = replace(dataset, schema=self.schema)
        if dataset.series is None:
            return dataset
        made = dataset.series
        rounded = (made + 0.5).floor() + (made - made.detach())
        return replace(dataset, series=rounded.where(self.state()["whole"], made))
