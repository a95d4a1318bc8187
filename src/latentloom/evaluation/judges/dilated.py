"""The dilated convolutions of TS2Vec, several networks side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional as F

WIDTH = 64  # channels between the blocks
DEPTH = 10  # blocks before the one that widens
_KERNEL = 3


class _Taps(torch.autograd.Function):
    """A convolution as one matrix product a tap, each with the steps that it can reach.

    With time before signals, a shift in time is a view: nothing is unfolded or padded.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, dilation: int) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.dilation = dilation
        width = weight.shape[-1]
        y = bias.expand(-1, x.shape[1] * x.shape[2], -1).contiguous().unflatten(1, x.shape[1:3])
        for tap, (there, here) in _reached(weight.shape[1], dilation, x.shape[1]):
            y[:, here].view(len(y), -1, width).baddbmm_(_rows(x[:, there]), weight[:, tap])
        return y

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        x, weight = ctx.saved_tensors
        slope = grads[0].contiguous()
        to_x, to_weight = torch.zeros_like(x), torch.zeros_like(weight)
        for tap, (there, here) in _reached(weight.shape[1], ctx.dilation, x.shape[1]):
            come = _rows(slope[:, here])
            to_weight[:, tap] = _rows(x[:, there]).mT @ come
            _rows(to_x[:, there]).baddbmm_(come, weight[:, tap].mT)
        return to_x, to_weight, _rows(slope).sum(1, keepdim=True), None


def _rows(x: Tensor) -> Tensor:
    return x.view(x.shape[0], -1, x.shape[-1])


def _reached(taps: int, dilation: int, steps: int) -> list[tuple[int, tuple[slice, slice]]]:
    """The taps that reach a step, with the steps that they read and those that they reach."""
    result: list[tuple[int, tuple[slice, slice]]] = []
    for tap in range(taps):
        shift = (tap - taps // 2) * dilation
        if abs(shift) < steps:
            there = slice(max(0, shift), steps + min(0, shift))
            here = slice(max(0, -shift), steps - max(0, shift))
            result.append((tap, (there, here)))
    return result


class DilatedConvolutions(nn.Module):
    """One dilated convolution over time for each of several networks; it keeps the length.

    A tap whose dilation is longer than any signal only ever reads padding, and is left out.

    Args:
        widths: Channels of the input and of the output.
        kernel: Taps of the kernel, odd.
        dilation: Steps between the taps.
        steps: Steps of the longest signal that it will ever see.
        randoms: Where each network's first weights come from.
    """

    def __init__(
        self,
        widths: tuple[int, int],
        *,
        kernel: int,
        dilation: int,
        steps: int,
        randoms: Sequence[torch.Generator],
    ) -> None:
        super().__init__()
        self.dilation = dilation
        bound = (widths[0] * kernel) ** -0.5

        def drawn(*shape: int) -> Tensor:
            each = [torch.empty(shape).uniform_(-bound, bound, generator=r) for r in randoms]
            return torch.stack(each)

        weight = drawn(kernel, *widths)
        reaching = slice(None) if dilation < steps else slice(kernel // 2, kernel // 2 + 1)
        self.weight = nn.Parameter(weight[:, reaching].clone())
        self.bias = nn.Parameter(drawn(1, widths[1]))

    def forward(self, x: Float[Tensor, "S T B I"]) -> Float[Tensor, "S T B O"]:
        return _Taps.apply(x, self.weight, self.bias, self.dilation)  # type: ignore[return-value]


class DilatedBlock(nn.Module):
    r"""$x + \mathrm{conv}(g(\mathrm{conv}(g(x))))$ with $g$ the GELU.

    Args:
        widths: Channels of the input and of the output; $x$ is projected if they differ.
        dilation: Steps between the taps.
        steps: Steps of the longest signal that it will ever see.
        randoms: Where each network's first weights come from.
    """

    def __init__(
        self,
        widths: tuple[int, int],
        *,
        dilation: int,
        steps: int,
        randoms: Sequence[torch.Generator],
    ) -> None:
        super().__init__()
        inner, outer = widths

        def convolutions(widths: tuple[int, int], kernel: int) -> DilatedConvolutions:
            return DilatedConvolutions(
                widths, kernel=kernel, dilation=dilation, steps=steps, randoms=randoms
            )

        self.first = convolutions((inner, outer), _KERNEL)
        self.second = convolutions((outer, outer), _KERNEL)
        self.skip = nn.Identity() if inner == outer else convolutions((inner, outer), 1)

    def forward(
        self, x: Float[Tensor, "S T B I"], real: Bool[Tensor, "_ T B 1"] | None
    ) -> Float[Tensor, "S T B O"]:
        y = self.first(_only(F.gelu(x), real))
        return self.skip(x) + self.second(_only(F.gelu(y), real))


class DilatedNetworks(nn.Module):
    """Several TS2Vec networks, each with weights of its own, in one pass.

    Args:
        channels: Channels of the signals.
        dimensions: Numbers a step that they make.
        steps: Steps of the longest signal that they will ever see.
        randoms: Where each network's first weights come from.

    References:
        TS2Vec: Towards Universal Representation of Time Series (Yue et al., 2022),
        https://arxiv.org/abs/2106.10466, section 2.2 and its code for the widths.
    """

    def __init__(
        self,
        channels: int,
        *,
        dimensions: int,
        steps: int,
        randoms: Sequence[torch.Generator],
    ) -> None:
        super().__init__()
        self.entry = DilatedConvolutions(
            (channels, WIDTH), kernel=1, dilation=1, steps=steps, randoms=randoms
        )
        widths = [WIDTH] * (DEPTH + 1) + [dimensions]
        self.blocks = nn.ModuleList(
            DilatedBlock((widths[i], widths[i + 1]), dilation=2**i, steps=steps, randoms=randoms)
            for i in range(DEPTH + 1)
        )

    def forward(
        self,
        x: Float[Tensor, "S T B C"],
        *,
        seen: Bool[Tensor, "S T B 1"] | None,
        real: Bool[Tensor, "_ T B 1"] | None,
    ) -> Float[Tensor, "S T B D"]:
        """A vector a step.

        Args:
            x: The signals, given to each network.
            seen: Which steps are shown to it; all if None.
            real: Which steps are no padding; all if None. Padding is zero before every
                convolution, as are the steps beyond both ends.
        """
        x = _only(_only(self.entry(x), seen), real)
        for block in self.blocks:
            x = block(x, real)
        return x


def _only(x: Tensor, chosen: Tensor | None) -> Tensor:
    return x if chosen is None else x * chosen
