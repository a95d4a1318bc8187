"""What an operator does in numbers: the summary family, base values and their spread."""

import numpy as np

from .frames import NAMES as SERIES
from .frames import OF_A_CHANNEL, OF_A_PAIR, PAIRS
from .grid import over
from .laws import CHANNELS

BASE = {
    "spatial": (
        "mean",
        "deviation",
        "skewness",
        "kurtosis",
        "least",
        "greatest",
        "above",
        "slope",
        "curvature",
    ),
    "spectral": (
        "centroid",
        "bandwidth",
        "spectral_entropy",
        "low",
        "high",
        "anisotropy",
        "centroid_trend",
        "entropy_trend",
        "low_trend",
    ),
    "temporal": (
        "change",
        "change_ratio",
        "late_change",
        "memory",
        "memory_time",
        "turns",
        "rhythm",
        "unrest",
        "steadiness",
    ),
    "cross_channel": (
        *OF_A_PAIR,
        "greatest_correlation",
        "correlation_unrest",
        "correlation_trend",
        "inequality",
    ),
    "causality": (
        *(f"lead_{one}{other}" for one, other in PAIRS),
        *(f"persistence_{channel}" for channel in range(CHANNELS)),
    ),
    "invariant_drift": tuple(
        f"{invariant}_{measure}"
        for invariant in ("mass", "energy", "roughness")
        for measure in ("drift", "excursion", "jitter")
    ),
    "operator_sensitivity": (
        "growth",
        "large_growth",
        "nonlinearity",
        "scaling",
        "offset",
    ),
}
BASE_NAMES = tuple(name for names in BASE.values() for name in names)
AGGREGATES = ("mean", "deviation", "variation", "least", "greatest")
GROUPS = {
    group: tuple(f"{name}_{aggregate}" for name in names for aggregate in AGGREGATES)
    for group, names in BASE.items()
}
NAMES = tuple(name for names in GROUPS.values() for name in names)


def base_values(series: np.ndarray, sensitivity: np.ndarray) -> np.ndarray:
    """The base values of trajectories.

    Args:
        series: What `frame_features` says of each time step, ... x steps x 63.
        sensitivity: The five of the operator sensitivity, ... x 5.

    Returns:
        ... x 55, as `BASE_NAMES` says.
    """
    split = CHANNELS * len(OF_A_CHANNEL)
    single = series[..., :split].reshape(*series.shape[:-1], CHANNELS, -1)
    known = {name: single[..., place] for place, name in enumerate(OF_A_CHANNEL)}
    pair = series[..., split:].reshape(*series.shape[:-1], len(PAIRS), -1)
    found = {
        **_spatial(known),
        **_spectral(known),
        **_temporal(known),
        **_cross_channel(known, pair),
        **_causality(known),
        **_invariant_drift(known),
        **dict(zip(BASE["operator_sensitivity"], np.moveaxis(sensitivity, -1, 0), strict=True)),
    }
    return np.stack([found[name] for name in BASE_NAMES], -1)


def aggregated(base: np.ndarray) -> np.ndarray:
    """The spread of base values over realisations.

    Args:
        base: ... x realisations x 55.

    Returns:
        ... x 275, as `NAMES` says: of each value its mean, standard deviation, the latter
        over the size of the former (plus 0.001), the least and the greatest.
    """
    mean, deviation = base.mean(-2), base.std(-2)
    parts = (mean, deviation, deviation / (np.abs(mean) + 1e-3), base.min(-2), base.max(-2))
    return np.stack(parts, -1).reshape(*mean.shape[:-1], -1)


def series_groups() -> dict[str, tuple[str, ...]]:
    """The names of the temporal family, by channel and pair."""
    width = len(OF_A_CHANNEL)
    single = {
        f"channel_{channel}": SERIES[channel * width : (channel + 1) * width]
        for channel in range(CHANNELS)
    }
    return single | {"pairs": SERIES[CHANNELS * width :]}


def _spatial(known: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: known[name].mean((-1, -2)) for name in BASE["spatial"]}


