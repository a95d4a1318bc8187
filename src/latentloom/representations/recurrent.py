"""Long short-term memory as encoder and decoder: a step for a step."""

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from ..core.batch import Batch, Context
from ..core.roles import Decoder, Encoder
from ..nn.film import Film
from ..nn.mask import keep, real_steps
from ..nn.recurrent import Directions, Recurrent
from .decoders import Sees as DecoderSees
from .encoders import Sees as EncoderSees
from .known import Conditions, check_seen, filmed, seen_drive, seen_signal, trimmed

Head = Literal["linear", "spectral"]


class LstmEncoder(Encoder):
    r"""Reads a signal step by step: $h_t = \tanh(A s_t + b)$ of the memory $s_t$ at each step.

    Features are in [-1, 1]. Conditions scale and shift the memory before the last layer.

    Args:
        channels: How many channels a signal has.
        drive: How many drive channels there are.
        conditions: How many scalars are known of each signal.
        width: How many features a step has, and the memory of a layer.
        layers: How many layers there are.
        dropout: Share of features dropped between layers in training, in [0, 1).
        directions: Whether a step is read after those before it (`forward`), or once more
            after those behind it too (`both`); both share the width.
        head: Whether the matrix A is free (`linear`), or divided by its greatest singular
            value (`spectral`), so that features change no faster than the memory.
        sees: Whether it sees the conditions and the drive beside the signal.

    Raises:
        ValueError: If a size is below 1, both directions cannot share the width, the dropout
            is out of range, or a drive is to be seen and there is none.

    Example:
        >>> encoder = LstmEncoder(2, 0, 0, width=16, layers=2)
        >>> encoder(Batch.of(torch.randn(3, 40, 2))).shape
        torch.Size([3, 40, 16])

    References:
        Long Short-Term Memory (Hochreiter and Schmidhuber, 1997)
        https://doi.org/10.1162/neco.1997.9.8.1735
        Spectral Normalization for Generative Adversarial Networks (Miyato et al., 2018), eq. 8
        https://arxiv.org/abs/1802.05957
    """

    def __init__(  # noqa: PLR0913 (three of them are known from the neighbours)
        self,
        channels: int,
        drive: int,
        conditions: int,
        *,
        width: int = 64,
        layers: int = 3,
        dropout: float = 0.0,
        directions: Directions = "forward",
        head: Head = "linear",
        sees: EncoderSees = "signal+condition",
    ) -> None:
        super().__init__()
        check_seen(sees, drive)
        self.width, self.stride = width, 1
        self.drive = drive
        self.sees: EncoderSees = sees
        inputs = channels + (drive if "drive" in sees else 0)
        self.memory = Recurrent(
            inputs, width, directions=directions, layers=layers, dropout=dropout
        )
        self.conditions = Conditions(conditions if "condition" in sees else 0)
        self.film = Film(self.conditions.width, width) if self.conditions.width else None
        self.head = _headed(width, width, head)

    def forward(self, batch: Batch) -> Float[Tensor, "B S W"]:
        lengths = batch.context.lengths
        x = self.memory(seen_signal(batch, self.drive, self.sees), lengths)
        x = filmed(self.film, x, self.conditions(batch.context))
        return keep(self.head(x).tanh(), real_steps(lengths, x.shape[1]))


class LstmDecoder(Decoder):
    """Writes a signal step by step from the features of each: an `LstmEncoder` mirrored.

    Channels are a linear view of the memory, and so have no bounds. Conditions scale and
    shift the features.

    Args:
        dim: How many features a step has.
        channels: How many channels a signal has.
        drive: How many drive channels there are.
        conditions: How many scalars are known of each signal.
        width: How many features the memory of a layer has.
        layers: How many layers there are.
        dropout: Share of features dropped between layers in training, in [0, 1).
        directions: Whether a step is written after those before it (`forward`), or with those
            behind it in view too (`both`); both share the width.
        head: Whether the last layer is free (`linear`), or divided by its greatest singular
            value (`spectral`).
        sees: Whether it sees the conditions and the drive beside the features.

    Raises:
        ValueError: If a size is below 1, both directions cannot share the width, the dropout
            is out of range, or a drive is to be seen and there is none.

    Example:
        >>> decoder = LstmDecoder(4, 2, 0, 0, width=16, layers=2)
        >>> decoder(torch.randn(3, 40, 4), Context(size=3, steps=40)).shape
        torch.Size([3, 40, 2])
    """

    def __init__(  # noqa: PLR0913 (four of them are known from the neighbours)
        self,
        dim: int,
        channels: int,
        drive: int,
        conditions: int,
        *,
        width: int = 64,
        layers: int = 3,
        dropout: float = 0.0,
        directions: Directions = "forward",
        head: Head = "linear",
        sees: DecoderSees = "latent+condition",
    ) -> None:
        super().__init__()
        check_seen(sees, drive)
        self.stride = 1
        self.drive = drive if "drive" in sees else 0
        self.conditions = Conditions(conditions if "condition" in sees else 0)
        self.film = Film(self.conditions.width, dim) if self.conditions.width else None
        self.memory = Recurrent(
            dim + self.drive, width, directions=directions, layers=layers, dropout=dropout
        )
        self.head = _headed(width, channels, head)

    def forward(self, z: Float[Tensor, "B S D"], context: Context) -> Float[Tensor, "B T C"]:
        x = filmed(self.film, z, self.conditions(context))
        x = torch.cat((x, seen_drive(context, self.drive)), -1) if self.drive else x
        x = keep(x, real_steps(context.lengths, context.steps))
        return trimmed(self.head(self.memory(x, context.lengths)), context)


def _headed(width: int, channels: int, head: Head) -> nn.Module:
    layer = nn.Linear(width, channels)
    return spectral_norm(layer) if head == "spectral" else layer
