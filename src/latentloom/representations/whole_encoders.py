"""Encoders that make one latent step of a whole signal, or of each long window of it."""

from collections.abc import Sequence

import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from ..core.batch import Batch
from ..core.ranges import at_least, below_one
from ..core.roles import Encoder
from ..nn.batch_norm import BatchNorm, ConvUnit, ResidualUnit
from ..nn.convolution import Padding, folded, whole
from ..nn.film import Film
from ..nn.grids import Descent, window_mean
from ..nn.mask import keep, real_steps
from .encoders import Sees
from .known import (
    Conditions,
    check_dropout,
    check_halves,
    check_seen,
    seen_lengths,
    seen_signal,
)


class PooledConvEncoder(Encoder):
    """Reads a signal with convolutions, and keeps the mean over time of what they find.

    Each grid is a convolution, a norm over the batch, an ELU and dropout; between grids the
    greater of every two steps is kept. The mean of the last grid goes through a dense layer.
    It forgets where something was found: for signals whose steps have a place, such as the
    slots of a sorted set, the encoder `flat_conv1d` keeps it.

    Args:
        channels: How many channels a signal has.
        drive: How many drive channels there are.
        conditions: How many scalars are known of each signal.
        padding: What lies beyond the ends of a signal: its other end (`circular`) or
            nothing (`zeros`).
        steps: How many time steps become one latent step; as many as a signal has, for one
            latent step in all.
        widths: How many features each grid has, finest first.
        kernel: How many steps a convolution sees at once; odd.
        dense: How many features a latent step has.
        dropout: Share of the features that are dropped in training: one for each grid, the
            last for the dense layer.
        sees: Whether it sees the conditions and the drive beside the signal.

    Raises:
        ValueError: If the steps cannot be halved between grids, a dropout is missing or out
            of range, the kernel is even, or a drive is to be seen and there is none.

    Example:
        >>> import torch
        >>> encoder = PooledConvEncoder(8, 0, 0, "zeros", steps=512)
        >>> encoder(Batch.of(torch.randn(3, 512, 8))).shape
        torch.Size([3, 1, 512])
    """

    def __init__(  # noqa: PLR0913 (four of them are known from the neighbours)
        self,
        channels: int,
        drive: int,
        conditions: int,
        padding: Padding,
        *,
        steps: int,
        widths: Sequence[int] = (32, 64, 128),
        kernel: int = 5,
        dense: int = 512,
        dropout: Sequence[float] = (0.1, 0.15, 0.2, 0.2),
        sees: Sees = "signal+condition",
    ) -> None:
        super().__init__()
        at_least(1, dense=dense)
        check_dropout(dropout, widths)
        self.width, self.stride = dense, steps
        self.sight = _Sight(channels, drive, padding, steps=steps, widths=widths, sees=sees)
        inputs = [self.sight.channels, *widths[:-1]]
        self.descent = Descent(
            [
                ConvUnit(before, after, kernel, padding=padding, dropout=share)
                for before, after, share in zip(inputs, widths, dropout[:-1], strict=True)
            ]
        )
        self.conditions = Conditions(conditions if "condition" in sees else 0)
        self.summary = _Summary(
            widths[-1], dense, dropout=dropout[-1], known=self.conditions.width
        )

    def forward(self, batch: Batch) -> Float[Tensor, "B S W"]:
        x, lengths = self.sight(batch)
        found, real = self.descent(x, lengths)
        mean = window_mean(found, self.sight.coarse, real)
        return self.summary(mean, self.conditions(batch.context), lengths, self.stride)


class ResNetConvEncoder(Encoder):
    """Reads a signal with residual convolutions, and keeps the mean over time of what they find.

    As `pooled_conv1d`, with two convolutions beside a short way on each grid.

    Args:
        channels: How many channels a signal has.
        drive: How many drive channels there are.
        conditions: How many scalars are known of each signal.
        padding: What lies beyond the ends of a signal: its other end (`circular`) or
            nothing (`zeros`).
        steps: How many time steps become one latent step; as many as a signal has, for one
            latent step in all.
        widths: How many features each grid has, finest first.
        kernel: How many steps a convolution sees at once; odd.
        dense: How many features a latent step has.
        dropout: Share of the features that are dropped in training.
        sees: Whether it sees the conditions and the drive beside the signal.

    Raises:
        ValueError: If the steps cannot be halved between grids, the dropout is out of range,
            the kernel is even, or a drive is to be seen and there is none.

    Example:
        >>> import torch
        >>> encoder = ResNetConvEncoder(8, 0, 0, "zeros", steps=64, widths=[8, 16], dense=32)
        >>> encoder(Batch.of(torch.randn(3, 64, 8))).shape
        torch.Size([3, 1, 32])
    """

    def __init__(  # noqa: PLR0913 (four of them are known from the neighbours)
        self,
        channels: int,
        drive: int,
        conditions: int,
        padding: Padding,
        *,
        steps: int,
        widths: Sequence[int] = (32, 64, 128, 256, 256),
        kernel: int = 5,
        dense: int = 512,
        dropout: float = 0.0,
        sees: Sees = "signal+condition",
    ) -> None:
        super().__init__()
        at_least(1, dense=dense)
        self.width, self.stride = dense, steps
        self.sight = _Sight(channels, drive, padding, steps=steps, widths=widths, sees=sees)
        self.descent = _residual(self.sight.channels, widths, kernel, padding, dropout)
        self.conditions = Conditions(conditions if "condition" in sees else 0)
        self.summary = _Summary(widths[-1], dense, dropout=dropout, known=self.conditions.width)

    def forward(self, batch: Batch) -> Float[Tensor, "B S W"]:
        x, lengths = self.sight(batch)
        found, real = self.descent(x, lengths)
        mean = window_mean(found, self.sight.coarse, real)
        return self.summary(mean, self.conditions(batch.context), lengths, self.stride)


