"""How well a judge that learns to can tell made signals from real ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

from ...core.ranges import at_least
from ..judges.cases import Chosen, cross_fitted, equally_many, windowed
from ..judges.gru import GruJudge, LegacyGruJudge
from ..judges.role import Case, Judge, Lineup
from ..population import Trial
from .role import Compared, Distance, InapplicableError, Weighed, Weights

_SHARE = 0.8  # of the signals are learned from in the published protocol


class LegacyDiscriminative(Distance):
    r"""The discriminative score of the published tables, $|\mathrm{accuracy} - 1/2|$.

    A recurrent judge with `int(C / 2)` units learns from 80 % of the windows of each kind
    for 2000 steps and judges the rest; overlapping windows stand on both sides. 0 cannot be
    told apart, 0.5 always can.

    Args:
        repeats: How many judges, each with its own split.
        steps: How many steps each learns.
        batch: How many windows of each kind a step sees.

    References:
        Time-series Generative Adversarial Networks (Yoon et al., 2019), code:
        `metrics/discriminative_metrics.py`.
    """

    least = 10

    def __init__(self, *, repeats: int = 5, steps: int = 2000, batch: int = 128) -> None:
        at_least(1, repeats=repeats)
        self.repeats = repeats
        self.judge = LegacyGruJudge(steps=steps, batch=batch)

    def compare(self, trial: Trial, *, seed: int) -> Compared:
        if trial.held.width < 2:
            raise InapplicableError(
                "the published judge has half as many units as channels, so none for 1"
                " channel, and would always score 0; use the strict discriminative score"
            )
        held, made = trial.held, trial.made
        cases = [
            windowed(held, made, share=_SHARE, seed=s) for s in range(seed, seed + self.repeats)
        ]
        return _compared(self.judge, trial, [(case,) for case in cases])


class Discriminative(Distance):
    r"""How much better than chance a judge tells made signals from held-out ones.

    $|\mathrm{accuracy} - 1/2|$, the accuracy being the mean of that on real and that on made
    signals: 0 cannot be told apart, 0.5 always can. Every signal is judged by a judge that
    learned from other groups of signals only, on equally many of each kind, and that stopped
    where other groups again said so.

    Args:
        judge: Which judge; recurrent if None.
        repeats: How many times, each with its own division into folds.
        folds: Into how many folds the groups are divided; 3 or more.
        most: How many signals of each kind take part at most.
        chosen: Which of them: as many of each kind, or as many of each length too, so that
            the score is about what differs besides lengths.

    References:
        Revisiting Classifier Two-Sample Tests (Lopez-Paz and Oquab, 2017)
        https://arxiv.org/abs/1610.06545
    """

    least = 12

    def __init__(
        self,
        *,
        judge: Judge | None = None,
        repeats: int = 3,
        folds: int = 3,
        most: int = 2000,
        chosen: Chosen = equally_many,
    ) -> None:
        at_least(1, repeats=repeats)
        at_least(3, folds=folds)
        at_least(self.least, most=most)
        self.judge = judge or GruJudge()
        self.repeats, self.folds, self.most = repeats, folds, most
        self.chosen = chosen

    def compare(self, trial: Trial, *, seed: int) -> Compared:
        held, made = trial.held, trial.made
        try:
            cases = [
                cross_fitted(
                    held, made, folds=self.folds, most=self.most, seed=s, chosen=self.chosen
                )
                for s in range(seed, seed + self.repeats)
            ]
        except ValueError as reason:
            raise InapplicableError(str(reason)) from reason
        return _compared(self.judge, trial, cases)


def accuracy_beyond_chance(
    right: Bool[np.ndarray, "R N"], judged: Bool[np.ndarray, "R N"], real: Bool[np.ndarray, " N"]
) -> Weighed:
    r"""$|\mathrm{accuracy} - 1/2|$ of each repeat, real and made signals counting alike.

    Args:
        right: Whether each signal was taken for what it is.
        judged: Whether it was judged at all.
        real: Which signals are real; they come first.

    Example:
        >>> right, real = np.array([[True, True, False, True]]), np.arange(4) < 2
        >>> score = accuracy_beyond_chance(right, np.ones_like(right), real)
        >>> score(np.ones(2), np.ones(2)).tolist()
        [0.25]
    """
    sides = [(1.0 * (right & judged)[:, s], 1.0 * judged[:, s]) for s in (real, ~real)]

    def weighed(held: Weights, made: Float[np.ndarray, " M"]) -> Float[np.ndarray, " R"]:
        accuracy = np.zeros(len(right))
        for (hits, all_judged), weights in zip(sides, (held, made), strict=True):
            total = all_judged @ weights
            accuracy += np.where(total > 0, hits @ weights / np.maximum(total, 1e-300), 0.5)
        return np.abs(accuracy / 2 - 0.5)

    return weighed


def _compared(judge: Judge, trial: Trial, cases: Sequence[Sequence[Case]]) -> Compared:
    """The verdicts of all repeats, of which each has one case or one a fold."""
    lineup = Lineup.of(trial.held, trial.made)
    seems = judge.judge(lineup, [case for repeat in cases for case in repeat])
    seems = seems.reshape(len(cases), -1, lineup.signals.size)
    judged = ~np.isnan(seems)
    right = np.any(judged & ((seems > 0) == lineup.real), axis=1)
    used = np.unique([row for case in cases[0] for row in (*case.fit, *case.stop, *case.test)])
    return Compared(
        weighed=accuracy_beyond_chance(right, np.any(judged, axis=1), lineup.real),
        dimensions=judge.dimensions(lineup.signals),
        real=int(lineup.real[used].sum()),
        made=int((~lineup.real[used]).sum()),
    )
