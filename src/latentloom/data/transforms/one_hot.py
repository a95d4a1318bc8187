"""Labels as columns of zeros and ones."""

from dataclasses import replace

import torch
from torch import Tensor

from ..dataset import Dataset, Quantity, Schema
from .columns import find, labelled, need
from .transform import Transform

COUNTS = "counts"
FEW = 2  # samples of a name, below which nothing tells what is common to them


class OneHot(Transform):
    """Replaces a label by one column for each of its names: 1 where it is the name, else 0.

    The columns are called `CONDITION=NAME` and stand where the label stood.

    Args:
        condition: Which condition, such as a material; it must be a label.

    Raises:
        DataError: If the condition is no label, when fitted, or a value is not the index
            of a name, when applied.
    """

    def __init__(self, *, condition: str) -> None:
        self.condition = condition

    def learn(self, dataset: Dataset) -> dict[str, Tensor]:
        names, label = labelled(dataset, self.condition)
        return {COUNTS: label.bincount(minlength=len(names))}

    @property
    def told(self) -> tuple[str, ...]:
        names = self.schema.categories[self.condition]
        counts = self.state()[COUNTS].tolist()
        few = {name: count for name, count in zip(names, counts, strict=True) if count < FEW}
        if not few:
            return ()
        listed = ", ".join(f"{name} ({count})" for name, count in few.items())
        said = f"fewer than {FEW} train samples, of which little is learned: {listed}"
        return (f"{self.condition}: {said}",)

    def apply(self, dataset: Dataset) -> Dataset:
        values, (index, _) = need(dataset, "condition"), self._label()
        names, label = labelled(replace(dataset, schema=self.schema), self.condition)
        columns = torch.nn.functional.one_hot(label, len(names)).to(values)
        values = torch.cat([values[:, :index], columns, values[:, index + 1 :]], 1)
        return replace(dataset, schema=self._spread(), condition=values)

    def invert(self, dataset: Dataset) -> Dataset:
        if dataset.condition is None:
            return replace(dataset, schema=self.schema)
        values, (index, names) = dataset.condition, self._label()
        behind = index + len(names)
        label = values[:, index:behind].argmax(1, keepdim=True).to(values)
        values = torch.cat([values[:, :index], label, values[:, behind:]], 1)
        return replace(dataset, schema=self.schema, condition=values)

    def _label(self) -> tuple[int, tuple[str, ...]]:
        index = find(self.schema, "condition", self.condition)
        return index, self.schema.categories[self.condition]

    def _spread(self) -> Schema:
        index, names = self._label()
        columns = tuple(Quantity(f"{self.condition}={name}") for name in names)
        before, behind = self.schema.condition[:index], self.schema.condition[index + 1 :]
        left = {k: v for k, v in self.schema.categories.items() if k != self.condition}
        return replace(self.schema, condition=(*before, *columns, *behind), categories=left)
