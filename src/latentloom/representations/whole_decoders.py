"""Decoders that write a whole signal, or a long window of it, from one latent step."""

from collections.abc import Sequence
from typing import Literal

from jaxtyping import Float
from torch import Tensor, nn

from ..core.batch import Context
from ..core.ranges import at_least
from ..core.roles import Decoder
from ..nn.batch_norm import ConvUnit, DenseUnit, ResidualUnit
from ..nn.convolution import Padding, unfolded
from ..nn.film import Film
from ..nn.grids import Ascent
from ..nn.mask import keep, real_steps
from .known import Conditions, check_halves, seen_lengths, trimmed

Sees = Literal["latent", "latent+condition"]


class PooledConvDecoder(Decoder):
    """Writes a signal with convolutions, from one latent step: a `PooledConvEncoder` mirrored.

    Two dense layers make the coarsest grid; each grid is a convolution, a norm over the batch
    and an ELU, and each but the last is followed by doubling every step. A linear map of each
    step ends it.

    Args:
        dim: How many features a latent step has.
        channels: How many channels a signal has.
        conditions: How many scalars are known of each signal.
        padding: What lies beyond the ends of a signal: its other end (`circular`) or
            nothing (`zeros`).
        steps: How many time steps one latent step makes.
        widths: How many features each grid has, coarsest first.
        start: How many features a step of the coarsest grid begins with.
        kernel: How many steps a convolution sees at once; odd.
        dense: How many features the first dense layer has.
        sees: Whether it sees the conditions beside the latents.

    Raises:
        ValueError: If the steps cannot be halved between grids, or the kernel is even.

    Example:
        >>> import torch
        >>> decoder = PooledConvDecoder(256, 8, 0, "zeros", steps=512)
        >>> decoder(torch.randn(3, 1, 256), Context(size=3, steps=512)).shape
        torch.Size([3, 512, 8])
    """

    def __init__(  # noqa: PLR0913 (four of them are known from the neighbours)
        self,
        dim: int,
        channels: int,
        conditions: int,
        padding: Padding,
        *,
        steps: int,
        widths: Sequence[int] = (64, 32, 16),
        start: int = 16,
        kernel: int = 5,
        dense: int = 512,
        sees: Sees = "latent+condition",
    ) -> None:
        super().__init__()
        self.stride = steps
        self.beginning = _Beginning(
            dim, conditions, steps=steps, widths=widths, start=start, dense=dense, sees=sees
        )
        inputs = [start, *widths[:-1]]
        self.ascent = Ascent(
            [
                ConvUnit(before, after, kernel, padding=padding)
                for before, after in zip(inputs, widths, strict=True)
            ]
        )
        self.leave = nn.Linear(widths[-1], channels)

    def forward(self, z: Float[Tensor, "B S D"], context: Context) -> Float[Tensor, "B T C"]:
        lengths = seen_lengths(context, self.stride, z.device)
        x = self.ascent(self.beginning(z, context), lengths)
        return trimmed(self.leave(x), context)


class ResNetConvDecoder(Decoder):
    """Writes a signal with residual convolutions: a `ResNetConvEncoder` mirrored.

    As `pooled_conv1d`, with two convolutions beside a short way on each grid.

    Args:
        dim: How many features a latent step has.
        channels: How many channels a signal has.
        conditions: How many scalars are known of each signal.
        padding: What lies beyond the ends of a signal: its other end (`circular`) or
            nothing (`zeros`).
        steps: How many time steps one latent step makes.
        widths: How many features each grid has, coarsest first.
        start: How many features a step of the coarsest grid begins with.
        kernel: How many steps a convolution sees at once; odd.
        dense: How many features the first dense layer has.
        sees: Whether it sees the conditions beside the latents.

    Raises:
        ValueError: If the steps cannot be halved between grids, or the kernel is even.

    Example:
        >>> import torch
        >>> decoder = ResNetConvDecoder(4, 8, 0, "zeros", steps=64, widths=[16, 8], start=8)
        >>> decoder(torch.randn(3, 1, 4), Context(size=3, steps=64)).shape
        torch.Size([3, 64, 8])
    """

    def __init__(  # noqa: PLR0913 (four of them are known from the neighbours)
        self,
        dim: int,
        channels: int,
        conditions: int,
        padding: Padding,
        *,
        steps: int,
        widths: Sequence[int] = (256, 128, 64, 32, 16),
        start: int = 512,
        kernel: int = 5,
        dense: int = 512,
        sees: Sees = "latent+condition",
    ) -> None:
        super().__init__()
        self.stride = steps
        self.beginning = _Beginning(
            dim, conditions, steps=steps, widths=widths, start=start, dense=dense, sees=sees
        )
        self.ascent = _residual(start, widths, kernel, padding)
        self.leave = nn.Linear(widths[-1], channels)

    def forward(self, z: Float[Tensor, "B S D"], context: Context) -> Float[Tensor, "B T C"]:
        lengths = seen_lengths(context, self.stride, z.device)
        x = self.ascent(self.beginning(z, context), lengths)
        return trimmed(self.leave(x), context)


