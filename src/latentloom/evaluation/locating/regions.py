"""Frames that are probable together: highest-density regions and how sure they are."""

import numpy as np
from jaxtyping import Bool, Float

CLEAR, FAIR = 0.05, 0.15  # shares of all frames that a region spans
MODE = 0.1  # the least probability of a stretch that counts as another answer


def masses(probabilities: Float[np.ndarray, "*any T"]) -> Float[np.ndarray, "*any T"]:
    """For each frame, the probability of all frames that are more probable.

    Of equally probable frames the earlier comes first.

    Example:
        >>> masses(np.array([0.25, 0.5, 0.25])).tolist()
        [0.5, 0.0, 0.75]
    """
    order = np.argsort(-probabilities, axis=-1, kind="stable")
    ranked = np.take_along_axis(probabilities, order, -1)
    before = ranked.cumsum(-1) - ranked
    found = np.empty_like(before)
    np.put_along_axis(found, order, before, -1)
    return found


def region(probabilities: Float[np.ndarray, "*any T"], reach: float) -> Bool[np.ndarray, "*any T"]:
    """The smallest set of frames that holds a probability of at least `reach`.

    Example:
        >>> region(np.array([0.0, 0.3, 0.6, 0.1]), 0.9).tolist()
        [False, True, True, False]
    """
    return (masses(probabilities) < reach - 1e-12) & (probabilities > 0)


def reach_for(before: Float[np.ndarray, "N S"], level: float) -> float:
    r"""The probability that regions must reach to hold the truth as often as they promise.

    The smallest number for which, on validation records, the share of states whose frame is
    left out is at most $1 - \text{level} - \text{level} / n$, averaged over the $n$ records: a
    new record that is exchangeable with them is then covered at `level` on average, however
    its states depend on each other.

    Args:
        before: What `masses` gives for the true frame of each state.
        level: The share to cover, in (0, 1).

    Raises:
        ValueError: If there are too few records for the level.

    References:
        Conformal Risk Control (Angelopoulos et al., 2022), equation 4
        https://arxiv.org/abs/2208.02814
    """
    records = len(before)
    risk = 1 - level - level / records
    if risk < 0:
        least = int(np.ceil(level / (1 - level) - 1e-9))
        raise ValueError(
            f"intervals at level {level} must have at least {least} validation records, got"
            f" {records}; leave more to the validation split, as with --set"
            " data.split.validation=0.25"
        )
    ordered = np.sort(before, axis=None)
    left = 1 - np.arange(1, ordered.size + 1) / ordered.size
    last = ordered[np.argmax(left <= risk + 1e-12)]
    return float(np.clip(last + 1e-9, 1e-9, 1.0))


def stretches(inside: Bool[np.ndarray, " T"]) -> tuple[tuple[int, int], ...]:
    """The first and the last frame of each run of frames.

    Example:
        >>> stretches(np.array([True, True, False, True]))
        ((0, 1), (3, 3))
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[0], inside.astype(int), [0]])))
    return tuple((int(a), int(b) - 1) for a, b in edges.reshape(-1, 2))


def modes(probabilities: Float[np.ndarray, " T"], inside: Bool[np.ndarray, " T"]) -> int:
    """How many runs of frames are each an answer for itself, with a tenth or more of it all.

    Example:
        >>> modes(np.array([0.5, 0.05, 0.45]), np.array([True, False, True]))
        2
    """
    weights = [probabilities[first : last + 1].sum() for first, last in stretches(inside)]
    return max(1, sum(bool(weight >= MODE) for weight in weights))


def confidence(inside: Bool[np.ndarray, " T"]) -> str:
    """What the share of the frames that are in a region says of it: high, moderate or low.

    Example:
        >>> confidence(np.arange(100) < 4), confidence(np.arange(100) < 40)
        ('high', 'low')
    """
    share = inside.mean()
    return "high" if share <= CLEAR else "moderate" if share <= FAIR else "low"
