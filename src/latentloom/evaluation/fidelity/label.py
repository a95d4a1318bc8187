"""How well made signals show the labels that they were made for."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Int

from ..distances.coverage import Coverage
from ..distances.role import InapplicableError, value
from ..population import Trial
from ..statistics import Estimate, summarize
from .reader import Namer, namer_of
from .result import Fidelity, LabelRow, Lesson
from .scalar import known
from .shuffle import Apart, agreed


def label_fidelity(
    trial: Trial, name: str, *, namer: Namer | None = None, seed: int = 0
) -> Fidelity:
    """Whether signals made for a label are recognised as it.

    The error is the share of made signals that a classifier takes for another label; the same
    on held signals is how much the classifier errs by itself, and with the labels shuffled
    among the signals it is what chance gets. The classifier learned from the train split only.

    Args:
        trial: The signals, with their labels.
        name: The label.
        namer: What names the label of signals; learned if None.
        seed: Of learning, shuffles and intervals.

    Raises:
        InapplicableError: If the label is not known of all three populations, is the same
            for all of the train split, or there are fewer than 10 held or made signals.

    Example:
        >>> from latentloom.evaluation.population import Population
        >>> sign = np.arange(40) % 2
        >>> real = Population(values=sign[:, None, None] - 0.5, labels={"sign": sign})
        >>> trial = Trial(train=real, held=real, made=real)
        >>> found = label_fidelity(trial, "sign", namer=lambda x: (x.values[:, 0, 0] > 0) * 1)
        >>> found.made.typical.value, found.labels[1]
        (0.0, LabelRow(label=1, made=1.0, held=1.0, size=20, coverage=None))
    """
    train, held, made = (known(p.labels, name) for p in (trial.train, trial.held, trial.made))
    if len(np.unique(train)) < 2:
        raise InapplicableError(
            f"label {name!r} must vary in the train split, and is always {train[0]}"
        )
    read = namer_of(trial.train, train, seed=seed) if namer is None else namer
    named = read(trial.made), read(trial.held)
    return Fidelity(
        condition=name,
        kind="label",
        made=agreed(_wrong(named[0], made), trial.made, seed=seed),
        held=agreed(_wrong(named[1], held), trial.held, seed=seed),
        labels=_table(named, (made, held), trial),
        lesson=_lesson(trial, (train, held, made), seed),
    )


def _wrong(named: Int[np.ndarray, " N"], asked: Int[np.ndarray, " N"]) -> Apart:
    def apart(order: Int[np.ndarray, " N"]) -> Float[np.ndarray, " N"]:
        return (named != asked[order]).astype(float)

    return apart


def _lesson(
    trial: Trial, labels: tuple[np.ndarray, np.ndarray, np.ndarray], seed: int
) -> Lesson | None:
    """What made signals teach, beside as many of the train split."""
    train, held, made = labels
    size = min(trial.train.size, trial.made.size)
    right: list[np.ndarray] = []
    for population, known_labels in ((trial.made, made), (trial.train, train)):
        rows = np.sort(np.random.default_rng(seed).permutation(population.size)[:size])
        if len(np.unique(known_labels[rows])) < 2:
            return None
        taught = namer_of(population.take(rows), known_labels[rows], seed=seed)
        right.append((taught(trial.held) == held).astype(float))

    def share(values: np.ndarray) -> Estimate:
        return summarize(values, trial.held.group, seed=seed).mean

    return Lesson(made=share(right[0]), train=share(right[1]), lost=share(right[1] - right[0]))


def _table(
    named: tuple[np.ndarray, np.ndarray], asked: tuple[np.ndarray, np.ndarray], trial: Trial
) -> tuple[LabelRow, ...]:
    """A row for each label that was asked of the made signals."""
    right = [named == asked for named, asked in zip(named, asked, strict=True)]
    made, held = asked
    return tuple(
        LabelRow(
            label=int(label),
            made=float(right[0][made == label].mean()),
            held=float(right[1][held == label].mean()) if (held == label).any() else None,
            size=int((made == label).sum()),
            coverage=_coverage(trial, made == label, held == label),
        )
        for label in np.unique(made)
    )


def _coverage(
    trial: Trial, made: Bool[np.ndarray, " N"], held: Bool[np.ndarray, " M"]
) -> float | None:
    """The coverage of the real signals of one label by those that were made for it."""
    coverage = Coverage()
    if min(made.sum(), held.sum()) < coverage.least:
        return None
    alone = Trial(train=trial.train, held=trial.held.take(held), made=trial.made.take(made))
    try:
        return value(coverage, alone)
    except InapplicableError:  # real signals of the label are all alike
        return None
