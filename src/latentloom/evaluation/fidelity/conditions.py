"""The fidelity to every condition that signals were made for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial

from ..distances.role import InapplicableError
from ..population import Trial
from .dense import drive_fidelity
from .label import label_fidelity
from .reader import Descriptor
from .result import Fidelity
from .scalar import scalar_fidelity


def fidelity(
    trial: Trial,
    *,
    descriptors: Mapping[str, Descriptor] | None = None,
    relative: Collection[str] = (),
    seed: int = 0,
) -> tuple[Fidelity, ...]:
    """Whether made signals match the conditions that they were made for, one by one.

    Conditions that nothing can be said of are left out: those that made signals do not
    carry, that do not vary in the train split, or that fewer than 10 signals have.

    Args:
        trial: The signals, with their conditions.
        descriptors: What reads a scalar off signals exactly, by its name; the others are
            learned from the train split.
        relative: Scalars whose errors are shares of their values, not of their ranges.
        seed: Of learning, shuffles and intervals.

    Raises:
        ValueError: If a descriptor is of no scalar of the made signals.

    Example:
        >>> import numpy as np
        >>> from latentloom.evaluation.population import Population
        >>> sign = np.arange(40) % 2
        >>> values = np.repeat(sign[:, None, None] - 0.5, 12, axis=1)
        >>> real = Population(values=values, labels={"sign": sign})
        >>> [(x.condition, x.verdict) for x in fidelity(Trial(train=real, held=real, made=real))]
        [('sign', 'followed')]
    """
    made, exact = trial.made, dict(descriptors or {})
    unknown = sorted(set(exact) - set(made.scalars))
    if unknown:
        raise ValueError(
            f"descriptors must be of scalars {list(made.scalars)}, got one of {unknown[0]!r}"
        )

    def scalar(name: str) -> Fidelity:
        per = "value" if name in relative else "range"
        return scalar_fidelity(trial, name, descriptor=exact.get(name), per=per, seed=seed)

    def label(name: str) -> Fidelity:
        return label_fidelity(trial, name, seed=seed)

    tests = [partial(scalar, name) for name in made.scalars]
    tests += [partial(label, name) for name in made.labels]
    tests += [] if made.drive is None else [partial(drive_fidelity, trial, seed=seed)]
    found = []
    for test in tests:
        try:
            found.append(test())
        except InapplicableError:
            continue
    return tuple(found)
