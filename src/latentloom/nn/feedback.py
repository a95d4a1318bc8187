"""A stack of LSTM layers that feeds its own output back."""

from __future__ import annotations

from itertools import chain

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from ..core.ranges import at_least
from .dropout import Dropout
from .unrolled import Draws, Given, Unrolled, unrolled


class FeedbackLstm(nn.Module):
    r"""Says a series step by step, and hears at each step what it said, or was told, before.

    $y_s = A h_s + b$, where $h_s$ is what the last layer says of $(x_s, \mathrm{known}_s)$, and
    $x_s$ is $\mathrm{truth}_{s-1}$ if step s is forced and $y_{s-1}$ if it is free. The gradient
    runs through what was said.

    Little is done between the products, and the gradient of the weights is one product over
    many steps, so that a training step costs about as much as that of `nn.LSTM`, which knows
    all inputs beforehand. If all steps are forced it is `nn.LSTM`.

    Args:
        values: How many numbers a step says, and the next one hears.
        known: How many numbers of a step are known beforehand.
        width: How many numbers the state of a layer has.
        layers: How many layers there are.
        dropout: Share of what a layer says that the next one does not hear, in [0, 1]; drawn
            anew at every step, in training only.

    Raises:
        ValueError: If there is no value, no width or no layer, or `known` is negative.

    Example:
        >>> model = FeedbackLstm(3, 2, width=8, layers=2)
        >>> first, constants = torch.zeros(4, 3), torch.ones(4, 1, 2)
        >>> model(first, 10, known=constants).shape
        torch.Size([4, 10, 3])
        >>> truth, forced = torch.ones(4, 10, 3), torch.rand(10) < 0.7
        >>> model(first, 10, known=constants, truth=truth, forced=forced).shape
        torch.Size([4, 10, 3])

    References:
        Long Short-Term Memory (Hochreiter and Schmidhuber, 1997)
        https://doi.org/10.1162/neco.1997.9.8.1735. Scheduled Sampling for Sequence Prediction
        with Recurrent Neural Networks (Bengio et al., 2015), section 2.4, but with one coin for
        all signals of a batch https://arxiv.org/abs/1506.03099
    """

    def __init__(
        self, values: int, known: int, width: int, layers: int, dropout: float = 0.0
    ) -> None:
        super().__init__()
        at_least(1, values=values, width=width, layers=layers)
        at_least(0, known=known)
        share = dropout if layers > 1 else 0.0
        self.cells = nn.LSTM(values + known, width, layers, batch_first=True, dropout=share)
        self.head = nn.Linear(width, values)
        self.between = Dropout(share)

    def forward(
        self,
        first: Float[Tensor, "B C"],
        steps: int,
        *,
        known: Float[Tensor, "B _ K"] | None,
        state: tuple[Float[Tensor, "L B W"], Float[Tensor, "L B W"]] | None = None,
        truth: Float[Tensor, "B _ C"] | None = None,
        forced: Bool[Tensor, " _"] | None = None,
    ) -> Float[Tensor, "B S C"]:
        """What is said at every step, in the dtype of the weights.

        Half precision is computed in single precision, under autocast too.

        Args:
            first: What the first step hears.
            steps: How many there are.
            known: What is known of each step, or of all of them; None if nothing is.
            state: What each layer says and remembers before the first step; zeros if None.
            truth: What should be said at each step; needed where one is forced.
            forced: Whether each step hears the truth of the step before; the first one hears
                `first` in any case. None runs free.

        Raises:
            ValueError: If there is no step, if `known`, `truth` or `forced` has another number
                of them, or if one is forced and there is no truth.
        """
        told = _coins(steps, known, truth, forced)
        dtype = self.head.weight.dtype
        exact = torch.float64 if dtype == torch.float64 else torch.float32
        if state is None:
            zeros = first.new_zeros(self.cells.num_layers, len(first), self.cells.hidden_size)
            state = (zeros, zeros)
        with torch.autocast(first.device.type, enabled=False):
            given = Given(
                first=first.to(exact),
                known=None if known is None else known.to(exact),
                truth=None if truth is None else truth.to(exact),
                hidden=state[0].to(exact),
                memory=state[1].to(exact),
            )
            parameters = (self.head.weight, self.head.bias, *chain(*self.cells.all_weights))
            return self._said(told, given, [weight.to(exact) for weight in parameters]).to(dtype)

    def _said(
        self, told: list[bool], given: Given, weights: list[Tensor]
    ) -> Float[Tensor, "B S C"]:
        if given.truth is not None and len(told) > 1 and all(told[1:]):
            return self._taught(given, given.truth, weights)
        masks = [self._mask(given.first, len(told)) for _ in range(1, self.cells.num_layers)]
        draws = Draws(told, [None, *masks])
        if torch.is_grad_enabled():
            return Unrolled.apply(draws, *given.tensors, *weights)
        return unrolled(draws, given, weights)

    def _taught(
        self, given: Given, truth: Float[Tensor, "B S C"], weights: list[Tensor]
    ) -> Float[Tensor, "B S C"]:
        """What is said if all inputs are given: all steps of a layer in one pass."""
        heard = torch.cat((given.first[:, None], truth[:, :-1]), 1)
        if given.known is not None:
            heard = torch.cat((heard, given.known.expand(-1, heard.shape[1], -1)), -1)
        cells, state = self.cells, (given.hidden, given.memory)
        settings = (True, cells.num_layers, cells.dropout, self.training, False, True)
        said, _, _ = torch.lstm(heard, state, weights[2:], *settings)
        return nn.functional.linear(said, weights[0], weights[1])

    def _mask(self, like: Float[Tensor, "B C"], steps: int) -> Float[Tensor, "S B W"] | None:
        if not self.training or self.between.share == 0:
            return None
        return self.between(like.new_ones(steps, len(like), self.cells.hidden_size))


def _coins(
    steps: int, known: Tensor | None, truth: Tensor | None, forced: Tensor | None
) -> list[bool]:
    """Whether each step hears the truth.

    Raises:
        ValueError: As `FeedbackLstm.forward` says.
    """
    at_least(1, steps=steps)
    if known is not None and known.shape[1] not in (1, steps):
        raise ValueError(f"known must have 1 step or all {steps}, got {known.shape[1]}")
    if truth is not None and truth.shape[1] != steps:
        raise ValueError(f"truth must have all {steps} steps, got {truth.shape[1]}")
    if forced is None:
        return [False] * steps
    if len(forced) != steps:
        raise ValueError(f"forced must have all {steps} steps, got {len(forced)}")
    told = forced.tolist()
    if truth is None and any(told[1:]):
        raise ValueError("forced steps need the truth, got none: give it, or run free")
    return told