def _spectral(known: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    names = ("centroid", "bandwidth", "low", "high", "anisotropy")
    found = {name: known[name].mean((-1, -2)) for name in names}
    for name in ("centroid", "entropy", "low"):
        found[f"{name}_trend"] = trend(known[name].mean(-1))
    return found | {"spectral_entropy": known["entropy"].mean((-1, -2))}


def _temporal(known: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    change, memory = known["change"].mean(-1), known["memory"].mean(-1)
    deviation = known["deviation"].mean(-1)
    steps = change.shape[-1]
    first, last = (change[..., part].mean(-1) for part in _quarters(steps))
    forgotten = memory < 1 / np.e
    time = np.where(forgotten.any(-1), forgotten.argmax(-1) / steps, 1.0)
    bends = np.diff(np.sign(np.diff(deviation, axis=-1)), axis=-1) != 0
    late = deviation[..., _quarters(steps)[1]].mean(-1)
    return {
        "change": change.mean(-1),
        "change_ratio": _log_ratio(last, first),
        "late_change": over(last, late),
        "memory": memory.mean(-1),
        "memory_time": time,
        "turns": bends.mean(-1),
        "rhythm": _rhythm(deviation),
        "unrest": over(deviation.std(-1), deviation.mean(-1)),
        "steadiness": over(deviation.min(-1), deviation.max(-1)),
    }


def _cross_channel(known: dict[str, np.ndarray], pair: np.ndarray) -> dict[str, np.ndarray]:
    deviation, correlation = known["deviation"], pair[..., 0]
    return {
        **{name: pair[..., place].mean((-1, -2)) for place, name in enumerate(OF_A_PAIR)},
        "greatest_correlation": np.abs(correlation).max(-1).mean(-1),
        "correlation_unrest": correlation.std(-2).mean(-1),
        "correlation_trend": trend(correlation.mean(-1)),
        "inequality": over(deviation.std(-1), deviation.mean(-1)).mean(-1),
    }


def _causality(known: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """How well the growth of one channel's deviation tells the next growth of another's."""
    growth = np.diff(known["deviation"], axis=-2)
    earlier, later = _unit(growth[..., :-1, :]), _unit(growth[..., 1:, :])
    told = np.einsum("...ti,...tj->...ij", earlier, later)
    leads = {f"lead_{i}{j}": told[..., i, j] - told[..., j, i] for i, j in PAIRS}
    return leads | {f"persistence_{i}": told[..., i, i] for i in range(CHANNELS)}


def _invariant_drift(known: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    energy = (known["mean"] ** 2 + known["deviation"] ** 2).sum(-1)
    invariants = {
        "mass": (known["mean"].sum(-1), np.sqrt(energy)),
        "energy": (energy, energy),
        "roughness": ((known["slope"] ** 2).sum(-1),) * 2,
    }
    found: dict[str, np.ndarray] = {}
    for name, (course, size) in invariants.items():
        scale = size.mean(-1)
        apart = course - course[..., :1]
        found[f"{name}_drift"] = over(apart[..., -1], scale)
        found[f"{name}_excursion"] = over(np.abs(apart).max(-1), scale)
        found[f"{name}_jitter"] = over(np.diff(course, axis=-1).std(-1), scale)
    return found


def trend(course: np.ndarray) -> np.ndarray:
    """The slope of the straight line through a course, per its whole length.

    Example:
        >>> trend(np.array([[1.0, 2.0, 3.0, 4.0]])).tolist()
        [4.0]
    """
    steps = course.shape[-1]
    place = (np.arange(steps) - (steps - 1) / 2) / steps
    return (course * place).sum(-1) / (place**2).sum()


def _rhythm(course: np.ndarray) -> np.ndarray:
    """The mean frequency of a course about its line, as a share of the highest."""
    steps = course.shape[-1]
    place = (np.arange(steps) - (steps - 1) / 2) / steps
    rest = course - course.mean(-1, keepdims=True) - trend(course)[..., None] * place
    power = np.abs(np.fft.rfft(rest, axis=-1)) ** 2
    share = np.linspace(0, 1, power.shape[-1])
    return over((power * share).sum(-1), power.sum(-1), 1e-12)


def _log_ratio(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.log((one + 1e-6) / (other + 1e-6))


def _quarters(steps: int) -> tuple[slice, slice]:
    """The first and the last quarter of a trajectory."""
    return slice(0, steps // 4), slice(steps - steps // 4, steps)


def _unit(course: np.ndarray) -> np.ndarray:
    """Courses along the second last axis with mean 0 and length 1."""
    centred = course - course.mean(-2, keepdims=True)
    return over(centred, np.sqrt((centred**2).sum(-2, keepdims=True)))