class FlatConvDecoder(Decoder):
    """Writes a signal with residual convolutions and, beside them, straight from the latents.

    A linear map from a latent step to all that it makes is added to what the convolutions
    write, so that nothing that a linear code could write has to be found first: a
    `FlatConvEncoder` mirrored.

    Args:
        dim: How many features a latent step has.
        channels: How many channels a signal has.
        conditions: How many scalars are known of each signal.
        padding: What lies beyond the ends of a signal: its other end (`circular`) or
            nothing (`zeros`).
        steps: How many time steps one latent step makes.
        widths: How many features each grid has, coarsest first.
        start: How many features a step of the coarsest grid begins with.
        kernel: How many steps a convolution sees at once; odd.
        dense: How many features the first dense layer has.
        sees: Whether it sees the conditions beside the latents.

    Raises:
        ValueError: If the steps cannot be halved between grids, or the kernel is even.

    Example:
        >>> import torch
        >>> decoder = FlatConvDecoder(4, 8, 0, "zeros", steps=64, widths=[16, 8])
        >>> decoder(torch.randn(3, 1, 4), Context(size=3, steps=64)).shape
        torch.Size([3, 64, 8])
    """

    def __init__(  # noqa: PLR0913 (four of them are known from the neighbours)
        self,
        dim: int,
        channels: int,
        conditions: int,
        padding: Padding,
        *,
        steps: int,
        widths: Sequence[int] = (128, 64, 32),
        start: int = 16,
        kernel: int = 5,
        dense: int = 512,
        sees: Sees = "latent+condition",
    ) -> None:
        super().__init__()
        self.stride = steps
        self.beginning = _Beginning(
            dim, conditions, steps=steps, widths=widths, start=start, dense=dense, sees=sees
        )
        self.ascent = _residual(start, widths, kernel, padding)
        self.leave = nn.Linear(widths[-1], channels)
        self.straight = nn.Linear(dim, steps * channels, bias=False)

    def forward(self, z: Float[Tensor, "B S D"], context: Context) -> Float[Tensor, "B T C"]:
        lengths = seen_lengths(context, self.stride, z.device)
        x = self.ascent(self.beginning(z, context), lengths)
        return trimmed(self.leave(x) + unfolded(self.straight(z), self.stride), context)


class _Beginning(nn.Module):
    """The coarsest grid of each window, by two dense layers."""

    def __init__(
        self,
        dim: int,
        conditions: int,
        *,
        steps: int,
        widths: Sequence[int],
        start: int,
        dense: int,
        sees: Sees,
    ) -> None:
        super().__init__()
        at_least(1, start=start, dense=dense)
        check_halves(steps, widths)
        self.steps = steps
        self.coarse = steps >> (len(widths) - 1)  # steps of a window on the first grid
        self.conditions = Conditions(conditions if "condition" in sees else 0)
        self.film = Film(self.conditions.width, dense) if self.conditions.width else None
        self.first = DenseUnit(dim, dense)
        self.second = DenseUnit(dense, self.coarse * start)

    def forward(self, z: Float[Tensor, "B S D"], context: Context) -> Float[Tensor, "B L W"]:
        real = real_steps(context.lengths, z.shape[1], self.steps)
        known = self.conditions(context)
        x = self.first(keep(z, real), real)
        if self.film is not None and known is not None:
            x = self.film(x, known)
        return unfolded(self.second(x, real), self.coarse)


def _residual(start: int, widths: Sequence[int], kernel: int, padding: Padding) -> Ascent:
    inputs = [start, *widths[:-1]]
    return Ascent(
        [
            ResidualUnit(before, after, kernel, padding=padding)
            for before, after in zip(inputs, widths, strict=True)
        ]
    )
