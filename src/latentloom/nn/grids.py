"""Layers in a row on coarser and coarser grids, or finer and finer ones."""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from .mask import keep, real_steps


def halved(
    x: Float[Tensor, "B T W"], real: Bool[Tensor, "B T"] | None = None
) -> Float[Tensor, "B S W"]:
    """The greater of every two steps, feature by feature; zero where both are padding.

    Args:
        x: The steps, an even number of them.
        real: Which of them are no padding; all of them if None.

    Example:
        >>> halved(torch.tensor([[[1.0], [-2.0], [-4.0], [-3.0]]])).flatten().tolist()
        [1.0, -3.0]
    """
    shown = x if real is None else x.masked_fill(~real[..., None], -torch.inf)
    made = torch.maximum(shown[:, 0::2], shown[:, 1::2])
    return made if real is None else keep(made, real[:, 0::2] | real[:, 1::2])


def doubled(x: Float[Tensor, "B S W"]) -> Float[Tensor, "B T W"]:
    """Every step twice in a row."""
    return x.repeat_interleave(2, 1)


def window_mean(
    x: Float[Tensor, "B T W"], steps: int, real: Bool[Tensor, "B T"] | None = None
) -> Float[Tensor, "B S W"]:
    """The mean of the real steps of every window of `steps` steps; zero where none is real.

    Example:
        >>> x = torch.tensor([[[1.0], [3.0], [5.0], [0.0]]])
        >>> window_mean(x, 2, torch.tensor([[True, True, True, False]])).flatten().tolist()
        [2.0, 5.0]
    """
    if real is None:
        return x.unflatten(1, (-1, steps)).mean(2)
    counts = real.unflatten(1, (-1, steps)).sum(2)
    return keep(x, real).unflatten(1, (-1, steps)).sum(2) / counts.clamp_min(1)[..., None]


class Descent(nn.Module):
    """Layers on coarser and coarser grids, each half as fine as the one before it.

    Args:
        layers: One layer for each grid, finest first; each takes steps and which are real.

    Example:
        >>> from latentloom.nn.batch_norm import ConvUnit
        >>> layers = [ConvUnit(2, 4, 3, padding="zeros"), ConvUnit(4, 8, 3, padding="zeros")]
        >>> Descent(layers)(torch.randn(1, 12, 2), None)[0].shape
        torch.Size([1, 6, 8])
    """

    def __init__(self, layers: Sequence[nn.Module]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(
        self, x: Float[Tensor, "B T C"], lengths: Int[Tensor, " B"] | None
    ) -> tuple[Float[Tensor, "B S W"], Bool[Tensor, "B S"] | None]:
        """The steps of the coarsest grid, and which of them are real."""
        real = real_steps(lengths, x.shape[1])
        x = keep(x, real)
        for index, layer in enumerate(self.layers):
            if index:
                x = halved(x, real)
                real = real_steps(lengths, x.shape[1], 2**index)
            x = layer(x, real)
        return x, real


class Ascent(nn.Module):
    """Layers on finer and finer grids, each twice as fine as the one before it.

    Args:
        layers: One layer for each grid, coarsest first; each takes steps and which are real.
    """

    def __init__(self, layers: Sequence[nn.Module]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(
        self, x: Float[Tensor, "B S C"], lengths: Int[Tensor, " B"] | None
    ) -> Float[Tensor, "B T W"]:
        """The steps of the finest grid; zero where they are padding."""
        last = len(self.layers) - 1
        for index, layer in enumerate(self.layers):
            x = doubled(x) if index else x
            real = real_steps(lengths, x.shape[1], 2 ** (last - index))
            x = layer(keep(x, real), real)
        return x
