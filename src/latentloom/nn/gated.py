"""The recurrence of many gated networks at once, with its gradient written out."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor


class Recurrence(torch.autograd.Function):
    r"""Runs the gated recurrence of S networks, from what each step puts into them.

    $r_t, u_t = \sigma(p_t + V h_{t-1})$, $c_t = \tanh(q_t + U (r_t \odot h_{t-1}))$,
    $h_t = u_t \odot h_{t-1} + (1 - u_t) \odot c_t$. The reset gate acts on the state before
    the product, which the GRU of PyTorch does not do.

    Signals lie in the last dimension, so that what is done to a gate of all of them is done
    to one piece of memory. The gradient runs through the steps once; those of the weights
    are one product at its end.

    References:
        Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine
        Translation (Cho et al., 2014) https://arxiv.org/abs/1406.1078, equations (5) to (8).
    """

    @staticmethod
    def forward(
        ctx: Any,
        drive: Float[Tensor, "S G T B"],
        gates: Float[Tensor, "S H I"],
        candidate: Float[Tensor, "S H H"],
        start: Float[Tensor, "S H B"],
    ) -> Float[Tensor, "S H T B"]:
        """All states after the first.

        Args:
            ctx: Where autograd keeps what the gradient needs.
            drive: p, of reset and update gate, and q: what the inputs add; G = 3 H.
            gates: V, transposed; I = 2 H.
            candidate: U, transposed.
            start: $h_0$.
        """
        networks, size, steps, signals = drive.shape
        width = size // 3
        opened = torch.empty_like(drive[:, : 2 * width])
        wanted = torch.empty_like(drive[:, :width])
        states = drive.new_empty(networks, width, steps + 1, signals)
        states[:, :, 0] = start
        into_gates, into_candidate = gates.mT, candidate.mT
        state = states[:, :, 0]
        for p, q, both, reset, update, c, after in zip(
            drive[:, : 2 * width].unbind(2),
            drive[:, 2 * width :].unbind(2),
            opened.unbind(2),
            opened[:, :width].unbind(2),
            opened[:, width:].unbind(2),
            wanted.unbind(2),
            states[:, :, 1:].unbind(2),
            strict=True,
        ):
            torch.sigmoid(torch.baddbmm(p, into_gates, state), out=both)
            torch.tanh(torch.baddbmm(q, into_candidate, reset * state), out=c)
            state = torch.lerp(c, state, update, out=after)
        ctx.save_for_backward(gates, candidate, opened, wanted, states)
        return states[:, :, 1:]

    @staticmethod
    def backward(ctx: Any, *errors: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The gradients by the inputs of `forward`."""
        gates, candidate, opened, wanted, states = ctx.saved_tensors
        width, before = states.shape[1], states[:, :, :-1]
        drive, start = _by_drive(errors[0], gates, candidate, opened, wanted, before)
        by_gates = torch.bmm(before.flatten(2), drive[:, : 2 * width].flatten(2).mT)
        kept = opened[:, :width] * before
        by_candidate = torch.bmm(kept.flatten(2), drive[:, 2 * width :].flatten(2).mT)
        return drive, by_gates, by_candidate, start


def _by_drive(
    errors: Float[Tensor, "S H T B"],
    gates: Float[Tensor, "S H I"],
    candidate: Float[Tensor, "S H H"],
    opened: Float[Tensor, "S I T B"],
    wanted: Float[Tensor, "S H T B"],
    before: Float[Tensor, "S H T B"],
) -> tuple[Float[Tensor, "S G T B"], Float[Tensor, "S H B"]]:
    """The gradients by what the inputs added, last step first, and by the start."""
    networks, width, steps, signals = before.shape
    reset, update = opened[:, :width], opened[:, width:]
    drive = before.new_empty(networks, 3 * width, steps, signals)
    by_step = (
        errors,
        before * reset * (1 - reset),
        (before - wanted) * update * (1 - update),
        (1 - update) * (1 - wanted**2),
        reset,
        update,
        drive[:, :width],
        drive[:, width : 2 * width],
        drive[:, : 2 * width],
        drive[:, 2 * width :],
    )
    steps_back = zip(*(reversed(array.unbind(2)) for array in by_step), strict=True)
    error = torch.zeros_like(errors[:, :, 0])
    for came, dr, du, dc, r, u, to_reset, to_update, to_gates, to_candidate in steps_back:
        error = error + came
        torch.mul(error, du, out=to_update)
        torch.mul(error, dc, out=to_candidate)
        kept = torch.bmm(candidate, to_candidate)
        torch.mul(kept, dr, out=to_reset)
        error = (error * u).addcmul_(kept, r).baddbmm_(gates, to_gates)
    return drive, error
