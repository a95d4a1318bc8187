"""Pooling: the steps of a sequence as one vector, whatever padding stands behind them."""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from .mask import keep

Real = Bool[Tensor, "B S"]
One = Callable[[Tensor, Tensor | None], Tensor]


def last_step(x: Float[Tensor, "B S W"], real: Real | None) -> Float[Tensor, "B W"]:
    """The features of the last real step.

    Args:
        x: The steps.
        real: Which of them, leading ones, are no padding; all of them if None.
    """
    if real is None:
        return x[:, -1]
    places = (real.sum(1) - 1).clamp_min(0)
    return x[torch.arange(len(x), device=x.device), places]


def mean_step(x: Float[Tensor, "B S W"], real: Real | None) -> Float[Tensor, "B W"]:
    """The mean of the real steps.

    Example:
        >>> real = torch.tensor([[True, True, False]])
        >>> mean_step(torch.tensor([[[1.0], [3.0], [8.0]]]), real)
        tensor([[2.]])
    """
    if real is None:
        return x.mean(1)
    return keep(x, real).sum(1) / real.sum(1, keepdim=True).clamp_min(1)


def greatest_step(x: Float[Tensor, "B S W"], real: Real | None) -> Float[Tensor, "B W"]:
    """The greatest value that each feature has at a real step."""
    if real is None:
        return x.amax(1)
    return x.masked_fill(~real[..., None], -torch.inf).amax(1)


class LinearPooling(nn.Module):
    """A linear view of one vector that stands for all steps.

    Args:
        width: How many features a step has.
        dim: How many numbers come out.
        one: What makes one vector of the steps, such as `last_step` or `mean_step`.
    """

    def __init__(self, width: int, dim: int, *, one: One) -> None:
        super().__init__()
        self.project = nn.Linear(width, dim)
        self.one = one

    def forward(self, x: Float[Tensor, "B S W"], real: Real | None = None) -> Float[Tensor, "B D"]:
        return self.project(self.one(x, real))


class AttentionPooling(nn.Module):
    r"""A linear view of a mean whose weights are learned.

    $A \sum_t a_t x_t + b$ with $a = \mathrm{softmax}_t(v \cdot \tanh(U x_t))$ over the real
    steps.

    Args:
        width: How many features a step has.
        dim: How many numbers come out.
        dropout: Share of the hidden features that are dropped in training.

    References:
        Neural Machine Translation by Jointly Learning to Align and Translate (Bahdanau et al.,
        2014), appendix A.1.2, for the weights https://arxiv.org/abs/1409.0473
    """

    def __init__(self, width: int, dim: int, *, dropout: float = 0.1) -> None:
        super().__init__()
        hidden = max(width // 2, 1)
        self.score = nn.Sequential(
            nn.Linear(width, hidden),
            nn.Tanh(),
            nn.Dropout(dropout),
            nn.Linear(hidden, 1, bias=False),
        )
        self.project = nn.Linear(width, dim)

    def forward(self, x: Float[Tensor, "B S W"], real: Real | None = None) -> Float[Tensor, "B D"]:
        scores = self.score(x)[..., 0]
        if real is not None:
            scores = scores.masked_fill(~real, -torch.inf)
        weights = scores.softmax(1)[..., None]
        return self.project((weights * keep(x, real)).sum(1))


class HybridPooling(nn.Module):
    """Last, mean and greatest step together, through a layer that is normalised.

    Args:
        width: How many features a step has.
        dim: How many numbers come out.

    References:
        Towards Generating Real-World Time Series Data (Pei et al., 2021), which joins the same
        three https://arxiv.org/abs/2111.08386
    """

    def __init__(self, width: int, dim: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(3 * width, 2 * width),
            nn.LayerNorm(2 * width),
            nn.LeakyReLU(0.2),
            nn.Linear(2 * width, dim),
        )

    def forward(self, x: Float[Tensor, "B S W"], real: Real | None = None) -> Float[Tensor, "B D"]:
        seen = (last_step(x, real), mean_step(x, real), greatest_step(x, real))
        return self.layers(torch.cat(seen, -1))
