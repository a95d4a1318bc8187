"""Which steps are real, on every grid that a part works on."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


def real_steps(
    lengths: Int[Tensor, " B"] | None, steps: int, stride: int = 1
) -> Bool[Tensor, "B S"] | None:
    """True where a step of a coarser grid covers at least one real step; None if all do.

    Args:
        lengths: How many leading time steps of each signal are real; all of them if None.
        steps: How many steps the coarser grid has.
        stride: How many time steps one of its steps covers.

    Example:
        >>> real_steps(torch.tensor([4, 5]), steps=3, stride=4).int().tolist()
        [[1, 0, 0], [1, 1, 0]]
    """
    if lengths is None:
        return None
    reached = torch.div(lengths + stride - 1, stride, rounding_mode="floor")
    return torch.arange(steps, device=lengths.device) < reached[:, None]


def keep(x: Float[Tensor, "B S W"], real: Bool[Tensor, "B S"] | None) -> Float[Tensor, "B S W"]:
    """The features of real steps, and zero elsewhere, whatever stood there."""
    return x if real is None else x.masked_fill(~real[..., None], 0.0)
