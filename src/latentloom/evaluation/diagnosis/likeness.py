"""How alike signals are: copies, near copies, and stretches of one series."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Int

_BLOCK = 256  # signals compared at a time
_VALUES = 250_000_000  # values that are looked through in search of shifted stretches


def nearest(
    signals: Float[np.ndarray, "A T C"], others: Float[np.ndarray, "B T C"]
) -> Float[np.ndarray, " A"]:
    r"""The distance of each signal to the nearest of others, as a root mean square.

    Example:
        >>> zero, one = np.zeros((1, 4, 1)), np.ones((2, 4, 1))
        >>> nearest(zero, one)
        array([1.])
    """
    flat = others.reshape(len(others), -1).astype(float)
    centre = flat.mean(0)
    flat = flat - centre
    power = (flat**2).sum(1)
    found: list[np.ndarray] = []
    for start in range(0, len(signals), _BLOCK):
        rows = signals[start : start + _BLOCK].reshape(-1, flat.shape[1]).astype(float) - centre
        best = (power - 2 * rows @ flat.T).argmin(1)
        found.append(np.sqrt(((rows - flat[best]) ** 2).mean(1)))
    return np.concatenate(found)


def equal_to_any(
    records: Float[np.ndarray, "A F"], others: Float[np.ndarray, "B F"]
) -> Bool[np.ndarray, " A"]:
    """Which records equal another one in every value.

    Example:
        >>> equal_to_any(np.array([[1.0, 2], [3, 4]]), np.array([[3.0, 4], [5, 5]]))
        array([False,  True])
    """
    seen = {row.tobytes() for row in np.ascontiguousarray(others)}
    return np.array([row.tobytes() in seen for row in np.ascontiguousarray(records)])


def shares_a_stretch(
    records: Float[np.ndarray, "A T C"], others: Float[np.ndarray, "B T C"]
) -> Bool[np.ndarray, " A"]:
    """Which records begin or end with half a record's values as they stand in another.

    Windows cut from one series with a stride below half their length do so, whatever their
    place. Stretches on which nothing changes do not count.

    Example:
        >>> series = np.random.default_rng(0).normal(size=(20, 1))
        >>> windows = np.stack([series[i : i + 8] for i in (0, 3, 12)])
        >>> shares_a_stretch(windows[1:], windows[:1])
        array([ True, False])
    """
    steps = records.shape[1]
    half = max(2, steps // 2)
    places = steps - half + 1
    most = max(1, _VALUES // (places * half * records.shape[2]))
    others = others[:: -(-len(others) // most)]
    seen = {row[place : place + half].tobytes() for row in others for place in range(places)}

    def known(stretch: Float[np.ndarray, "H C"]) -> bool:
        return bool(np.ptp(stretch, axis=0).any()) and stretch.tobytes() in seen

    return np.array([known(row[:half]) or known(row[-half:]) for row in records], dtype=bool)


def departure(codes: Int[np.ndarray, " A"], others: Int[np.ndarray, " B"]) -> float:
    r"""How differently codes are used in two samples, beyond what chance brings about.

    Half the sum of the absolute differences of the shares, less its mean under equal use,
    $\frac12 \sum_v \sqrt{\frac{2}{\pi} p_v (1 - p_v) (\frac1A + \frac1B)}$, but not below 0.

    Example:
        >>> departure(np.zeros(50, int), np.ones(50, int))
        0.92
    """
    size = int(max(codes.max(), others.max())) + 1
    counts = [np.bincount(x, minlength=size) for x in (codes, others)]
    apart = np.abs(counts[0] / len(codes) - counts[1] / len(others)).sum() / 2
    share = sum(counts) / (len(codes) + len(others))
    scatter = 2 / np.pi * share * (1 - share) * (1 / len(codes) + 1 / len(others))
    return max(0.0, round(float(apart - np.sqrt(scatter).sum() / 2), 3))
