"""The signals of each condition, real beside made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Bool, Float

from ..population import Population
from .content import Bundle, Case

LEAST = 3  # signals of a condition, of each kind, from which a band can be drawn
_VALUES = 4  # most values of one condition
_MOST = 12  # most panels
_FEW = 4  # different numbers up to which each is a value of its own

Rows = Bool[np.ndarray, " _"]
Part = tuple[str, Rows, Rows]


def cases(
    held: Population,
    made: Population,
    channels: Sequence[int],
    kinds: Mapping[str, Sequence[str]],
) -> tuple[Case, ...]:
    """Mean and band of every value of a label and of the thirds of a number.

    Args:
        held: Real signals.
        made: Made signals; what only one of the two knows is left out.
        channels: Which channels to show.
        kinds: The names of a label's values, by the label.
    """
    found: list[Case] = []
    for parts in _conditions(held, made, kinds):
        known = [part for part in parts if min(part[1].sum(), part[2].sum()) >= LEAST]
        own = [_case(held, made, part, channel) for part in known for channel in channels]
        if len(found) + len(own) <= _MOST:  # a condition is shown whole or not at all
            found += own
    return tuple(found)


def _conditions(
    held: Population, made: Population, kinds: Mapping[str, Sequence[str]]
) -> list[list[Part]]:
    """The parts of each condition that both populations know."""
    labels = [
        _of_label(name, real, made.labels[name], kinds.get(name, ()))
        for name, real in held.labels.items()
        if name in made.labels
    ]
    scalars = [
        _of_scalar(name, real.astype(float), made.scalars[name].astype(float))
        for name, real in held.scalars.items()
        if name in made.scalars
    ]
    return [*labels, *scalars]


def _of_label(name: str, real: np.ndarray, made: np.ndarray, known: Sequence[str]) -> list[Part]:
    """The most frequent values of a label, in their order."""
    values, counts = np.unique(real, return_counts=True)
    if len(values) < 2:
        return []
    kept = np.sort(values[np.argsort(-counts, kind="stable")[:_VALUES]])
    said = {int(v): known[int(v)] if int(v) < len(known) else str(v) for v in kept}
    return [(f"{name} = {said[int(v)]}", real == v, made == v) for v in kept]


def _of_scalar(
    name: str, real: Float[np.ndarray, " _"], made: Float[np.ndarray, " _"]
) -> list[Part]:
    """The lowest, middle and highest third of a number, cut where the real ones are."""
    values = np.unique(real)
    if len(values) < 2:
        return []
    if len(values) <= _FEW:
        return [(f"{name} = {_number(v)}", real == v, made == v) for v in values]
    low, high = np.quantile(real, [1 / 3, 2 / 3])
    return [
        (f"{name} up to {_number(low)}", real <= low, made <= low),
        (
            f"{name} {_number(low)} to {_number(high)}",
            (real > low) & (real <= high),
            (made > low) & (made <= high),
        ),
        (f"{name} above {_number(high)}", real > high, made > high),
    ]


def _number(value: float) -> str:
    return f"{value:,.0f}" if 1e3 <= abs(value) < 1e9 else f"{value:.3g}"


def _case(held: Population, made: Population, part: Part, channel: int) -> Case:
    name, real, other = part
    names = held.channels
    return Case(
        name=name,
        channel=names[channel] if channel < len(names) else f"channel {channel}",
        real=_bundle(held.take(real), channel),
        made=_bundle(made.take(other), channel),
    )


def _bundle(of: Population, channel: int) -> Bundle:
    mask = of.mask
    known = mask.sum(0) >= LEAST
    x = np.where(mask, of.values[..., channel], np.nan)[:, known].astype(float)
    low, mean, high = (np.full(of.steps, np.nan) for _ in range(3))
    low[known], high[known] = np.nanquantile(x, [0.1, 0.9], axis=0)
    mean[known] = np.nanmean(x, axis=0)
    return Bundle(mean=mean, low=low, high=high, size=of.size)
