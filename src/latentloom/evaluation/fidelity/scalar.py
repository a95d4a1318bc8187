"""How well made signals have the numbers that they were made for."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float, Int, Shaped

from ..distances.role import InapplicableError
from ..population import Population, Trial
from .reader import Descriptor, measure_of
from .result import Fidelity, Match, Per
from .shuffle import matched


def scalar_fidelity(
    trial: Trial,
    name: str,
    *,
    descriptor: Descriptor | None = None,
    per: Per = "range",
    seed: int = 0,
) -> Fidelity:
    r"""Whether signals made for a number have it.

    The error of a signal is $|f(x) - c| / (\max c - \min c)$, with the condition $c$ and its
    range in the train split, or $|f(x) - c| / |c|$, and a descriptor $f$ that reads the
    condition off the signal: exactly where one is given, else as learned from the train split.
    The same error on held signals is the noise of $f$: made signals cannot be expected to come
    nearer. A mean error that is no smaller than with the conditions shuffled among the made
    signals says that they were ignored.

    Args:
        trial: The signals, with their conditions.
        name: The condition.
        descriptor: What reads the condition off signals; learned if None.
        per: Whether errors are shares of the condition's range, or of its value.
        seed: Of learning, shuffles and intervals.

    Raises:
        InapplicableError: If the condition is not known of all three populations, does not
            vary in the train split, or there are fewer than 10 held or made signals.
        ValueError: If the descriptor gives NaN or inf, or a value that errors are a share of
            is 0.

    Example:
        >>> level = np.linspace(0, 10, 40)
        >>> real = Population(values=level[:, None, None], scalars={"level": level})
        >>> made = Population(values=level[:, None, None] + 1, scalars={"level": level})
        >>> trial = Trial(train=real, held=real, made=made)
        >>> found = scalar_fidelity(trial, "level", descriptor=lambda x: x.values[:, 0, 0])
        >>> round(found.made.typical.value, 6), found.verdict
        (0.1, 'followed')
    """
    train, held, made = (known(p.scalars, name) for p in (trial.train, trial.held, trial.made))
    span = float(np.ptp(train))
    if span == 0:
        raise InapplicableError(
            f"condition {name!r} must vary in the train split, and is always {train[0]:g}"
        )
    if per == "value" and min(np.abs(column).min() for column in (held, made)) == 0:
        raise ValueError(f"condition {name!r} must not be 0 where errors are shares of it")
    read = measure_of(trial.train, train, seed=seed) if descriptor is None else descriptor

    def match(population: Population, asked: Float[np.ndarray, " N"]) -> Match:
        answered = readings(read, population, name)

        def apart(order: Int[np.ndarray, " N"]) -> Float[np.ndarray, " N"]:
            unit = span if per == "range" else np.abs(asked[order])
            return np.abs(answered - asked[order]) / unit

        return matched(apart, population, seed=seed)

    return Fidelity(
        condition=name,
        kind="scalar",
        made=match(trial.made, made),
        held=match(trial.held, held),
        per=per,
    )


def known(columns: Mapping[str, np.ndarray], name: str) -> Shaped[np.ndarray, " N"]:
    """One condition of a population.

    Raises:
        InapplicableError: If it is not known.
    """
    if name not in columns:
        raise InapplicableError(
            f"condition {name!r} must be known of train, held and made signals alike, and one of"
            f" them has {list(columns)} only"
        )
    return columns[name]


def readings(descriptor: Descriptor, population: Population, name: str) -> Float[np.ndarray, " N"]:
    """What a descriptor reads off signals.

    Raises:
        ValueError: If it gives NaN or inf.
    """
    found = np.asarray(descriptor(population), dtype=float)
    bad = ~np.isfinite(found)
    if bad.any():
        raise ValueError(
            f"the descriptor of {name!r} must give finite numbers, got {found[bad][0]} for signal"
            f" {bad.argmax()}"
        )
    return found
