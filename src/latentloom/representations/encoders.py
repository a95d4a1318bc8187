"""Encoders: signals as shorter sequences of features."""

import math
from typing import Literal

from jaxtyping import Float
from torch import Tensor, nn

from ..core.batch import Batch
from ..core.ranges import at_least
from ..core.roles import Encoder
from ..nn.attention import Block
from ..nn.convolution import Down, Padding, Stack
from ..nn.mask import keep, real_steps
from .known import Conditions, check_grid, check_seen, seen_signal

Sees = Literal["signal", "signal+condition", "signal+drive", "signal+drive+condition"]


class ConvEncoder(Encoder):
    """Reads a signal with convolutions, on coarser and coarser grids.

    Each grid folds `strides[i]` steps into one and looks round it with residual blocks.
    Round a circle, rolling the signal by `stride` steps rolls the features by one step,
    exactly. Padding is hidden from every layer.

    Args:
        channels: How many channels a signal has.
        drive: How many drive channels there are.
        conditions: How many scalars are known of each signal.
        padding: What lies beyond the ends of a signal: its other end (`circular`) or
            nothing (`zeros`).
        widths: How many features each grid has, finest first.
        strides: How many steps each grid makes one of.
        blocks: How many residual blocks look round each grid; each looks twice as far
            as the one before.
        kernel: How many steps a convolution sees at once; odd.
        sees: Whether it sees the conditions and the drive beside the signal.

    Raises:
        ValueError: If widths and strides do not match, the kernel is even, or a drive is
            to be seen and there is none.

    Example:
        >>> import torch
        >>> encoder = ConvEncoder(1, 0, 0, "circular", widths=[8, 16], strides=[2, 2])
        >>> encoder(Batch.of(torch.randn(3, 40, 1))).shape
        torch.Size([3, 10, 16])
    """

    def __init__(  # noqa: PLR0913 (four of them are known from the neighbours)
        self,
        channels: int,
        drive: int,
        conditions: int,
        padding: Padding,
        *,
        widths: list[int],
        strides: list[int],
        blocks: int = 1,
        kernel: int = 5,
        sees: Sees = "signal+condition",
    ) -> None:
        super().__init__()
        check_grid(widths, strides)
        check_seen(sees, drive)
        self.width = widths[-1]
        self.stride = math.prod(strides)
        self.strides = list(strides)
        self.padding: Padding = padding
        self.drive = drive
        self.sees: Sees = sees
        self.conditions = Conditions(conditions if "condition" in sees else 0)
        inputs = [channels + (drive if "drive" in sees else 0), *widths[:-1]]
        self.downs = nn.ModuleList(
            Down(before, after, stride, padding=padding, kernel=kernel if i == 0 else 1)
            for i, (before, after, stride) in enumerate(zip(inputs, widths, strides, strict=True))
        )
        self.stacks = nn.ModuleList(
            Stack(
                width, blocks=blocks, kernel=kernel, padding=padding, known=self.conditions.width
            )
            for width in widths
        )
        self.norm = nn.LayerNorm(self.width)

    def forward(self, batch: Batch) -> Float[Tensor, "B S W"]:
        x = seen_signal(batch, self.drive, self.sees)
        known = self.conditions(batch.context)
        covered = 1
        for down, stack, stride in zip(self.downs, self.stacks, self.strides, strict=True):
            covered *= stride
            x = down(x)
            real = real_steps(batch.context.lengths, x.shape[1], covered)
            x = keep(stack(x, known=known, real=real), real)
        return keep(self.norm(x), real_steps(batch.context.lengths, x.shape[1], covered))


class TransformerEncoder(Encoder):
    """Reads a signal in patches that attend to one another.

    Positions are rotary: on a line, or round the circle of a periodic signal.

    Args:
        channels: How many channels a signal has.
        drive: How many drive channels there are.
        conditions: How many scalars are known of each signal.
        padding: What lies beyond the ends of a signal: its other end (`circular`) or
            nothing (`zeros`).
        patch: How many time steps make one latent step.
        width: How many features a latent step has.
        layers: How many blocks of attention there are.
        heads: How many attentions a block has; twice `heads` must divide `width`.
        sees: Whether it sees the conditions and the drive beside the signal.

    Raises:
        ValueError: If the heads do not fit the width, or a drive is to be seen and there
            is none.

    Example:
        >>> import torch
        >>> encoder = TransformerEncoder(1, 0, 0, "zeros", patch=4, width=16, layers=1, heads=2)
        >>> encoder(Batch.of(torch.randn(3, 40, 1))).shape
        torch.Size([3, 10, 16])
    """

    def __init__(  # noqa: PLR0913 (four of them are known from the neighbours)
        self,
        channels: int,
        drive: int,
        conditions: int,
        padding: Padding,
        *,
        patch: int,
        width: int,
        layers: int,
        heads: int,
        sees: Sees = "signal+condition",
    ) -> None:
        super().__init__()
        check_grid([width], [patch])
        at_least(1, layers=layers, heads=heads)
        check_seen(sees, drive)
        self.width = width
        self.stride = patch
        self.drive = drive
        self.sees: Sees = sees
        self.conditions = Conditions(conditions if "condition" in sees else 0)
        inputs = channels + (drive if "drive" in sees else 0)
        self.patches = Down(inputs, width, patch, padding=padding)
        around = "circle" if padding == "circular" else "line"
        self.blocks = nn.ModuleList(
            Block(width, heads, known=self.conditions.width, around=around) for _ in range(layers)
        )
        self.norm = nn.LayerNorm(width)

    def forward(self, batch: Batch) -> Float[Tensor, "B S W"]:
        x = self.patches(seen_signal(batch, self.drive, self.sees))
        known = self.conditions(batch.context)
        real = real_steps(batch.context.lengths, x.shape[1], self.stride)
        for block in self.blocks:
            x = block(x, known=known, mask=real)
        return keep(self.norm(x), real)
