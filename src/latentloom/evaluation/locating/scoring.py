"""Scores the frames that are found for the states of sequences whose frames are known."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from ..statistics import Estimate, drawn_counts
from .card import Located, LocatingCard, LocatingRow
from .locator import Locator, Sequences, calibrated, expected
from .regions import masses, region

CALIBRATED, NEAREST, FIXED = "calibrated", "nearest frame", "fixed weights"
WEIGHTS = (0.85, 0.88, 0.82, 0.80, 0.75, 0.95, 0.95)  # of five components and two constants
WARMTH = 0.1  # temperature of the softmax over weighted distances
LEVELS = np.arange(0.05, 1.0, 0.05)
BASELINES = (NEAREST, FIXED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What one predictor says of validation records and of those that are scored.

    Args:
        validation: What distances are calibrated on.
        test: What is scored.
    """

    validation: Sequences
    test: Sequences


def judge(predictors: Mapping[str, Judged], *, seed: int = 0) -> Located:
    """Locates every state of every scored sequence, by each predictor.

    A predictor's distance is calibrated on what it misses of validation records, baselines'
    as the first one's. The first is also held against frames by plain distances.

    Args:
        predictors: What each says, by its name; the first one is the run.
        seed: Of the bootstrap over groups of records.

    Raises:
        ValueError: If there are too few validation records to calibrate on.
    """
    first, own = next(iter(predictors.items()))
    chosen = own.test.mask
    rows: list[LocatingRow] = []
    kept: tuple[Locator, Float[np.ndarray, " S"], Float[np.ndarray, " S"]] | None = None
    for name, judged in predictors.items():
        locator = calibrated(judged.validation)
        errors, before, widths = _located(locator, judged.test, chosen)
        if kept is None:
            kept = locator, errors, before
        inside = before < locator.reach - 1e-12
        group = _groups(judged.test, chosen)
        rows.append(_row(name, CALIBRATED, (errors, inside, widths), group, seed))
    rows += [
        _plain(name, judged.test, distance, chosen, seed)
        for name, judged in predictors.items()
        for distance in BASELINES
        if name in (first, "ridge") and _fits(distance, judged.test)
    ]
    assert kept is not None
    locator, errors, before = kept
    card = LocatingCard(
        rows=tuple(rows),
        records=len(own.test.truth),
        states=int(chosen.sum()),
        frames=own.test.truth.shape[1],
        validation=len(own.validation.truth),
        settings=_settings(locator),
    )
    return Located(
        card=card,
        errors=errors,
        frames=np.nonzero(chosen)[1].astype(float),
        promised=LEVELS,
        kept=np.array([(before < level - 1e-12).mean() for level in LEVELS]),
    )


def fixed_weights(
    states: Float[np.ndarray, "N S C"], predicted: Float[np.ndarray, "N T C"]
) -> Float[np.ndarray, "N S T"]:
    r"""Probabilities by weights that were set by hand, for up to seven components.

    $p_t \propto \exp(-\sum_i w_i (x_i - \hat x_{ti})^2 / T)$ with $w$ = .85, .88, .82, .80,
    .75, .95, .95 and $T$ = .1.
    """
    roots = np.sqrt(np.array(WEIGHTS[: states.shape[2]]))
    squared = _squared(states * roots, predicted * roots) / WARMTH
    weights = np.exp(squared.min(2, keepdims=True) - squared)
    return weights / weights.sum(2, keepdims=True)


def _squared(
    states: Float[np.ndarray, "N S C"], predicted: Float[np.ndarray, "N T C"]
) -> Float[np.ndarray, "N S T"]:
    product = states @ predicted.swapaxes(1, 2)
    return (states**2).sum(2)[:, :, None] - 2 * product + (predicted**2).sum(2)[:, None]


def _fits(distance: str, test: Sequences) -> bool:
    return distance != FIXED or test.truth.shape[2] in (5, len(WEIGHTS))


def _settings(locator: Locator) -> dict[str, float]:
    found = {
        "window": locator.window,
        "shrinkage": locator.shrinkage,
        "tails": locator.tails,
        "temperature": locator.temperature,
        "reach": locator.reach,
    }
    return {name: value for name, value in found.items() if math.isfinite(value)}


