"""How well a forecaster that learned from made signals foretells real ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from ...core.ranges import at_least
from ..judges.cases import halted
from ..judges.forecaster import errors, foretold, legacy_errors
from ..judges.role import Case, together
from ..judges.training import Training
from ..judges.views import moments
from ..population import Population, Trial
from .role import Compared, Distance, InapplicableError, Weighed, Weights

_LEAST_UNITS = 16


class LegacyPredictive(Distance):
    """The predictive score of the published tables: train on made, test on real windows.

    A recurrent network with `int(C / 2)` units learns from made windows to say the last
    channel of the next step from the other channels so far, and is asked about all real
    windows; the score is its mean absolute error, in units of the range that signals were
    scaled to. Its answers lie in [0, 1], and so must the signals.

    Args:
        repeats: How many networks.
        steps: How many steps each learns.
        batch: How many made windows a step sees.

    References:
        Time-series Generative Adversarial Networks (Yoon et al., 2019), code:
        `metrics/predictive_metrics.py`.
    """

    least = 10

    def __init__(self, *, repeats: int = 5, steps: int = 5000, batch: int = 128) -> None:
        at_least(1, repeats=repeats)
        self.repeats = repeats
        self.training = Training(steps=steps, batch=batch)

    def compare(self, trial: Trial, *, seed: int) -> Compared:
        held, made = trial.held, trial.made
        if held.width < 2:
            raise InapplicableError(
                "the published forecaster says one channel from the others, and there is only 1"
                " channel; use the strict predictive score"
            )
        _refuse_short(held, made, ahead=1)
        seeds = range(seed, seed + self.repeats)
        found = legacy_errors(made, held, seeds=seeds, training=self.training)
        return Compared(
            weighed=_weighted_mean(found),
            dimensions=held.steps * held.width,
            real=held.size,
            made=made.size,
        )


class _Forecast(Distance):
    """What scores by forecasters share: how many there are, and how they learn."""

    least = 10

    def __init__(
        self,
        *,
        repeats: int = 3,
        ahead: int = 1,
        most: int = 2000,
        training: Training | None = None,
    ) -> None:
        at_least(1, repeats=repeats, ahead=ahead)
        at_least(self.least, most=most)
        self.repeats, self.ahead, self.most = repeats, ahead, most
        self.training = training or Training(steps=400, batch=64, rate=1e-2)


class Predictive(_Forecast):
    r"""Mean absolute error about held-out signals of forecasters that learned from made ones.

    Every channel of the step `ahead` steps later, from all channels so far, in units of the
    channel's standard deviation in the train signals. The forecaster stops where made signals
    that it does not learn from say so. Lower is better; what training on real signals gives is the
    goal, see `PredictiveRatio`.

    Args:
        repeats: How many forecasters, each with its own seed.
        ahead: How many steps later what they foretell is.
        most: From how many signals each learns at most.
        training: How they learn.
    """

    def compare(self, trial: Trial, *, seed: int) -> Compared:
        trial = _in_train_units(trial, self.ahead)
        cases = _cases(trial.made, trial.made.size, self, range(seed, seed + self.repeats))
        found = _errors(trial.made, trial.held, cases, self)
        return Compared(
            weighed=_weighted_mean(found),
            dimensions=trial.held.steps * trial.held.width,
            real=trial.held.size,
            made=len(cases[0].fit) + len(cases[0].stop),
        )


class PredictiveRatio(_Forecast):
    r"""What learning from made signals costs a forecaster, $\mathrm{TSTR} / \mathrm{TRTR}$.

    The error about held-out signals after learning from made ones, over that after learning
    from as many real ones, both as `Predictive` measures them. 1 loses nothing.

    Args:
        repeats: How many pairs of forecasters, each with its own seed.
        ahead: How many steps later what they foretell is.
        most: From how many signals each learns at most.
        training: How they learn.

    References:
        Real-valued (Medical) Time Series Generation with Recurrent Conditional GANs (Esteban
        et al., 2017) https://arxiv.org/abs/1706.02633, section 4.2.
    """

    def compare(self, trial: Trial, *, seed: int) -> Compared:
        trial = _in_train_units(trial, self.ahead)
        made, train, held = trial.made, trial.train, trial.held
        size, seeds = min(made.size, train.size), range(seed, seed + self.repeats)
        from_made = _cases(made, size, self, seeds)
        from_train = [_moved(case, made.size) for case in _cases(train, size, self, seeds)]
        found = _errors(together(made, train), held, from_made + from_train, self)
        synthetic, real = (_weighted_mean(part) for part in np.split(found, 2))
        if not np.nansum(found[self.repeats :]) > 0:
            raise InapplicableError("real signals are foretold without error: no ratio to it")

        def weighed(held: Weights, made: Float[np.ndarray, " M"]) -> Float[np.ndarray, " R"]:
            return synthetic(held, made) / real(held, made)

        return Compared(
            weighed=weighed,
            dimensions=held.steps * held.width,
            real=held.size,
            made=len(from_made[0].fit) + len(from_made[0].stop),
        )


def _in_train_units(trial: Trial, ahead: int) -> Trial:
    """The populations in units of the train signals' deviations, about their means."""
    _refuse_short(trial.held, trial.made, trial.train, ahead=ahead)
    shift, scale = moments(trial.train)

    def scaled(population: Population) -> Population:
        values = (population.values - shift) / scale
        return replace(population, values=values.astype(np.float32))

    return Trial(train=scaled(trial.train), held=scaled(trial.held), made=scaled(trial.made))


def _refuse_short(*populations: Population, ahead: int) -> None:
    found = [len(foretold(population, ahead)) for population in populations]
    if min(found) < 2:
        raise InapplicableError(
            f"a forecast of {ahead} steps needs at least 2 signals of more than that, got"
            f" {min(found)}"
        )


def _cases(
    population: Population, size: int, score: _Forecast, seeds: Sequence[int]
) -> list[Case]:
    most = min(size, score.most)
    try:
        return [halted(population, most=most, seed=seed, ahead=score.ahead) for seed in seeds]
    except ValueError as reason:
        raise InapplicableError(str(reason)) from reason


def _errors(
    known: Population,
    held: Population,
    cases: Sequence[Case],
    score: _Forecast,
) -> Float[np.ndarray, "K N"]:
    return errors(
        known,
        held,
        cases,
        units=max(_LEAST_UNITS, known.width // 2),
        ahead=score.ahead,
        training=score.training,
    )


def _moved(case: Case, by: int) -> Case:
    return replace(case, fit=case.fit + by, stop=case.stop + by)


def _weighted_mean(found: Float[np.ndarray, "R N"]) -> Weighed:
    """Of each repeat, over the signals about which there is an error."""
    known = ~np.isnan(found[0])
    each = np.where(known, found, 0.0)

    def weighed(held: Weights, made: Float[np.ndarray, " M"]) -> Float[np.ndarray, " R"]:
        del made  # they were learned from once
        return each @ held / (held @ known)

    return weighed
