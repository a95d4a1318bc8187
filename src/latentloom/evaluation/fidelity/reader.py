"""Reads conditions off signals, as learned from real ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import RidgeClassifierCV, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ..judges.features import features, varying
from ..population import Population

Descriptor = Callable[[Population], Float[np.ndarray, " N"]]
Namer = Callable[[Population], Int[np.ndarray, " N"]]
_MOST = 2000  # train signals learned from
_STIFFNESS = np.logspace(-2, 4, 7)


def measure_of(train: Population, target: Float[np.ndarray, " N"], *, seed: int) -> Descriptor:
    """A descriptor that was fitted to read a number off a signal.

    Ridge regression or boosted trees on the features of each signal: whichever errs less on
    half of the groups after learning from the other.

    Args:
        train: Real signals.
        target: The number of each.
        seed: Of the choice of signals and of the halves.
    """
    kinds = (
        make_pipeline(StandardScaler(), RidgeCV(_STIFFNESS)),
        HistGradientBoostingRegressor(random_state=seed),
    )
    return _best(kinds, train, target.astype(float), seed)


def namer_of(train: Population, target: Int[np.ndarray, " N"], *, seed: int) -> Namer:
    """A classifier that was fitted to read a label off a signal, chosen like a descriptor.

    Args:
        train: Real signals.
        target: The label of each, as an index.
        seed: Of the choice of signals and of the halves.
    """
    kinds = (
        make_pipeline(StandardScaler(), RidgeClassifierCV(_STIFFNESS)),
        HistGradientBoostingClassifier(random_state=seed),
    )
    return _best(kinds, train, target, seed)


def _best(
    kinds: tuple[Any, ...], train: Population, target: Shaped[np.ndarray, " N"], seed: int
) -> Callable[[Population], Any]:
    """What the kind reads that scores best on the second half, fitted to both."""
    rng = np.random.default_rng(seed)
    rows = rng.permutation(train.size)[:_MOST]
    x, target = features(train.take(rows))[0], target[rows]
    chosen = varying(x)
    chosen = chosen if chosen.any() else ~chosen
    x, first = x[:, chosen], _half(train.members[rows], rng)
    best = kinds[0]
    if min(len(np.unique(target[half])) for half in (first, ~first)) > 1:
        for kind in kinds:
            kind.fit(x[first], target[first])
        best = max(kinds, key=lambda kind: kind.score(x[~first], target[~first]))
    best.fit(x, target)
    return lambda population: best.predict(features(population)[0][:, chosen])


def _half(members: Int[np.ndarray, " N"], rng: np.random.Generator) -> Bool[np.ndarray, " N"]:
    """Half of the groups; half of the signals if there is one group only."""
    groups = np.unique(members)
    if len(groups) < 2:
        members = groups = np.arange(len(members))
    return np.isin(members, rng.permutation(groups)[: len(groups) // 2])
