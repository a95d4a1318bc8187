"""The learning rates of the documented training, over the progress of a phase."""

from typing import Any

from .sections import Stage, Strategy

WARM_UP = 0.3  # of all steps
FROM = {"pure_mae": 0.5, "combined": 0.5, "pure_autocorr": 0.1}  # of start_lr
THEN = {"pure_mae": "cosine", "combined": "cosine", "pure_autocorr": "linear"}


def rate(stage: Stage, strategy: Strategy, *, continued: bool) -> dict[str, Any]:
    """The learning rate of a phase.

    New weights are warmed up over the first 30 % of all steps, from a half of `start_lr`, or
    a tenth where autocorrelations alone are learned; then the rate falls to `min_lr`, as half
    a cosine, or there in a straight line. Weights that are trained on get a straight line.

    Example:
        >>> rate(Stage(start_lr=1e-3, min_lr=1e-4), "pure_mae", continued=True)
        {'kind': 'linear', 'start': 0.001, 'end': 0.0001}
    """
    fall = {"start": stage.start_lr, "end": stage.min_lr}
    if continued:
        return {"kind": "linear", **fall}
    rise = {"start": FROM[strategy] * stage.start_lr, "end": stage.start_lr}
    parts = [{"kind": "linear", **rise}, {"kind": THEN[strategy], **fall}]
    return {"kind": "joined", "parts": parts, "cuts": [WARM_UP]}


def moving(start: float, end: float | None) -> dict[str, Any] | float:
    """A straight line, or a number where nothing moves.

    Example:
        >>> moving(0.7, 0.6), moving(0.5, None)
        ({'kind': 'linear', 'start': 0.7, 'end': 0.6}, 0.5)
    """
    if end is None or end == start:
        return start
    return {"kind": "linear", "start": start, "end": end}