class FlatConvEncoder(Encoder):
    r"""Reads a signal with residual convolutions, and keeps what they find at every place.

    A few features of each step of the last grid are kept, and lie side by side for the dense
    layer. A linear view of the whole signal is added to what that layer says,
    so that nothing that a linear code could tell has to be found first.

    Args:
        channels: How many channels a signal has.
        drive: How many drive channels there are.
        conditions: How many scalars are known of each signal.
        padding: What lies beyond the ends of a signal: its other end (`circular`) or
            nothing (`zeros`).
        steps: How many time steps become one latent step; as many as a signal has, for one
            latent step in all.
        widths: How many features each grid has, finest first.
        kernel: How many steps a convolution sees at once; odd.
        kept: How many features of each step of the last grid the dense layer reads.
        dense: How many features a latent step has.
        dropout: Share of the features that are dropped in training.
        sees: Whether it sees the conditions and the drive beside the signal.

    Raises:
        ValueError: If the steps cannot be halved between grids, the dropout is out of range,
            the kernel is even, or a drive is to be seen and there is none.

    Example:
        >>> import torch
        >>> encoder = FlatConvEncoder(8, 0, 0, "zeros", steps=64, widths=[8, 16], dense=32)
        >>> encoder(Batch.of(torch.randn(3, 64, 8))).shape
        torch.Size([3, 1, 32])
    """

    def __init__(  # noqa: PLR0913 (four of them are known from the neighbours)
        self,
        channels: int,
        drive: int,
        conditions: int,
        padding: Padding,
        *,
        steps: int,
        widths: Sequence[int] = (32, 64, 128),
        kernel: int = 5,
        kept: int = 16,
        dense: int = 512,
        dropout: float = 0.0,
        sees: Sees = "signal+condition",
    ) -> None:
        super().__init__()
        at_least(1, dense=dense, kept=kept)
        self.width, self.stride = dense, steps
        self.sight = _Sight(channels, drive, padding, steps=steps, widths=widths, sees=sees)
        self.descent = _residual(self.sight.channels, widths, kernel, padding, dropout)
        self.thin = nn.Linear(widths[-1], kept)
        self.straight = nn.Linear(steps * self.sight.channels, dense, bias=False)
        self.conditions = Conditions(conditions if "condition" in sees else 0)
        self.summary = _Summary(
            self.sight.coarse * kept, dense, dropout=dropout, known=self.conditions.width
        )

    def forward(self, batch: Batch) -> Float[Tensor, "B S W"]:
        x, lengths = self.sight(batch)
        found, real = self.descent(x, lengths)
        laid = folded(keep(self.thin(found), real), self.sight.coarse, "zeros")
        told = self.summary(laid, self.conditions(batch.context), lengths, self.stride)
        return told + self.straight(folded(x, self.stride, "zeros"))


class _Sight(nn.Module):
    """What such an encoder sees: signals, and their drive, in whole windows."""

    def __init__(
        self,
        channels: int,
        drive: int,
        padding: Padding,
        *,
        steps: int,
        widths: Sequence[int],
        sees: Sees,
    ) -> None:
        super().__init__()
        check_halves(steps, widths)
        check_seen(sees, drive)
        self.channels = channels + (drive if "drive" in sees else 0)
        self.drive, self.steps = drive, steps
        self.padding: Padding = padding
        self.coarse = steps >> (len(widths) - 1)  # steps of a window on the last grid
        self.sees: Sees = sees

    def forward(self, batch: Batch) -> tuple[Float[Tensor, "B T C"], Int[Tensor, " B"] | None]:
        """What is seen, and how long it is, if any of it is padding."""
        x = whole(seen_signal(batch, self.drive, self.sees), self.steps, self.padding)
        return x, seen_lengths(batch.context, self.steps, x.device)


class _Summary(nn.Module):
    """What such an encoder says of each window: a dense layer, normalised."""

    def __init__(self, inputs: int, width: int, *, dropout: float, known: int) -> None:
        super().__init__()
        self.dense = nn.Linear(inputs, width)
        self.norm = BatchNorm(width)
        self.dropout = nn.Dropout(dropout)
        self.film = Film(known, width) if known else None

    def forward(
        self,
        x: Float[Tensor, "B S W"],
        known: Float[Tensor, "B P"] | None,
        lengths: Int[Tensor, " B"] | None,
        stride: int,
    ) -> Float[Tensor, "B S D"]:
        real = real_steps(lengths, x.shape[1], stride)
        x = self.dropout(self.norm(F.elu(self.dense(x)), real))
        if self.film is not None and known is not None:
            x = self.film(x, known)
        return keep(x, real)


def _residual(
    channels: int, widths: Sequence[int], kernel: int, padding: Padding, dropout: float
) -> Descent:
    below_one(dropout=dropout)
    inputs = [channels, *widths[:-1]]
    return Descent(
        [
            ResidualUnit(before, after, kernel, padding=padding, dropout=dropout)
            for before, after in zip(inputs, widths, strict=True)
        ]
    )
