"""Several datasets as one."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from ...core.errors import DataError
from ..dataset import Dataset
from .check import check_compatible
from .labels import ordered, recoded


def joined(sources: Sequence[str], datasets: Sequence[Dataset]) -> Dataset:
    """The samples of several datasets, one after the other.

    Shorter signals are padded; labels keep their names; equal groups stay equal.

    Args:
        sources: Where each comes from.
        datasets: At least one.

    Raises:
        DataError: If their columns, units or arrays differ.
    """
    first = datasets[0]
    for source, other in zip(sources, datasets, strict=True):
        plain = replace(other.schema, categories={})
        roles = ("series", "drive", "condition", "families")
        check_compatible(source, replace(first.schema, categories={}), plain, roles=roles)
        if other.arrays().keys() - {"lengths"} != first.arrays().keys() - {"lengths"}:
            raise DataError(
                source, f"must hold {sorted(first.arrays())}, got {sorted(other.arrays())}"
            )
    categories = {
        label: ordered([name for other in datasets for name in other.schema.categories[label]])
        for label in first.schema.categories
    }
    datasets = [recoded(s, d, categories) for s, d in zip(sources, datasets, strict=True)]
    return Dataset.of(datasets[0].schema, _arrays(datasets))


def _arrays(datasets: Sequence[Dataset]) -> dict[str, Tensor]:
    steps = max(dataset.steps for dataset in datasets)
    ragged = any(d.lengths is not None or d.steps != steps for d in datasets)
    arrays: dict[str, Tensor] = {}
    for name in datasets[0].arrays().keys() - {"lengths"}:
        parts = [dataset.arrays()[name] for dataset in datasets]
        if name in ("series", "drive"):
            parts = [nn.functional.pad(x, (0, 0, 0, steps - x.shape[1])) for x in parts]
        arrays[name] = torch.cat(parts)
    if ragged:
        arrays["lengths"] = torch.cat([_lengths(dataset) for dataset in datasets])
    return arrays


def _lengths(dataset: Dataset) -> Tensor:
    if dataset.lengths is not None:
        return dataset.lengths
    return torch.full((dataset.size,), dataset.steps)
