"""The time derivative of sampled signals."""

import torch
from jaxtyping import Float
from torch import Tensor

from ...core.errors import DataError
from ..dataset import Dataset
from .columns import find, need, real_lengths


def rate(
    x: Float[Tensor, "N T"], interval: Float[Tensor, " N"], dataset: Dataset
) -> Float[Tensor, "N T"]:
    r"""Derivative by central differences, in units of the signal per unit of `interval`.

    $\dot x_t = (x_{t+1} - x_{t-1}) / 2 h$; one-sided at the ends of a signal, round the
    corner if the dataset's signals are periods.

    Args:
        x: The signals.
        interval: The time $h$ between the steps of each signal.
        dataset: What they are part of; says how long and whether they are periodic.
    """
    steps = torch.arange(x.shape[1])
    last = real_lengths(dataset)[:, None].clamp_min(1) - 1
    if dataset.schema.periodic:
        ahead, behind = (steps + 1) % (last + 1), (steps - 1) % (last + 1)
        span = torch.full_like(ahead, 2)
    else:
        ahead = torch.minimum(steps + 1, last)
        behind = torch.minimum((steps - 1).clamp_min(0)[None], last)
        span = (ahead - behind).clamp_min(1)
    x = x.double()
    return (x.gather(1, ahead) - x.gather(1, behind)) / (span * interval[:, None])


def intervals(
    dataset: Dataset, interval: float | None, frequency: str | None
) -> Float[Tensor, " N"]:
    """The time between the steps of each sample, in seconds.

    Args:
        dataset: The samples.
        interval: The same for all, if not None.
        frequency: Else the name of the condition that holds a period's frequency, in
            hertz: the steps of a sample then share its one period.

    Raises:
        DataError: If a frequency is needed and not there, or not of a period.
    """
    if interval is not None:
        return torch.full((dataset.size,), interval, dtype=torch.double)
    if frequency is None or not dataset.schema.periodic:
        problem = "must be of one period for its frequency to say the time between steps"
        raise DataError("drive", f"{problem}; give interval instead")
    column = need(dataset, "condition")[:, find(dataset.schema, "condition", frequency)]
    return 1 / (real_lengths(dataset) * column.double())


def check_clock(interval: float | None, frequency: str | None) -> None:
    """Checks that exactly one of the two ways to tell time is given.

    Raises:
        ValueError: If none or both are, or the interval is not positive.
    """
    if (interval is None) == (frequency is None):
        raise ValueError(
            "give either interval, in seconds, or frequency, the name of a condition; "
            f"got {interval} and {frequency}"
        )
    if interval is not None and interval <= 0:
        raise ValueError(f"interval must be positive, got {interval}")
