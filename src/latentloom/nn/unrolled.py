"""Stacked LSTM layers that hear what their head said, unrolled, with their gradient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from .lstm_steps import Ahead, Back, Tape, joined


@dataclass(frozen=True)
class Draws:
    """What is drawn before the first step.

    Args:
        told: Whether each step hears the truth instead of what was said before.
        masks: What each layer multiplies its input with; leaves it as it is if None.
    """

    told: Sequence[bool]
    masks: Sequence[Float[Tensor, "S B W"] | None]


@dataclass(frozen=True)
class Given:
    """What is given to the steps, as `FeedbackLstm.forward` says of each."""

    first: Float[Tensor, "B C"]
    known: Float[Tensor, "B _ K"] | None
    truth: Float[Tensor, "B S C"] | None
    hidden: Float[Tensor, "L B W"]
    memory: Float[Tensor, "L B W"]

    @property
    def tensors(self) -> tuple[Tensor | None, ...]:
        """All of it, in the order of the arguments."""
        return self.first, self.known, self.truth, self.hidden, self.memory


class Unrolled(torch.autograd.Function):
    """All that is said, step by step.

    The gradient goes through the steps once, from the last to the first, as backpropagation
    through time; there is none of the gradient.

    References:
        Backpropagation Through Time: What It Does and How to Do It (Werbos, 1990)
        https://doi.org/10.1109/5.58337
    """

    @staticmethod
    def forward(
        ctx: Any,
        draws: Draws,
        first: Tensor,
        known: Tensor | None,
        truth: Tensor | None,
        hidden: Tensor,
        memory: Tensor,
        *weights: Tensor,
    ) -> Float[Tensor, "B S C"]:
        """What is said at every step.

        Args:
            ctx: Where autograd keeps what the gradient needs.
            draws: What was drawn.
            first: As in `Given`, and so are the next four.
            known: See there.
            truth: See there.
            hidden: See there.
            memory: See there.
            weights: Of the head, then of each layer as nn.LSTM has them.
        """
        given = Given(first, known, truth, hidden, memory)
        said, tapes, joints = _ahead(draws, given, weights, "roll")
        fields = [field for tape in tapes for field in tape.fields]
        joint_weights = [weight for weight, _ in joints]
        ctx.save_for_backward(weights[0], known, truth, *draws.masks, *joint_weights, *fields)
        ctx.told, ctx.layers = draws.told, len(tapes)
        return said.transpose(0, 1)

    @staticmethod
    def backward(ctx: Any, *errors: Tensor) -> tuple[Tensor | None, ...]:
        """The gradients by the inputs of `forward`.

        Raises:
            RuntimeError: If a gradient of the gradient is asked for.
        """
        if torch.is_grad_enabled():
            raise RuntimeError("what feeds back has no second gradient: create_graph must be off")
        head, known, truth, *kept = ctx.saved_tensors
        layers = ctx.layers
        masks, weights, fields = kept[:layers], kept[layers : 2 * layers], kept[2 * layers :]
        tapes = [Tape(*fields[4 * layer : 4 * layer + 4]) for layer in range(layers)]
        backs = [Back(*pair) for pair in zip(tapes, weights, strict=True)]
        by_said = errors[0].transpose(0, 1).clone(memory_format=torch.contiguous_format)
        by_heard = _back(Draws(ctx.told, masks), backs, by_said, head)
        return (
            None,
            *_by_given(ctx.told, by_heard, known, truth),
            torch.stack([back.by_state for back in backs]),
            torch.stack([2 * back.by_memory for back in backs]),
            by_said.flatten(0, 1).T @ tapes[-1].states[1:].flatten(0, 1),
            by_said.sum((0, 1)),
            *(gradient for back in backs for gradient in back.by_weights()),
        )


@torch.no_grad()
def unrolled(draws: Draws, given: Given, weights: Sequence[Tensor]) -> Float[Tensor, "B S C"]:
    """What `Unrolled` says, without a memory of it."""
    return _ahead(draws, given, weights, "slate")[0].transpose(0, 1)


def _ahead(
    draws: Draws, given: Given, weights: Sequence[Tensor], kind: Literal["roll", "slate"]
) -> tuple[Float[Tensor, "S B C"], list[Tape], list[tuple[Tensor, Tensor]]]:
    """What is said at every step, what was written down, and the weights as it read them."""
    (head, bias), cells = weights[:2], weights[2:]
    joints = [joined(cells[start : start + 4]) for start in range(0, len(cells), 4)]
    tapes = []
    for hidden, memory, weight in zip(given.hidden, given.memory, cells[::4], strict=True):
        tape = Tape.blank(hidden, weight.shape[1], len(draws.told), kind)
        tape.begin(hidden, memory)
        tapes.append(tape)
    layers = [Ahead(tape, *joint) for tape, joint in zip(tapes, joints, strict=True)]
    inputs = [tape.inputs.unbind() for tape in tapes]
    above = list(zip(layers[1:], inputs[1:], draws.masks[1:], strict=True))
    whole = given.first.new_empty(len(draws.told), *given.first.shape)
    said, columns = whole.unbind(), head.T
    for step, says in enumerate(said):
        _hear(inputs[0][step], step, draws.told[step], given, said)
        state = layers[0](step)
        for layer, heard, mask in above:
            if mask is None:
                heard[step].copy_(state)
            else:
                torch.mul(state, mask[step], out=heard[step])
            state = layer(step)
        torch.addmm(bias, state, columns, out=says)
    return whole, tapes, joints


def _hear(
    heard: Float[Tensor, "B I"], step: int, told: bool, given: Given, said: Sequence[Tensor]
) -> None:
    """Writes the input of a step."""
    values = given.first.shape[1]
    if step == 0:
        heard[:, :values].copy_(given.first)
    elif told and given.truth is not None:
        heard[:, :values].copy_(given.truth[:, step - 1])
    else:
        heard[:, :values].copy_(said[step - 1])
    if given.known is not None:
        heard[:, values:].copy_(given.known[:, step % given.known.shape[1]])


def _back(
    draws: Draws, backs: Sequence[Back], by_said: Float[Tensor, "S B C"], head: Tensor
) -> Float[Tensor, "S B I"]:
    """Takes all steps back: completes the gradient by what is said, returns that by the inputs."""
    steps, signals, values = by_said.shape
    by_heard = by_said.new_empty(steps, signals, backs[0].inputs)
    pairs = list(zip(backs[-2::-1], backs[:0:-1], draws.masks[:0:-1], strict=True))
    for step in reversed(range(steps)):
        error = by_said[step]
        if step + 1 < steps and not draws.told[step + 1]:
            error.add_(by_heard[step + 1, :, :values])
        backs[-1](step, torch.addmm(backs[-1].by_state, error, head))
        for below, above, mask in pairs:
            if mask is None:
                below(step, below.by_state + above.by_inputs)
            else:
                below(step, torch.addcmul(below.by_state, above.by_inputs, mask[step]))
        by_heard[step].copy_(backs[0].by_inputs)
    return by_heard


def _by_given(
    told: Sequence[bool],
    by_heard: Float[Tensor, "S B I"],
    known: Tensor | None,
    truth: Tensor | None,
) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """The gradients by what was heard first, by what was known and by the truth."""
    inputs = by_heard.shape[-1]
    values = inputs if known is None else inputs - known.shape[-1]
    by_known = by_truth = None
    if known is not None:
        by_known = by_heard[..., values:].transpose(0, 1)
        by_known = by_known.sum(1, keepdim=True) if known.shape[1] == 1 else by_known
    if truth is not None:
        by_truth = torch.zeros_like(truth)
        forced = [step for step in range(1, len(told)) if told[step]]
        by_truth[:, [step - 1 for step in forced]] = by_heard[forced, :, :values].transpose(0, 1)
    return by_heard[0, :, :values], by_known, by_truth
