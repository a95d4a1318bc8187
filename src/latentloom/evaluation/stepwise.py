"""What predictions of sequences miss: by component, by frame, and in their lag ratios."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int

from ..objectives.functional import lag_ratio
from .scorecard import Kind
from .statistics import Estimate, summarize


@dataclass(frozen=True, slots=True, kw_only=True)
class StepwiseRow:
    """What one predictor misses.

    Args:
        name: Who predicted.
        kind: What it is.
        errors: Mean absolute error of each component, in its unit, by name.
        by_frame: Mean absolute error at each frame, each component over its deviation.
        ratios: Mean lag ratio of each component, from lag 0 on.
    """

    name: str
    kind: Kind
    errors: Mapping[str, Estimate]
    by_frame: Float[np.ndarray, " T"]
    ratios: Float[np.ndarray, "L C"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTruth:
    """True sequences that predictions are held against.

    Args:
        values: The sequences.
        mask: Which frames are real.
        start: How many leading frames are given, and not scored.
        components: What the channels are called.
        group: Which sequences resemble each other; each its own if None.
    """

    values: Float[np.ndarray, "N T C"]
    mask: Bool[np.ndarray, "N T"]
    start: int
    components: tuple[str, ...]
    group: Int[np.ndarray, " N"] | None = None

    @property
    def scored(self) -> Bool[np.ndarray, "N T"]:
        """Which frames are real and had to be predicted."""
        return self.mask & (np.arange(self.mask.shape[1]) >= self.start)

    def ratios(self, lags: int) -> Float[np.ndarray, "L C"]:
        """Mean lag ratios of the truth."""
        return mean_ratios(self.values, self.mask, lags)


def component_errors(
    truth: StepTruth, made: Float[np.ndarray, "N T C"]
) -> Float[np.ndarray, "N C"]:
    """Mean absolute error of each component of each sequence, over what was predicted.

    Example:
        >>> values, mask = np.zeros((1, 3, 1)), np.ones((1, 3), dtype=bool)
        >>> truth = StepTruth(values=values, mask=mask, start=1, components=("a",))
        >>> component_errors(truth, np.array([[[9.0], [1.0], [3.0]]])).tolist()
        [[2.0]]
    """
    weight = truth.scored[..., None]
    return (np.abs(made - truth.values) * weight).sum(1) / weight.sum(1)


def frame_errors(truth: StepTruth, made: Float[np.ndarray, "N T C"]) -> Float[np.ndarray, " T"]:
    """Mean absolute error at each frame, components over their deviation; NaN where given."""
    weight = truth.scored
    deviation = truth.values[weight].std(0)
    error = np.abs(made - truth.values) / np.where(deviation > 0, deviation, 1.0)
    count = weight.sum(0)
    total = (error.mean(2) * weight).sum(0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def mean_ratios(
    values: Float[np.ndarray, "N T C"], mask: Bool[np.ndarray, "N T"], lags: int
) -> Float[np.ndarray, "L C"]:
    """Lag ratio of each component from lag 0 on, averaged over the sequences that reach it."""
    found = lag_ratio(torch.from_numpy(values), torch.from_numpy(mask), lags).numpy()
    reached = mask.sum(1)[:, None] > np.arange(1, lags + 1)
    weight = reached[..., None]
    mean = (found * weight).sum(0) / np.maximum(weight.sum(0), 1)
    return np.concatenate([np.ones((1, values.shape[2])), mean])


def stepwise_row(
    name: str,
    kind: Kind,
    truth: StepTruth,
    made: Float[np.ndarray, "N T C"],
    *,
    lags: int,
    seed: int = 0,
) -> StepwiseRow:
    """What a predictor misses of sequences.

    Args:
        name: Who predicted.
        kind: What it is.
        truth: The true sequences, at least two.
        made: The predictions.
        lags: Up to which lag ratios are compared.
        seed: Of the bootstrap over groups of sequences.
    """
    errors = component_errors(truth, made)
    return StepwiseRow(
        name=name,
        kind=kind,
        errors={
            component: summarize(errors[:, place], truth.group, seed=seed).mean
            for place, component in enumerate(truth.components)
        },
        by_frame=frame_errors(truth, made),
        ratios=mean_ratios(made, truth.mask, lags),
    )
