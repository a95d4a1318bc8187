"""A linear law of the next step, with the errors that it made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from ...core.ranges import at_least
from ..population import Population
from .role import Surrogate
from .start import begun, finished, moments, standardised

_RIDGE = 1e-6  # of the mean variance: channels that are equal share a coefficient


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearLaw:
    r"""A vector autoregression, $x_t = c + \sum_k A_k x_{t - k} + e_t$.

    Args:
        intercept: $c$.
        coefficients: $A_1$ to $A_P$; a row for each channel that is told.
        residuals: Errors $e_t$ that it made on the steps that it was fitted to.
    """

    intercept: Float[np.ndarray, " C"]
    coefficients: Float[np.ndarray, "P C C"]
    residuals: Float[np.ndarray, "R C"]

    @property
    def radius(self) -> float:
        """The modulus of the largest root; above 1 signals explode."""
        order, channels, _ = self.coefficients.shape
        companion = np.eye(order * channels, k=-channels)
        companion[:channels] = np.concatenate(list(self.coefficients), axis=1)
        return float(np.abs(np.linalg.eigvals(companion)).max())


def fit(
    values: Float[np.ndarray, "N T C"],
    extent: Int[np.ndarray, " N"],
    order: int,
    *,
    most: int,
    rng: np.random.Generator,
) -> LinearLaw:
    r"""Least squares over all steps that have `order` real steps before them.

    Roots beyond the unit circle are drawn back to it: with $\gamma = 1 / r$ for the largest
    modulus $r$, the coefficients $\gamma^k A_k$ have all roots times $\gamma$.

    Args:
        values: The signals.
        extent: How many leading steps of each are real.
        order: How many steps the law looks back.
        most: From how many steps it is learned; more are left out at random.
        rng: Draws these.

    Raises:
        ValueError: If there are fewer steps than coefficients of a channel.

    References:
        New Introduction to Multiple Time Series Analysis (Lütkepohl, 2005), section 3.2.1.
    """
    signal, step = np.nonzero(np.arange(values.shape[1]) < extent[:, None])
    signal, step = signal[step >= order], step[step >= order]
    needed = order * values.shape[2] + 2
    if len(step) < needed:
        raise ValueError(
            f"a law of order {order} takes at least {needed} steps that have {order} real ones"
            f" before them, got {len(step)}"
        )
    picked = np.sort(rng.permutation(len(step))[:most])
    signal, step = signal[picked], step[picked]
    told = values[signal, step].astype(np.float64)
    past = np.stack([values[signal, step - lag] for lag in range(1, order + 1)], 1)
    past = past.astype(np.float64)
    return _damped(_least_squares(told, past), told, past)


def _least_squares(
    told: Float[np.ndarray, "R C"], past: Float[np.ndarray, "R P C"]
) -> Float[np.ndarray, "P C C"]:
    rows, order, channels = past.shape
    flat = (past - past.mean(0)).reshape(rows, -1)
    square = flat.T @ flat
    square += np.eye(len(square)) * (_RIDGE * np.trace(square) / len(square) + 1e-30)
    solved = np.linalg.solve(square, flat.T @ (told - told.mean(0)))
    return solved.reshape(order, channels, channels).transpose(0, 2, 1)


def _damped(
    coefficients: Float[np.ndarray, "P C C"],
    told: Float[np.ndarray, "R C"],
    past: Float[np.ndarray, "R P C"],
) -> LinearLaw:
    """The law whose roots do not explode, and whose errors have no mean."""
    law = LinearLaw(
        intercept=np.zeros(told.shape[1]), coefficients=coefficients, residuals=told[:0]
    )
    powers = np.arange(1, len(coefficients) + 1)[:, None, None]
    coefficients = coefficients / max(1.0, law.radius) ** powers
    errors = told - np.einsum("kdc,rkc->rd", coefficients, past)
    intercept = errors.mean(0)
    return LinearLaw(intercept=intercept, coefficients=coefficients, residuals=errors - intercept)


class VectorAutoregression(Surrogate):
    """Lets signals run on from their first real steps by a linear law and its own errors.

    The law is fitted to the standardised channels of all signals at once. A signal begins
    with the first `order` steps of a real one, and each step to come adds an error drawn from
    those that the law made, all channels together.

    Args:
        order: How many steps the law looks back.
        most: From how many steps it is learned; more are left out at random.

    Raises:
        ValueError: If a number is less than 1.

    Example:
        >>> train = Population(values=np.random.default_rng(0).normal(size=(9, 8, 2)))
        >>> VectorAutoregression(order=1).draw(train, 3, seed=0).values.shape
        (3, 8, 2)

    References:
        New Introduction to Multiple Time Series Analysis (Lütkepohl, 2005), section 3.2 and
        appendix D.3 on bootstrapping residuals.
    """

    def __init__(self, *, order: int = 2, most: int = 200_000) -> None:
        at_least(1, order=order, most=most)
        self.order = order
        self.most = most

    def draw(self, train: Population, size: int, *, seed: int) -> Population:
        rng = np.random.default_rng(seed)
        rows, start = begun(train, size, rng)
        known, level = standardised(train), moments(train)
        law = fit(known, train.extent, self.order, most=self.most, rng=rng)
        run = known[rows].astype(np.float64)
        for step in range(self.order, train.steps):
            run[:, step] = (
                law.intercept + law.residuals[rng.integers(len(law.residuals), size=size)]
            )
            for lag, matrix in enumerate(law.coefficients, start=1):
                run[:, step] += run[:, step - lag] @ matrix.T
        return finished(start, level.mean + level.std * run)
