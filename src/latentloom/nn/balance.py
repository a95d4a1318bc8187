"""Periodic signals whose integral over the period is known in part."""

import torch
from jaxtyping import Float
from torch import Tensor


def balanced(x: Float[Tensor, "B T C"]) -> Float[Tensor, "B T C"]:
    """Periodic signals without their mean, so that their integral is periodic too."""
    return x - x.mean(1, keepdim=True)


def swing(x: Float[Tensor, "B T C"]) -> Float[Tensor, "B 1 C"]:
    r"""Peak-to-peak value of the integral over a period of length 1, in units of the signal.

    Example:
        >>> swing(torch.tensor([[[1.0], [1.0], [-1.0], [-1.0]]])).item()
        0.5
    """
    integral = x.cumsum(1) / x.shape[1]
    return integral.amax(1, keepdim=True) - integral.amin(1, keepdim=True)


def with_swing(
    x: Float[Tensor, "B T C"], wanted: Float[Tensor, "#B #T #C"]
) -> Float[Tensor, "B T C"]:
    """Balanced signals, scaled until their integral swings as wanted.

    A signal that swings less than a hundredth of that is scaled by a hundred.
    """
    x = balanced(x)
    return x * (wanted / torch.maximum(swing(x), wanted / 100))
