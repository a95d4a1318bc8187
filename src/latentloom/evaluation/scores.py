"""The table of scores: each has a name, a version, a unit and an ideal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Complex, Float

from . import intervals, measures
from .calibration import LEVELS
from .records import Prediction, Records, matched

Values = Float[np.ndarray, " N"]
Measure = Callable[[Records, Prediction], Values | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One number a record.

    Args:
        name: Its name in files and recipes.
        version: Raised whenever the same arrays would give another number.
        title: Its name for readers.
        measure: Gives the numbers, or None where the records or the prediction lack what
            it takes.
        unit: Its unit; "" if it has none.
        ideal: The number that a perfect prediction gets.
        headline: The statistic over records that speaks for it.
    """

    name: str
    version: int
    title: str
    measure: Measure
    unit: str = ""
    ideal: float = 0.0
    headline: Literal["median", "mean"] = "median"


def measure(records: Records, prediction: Prediction) -> dict[str, Values]:
    """Every score that applies, by name: one number for each record.

    Raises:
        ValueError: If the prediction's shape is not the truth's.

    Example:
        >>> truth = np.sin(np.arange(24.0)).reshape(2, 12, 1)
        >>> numbers = measure(Records(truth=truth), Prediction(values=truth))
        >>> {name: x.mean().round(9).item() for name, x in numbers.items()}
        {'nrmse': 0.0, 'correlation': 1.0, 'band_energy': 0.0}
    """
    matched(records, prediction)
    found = {name: score.measure(records, prediction) for name, score in SCORES.items()}
    return {name: values for name, values in found.items() if values is not None}


def _nrmse(records: Records, prediction: Prediction) -> Values:
    return measures.nrmse(records.truth, prediction.values, records.mask)


def _correlation(records: Records, prediction: Prediction) -> Values:
    return measures.correlation(records.truth, prediction.values, records.mask)


def _band_energy(records: Records, prediction: Prediction) -> Values:
    return measures.band_energy(records.truth, prediction.values, records.mask, records.periodic)


def _law_residual(records: Records, prediction: Prediction) -> Values | None:
    if records.law is None:
        return None
    return measures.law_residual(prediction.values, records.law, records.mask)


def _of_fundamental(
    compared: Callable[[Complex[np.ndarray, "N C"], Complex[np.ndarray, "N C"]], Values],
) -> Measure:
    def found(records: Records, prediction: Prediction) -> Values | None:
        if records.cycles is None:
            return None
        truth, made = (
            measures.fundamental(x, records.cycles, records.mask)
            for x in (records.truth, prediction.values)
        )
        return compared(truth, made)

    return found


def _of_samples(compared: Callable[..., Values]) -> Measure:
    def found(records: Records, prediction: Prediction) -> Values | None:
        if prediction.samples is None:
            return None
        return compared(records.truth, prediction.samples, records.mask)

    return found


def _of_bounds(compared: Callable[..., Values], level: float) -> Measure:
    def found(records: Records, prediction: Prediction) -> Values | None:
        if prediction.samples is None:
            return None
        inside = intervals.bounds(prediction.samples, level)
        return compared(records.truth, inside, records.mask)

    return found


def _of_calibrated(compared: Callable[..., Values], level: float) -> Measure:
    def found(records: Records, prediction: Prediction) -> Values | None:
        samples, calibration = prediction.samples, prediction.calibration
        if samples is None or calibration is None or level not in calibration.levels:
            return None
        inside = calibration.bounds(samples, level, records.mask)
        return compared(records.truth, inside, records.mask)

    return found


def _interval_scores() -> list[Score]:
    found: list[Score] = []
    kinds = {"": ("raw", _of_bounds), "calibrated_": ("calibrated", _of_calibrated)}
    for prefix, (word, of) in kinds.items():
        for level in LEVELS:
            percent = round(100 * level)
            found += [
                Score(
                    name=f"{prefix}coverage_{percent}",
                    version=1,
                    title=f"Coverage of {percent}\N{NO-BREAK SPACE}% intervals, {word}",
                    measure=of(intervals.coverage, level),
                    ideal=level,
                    headline="mean",
                ),
                Score(
                    name=f"{prefix}width_{percent}",
                    version=1,
                    title=f"Width of {percent}\N{NO-BREAK SPACE}% intervals, {word}",
                    measure=of(intervals.width, level),
                ),
            ]
    return found


SCORES: Mapping[str, Score] = {
    score.name: score
    for score in [
        Score(name="nrmse", version=1, title="NRMSE", measure=_nrmse),
        Score(
            name="correlation",
            version=1,
            title="Correlation",
            measure=_correlation,
            ideal=1.0,
        ),
        Score(
            name="phase_error",
            version=1,
            title="Phase error at f",
            measure=_of_fundamental(measures.phase_error),
            unit="°",
        ),
        Score(
            name="amplitude_ratio",
            version=1,
            title="Amplitude ratio at f",
            measure=_of_fundamental(measures.amplitude_ratio),
            ideal=1.0,
        ),
        Score(name="band_energy", version=1, title="Band energy error", measure=_band_energy),
        Score(name="law_residual", version=1, title="Residual of the law", measure=_law_residual),
        Score(name="crps", version=1, title="CRPS", measure=_of_samples(measures.crps)),
        Score(name="spread", version=1, title="Spread", measure=_of_samples(measures.spread)),
        *_interval_scores(),
    ]
}
"""Every score there is, by name, in the order of the tables."""
