"""Decoders: latents, and what is known of a signal, back to signals."""

import math
from typing import Literal

from jaxtyping import Float
from torch import Tensor, nn

from ..core.batch import Context
from ..core.ranges import at_least
from ..core.roles import Decoder
from ..nn.attention import Block
from ..nn.convolution import Conv1d, Padding, Stack, Up
from ..nn.mask import keep, real_steps
from .known import Conditions, DriveAtScales, check_grid, check_seen, trimmed

Sees = Literal["latent", "latent+condition", "latent+drive", "latent+drive+condition"]


class ConvDecoder(Decoder):
    """Writes a signal with convolutions, on finer and finer grids: a `ConvEncoder` mirrored.

    Each grid looks round itself with residual blocks, then unfolds each step into
    `strides[i]`. A drive that is seen enters each grid through its own convolution,
    aligned to the steps that it covers.

    Args:
        dim: How many features a latent step has.
        channels: How many channels a signal has.
        drive: How many drive channels there are.
        conditions: How many scalars are known of each signal.
        padding: What lies beyond the ends of a signal: its other end (`circular`) or
            nothing (`zeros`).
        widths: How many features each grid has, coarsest first.
        strides: How many steps each grid makes of one.
        blocks: How many residual blocks look round each grid; each looks twice as far
            as the one before.
        kernel: How many steps a convolution sees at once; odd.
        sees: Whether it sees the conditions and the drive beside the latents.

    Raises:
        ValueError: If widths and strides do not match, the kernel is even, or a drive is
            to be seen and there is none.

    Example:
        >>> import torch
        >>> decoder = ConvDecoder(4, 1, 0, 0, "circular", widths=[16, 8], strides=[2, 2])
        >>> decoder(torch.randn(3, 10, 4), Context(size=3, steps=40)).shape
        torch.Size([3, 40, 1])
    """

    def __init__(  # noqa: PLR0913 (five of them are known from the neighbours)
        self,
        dim: int,
        channels: int,
        drive: int,
        conditions: int,
        padding: Padding,
        *,
        widths: list[int],
        strides: list[int],
        blocks: int = 1,
        kernel: int = 5,
        sees: Sees = "latent+condition",
    ) -> None:
        super().__init__()
        check_grid(widths, strides)
        check_seen(sees, drive)
        self.stride = math.prod(strides)
        self.covered = [math.prod(strides[i:]) for i in range(len(strides))]
        self.conditions = Conditions(conditions if "condition" in sees else 0)
        self.enter = Conv1d(dim, widths[0], kernel, padding=padding)
        grids = list(zip(widths, self.covered, strict=True))
        self.drive = (
            DriveAtScales(drive, grids, kernel=kernel, padding=padding)
            if "drive" in sees
            else None
        )
        self.stacks = nn.ModuleList(
            Stack(
                width, blocks=blocks, kernel=kernel, padding=padding, known=self.conditions.width
            )
            for width in widths
        )
        steps = zip(widths[:-1], widths[1:], strides[:-1], strict=True)
        self.ups = nn.ModuleList(
            Up(before, after, stride, padding=padding) for before, after, stride in steps
        )
        self.norm = nn.LayerNorm(widths[-1])
        self.leave = Up(widths[-1], channels, strides[-1], padding=padding, kernel=kernel)

    def forward(self, z: Float[Tensor, "B S D"], context: Context) -> Float[Tensor, "B T C"]:
        known = self.conditions(context)
        drives = None if self.drive is None else self.drive(context)
        real = real_steps(context.lengths, z.shape[1], self.stride)
        x = self.enter(keep(z, real))
        for i, stack in enumerate(self.stacks):
            x = x if i == 0 else self.ups[i - 1](x)
            x = x if drives is None else x + drives[i]
            real = real_steps(context.lengths, x.shape[1], self.covered[i])
            x = stack(x, known=known, real=real)
        return trimmed(self.leave(keep(self.norm(x), real)), context)


class TransformerDecoder(Decoder):
    """Writes a signal in patches that attend to one another: a `TransformerEncoder` mirrored.

    Args:
        dim: How many features a latent step has.
        channels: How many channels a signal has.
        drive: How many drive channels there are.
        conditions: How many scalars are known of each signal.
        padding: What lies beyond the ends of a signal: its other end (`circular`) or
            nothing (`zeros`).
        patch: How many time steps one latent step makes.
        width: How many features a step has inside.
        layers: How many blocks of attention there are.
        heads: How many attentions a block has; twice `heads` must divide `width`.
        sees: Whether it sees the conditions and the drive beside the latents.

    Raises:
        ValueError: If the heads do not fit the width, or a drive is to be seen and there
            is none.

    Example:
        >>> import torch
        >>> decoder = TransformerDecoder(
        ...     4, 1, 0, 0, "zeros", patch=4, width=16, layers=1, heads=2
        ... )
        >>> decoder(torch.randn(3, 10, 4), Context(size=3, steps=40)).shape
        torch.Size([3, 40, 1])
    """

    def __init__(  # noqa: PLR0913 (five of them are known from the neighbours)
        self,
        dim: int,
        channels: int,
        drive: int,
        conditions: int,
        padding: Padding,
        *,
        patch: int,
        width: int,
        layers: int,
        heads: int,
        sees: Sees = "latent+condition",
    ) -> None:
        super().__init__()
        check_grid([width], [patch])
        at_least(1, layers=layers, heads=heads)
        check_seen(sees, drive)
        self.stride = patch
        self.conditions = Conditions(conditions if "condition" in sees else 0)
        self.enter = nn.Linear(dim, width)
        self.drive = (
            DriveAtScales(drive, [(width, patch)], kernel=1, padding=padding)
            if "drive" in sees
            else None
        )
        around = "circle" if padding == "circular" else "line"
        self.blocks = nn.ModuleList(
            Block(width, heads, known=self.conditions.width, around=around) for _ in range(layers)
        )
        self.norm = nn.LayerNorm(width)
        self.leave = Up(width, channels, patch, padding=padding)

    def forward(self, z: Float[Tensor, "B S D"], context: Context) -> Float[Tensor, "B T C"]:
        known = self.conditions(context)
        x = self.enter(z)
        x = x if self.drive is None else x + self.drive(context)[0]
        real = real_steps(context.lengths, z.shape[1], self.stride)
        for block in self.blocks:
            x = block(x, known=known, mask=real)
        return trimmed(self.leave(self.norm(x)), context)
