"""The logarithm of conditions that span decades."""

from dataclasses import replace

import torch
from torch import Tensor

from ...core.errors import DataError
from ..dataset import Dataset, Quantity
from .columns import find, need
from .transform import Transform


class Log(Transform):
    """Replaces positive conditions by their natural logarithm, renamed to `log_NAME`.

    The new name keeps an order of the pipeline from being misread: what needs a frequency
    in hertz asks for `frequency` and must stand before, what needs its logarithm asks for
    `log_frequency` and must stand behind.

    Args:
        conditions: Which conditions, such as a frequency.

    Raises:
        DataError: If a value is not positive, when applied.
    """

    def __init__(self, *, conditions: list[str]) -> None:
        self.conditions = conditions

    def learn(self, dataset: Dataset) -> dict[str, Tensor]:
        for name in self.conditions:
            find(dataset.schema, "condition", name)
        return {}

    def apply(self, dataset: Dataset) -> Dataset:
        values = need(dataset, "condition").clone()
        quantities = list(self.schema.condition)
        for name in self.conditions:
            index = find(self.schema, "condition", name)
            bad = (~(values[:, index] > 0)).nonzero().flatten().tolist()
            if bad:
                problem = f"must be positive for its logarithm, got {values[bad[0], index]:g}"
                raise DataError(f"condition {name}", f"{problem} in sample {bad[0]}")
            values[:, index] = values[:, index].log()
            quantities[index] = Quantity(f"log_{name}")
        schema = replace(self.schema, condition=tuple(quantities))
        return replace(dataset, schema=schema, condition=values)

    def invert(self, dataset: Dataset) -> Dataset:
        if dataset.condition is None:
            return replace(dataset, schema=self.schema)
        columns = [find(self.schema, "condition", name) for name in self.conditions]
        values = dataset.condition.clone()
        values[:, columns] = torch.exp(values[:, columns].double()).float()
        return replace(dataset, schema=self.schema, condition=values)
