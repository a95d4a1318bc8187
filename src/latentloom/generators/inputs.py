"""What a model of codes reads before it predicts each code."""

from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from ..core.batch import Context
from ..core.ranges import at_least
from ..nn.convolution import Padding
from ..nn.film import Embedding, Film
from .drive import DriveEncoder

Conditioning = Literal["film", "add", "prefix", "none"]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known at each of the N = S K tokens of a signal before any is drawn.

    Args:
        features: What is known.
        real: Whether the token stands for real time steps.
    """

    features: Float[Tensor, "B N W"]
    real: Bool[Tensor, "B N"]

    def repeat(self, times: int) -> "Known":
        """Each signal `times` in a row."""
        return Known(
            self.features.repeat_interleave(times, 0), self.real.repeat_interleave(times, 0)
        )


class TokenInputs(nn.Module):
    r"""Meets every token with the code before it and with what is known at its step.

    Codes are laid out as one sequence of tokens, the K codes of a step one after the
    other: token $n$ is level $n \bmod K$ of step $\lfloor n / K \rfloor$. Before it is
    predicted, a model reads $x_n = e(c_{n-1}) + u_n$, where $e$ embeds the token before,
    a learned start token at $n = 0$, and $u_n$ holds the token's level, the drive's
    feature at its step, and the conditions.

    Args:
        drive: How many drive channels there are.
        conditions: How many scalars are known of each signal.
        padding: What lies beyond the ends of the drive.
        levels: How many codes each codebook has.
        stride: How many time steps one latent step stands for.
        width: How many features it makes.
        conditioning: How conditions enter: they scale and shift what is known at every
            token (`film`), are added to it (`add`), or to the start token alone (`prefix`),
            or stay unseen (`none`).
        drive_layers: How many convolutions read the drive.

    Raises:
        ValueError: If there is no codebook.
    """

    def __init__(
        self,
        drive: int,
        conditions: int,
        padding: Padding,
        levels: tuple[int, ...],
        stride: int,
        *,
        width: int,
        conditioning: Conditioning,
        drive_layers: int,
    ) -> None:
        super().__init__()
        if not levels:
            raise ValueError("levels must name at least one codebook, got none")
        at_least(0, drive_layers=drive_layers)
        conditions = 0 if conditioning == "none" else conditions
        self.conditions = conditions
        self.conditioning = conditioning
        self.levels = tuple(levels)
        self.stride = stride
        self.firsts = (0, *accumulate(levels))
        self.codes = nn.Embedding(self.firsts[-1] + 1, width)
        self.level = nn.Embedding(len(levels), width)
        nn.init.normal_(self.codes.weight, std=width**-0.5)
        nn.init.normal_(self.level.weight, std=width**-0.5)
        self.drive = (
            DriveEncoder(drive, padding, stride, width=width, layers=drive_layers)
            if drive
            else None
        )
        self.condition = Embedding(conditions, width) if conditions else None
        self.film = Film(width, width) if conditions and conditioning == "film" else None

    def known(self, context: Context) -> Known:
        """What the context says at every token.

        Raises:
            ValueError: If the context lacks the drive or the conditions, or a periodic drive
                is no whole number of strides.
        """
        real = context.mask[:, :: self.stride].to(self.codes.weight.device)
        features = self._drive_features(context, real.shape[1])
        features = (features[:, :, None] + self.level.weight).flatten(1, 2)
        features = self._with_condition(features, context.condition)
        return Known(features, real.repeat_interleave(len(self.levels), 1))

    def forward(self, codes: Int[Tensor, "B S K"], known: Known) -> Float[Tensor, "B N W"]:
        """What is read at every token, if these are the codes seen."""
        firsts = torch.tensor(self.firsts[:-1], device=codes.device)
        tokens = (codes + firsts).flatten(1)
        seen = nn.functional.pad(tokens[:, :-1], (1, 0), value=self.firsts[-1])
        return self.codes(seen) + known.features

    def one(
        self, code: Int[Tensor, " B"] | None, place: int, known: Known
    ) -> Float[Tensor, "B 1 W"]:
        """What is read at the token at `place` after `code`, which is None at the first."""
        features = known.features[:, place : place + 1]
        if code is None:
            return features + self.codes.weight[-1]
        first = self.firsts[(place - 1) % len(self.levels)]
        return features + self.codes(code + first)[:, None]

    def _drive_features(self, context: Context, steps: int) -> Float[Tensor, "B S W"]:
        if self.drive is None:
            return self.level.weight.new_zeros(context.size, steps, self.level.embedding_dim)
        channels = 0 if context.drive is None else context.drive.shape[2]
        if context.drive is None or channels != self.drive.drive:
            raise ValueError(
                f"the context must have a drive of {self.drive.drive} channels, got {channels}"
            )
        return self.drive(context.drive, context.mask)

    def _with_condition(
        self, features: Float[Tensor, "B N W"], condition: Float[Tensor, "B F"] | None
    ) -> Float[Tensor, "B N W"]:
        if self.condition is None:
            return features
        count = 0 if condition is None else condition.shape[1]
        if condition is None or count != self.conditions:
            raise ValueError(f"the context must have {self.conditions} conditions, got {count}")
        known = self.condition(condition)
        if self.film is not None:
            return self.film(features, known)
        if self.conditioning == "add":
            return features + known[:, None]
        return torch.cat((features[:, :1] + known[:, None], features[:, 1:]), 1)
