"""Ways of dividing a lineup into what judges learn from and what they judge."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Int

from ..population import Population
from .role import Case

_PARTS = 3  # finer parts of each fold: with three folds, a sixth of the rest says when to stop
_OCTAVE = 8  # classes of length among signals of which some are twice as long as others
_HALTING = 5  # parts of what a forecaster learns from; one of them tells it when to stop


Rows = Int[np.ndarray, " _"]
Chosen = Callable[[Population, Population, int, np.random.Generator], tuple[Rows, Rows]]


def equally_many(
    held: Population, made: Population, most: int, random: np.random.Generator
) -> tuple[Rows, Rows]:
    """As many real as made signals, drawn from the larger population."""
    size = min(held.size, made.size, most)
    first, second = (np.sort(random.permutation(p.size)[:size]) for p in (held, made))
    return first, second


def equally_long(
    held: Population, made: Population, most: int, random: np.random.Generator
) -> tuple[Rows, Rows]:
    """As many real as made signals of each length, so that lengths give nothing away.

    Lengths within an eighth of an octave, 9 %, count as one. Signals of lengths that only one
    population has do not take part.

    Raises:
        ValueError: If no made signal is as long as a real one.

    Example:
        >>> held, made = (
        ...     Population(values=np.zeros((3, 40, 1)), lengths=np.array(lengths))
        ...     for lengths in ([10, 20, 40], [5, 20, 21])
        ... )
        >>> [rows.tolist() for rows in equally_long(held, made, 99, np.random.default_rng(0))[:1]]
        [[1]]
    """
    mixed = [random.permutation(p.size) for p in (held, made)]
    classes = [
        np.floor(_OCTAVE * np.log2(p.extent[rows])).astype(int)
        for p, rows in zip((held, made), mixed, strict=True)
    ]
    shared = np.intersect1d(classes[0], classes[1])
    pairs = [
        np.stack([rows[of == one][:size] for rows, of in zip(mixed, classes, strict=True)])
        for one in shared
        for size in [min((of == one).sum() for of in classes)]
    ]
    if not pairs:
        raise ValueError("signals must be of the same lengths to be balanced, and none are")
    both = np.concatenate(pairs, axis=1)
    both = both[:, random.permutation(both.shape[1])[:most]]
    return np.sort(both[0]), np.sort(both[1])


def shared_out(
    members: Int[np.ndarray, " N"], parts: int, random: np.random.Generator
) -> Int[np.ndarray, " N"]:
    """Which part each signal falls into; the parts are of nearly equal size.

    Groups are dealt in random order, each to the part that has fewest signals so far.

    Args:
        members: The group of each signal; no group is divided.
        parts: How many parts.
        random: Where the order comes from.

    Example:
        >>> parts = shared_out(np.array([0, 0, 1, 2]), 2, np.random.default_rng(0))
        >>> bool(parts[0] == parts[1] != parts[2])
        True
    """
    names, places, sizes = np.unique(members, return_inverse=True, return_counts=True)
    order = random.permutation(len(names))
    part = np.empty(len(names), dtype=int)
    if (sizes == 1).all():
        part[order] = np.arange(len(names)) % parts
        return part[places]
    filled = np.zeros(parts)
    for group in order:
        part[group] = filled.argmin()
        filled[part[group]] += sizes[group]
    return part[places]


def cross_fitted(
    held: Population,
    made: Population,
    *,
    folds: int,
    most: int,
    seed: int,
    chosen: Chosen = equally_many,
) -> tuple[Case, ...]:
    """One case for each fold: every signal is judged once, by a judge that never saw its group.

    As many real as made signals take part. A made signal that equals a real one shares its
    fold, so that no judge is taught that the very signal it judges is of the other kind.

    Args:
        held: Real signals, the first of the lineup.
        made: Made signals, the last of the lineup.
        folds: How many cases; 3 or more.
        most: How many signals of each kind take part.
        seed: Of everything random.
        chosen: Which of the signals take part.

    Raises:
        ValueError: If a population has fewer groups than folds, or too few signals can take
            part.
    """
    random = np.random.default_rng(seed)
    used = chosen(held, made, most, random)
    real, copies = (p.take(rows) for p, rows in zip((held, made), used, strict=True))
    parts = [_parts(p.members, folds, random) for p in (real, copies)]
    parts[1] = _beside_twins(parts, _twins(real, copies))
    rows, part = np.concatenate((used[0], held.size + used[1])), np.concatenate(parts)
    return tuple(
        Case(
            fit=rows[(part % folds != k) & (part != (k + 1) % folds)],
            stop=rows[part == (k + 1) % folds],
            test=rows[part % folds == k],
            seed=seed * folds + k,
        )
        for k in range(folds)
    )


def windowed(held: Population, made: Population, *, share: float, seed: int) -> Case:
    """A share of the signals of each kind to learn from, the rest to judge, groups or not.

    Args:
        held: Real signals, the first of the lineup.
        made: Made signals, the last of the lineup.
        share: What part is learned from.
        seed: Of the division; of the larger population, as many as the smaller one has.
    """
    random, size = np.random.default_rng(seed), min(held.size, made.size)
    cut = int(size * share)
    orders = [
        random.permutation(held.size)[:size],
        held.size + random.permutation(made.size)[:size],
    ]
    return Case(
        fit=np.concatenate([order[:cut] for order in orders]),
        stop=np.empty(0, dtype=int),
        test=np.concatenate([order[cut:] for order in orders]),
        seed=seed,
    )


def halted(signals: Population, *, most: int, seed: int, ahead: int = 1) -> Case:
    """What a forecaster learns from, and a fifth of the groups that tells it when to stop.

    Args:
        signals: Those to learn from; those of fewer steps than it takes are left out.
        most: How many of them take part.
        seed: Of everything random.
        ahead: How many steps later what it foretells is.

    Raises:
        ValueError: If there are fewer than two groups.
    """
    random = np.random.default_rng(seed)
    rows = np.flatnonzero(signals.extent > ahead)
    rows = np.sort(random.permutation(rows)[:most])
    members = signals.members[rows]
    groups = len(np.unique(members))
    if groups < 2:
        raise ValueError(f"signals to learn from must be of at least 2 groups, got {groups}")
    part = shared_out(members, min(_HALTING, groups), random)
    return Case(fit=rows[part > 0], stop=rows[part == 0], test=rows[:0], seed=seed)


def _parts(
    members: Int[np.ndarray, " N"], folds: int, random: np.random.Generator
) -> Int[np.ndarray, " N"]:
    groups = len(np.unique(members))
    if groups < folds:
        raise ValueError(
            f"signals must be of at least {folds} groups, one for each fold, got {groups};"
            " cut them into more stretches, or leave out their groups"
        )
    return shared_out(members, folds * min(_PARTS, groups // folds), random)


def _beside_twins(
    parts: list[Int[np.ndarray, " _"]], twin: Int[np.ndarray, " N"]
) -> Int[np.ndarray, " N"]:
    """The parts of made signals, moved to their twins unless that would empty a part."""
    moved = np.where(twin < 0, parts[1], parts[0][twin])
    before = np.bincount(parts[1])
    after = np.bincount(moved, minlength=len(before))
    return moved if after.min() * 2 >= before.min() else parts[1]


def _twins(held: Population, made: Population) -> Int[np.ndarray, " N"]:
    """The real signal that equals each made one; -1 if none does."""
    known = {key: row for row, key in enumerate(_keys(held))}
    return np.array([known.get(key, -1) for key in _keys(made)])


def _keys(signals: Population) -> list[bytes]:
    values = np.ascontiguousarray(signals.values, dtype=np.float32)
    return [x[:n].tobytes() for x, n in zip(values, signals.extent, strict=True)]
