"""Families of features as one signal of one step, sorted by category."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...core.errors import DataError
from ..dataset import Dataset, Quantity, Schema
from .clean import features_of
from .columns import need
from .grouping import Discovered, Features, Grouping
from .transform import Transform

STILL = 1e-12  # a deviation below which a feature is constant


class Categories(Transform):
    """Joins families to a signal of one step, whose channels are the features by category.

    The channels are called `family/feature`; those of a temporal family are all its features
    at its first step, then at its second, and so on, and make a category of their own. A
    category is a span of channels.

    Args:
        families: Which families, in order; all of them if empty.
        grouping: How features are sorted into categories; discovered if None.

    Raises:
        DataError: If the data has no families, or lacks one that is named, when fitted.
        ValueError: If the features cannot be sorted so, when fitted.
    """

    def __init__(
        self, *, families: list[str] | None = None, grouping: Grouping | None = None
    ) -> None:
        self.families = families or []
        self.grouping = Discovered() if grouping is None else grouping

    def check(self, dataset: Dataset) -> None:
        self.grouping.check(self._features(dataset)[1], self._chosen(dataset))

    def learn(self, dataset: Dataset) -> dict[str, Tensor]:
        names = self._chosen(dataset)
        flat = {name: dataset.families[name] for name in names if dataset.families[name].ndim == 2}
        temporal = {name: dataset.families[name] for name in names if name not in flat}
        owners, whole = self._features(dataset)
        members: dict[str, list[int]] = {}
        if flat:
            values = _standard(torch.cat([*flat.values()], 1).double())
            members = self.grouping(Features(values=values, names=whole, families=owners))
        start = len(whole)
        for name, family in temporal.items():
            if name in members:
                raise ValueError(
                    f"categories must leave temporal families their names, got {name!r}; call"
                    " that category otherwise"
                )
            size = family.shape[1] * family.shape[2]
            members[name] = list(range(start, start + size))
            start += size
        shapes = {name: list(dataset.families[name].shape[1:]) for name in (*flat, *temporal)}
        order = [index for own in members.values() for index in own]
        spans = {name: len(own) for name, own in members.items()}
        told = json.dumps({"shapes": shapes, "spans": spans}).encode()
        return {
            "order": torch.tensor(order),
            "told": torch.from_numpy(np.frombuffer(told, dtype=np.uint8).copy()),
        }

    @property
    def told(self) -> tuple[str, ...]:
        spans = self._told("spans")
        sizes = ", ".join(f"{name} {size}" for name, size in spans.items())
        return (f"categories of features: {sizes}",)

    def _features(self, dataset: Dataset) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The family and the whole name of each feature that is to be sorted."""
        found = [
            (name, f"{name}/{quantity.name}")
            for name in self._chosen(dataset)
            if (family := dataset.families[name]).ndim == 2
            for quantity in features_of(dataset.schema, name, family.shape[1])
        ]
        return tuple(name for name, _ in found), tuple(name for _, name in found)

    def _chosen(self, dataset: Dataset) -> list[str]:
        known = list(dataset.families)
        if not known:
            raise DataError("families", "must be there to be sorted, and the data has none")
        for name in self.families:
            if name not in known:
                raise DataError("families", f"must have {name!r}, it has {known}")
        return self.families or known

    def apply(self, dataset: Dataset) -> Dataset:
        shapes, order = self._shapes, self.state()["order"]
        joined: Tensor | None = None
        if dataset.families:
            missing = [name for name in shapes if name not in dataset.families]
            if missing:
                raise DataError("families", f"must have {missing[0]!r}, as in training")
            for name, shape in shapes.items():
                got = list(dataset.families[name].shape[1:])
                if got != shape:
                    raise DataError(
                        f"family {name}", f"must have the shape {shape} of training, got {got}"
                    )
            rows = [dataset.families[name].flatten(1) for name in shapes]
            joined = torch.cat(rows, 1)[:, None, order]
        return replace(dataset, schema=self._joined(), series=joined, families={})

    def invert(self, dataset: Dataset) -> Dataset:
        order = self.state()["order"]
        values = need(dataset, "series")[:, 0]
        rows = torch.empty_like(values)
        rows[:, order] = values
        families, start = {}, 0
        for name, shape in self._shapes.items():
            size = int(np.prod(shape))
            families[name] = rows[:, start : start + size].unflatten(1, shape)
            start += size
        return replace(dataset, schema=self.schema, series=None, families=families)

    @property
    def _shapes(self) -> dict[str, list[int]]:
        """The shape of a sample of each family."""
        return self._told("shapes")

    def _told(self, what: str) -> dict[str, Any]:
        return json.loads(self.state()["told"].numpy().tobytes())[what]

    def _joined(self) -> Schema:
        """The columns of the signal."""
        quantities: list[Quantity] = []
        for name, shape in self._shapes.items():
            own = features_of(self.schema, name, shape[-1])
            for step in range(shape[0] if len(shape) == 2 else 1):
                at = f"@{step}" if len(shape) == 2 else ""
                quantities += [Quantity(f"{name}/{q.name}{at}", q.unit) for q in own]
        series = tuple(quantities[index] for index in self.state()["order"].tolist())
        return replace(self.schema, series=series, families={}, spans=self._told("spans"))


def _standard(values: Tensor) -> Tensor:
    """The values, in place, over their deviation."""
    deviation = values.std(0, correction=0)
    return values.sub_(values.mean(0)).div_(deviation.where(deviation > STILL, 1.0))
