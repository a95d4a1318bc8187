"""What a run was trained on, and whether what it is asked lies within."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ..data.dataset import Dataset, Schema
from ..training.run_folder import RunFolder
from .inputs import gathered

if TYPE_CHECKING:
    from .run import Run
    from .states import States

MARGIN = 0.05  # share of a range by which numbers of the same kind may well exceed it
KEY = "ranges"

Range: TypeAlias = tuple[float, float]
Ranges: TypeAlias = Mapping[str, Mapping[str, Sequence[float]]]


def ranges_of(train: Dataset, steps: int) -> dict[str, dict[str, Range]]:
    """The least and greatest of what is told of signals, in the units of the files.

    Args:
        train: What was learned from.
        steps: How many first rows of a signal are told.

    Returns:
        Ranges by name, of the numbers among the conditions under `condition`, of the
        channels in the first rows under `first row`, and in all steps under `state`.

    Example:
        >>> from latentloom.data.dataset import Quantity
        >>> schema = Schema(condition=(Quantity("mobility"),))
        >>> ranges_of(Dataset(schema=schema, condition=torch.tensor([[1.0], [2.0]])), 0)
        {'condition': {'mobility': (1.0, 2.0)}, 'first row': {}, 'state': {}}
    """
    series = train.series
    first = None if series is None or not steps else series[:, :steps]
    states = None if series is None else series[train.context().mask]
    told = {"condition": train.condition, "first row": first, "state": states}
    return {
        kind: {name: (float(column.min()), float(column.max())) for name, column in columns}
        for kind, columns in _told(train.schema, told)
    }


def ranges_in(folder: RunFolder) -> Ranges:
    """The ranges that a run noted when it was trained; none if it noted none."""
    try:
        kept: Any = json.loads(folder.data.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept.get(KEY) or {}


def beyond(
    ranges: Ranges,
    schema: Schema,
    *,
    condition: Float[Tensor, "N F"] | None = None,
    first_rows: Float[Tensor, "N P C"] | None = None,
    states: Float[Tensor, "N C"] | None = None,
    series: Float[Tensor, "N T C"] | None = None,
) -> tuple[str, ...]:
    """What is told of signals and lies outside what was learned, a sentence each.

    Numbers that exceed a range by less than 5 % of it are not spoken of.

    Args:
        ranges: What was learned.
        schema: The columns of what is told.
        condition: The scalars known of signals, in the units of the files.
        first_rows: The first rows of signals.
        states: Single rows of signals, NaN where something is not known.
        series: Whole signals, or stretches of them.

    Example:
        >>> from latentloom.data.dataset import Quantity
        >>> schema = Schema(condition=(Quantity("mobility"),))
        >>> learned = {"condition": {"mobility": (1.0, 2.0)}}
        >>> beyond(learned, schema, condition=torch.tensor([[3.1]]))
        ('mobility 3.1 lies outside what was trained on, 1 to 2',)
    """
    told = {"condition": condition, "first row": first_rows, "state": states, "series": series}
    sentences = [
        _sentence(name, kind, column, learned[name])
        for kind, columns in _told(schema, told)
        for learned in [ranges.get("state" if kind == "series" else kind, {})]
        for name, column in columns
        if name in learned
    ]
    return tuple(filter(None, sentences))


def unfamiliar(
    run: Run,
    known: Dataset | Mapping[str, Any],
    start: Float[np.ndarray, "N ..."] | None = None,
) -> tuple[str, ...]:
    """What is asked of a run beyond what it was trained on, a sentence each.

    Args:
        run: The run.
        known: What is told of the signals, or those of their conditions that are, by name;
            their first rows are looked at if the run is told them.
        start: The first rows, if they are told beside.
    """
    told = known if isinstance(known, Dataset) else _conditioned(run.schema, known)
    first: Tensor | None = None
    if run.starts and start is not None:
        rows = torch.as_tensor(np.asarray(start, dtype=np.float32))
        first = rows if rows.ndim == 3 else rows[:, None]
    elif run.starts and told.series is not None:
        first = told.series[:, : run.starts]
    learned = ranges_in(run.folder)
    return beyond(learned, told.schema, condition=told.condition, first_rows=first)


def _conditioned(schema: Schema, given: Mapping[str, Any]) -> Dataset:
    """Signals of which some conditions are known; names that there are not are left to others."""
    named = tuple(quantity for quantity in schema.condition if quantity.name in given)
    names = [quantity.name for quantity in named]
    categories = {name: schema.categories[name] for name in names if name in schema.categories}
    narrow = replace(schema, condition=named, categories=categories)
    if not named:
        return Dataset(schema=narrow)
    return gathered(narrow, condition={name: given[name] for name in names}, needs=())


def unfamiliar_states(
    run: Run,
    states: States,
    condition: Mapping[str, Any],
    start: Float[np.ndarray, "N ..."] | None = None,
) -> tuple[str, ...]:
    """What of measured states lies beyond what a run was trained on, a sentence each.

    Args:
        run: The run.
        states: The states, which may bring conditions along.
        condition: What is known of their sequences; it goes before what the states bring.
        start: The first rows, if they are told.
    """
    known = Dataset(schema=run.schema)
    if run.schema.condition:
        known = gathered(run.schema, condition={**states.condition, **condition}, needs=())
    values = torch.as_tensor(np.asarray(states.values, dtype=np.float32))
    return (
        *unfamiliar(run, known, start),
        *beyond(ranges_in(run.folder), run.schema, states=values),
    )


def _told(
    schema: Schema, arrays: Mapping[str, Tensor | None]
) -> Iterator[tuple[str, list[tuple[str, np.ndarray]]]]:
    """What is told of signals, by kind and name: one number or a few a signal."""
    for kind, array in arrays.items():
        names = schema.names("condition" if kind == "condition" else "series")
        columns = [] if array is None or not len(array) else [*enumerate(names)]
        yield (
            kind,
            [
                (name, array[..., at].numpy())
                for at, name in columns
                if array is not None and name not in schema.categories
            ],
        )


def _sentence(name: str, kind: str, values: np.ndarray, learned: Sequence[float]) -> str:
    least, greatest = learned
    room = MARGIN * (greatest - least) + 1e-6 * max(abs(least), abs(greatest))
    wrong = ((values < least - room) | (values > greatest + room)).reshape(len(values), -1)
    if not wrong.any():
        return ""
    place = int(wrong.any(1).argmax())
    value = values.reshape(len(values), -1)[place][wrong[place]][0]
    where = "" if kind == "condition" else f" in the {kind}"
    what = f"{name} {value:.6g}{where}"
    if len(values) > 1:
        what += f" (signal {place}; {int(wrong.any(1).sum())} of {len(values)} signals)"
    return f"{what} lies outside what was trained on, {least:.6g} to {greatest:.6g}"
