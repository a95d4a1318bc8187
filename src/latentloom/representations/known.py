"""What a part sees of a context: the drive, step by step, and the conditions."""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from ..core.batch import Batch, Context
from ..core.ranges import below_one
from ..nn.convolution import Conv1d, Padding, folded, whole
from ..nn.film import Embedding, Film
from ..nn.mask import keep, real_steps

KNOWN = 64  # length of the vector that every film of a part reads


def seen_drive(context: Context, drive: int) -> Float[Tensor, "B T E"]:
    """The drive of a context, zero where padding is.

    Raises:
        ValueError: If it has another number of channels, or there is none.
    """
    found = 0 if context.drive is None else context.drive.shape[2]
    if context.drive is None or found != drive:
        raise ValueError(f"context must have a drive of {drive} channels, got {found}")
    return keep(context.drive, real_steps(context.lengths, context.steps))


def seen_signal(batch: Batch, drive: int, sees: str) -> Float[Tensor, "B T C"]:
    """The signals, zero where padding is, beside their drive where `sees` names it.

    Raises:
        ValueError: If the drive has another number of channels, or there is none.
    """
    values = keep(batch.values, real_steps(batch.context.lengths, batch.context.steps))
    if "drive" not in sees:
        return values
    return torch.cat((values, seen_drive(batch.context, drive)), -1)


def seen_lengths(context: Context, window: int, device: torch.device) -> Int[Tensor, " B"] | None:
    """How long signals are that are padded to whole windows; None if nothing is padding.

    Args:
        context: Of the signals.
        window: How many time steps a window has.
        device: Where the signals are.
    """
    if context.lengths is not None or context.steps % window == 0:
        return context.lengths
    return torch.full((context.size,), context.steps, device=device)


class Conditions(nn.Module):
    """The conditions of a signal as one vector, or None for a part that sees none.

    Args:
        conditions: How many scalars are known of a signal; 0 if none is to be seen.
    """

    def __init__(self, conditions: int) -> None:
        super().__init__()
        self.conditions = conditions
        self.width = KNOWN if conditions else 0
        self.embedding = Embedding(conditions, KNOWN) if conditions else None

    def forward(self, context: Context) -> Float[Tensor, "B P"] | None:
        """What is known of each signal.

        Raises:
            ValueError: If the context has another number of conditions.
        """
        if self.embedding is None:
            return None
        found = 0 if context.condition is None else context.condition.shape[1]
        if context.condition is None or found != self.conditions:
            raise ValueError(f"context must have {self.conditions} conditions, got {found}")
        return self.embedding(context.condition)


def filmed(
    film: Film | None, x: Float[Tensor, "B S W"], known: Float[Tensor, "B P"] | None
) -> Float[Tensor, "B S W"]:
    """Features scaled and shifted by the conditions, for parts that see any; else as they are."""
    return x if film is None or known is None else film(x, known)


class DriveAtScales(nn.Module):
    """The drive as features on several grids, each step seeing the time steps it covers.

    Args:
        drive: How many drive channels there are.
        grids: Width and stride of each grid: how many features a step has, and how many
            time steps it covers.
        kernel: How many steps of its grid are seen at once; odd.
        padding: Whether steps lie round a circle.
    """

    def __init__(
        self, drive: int, grids: list[tuple[int, int]], *, kernel: int, padding: Padding
    ) -> None:
        super().__init__()
        self.drive = drive
        self.padding: Padding = padding
        self.strides = [stride for _, stride in grids]
        self.maps = nn.ModuleList(
            Conv1d(drive * stride, width, kernel, padding=padding) for width, stride in grids
        )

    def forward(self, context: Context) -> list[Float[Tensor, "B _ _"]]:
        """The features on each grid.

        Raises:
            ValueError: If the context has another number of drive channels.
        """
        drive = seen_drive(context, self.drive)
        drive = whole(drive, max(self.strides), self.padding)  # all grids end together
        return [
            made(folded(drive, stride, self.padding))
            for made, stride in zip(self.maps, self.strides, strict=True)
        ]


def check_grid(widths: list[int], strides: list[int]) -> None:
    """Checks that every grid of a part has a width and a stride.

    Raises:
        ValueError: If not.
    """
    if not widths or len(widths) != len(strides):
        raise ValueError(
            "widths and strides must be equally long and not empty,"
            f" got {len(widths)} widths and {len(strides)} strides"
        )
    if min(widths) < 1 or min(strides) < 1:
        raise ValueError(f"widths and strides must be positive, got {widths} and {strides}")


def check_seen(sees: str, drive: int) -> None:
    """Checks that there is a drive where one is to be seen.

    Raises:
        ValueError: If not.
    """
    if "drive" in sees and not drive:
        raise ValueError(f"sees must not name the drive ({sees!r}): the data has none")


def trimmed(x: Float[Tensor, "B L C"], context: Context) -> Float[Tensor, "B T C"]:
    """As many steps as the context has, zero where padding is."""
    return keep(x[:, : context.steps], real_steps(context.lengths, context.steps))


def check_halves(steps: int, widths: Sequence[int]) -> None:
    """Checks that there are widths, and that steps can be halved between them.

    Raises:
        ValueError: If not.
    """
    if not widths or min(widths) < 1:
        raise ValueError(f"widths must name at least one grid, each positive, got {list(widths)}")
    least = 2 ** (len(widths) - 1)
    if steps < 1 or steps % least:
        raise ValueError(
            f"steps must be a multiple of {least}, to be halved between {len(widths)} grids, got"
            f" {steps}; take more steps, for shorter signals are padded, or fewer widths"
        )


def check_dropout(dropout: Sequence[float], widths: Sequence[int]) -> None:
    """Checks that there is a share for each grid and one for the dense layer.

    Raises:
        ValueError: If not, or one is outside [0, 1).
    """
    if len(dropout) != len(widths) + 1:
        raise ValueError(
            f"dropout must hold {len(widths) + 1} shares, one for each of {len(widths)} widths"
            f" and one for the dense layer, got {list(dropout)}"
        )
    for share in dropout:
        below_one(dropout=share)
