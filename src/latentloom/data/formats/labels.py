"""The names behind conditions that are labels."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch

from ...core.errors import DataError
from ..dataset import Dataset, Quantity


def ordered(names: Sequence[str]) -> tuple[str, ...]:
    """Distinct names in rising order, numbers by their size.

    Example:
        >>> ordered(["10", "9", "10"])
        ('9', '10')
    """
    distinct = set(names)
    try:
        return tuple(sorted(distinct, key=float))
    except ValueError:
        return tuple(sorted(distinct))


def recoded(source: str, dataset: Dataset, categories: Mapping[str, tuple[str, ...]]) -> Dataset:
    """The same labels, by their places in other lists of names.

    Args:
        source: Where the data come from.
        dataset: The samples.
        categories: For each label, names among which all of the dataset's are.

    Raises:
        DataError: If a name is not in the new list.
    """
    schema = dataset.schema
    if dataset.condition is None:
        return replace(dataset, schema=replace(schema, categories=dict(categories)))
    condition = dataset.condition.clone()
    for label, old in schema.categories.items():
        new = categories[label]
        if unknown := sorted(set(old) - set(new)):
            raise DataError(source, f"{label} must be one of {list(new)}, got {unknown}")
        place = torch.tensor([float(new.index(name)) for name in old])
        column = schema.index("condition", label)
        condition[:, column] = place[condition[:, column].long()]
    schema = replace(schema, categories={name: tuple(categories[name]) for name in categories})
    return replace(dataset, schema=schema, condition=condition)


def labelled(dataset: Dataset, label: str, name: str) -> Dataset:
    """The samples with one more condition, a label that is the same for all."""
    schema = replace(
        dataset.schema,
        condition=(*dataset.schema.condition, Quantity(label)),
        categories={**dataset.schema.categories, label: (name,)},
    )
    old = torch.zeros(dataset.size, 0) if dataset.condition is None else dataset.condition
    condition = torch.cat([old, torch.zeros(dataset.size, 1)], 1)
    return replace(dataset, schema=schema, condition=condition)
