"""Signals of the plane turned to a direction that all share."""

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from ...core.errors import DataError
from ..dataset import Dataset
from .columns import find, need, padded
from .transform import Transform


class Rotated(Transform):
    r"""Turns two series so that a direction known of each signal lies along the first.

    With the direction $(c, s)$, scaled to length 1,

    $$u = c x + s y, \qquad v = c y - s x, \qquad x = c u - s v, \qquad y = s u + c v.$$

    Turned about the origin: put `from_start` before it. The conditions stay as they are.

    Args:
        names: The two series.
        by: The two conditions that tell the direction, such as its cosine and sine.

    Raises:
        ValueError: If not two different names are given of either.
        DataError: If there is no such column, when fitted; or a direction is 0.

    Example:
        >>> from latentloom.data.dataset import Quantity, Schema
        >>> schema = Schema(
        ...     series=(Quantity("x"), Quantity("y")), condition=(Quantity("c"), Quantity("s"))
        ... )
        >>> series, down = torch.tensor([[[0.0, 0.0], [0.0, -3.0]]]), torch.tensor([[0.0, -1.0]])
        >>> dataset = Dataset(schema=schema, series=series, condition=down)
        >>> turned = Rotated(names=["x", "y"], by=["c", "s"])
        >>> turned.fit(dataset)
        >>> turned.apply(dataset).series[0, 1].tolist()
        [3.0, 0.0]
    """

    def __init__(self, *, names: list[str], by: list[str]) -> None:
        for setting, given in (("names", names), ("by", by)):
            if len(given) != 2 or len(set(given)) != 2:
                raise ValueError(f"{setting} must be two different names, got {given}")
        self.names = names
        self.by = by

    def learn(self, dataset: Dataset) -> dict[str, Tensor]:
        places = [find(dataset.schema, "series", name) for name in self.names]
        self._direction(dataset)
        return {"places": torch.tensor(places)}

    def apply(self, dataset: Dataset) -> Dataset:
        return self._turned(dataset, 1.0)

    def invert(self, dataset: Dataset) -> Dataset:
        return self._turned(replace(dataset, schema=self.schema), -1.0)

    def _turned(self, dataset: Dataset, sense: float) -> Dataset:
        """The series turned by the direction, or, of sense -1, turned back."""
        cosine, sine = self._direction(dataset).unbind(1)
        if dataset.series is None:
            return dataset
        places = self.state()["places"]
        x, y = dataset.series.double()[..., places].unbind(-1)
        c, s = cosine[:, None], sense * sine[:, None]
        turned = dataset.series.double().clone()
        turned[..., places] = torch.stack([c * x + s * y, c * y - s * x], -1)
        return replace(dataset, series=padded(dataset, turned))

    def _direction(self, dataset: Dataset) -> Float[Tensor, "N 2"]:
        """The direction of each signal, of length 1, in double precision.

        Raises:
            DataError: If one is 0.
        """
        places = [find(dataset.schema, "condition", name) for name in self.by]
        direction = need(dataset, "condition")[:, places].double()
        size = direction.norm(dim=1, keepdim=True)
        bad = (~(size > 0)).nonzero()[:, 0].tolist()
        if bad:
            told = " and ".join(self.by)
            problem = f"must tell a direction, got 0 and 0 in sample {bad[0]}; remove it"
            raise DataError(f"conditions {told}", problem)
        return direction / size
