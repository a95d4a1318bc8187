"""Dropping features at random, fast on a CPU."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

CHANCES = 1 << 16  # a chance is a multiple of one in so many
DRAWS = 4  # made of each random number of 64 bits


class Dropout(nn.Module):
    """Drops features in training, each by itself, and scales up the others.

    As that of PyTorch; but on a CPU four features share a random number, for drawing one for
    each costs more than the layers around. The share is then rounded to 16 bits.

    Args:
        share: Of the features that are dropped, in [0, 1].

    Example:
        >>> dropped = Dropout(0.25)(torch.ones(100_000))
        >>> dropped.mean().round(decimals=1), dropped.unique().round(decimals=4)
        (tensor(1.), tensor([0.0000, 1.3333]))

    References:
        Dropout: A Simple Way to Prevent Neural Networks from Overfitting (Srivastava et al.,
        2014), section 4 https://jmlr.org/papers/v15/srivastava14a.html
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def extra_repr(self) -> str:
        return f"{self.share}"

    def forward(self, x: Float[Tensor, "*N W"]) -> Float[Tensor, "*N W"]:
        limit = round(self.share * CHANCES)
        if not self.training or limit == 0:
            return x
        if limit == CHANCES or x.device.type != "cpu":
            return F.dropout(x, self.share)
        return x * _kept(x, limit)


@torch.no_grad()
def _kept(x: Tensor, limit: int) -> Tensor:
    """Zero for what is dropped, and for all else what keeps the mean as it was."""
    draws = torch.empty(-(-x.numel() // DRAWS), dtype=torch.int64)
    draws = draws.random_(-(1 << 63), None).view(torch.int16)[: x.numel()].view(x.shape)
    kept = torch.ge(draws, limit - CHANCES // 2, out=torch.empty_like(x))
    return kept.mul_(CHANCES / (CHANCES - limit))
