"""Predictors that go step by step along a signal."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from ..core.batch import Batch, Context
from ..core.ranges import at_least, below_one
from ..core.roles import StepPredictor
from ..nn.feedback import FeedbackLstm
from ..nn.mask import keep, real_steps
from .known import seen_drive


class LstmPredictor(StepPredictor):
    """Predicts signals by two stacks of long short-term memory, an encoder and a decoder.

    The encoder reads the first steps, where they are known, and hands its memory to the
    decoder, which makes every later step from the one before: from its own, or in training
    now and then from the true one. Drive and conditions stand beside every step that is read.

    Args:
        channels: How many channels a signal has.
        drive: How many drive channels there are.
        conditions: How many scalars are known of each signal.
        known_steps: How many leading steps are known; without any there is no encoder.
        width: How many features the memory of a layer has.
        layers: How many layers each stack has.
        dropout: Share of features dropped between layers, in [0, 1).

    Raises:
        ValueError: If a size is below 1, or `dropout` is out of range.

    Example:
        >>> predictor = LstmPredictor(7, 0, 0, 1)
        >>> sum(weight.numel() for weight in predictor.parameters())
        1597191
        >>> predictor(Context(size=3, steps=5, start=torch.zeros(3, 1, 7))).shape
        torch.Size([3, 5, 7])

    References:
        Sequence to Sequence Learning with Neural Networks (Sutskever et al., 2014), section 2
        https://arxiv.org/abs/1409.3215
    """

    def __init__(
        self,
        channels: int,
        drive: int,
        conditions: int,
        known_steps: int,
        *,
        width: int = 256,
        layers: int = 2,
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        at_least(1, width=width, layers=layers)
        below_one(dropout=dropout)
        self.channels, self.drive, self.conditions = channels, drive, conditions
        self.known_steps = known_steps
        between = dropout if layers > 1 else 0.0
        beside = drive + conditions
        self.encoder = (
            nn.LSTM(channels + beside, width, layers, batch_first=True, dropout=between)
            if known_steps
            else None
        )
        self.decoder = FeedbackLstm(channels, beside, width, layers, between)

    def forward(self, context: Context) -> Float[Tensor, "B T C"]:
        return self._whole(context.start, self._made(context, None, None), context)

    def guided(self, batch: Batch, forced: Bool[Tensor, " T"]) -> Float[Tensor, "B T C"]:
        truth = batch.values[:, self.known_steps :]
        made = self._made(batch.context, truth, forced[self.known_steps :])
        return self._whole(batch.values[:, : self.known_steps], made, batch.context)

    def _whole(
        self,
        start: Float[Tensor, "B P C"] | None,
        made: Float[Tensor, "B S C"],
        context: Context,
    ) -> Float[Tensor, "B T C"]:
        """Signals with the steps that were known, zero where padding is."""
        whole = made if start is None else torch.cat((start.to(made), made), 1)
        return keep(whole, real_steps(context.lengths, context.steps))

    def _made(
        self,
        context: Context,
        truth: Float[Tensor, "B S C"] | None,
        forced: Bool[Tensor, " S"] | None,
    ) -> Float[Tensor, "B S C"]:
        """The steps that are not known."""
        known = self._known(context)
        steps = context.steps - self.known_steps
        if self.encoder is None:
            first = torch.zeros(context.size, self.channels, device=context.device)
            return self.decoder(first, steps, known=known, truth=truth, forced=forced)
        if context.start is None:
            raise ValueError(f"the first {self.known_steps} steps of the signals must be known")
        read = context.start
        if known is not None:
            read = torch.cat(
                (read, known[:, : self.known_steps].expand(-1, self.known_steps, -1)), -1
            )
            known = known if known.shape[1] == 1 else known[:, self.known_steps :]
        _, state = self.encoder(read)
        return self.decoder(
            context.start[:, -1], steps, known=known, state=state, truth=truth, forced=forced
        )

    def _known(self, context: Context) -> Float[Tensor, "B S K"] | None:
        """What is known at every step, one step of it where it is always the same."""
        scalars = context.condition if self.conditions else None
        if not self.drive:
            return None if scalars is None else scalars[:, None]
        drive = seen_drive(context, self.drive)
        if scalars is None:
            return drive
        return torch.cat((drive, scalars[:, None].expand(-1, drive.shape[1], -1)), -1)
