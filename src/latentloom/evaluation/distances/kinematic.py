"""Distances between how movements are made: speeds, turns, jerk, and how long far ones take."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Real

from ...core.names import look_up
from ..kinematics import CHANNELS, STATISTICS, Paths, Where, described, displacement, duration
from ..population import Population, Trial
from .pooled import kolmogorov_smirnov, shares
from .role import Compared, Distance, InapplicableError

Number = Callable[[Paths], Float[np.ndarray, " N"]]


class KinematicDistance(Distance):
    r"""How differently one number of the paths is distributed; 0 is right, 1 shares nothing.

    The distance of Kolmogorov and Smirnov between real and made paths. A path that has no such
    number, such as the peak speed of one whose time stands still, counts as beyond all others.

    Args:
        statistic: Which number, by its name in the table of kinematics.
        channels: Which channels are the time and the two coordinates, by name or by place.

    Raises:
        InapplicableError: If the signals have no such channels.
    """

    least = 10

    def __init__(self, *, statistic: str, channels: Where = CHANNELS) -> None:
        self.statistic = look_up("statistic", statistic, STATISTICS)
        self.channels = channels

    def compare(self, trial: Trial, *, seed: int) -> Compared:
        both = [_of(self.statistic.of, p, self.channels) for p in (trial.held, trial.made)]
        held, made = (np.where(np.isnan(x), np.inf, x) for x in both)
        apart = kolmogorov_smirnov(held, made)

        def weighed(
            held_weights: Real[np.ndarray, " N"], made_weights: Real[np.ndarray, " M"]
        ) -> Float[np.ndarray, " R"]:
            return np.array([apart(held_weights, made_weights)])

        return Compared(weighed=weighed, dimensions=1, real=trial.held.size, made=trial.made.size)


class DurationLaw(Distance):
    r"""How differently duration goes with distance: $|\rho - \hat\rho|$; 0 is right.

    $\rho$ is Pearson's correlation between the duration of a movement and its net
    displacement. Where nothing varies there is no relation, and it is 0.

    Args:
        channels: Which channels are the time and the two coordinates, by name or by place.

    Raises:
        InapplicableError: If the signals have no such channels.
    """

    least = 10

    def __init__(self, *, channels: Where = CHANNELS) -> None:
        self.channels = channels

    def compare(self, trial: Trial, *, seed: int) -> Compared:
        held, made = (
            [_of(number, p, self.channels) for number in (duration, displacement)]
            for p in (trial.held, trial.made)
        )

        def weighed(
            held_weights: Real[np.ndarray, " N"], made_weights: Real[np.ndarray, " M"]
        ) -> Float[np.ndarray, " R"]:
            real = _correlation(held[0], held[1], shares(held_weights))
            return np.array([abs(real - _correlation(made[0], made[1], shares(made_weights)))])

        return Compared(weighed=weighed, dimensions=2, real=trial.held.size, made=trial.made.size)


def kinematics_of(
    signals: Population, channels: Where = CHANNELS
) -> tuple[Float[np.ndarray, "N F"], tuple[str, ...]]:
    """All numbers of each path, and their names, for a judge that is a score.

    Args:
        signals: The movements.
        channels: Which of their channels are the time and the two coordinates.

    Raises:
        InapplicableError: If the signals have no such channels.
    """
    try:
        return described(signals, channels)
    except ValueError as reason:
        raise InapplicableError(str(reason)) from reason


def _of(number: Number, signals: Population, channels: Where) -> Float[np.ndarray, " N"]:
    try:
        return number(Paths.of(signals, channels))
    except ValueError as reason:
        raise InapplicableError(str(reason)) from reason


def _correlation(
    x: Float[np.ndarray, " N"], y: Float[np.ndarray, " N"], weights: Float[np.ndarray, " N"]
) -> float:
    """Pearson's, of pairs that count as often as their weights say, whose mean is 1."""
    x, y = (values - (weights * values).mean() for values in (x, y))
    square = (weights * x**2).mean() * (weights * y**2).mean()
    return float((weights * x * y).mean() / np.sqrt(square)) if square > 0 else 0.0