def _groups(test: Sequences, chosen: Bool[np.ndarray, "N T"]) -> Int[np.ndarray, " S"]:
    return np.broadcast_to(test.groups[:, None], chosen.shape)[chosen]


def _located(
    locator: Locator, test: Sequences, chosen: Bool[np.ndarray, "N T"]
) -> tuple[Float[np.ndarray, " S"], Float[np.ndarray, " S"], Float[np.ndarray, " S"]]:
    """Errors, what is more probable than the truth, and how many frames regions have."""
    errors, before, widths = [], [], []
    for row in np.flatnonzero(chosen.any(1)):
        true = np.flatnonzero(chosen[row])
        prior = test.mask[row, None].astype(float)
        made = locator.probabilities(test.truth[row, true][None], test.predicted[[row]], prior)[0]
        errors.append(np.abs(expected(made) - true).astype(float))
        before.append(masses(made)[np.arange(len(true)), true])
        widths.append(locator.regions(made).sum(1).astype(float))
    return np.concatenate(errors), np.concatenate(before), np.concatenate(widths)


def _plain(
    name: str, test: Sequences, distance: str, chosen: Bool[np.ndarray, "N T"], seed: int
) -> LocatingRow:
    """By a distance that nothing was learned for."""
    errors, inside, widths = [], [], []
    for row in np.flatnonzero(chosen.any(1)):
        true, real = np.flatnonzero(chosen[row]), np.flatnonzero(test.mask[row])
        states, frames = test.truth[row, true][None], test.predicted[row, real][None]
        if distance == NEAREST:
            errors.append(np.abs(real[_squared(states, frames)[0].argmin(1)] - true))
            continue
        made = fixed_weights(states, frames)[0]
        held = region(made, 0.9)
        errors.append(np.abs(real[made.argmax(1)] - true))
        inside.append(held[np.arange(len(true)), np.searchsorted(real, true)])
        widths.append(held.sum(1).astype(float))
    group = _groups(test, chosen)
    all_errors = np.concatenate(errors).astype(float)
    if not inside:
        return _row(name, distance, (all_errors, None, None), group, seed)
    found = (all_errors, np.concatenate(inside), np.concatenate(widths))
    return _row(name, distance, found, group, seed)


def _row(
    name: str,
    distance: str,
    found: tuple[np.ndarray, np.ndarray | None, np.ndarray | None],
    group: Int[np.ndarray, " S"],
    seed: int,
) -> LocatingRow:
    errors, inside, widths = found
    members = np.unique(group, return_inverse=True)[1]
    counts = np.zeros((members.max() + 1, int(errors.max()) + 2))
    np.add.at(counts, (members, errors.astype(int)), 1)
    median, ninety = (_within(counts, share, seed) for share in (0.5, 0.9))
    held = None
    if inside is not None:
        sides = np.zeros((len(counts), 2))
        np.add.at(sides, (members, inside.astype(int)), 1)
        held = _share(sides, seed)
    return LocatingRow(
        name=name,
        distance=distance,
        median=median,
        ninety=ninety,
        coverage=held,
        width=None if widths is None else float(np.median(widths)),
    )


def _within(counts: Float[np.ndarray, "G E"], share: float, seed: int) -> Estimate:
    """The least error that a share of the states does not exceed, and its interval."""

    def quantile(drawn: Float[np.ndarray, "R E"]) -> Float[np.ndarray, " R"]:
        shares = drawn.cumsum(1) / drawn.sum(1, keepdims=True)
        return (shares >= share - 1e-12).argmax(1).astype(float)

    return _resampled(counts, quantile, seed)


def _share(sides: Float[np.ndarray, "G 2"], seed: int) -> Estimate:
    return _resampled(sides, lambda drawn: drawn[:, 1] / drawn.sum(1), seed)


def _resampled(
    counts: Float[np.ndarray, "G E"],
    statistic: Callable[[Float[np.ndarray, "R E"]], Float[np.ndarray, " R"]],
    seed: int,
) -> Estimate:
    """A statistic of all states, and its 95 % interval when groups of records are drawn."""
    value = float(statistic(counts.sum(0)[None])[0])
    if len(counts) < 2:
        return Estimate(value)
    often = drawn_counts(np.arange(len(counts)), seed=seed, width=counts.shape[1])
    drawn = np.concatenate([statistic(some @ counts) for some in often])
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Estimate(value, float(low), float(high))
