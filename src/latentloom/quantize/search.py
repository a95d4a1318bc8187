"""Finding the nearest entry, and learning through the step that does not move."""

from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


def nearest(
    x: Float[Tensor, "*G N D"],
    entries: Float[Tensor, "*G V D"],
    there: Bool[Tensor, "*G V"] | None = None,
) -> Int[Tensor, "*G N"]:
    r"""Index of the entry closest to each vector, for one book or for several at once.

    Since $|x - e|^2 = |x|^2 - 2 (x \cdot e - |e|^2 / 2)$, the closest entry is the one with
    the largest bracket, which is one matrix product; nothing of the size of all
    differences is made.

    Args:
        x: The vectors.
        entries: The entries of each book.
        there: Which of them may be chosen; all of them if None.

    Example:
        >>> nearest(torch.tensor([[0.4], [2.0]]), torch.tensor([[0.0], [1.0]])).tolist()
        [0, 1]
    """
    half = entries.square().sum(-1).mul_(-0.5)
    if there is not None:
        half.masked_fill_(~there, -torch.inf)
    if x.ndim == 2:
        return torch.addmm(half, x, entries.T).argmax(-1)
    return (x @ entries.mT).add_(half[..., None, :]).argmax(-1)


def pass_through(
    rounded: Float[Tensor, "*N D"], x: Float[Tensor, "*N D"]
) -> Float[Tensor, "*N D"]:
    """The rounded values going forward, the gradient of `x` going back.

    References:
        Estimating or Propagating Gradients Through Stochastic Neurons (Bengio et al., 2013)
        https://arxiv.org/abs/1308.3432
    """
    return _PassThrough.apply(rounded.detach(), x)  # pyright: ignore[reportReturnType]


class _PassThrough(torch.autograd.Function):
    """One thing going forward, another going back."""

    @staticmethod
    def forward(ctx: Any, rounded: Tensor, x: Tensor) -> Tensor:
        return rounded

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        return None, *gradients
