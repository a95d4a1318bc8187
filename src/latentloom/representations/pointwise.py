"""Encoder and decoder that see each step by itself, and leave time to the bottleneck."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..core.batch import Batch, Context
from ..core.ranges import at_least
from ..core.roles import Decoder, Encoder
from ..nn.film import Film
from ..nn.mask import keep, real_steps
from .decoders import Sees as DecoderSees
from .encoders import Sees as EncoderSees
from .known import Conditions, check_seen, filmed, seen_drive, seen_signal, trimmed


class PointwiseEncoder(Encoder):
    """Takes a linear view of each step.

    It is made for a bottleneck that looks along the whole signal, such as `pooled` with points
    on the signal's own time. Conditions scale and shift the view.

    Args:
        channels: How many channels a signal has.
        drive: How many drive channels there are.
        conditions: How many scalars are known of each signal.
        width: How many features a step has; if None, as many as it sees channels, so that
            nothing is lost.
        sees: Whether it sees the conditions and the drive beside the signal.

    Raises:
        ValueError: If there is no feature, or a drive is to be seen and there is none.

    Example:
        >>> encoder = PointwiseEncoder(2, 0, 0, width=4)
        >>> encoder(Batch.of(torch.randn(3, 40, 2))).shape
        torch.Size([3, 40, 4])
    """

    def __init__(
        self,
        channels: int,
        drive: int,
        conditions: int,
        *,
        width: int | None = None,
        sees: EncoderSees = "signal+condition",
    ) -> None:
        super().__init__()
        check_seen(sees, drive)
        seen = channels + (drive if "drive" in sees else 0)
        width = seen if width is None else width
        at_least(1, width=width)
        self.width, self.stride = width, 1
        self.drive = drive
        self.sees: EncoderSees = sees
        self.view = nn.Linear(seen, width)
        self.conditions = Conditions(conditions if "condition" in sees else 0)
        self.film = Film(self.conditions.width, width) if self.conditions.width else None

    def forward(self, batch: Batch) -> Float[Tensor, "B S W"]:
        x = self.view(seen_signal(batch, self.drive, self.sees))
        x = filmed(self.film, x, self.conditions(batch.context))
        return keep(x, real_steps(batch.context.lengths, x.shape[1]))


class PointwiseDecoder(Decoder):
    """Writes each step as a linear view of its features: a `PointwiseEncoder` mirrored.

    Args:
        dim: How many features a step has.
        channels: How many channels a signal has.
        drive: How many drive channels there are.
        conditions: How many scalars are known of each signal.
        sees: Whether it sees the conditions and the drive beside the features.

    Raises:
        ValueError: If a drive is to be seen and there is none.

    Example:
        >>> decoder = PointwiseDecoder(4, 2, 0, 0)
        >>> decoder(torch.randn(3, 40, 4), Context(size=3, steps=40)).shape
        torch.Size([3, 40, 2])
    """

    def __init__(
        self,
        dim: int,
        channels: int,
        drive: int,
        conditions: int,
        *,
        sees: DecoderSees = "latent+condition",
    ) -> None:
        super().__init__()
        check_seen(sees, drive)
        self.stride = 1
        self.drive = drive if "drive" in sees else 0
        self.conditions = Conditions(conditions if "condition" in sees else 0)
        self.film = Film(self.conditions.width, dim) if self.conditions.width else None
        self.view = nn.Linear(dim + self.drive, channels)

    def forward(self, z: Float[Tensor, "B S D"], context: Context) -> Float[Tensor, "B T C"]:
        x = filmed(self.film, z, self.conditions(context))
        if self.drive:
            x = torch.cat((x, seen_drive(context, self.drive)), -1)
        return trimmed(self.view(x), context)
