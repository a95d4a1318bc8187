"""Recurrent networks whose backward direction starts at the last real step."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from ..core.ranges import at_least, below_one

Directions = Literal["forward", "both"]


def reversed_steps(
    x: Float[Tensor, "B T W"], lengths: Int[Tensor, " B"] | None
) -> Float[Tensor, "B T W"]:
    """The real steps in reverse order, padding left behind them.

    Example:
        >>> x = torch.tensor([[[1.0], [2.0], [9.0]]])
        >>> reversed_steps(x, torch.tensor([2])).flatten().tolist()
        [2.0, 1.0, 9.0]
    """
    if lengths is None:
        return x.flip(1)
    places = torch.arange(x.shape[1], device=x.device)
    back = lengths[:, None] - 1 - places
    return x.gather(1, torch.where(back < 0, places, back)[..., None].expand_as(x))


@contextmanager
def plain_kernels() -> Iterator[None]:
    """Has a GPU compute recurrent layers without cuDNN, slower but with every derivative."""
    before = torch.backends.cudnn.enabled
    torch.backends.cudnn.enabled = False
    try:
        yield
    finally:
        torch.backends.cudnn.enabled = before


class Recurrent(nn.Module):
    """Long short-term memory along time, in one direction or both.

    Args:
        inputs: How many features a step has before.
        width: How many features a step has after, both directions together.
        directions: Whether a step knows only those before it, or all of them. Each direction
            is a stack of its own.
        layers: How many layers each stack has.
        dropout: Share of features dropped between layers in training, in [0, 1).

    Raises:
        ValueError: If both directions cannot share the width equally, there is no layer, or
            the dropout is out of range.

    References:
        Long Short-Term Memory (Hochreiter and Schmidhuber, 1997)
        https://doi.org/10.1162/neco.1997.9.8.1735
    """

    def __init__(
        self,
        inputs: int,
        width: int,
        *,
        directions: Directions = "forward",
        layers: int = 1,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        at_least(1, width=width, layers=layers)
        below_one(dropout=dropout)
        shares = 2 if directions == "both" else 1
        if width % shares:
            raise ValueError(f"width must be even for both directions, got {width}")
        between = dropout if layers > 1 else 0.0

        def stack() -> nn.LSTM:
            return nn.LSTM(inputs, width // shares, layers, batch_first=True, dropout=between)

        self.ahead = stack()
        self.back = stack() if directions == "both" else None

    def forward(
        self, x: Float[Tensor, "B T C"], lengths: Int[Tensor, " B"] | None = None
    ) -> Float[Tensor, "B T W"]:
        """What is remembered at each step.

        Args:
            x: The steps.
            lengths: How many leading steps of each signal are real; all of them if None.
        """
        frozen = x.is_cuda and x.requires_grad and not self.training
        with plain_kernels() if frozen else nullcontext():  # cuDNN would hand no gradient on
            ahead = self.ahead(x)[0]
            if self.back is None:
                return ahead
            back = self.back(reversed_steps(x, lengths))[0]
        return torch.cat((ahead, reversed_steps(back, lengths)), -1)
