"""What changes in made signals when one condition does, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy.stats import rankdata

from ...core.ranges import at_least
from ..distances.role import InapplicableError
from ..population import Population
from ..statistics import LEVEL, Comparison, Estimate, compare
from .reader import Descriptor, measure_of
from .scalar import known, readings
from .shuffle import shuffle

Generate = Callable[[Mapping[str, float]], Population]
Drive = Callable[[Float[np.ndarray, "N T E"]], Population]
_DRAWS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """How made signals respond to one condition.

    Args:
        condition: The name of the condition.
        asked: The values that signals were made for.
        answered: The median that was read off the signals made for each.
        slope: Change of what is read over change of what was asked; ideally that of real
            signals, 1 if the reading is without noise.
        real: The slope of real signals.
        rank: Spearman's correlation of asked and read, in [-1, 1].
    """

    condition: str
    asked: tuple[float, ...]
    answered: tuple[float, ...]
    slope: Estimate
    real: float
    rank: Estimate

    @property
    def ignored(self) -> bool:
        """Whether more of the condition does not make more of it in the signals."""
        return self.rank.low is None or self.rank.low <= 0

    def plain(self) -> dict[str, Any]:
        """Plain values, for a JSON file."""
        return asdict(self)

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Sweep:
        """The sweep that `plain` wrote."""
        changed = {
            "asked": tuple(value["asked"]),
            "answered": tuple(value["answered"]),
            "slope": Estimate(**value["slope"]),
            "rank": Estimate(**value["rank"]),
        }
        return cls(**{**value, **changed})


def sweep(
    train: Population,
    held: Population,
    name: str,
    generate: Generate,
    *,
    descriptor: Descriptor | None = None,
    points: int = 9,
    seed: int = 0,
) -> Sweep:
    """Makes signals for one number after another, over its whole range in the train split.

    All other scalars and labels stay as they are together in the train signal that is nearest
    to the median of the scalars. The intervals come from signals drawn with replacement among
    those that were made for the same value.

    Args:
        train: Real signals that a descriptor learns from, and that span the range.
        held: Real signals whose slope is the ideal one.
        name: The scalar that is varied.
        generate: Makes signals for given scalars and labels, by name; a label is its index.
        descriptor: What reads the condition off signals; learned if None.
        points: How many values.
        seed: Of learning and intervals.

    Raises:
        InapplicableError: If the scalar is not known of both populations, or does not vary.
        ValueError: If there are fewer than two points.

    Example:
        >>> level = np.linspace(0, 10, 40)
        >>> real = Population(values=level[:, None, None], scalars={"level": level})
        >>> half = lambda given: Population(values=np.full((5, 1, 1), given["level"] / 2))
        >>> read = lambda signals: signals.values[:, 0, 0]
        >>> sweep(real, real, "level", half, descriptor=read).slope.value
        0.5
    """
    at_least(2, points=points)
    target, truth = known(train.scalars, name), known(held.scalars, name)
    if not (np.ptp(target) > 0 and np.ptp(truth) > 0):
        raise InapplicableError(f"condition {name!r} must vary in train and held signals")
    read = measure_of(train, target, seed=seed) if descriptor is None else descriptor
    asked = np.linspace(target.min(), target.max(), points)
    fixed = _middle(train)
    answered = [readings(read, generate({**fixed, name: float(x)}), name) for x in asked]
    slope, rank = _response(asked, answered, seed)
    return Sweep(
        condition=name,
        asked=tuple(map(float, asked)),
        answered=tuple(float(np.median(values)) for values in answered),
        slope=slope,
        real=_slope(truth, readings(read, held, name)),
        rank=rank,
    )


def drive_sweep(
    held: Population, generate: Drive, *, group: Int[np.ndarray, " N"] | None = None, seed: int = 0
) -> Comparison:
    """Makes signals for the drives of real ones, and again for the same drives shuffled.

    The score is the root mean square difference to the real signals over their pooled
    deviation. A generator that follows its drive comes nearer with the right one: the sign of
    the comparison is -1. If it is 0, the drive is ignored.

    Args:
        held: Real signals with their drives.
        generate: Makes signals for given drives, in their order.
        group: Which signals are drawn together for the interval; those of `held` if None.
        seed: Of the shuffle and of the interval.

    Raises:
        InapplicableError: If there are no drives.
        ValueError: If `generate` makes signals of another shape than the real ones.

    Example:
        >>> drive = np.random.default_rng(0).normal(size=(60, 16, 1))
        >>> real = Population(values=2 * drive, drive=drive)
        >>> drive_sweep(real, lambda drive: Population(values=drive)).sign
        -1
    """
    if held.drive is None:
        raise InapplicableError("a sweep of drives must have real signals with drives")
    order = shuffle(held, np.random.default_rng(seed))
    values = held.values[held.mask].astype(float)
    unit = values.std(0)
    unit = np.where(unit > 0, unit, 1.0)
    errors = []
    for rows in (np.arange(held.size), order):
        made = generate(held.drive[rows])
        if made.values.shape != held.values.shape:
            raise ValueError(
                f"generate must make signals of shape {held.values.shape}, one for each drive, got"
                f" {made.values.shape}"
            )
        rest = np.where(held.mask[..., None], (made.values - held.values) / unit, 0.0)
        errors.append(np.sqrt((rest**2).sum((1, 2)) / (held.extent * held.width)))
    group = held.group if group is None else group
    return compare(("own drive", errors[0]), ("shuffled drive", errors[1]), group, seed=seed)


def _middle(train: Population) -> dict[str, float]:
    """Scalars and labels of the signal that is nearest to the medians, in units of the ranges."""
    apart = np.zeros(train.size)
    for column in train.scalars.values():
        apart += ((column - np.median(column)) / max(float(np.ptp(column)), 1e-300)) ** 2
    row = int(apart.argmin())
    scalars = {name: float(column[row]) for name, column in train.scalars.items()}
    return {**scalars, **{name: int(column[row]) for name, column in train.labels.items()}}


def _response(
    asked: Float[np.ndarray, " P"], answered: list[np.ndarray], seed: int
) -> tuple[Estimate, Estimate]:
    """Slope and rank correlation over all signals, with intervals."""
    rng = np.random.default_rng(seed)
    x = np.repeat(asked, [len(values) for values in answered])
    draws = np.empty((2, _DRAWS))
    for i in range(_DRAWS):
        drawn = np.concatenate([rng.choice(values, len(values)) for values in answered])
        draws[:, i] = _slope(x, drawn), _rank(x, drawn)
    y = np.concatenate(answered)
    ends = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=1)
    values = _slope(x, y), _rank(x, y)
    slope, rank = (
        Estimate(value, float(low), float(high))
        for value, low, high in zip(values, *ends, strict=True)
    )
    return slope, rank


def _slope(x: Float[np.ndarray, " N"], y: Float[np.ndarray, " N"]) -> float:
    rest = x - x.mean()
    return float(rest @ (y - y.mean()) / (rest @ rest))


def _rank(x: Float[np.ndarray, " N"], y: Float[np.ndarray, " N"]) -> float:
    """Spearman's correlation; 0 if nothing changes."""
    if np.ptp(y) == 0:
        return 0.0
    return float(np.corrcoef(rankdata(x), rankdata(y))[0, 1])
