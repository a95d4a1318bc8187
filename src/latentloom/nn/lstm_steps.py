r"""An LSTM layer step by step, for callers that must step in between, with its gradient.

Two identities spare work between the products. As $\tanh a = 2 \sigma(2a) - 1$, the weights of
the candidate are doubled and one sigmoid opens all four gates; and as the memory is doubled too,
$C = 2c$, what it shows is $\tanh c = 2 \sigma(C) - 1$.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

GATES = 4  # input, forget, candidate, output: the order of nn.LSTM
CANDIDATE = 2
SHARE = 16  # steps whose part of the gradient of the weights is one product
LAID_OUT = "_linear_pointwise"


def product(
    weight: Float[Tensor, "O I"], bias: Float[Tensor, " O"] | None, rows: int
) -> Callable[[Tensor], Tensor]:
    """Multiplies so many rows with the same weights, again and again.

    Weights that are laid out once for the processor take a fifth less time, with two threads
    four tenths.
    """
    operators, backend = torch.ops.mkldnn, torch.backends.mkldnn
    fits = weight.device.type == "cpu" and weight.dtype == torch.float32
    if fits and backend.is_available() and backend.enabled and hasattr(operators, LAID_OUT):
        laid_out = operators._reorder_linear_weight(weight.contiguous(), rows)
        return lambda x: operators._linear_pointwise(x, laid_out, bias, "none", [], "")
    columns = weight.T.contiguous()
    if bias is None:
        return lambda x: torch.mm(x, columns)
    return lambda x: torch.addmm(bias, x, columns)


def joined(weights: Sequence[Tensor]) -> tuple[Float[Tensor, "G V"], Float[Tensor, " G"]]:
    """Weights by input and by state side by side, and both biases; the candidate's doubled."""
    weight, bias = torch.cat(tuple(weights[:2]), 1), weights[2] + weights[3]
    for whole in (weight, bias):
        whole.unflatten(0, (GATES, -1))[CANDIDATE].mul_(2)
    return weight, bias


@dataclass(frozen=True)
class Tape:
    r"""What the steps of a layer write down.

    Args:
        heard: The input of each step and the state before it.
        gates: How far each gate is open, the candidate as $(1 + \tanh a) / 2$.
        memory: Twice what is remembered before each step, and at last.
        shown: What of it could be said after each step.
    """

    heard: Float[Tensor, "T B V"]
    gates: Float[Tensor, "S B G"]
    memory: Float[Tensor, "T B W"]
    shown: Float[Tensor, "S B W"]

    @staticmethod
    def blank(
        like: Float[Tensor, "B W"], inputs: int, steps: int, kind: Literal["roll", "slate"]
    ) -> Tape:
        """A roll keeps every step; on a slate each one is written over the last.

        Args:
            like: The first state; has the sizes, the device and the dtype.
            inputs: Numbers of an input.
            steps: How many there are.
            kind: Roll or slate.
        """
        signals, width = like.shape

        def place(times: int, numbers: int) -> Tensor:
            rows = times if kind == "roll" else 1
            return like.new_empty(rows, signals, numbers).expand(times, -1, -1)

        return Tape(
            heard=place(steps + 1, inputs + width),
            gates=place(steps, GATES * width),
            memory=place(steps + 1, width),
            shown=place(steps, width),
        )

    @property
    def width(self) -> int:
        """Numbers of a state."""
        return self.shown.shape[-1]

    @property
    def fields(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """All of it, in the order of the arguments."""
        return self.heard, self.gates, self.memory, self.shown

    @property
    def inputs(self) -> Float[Tensor, "T B I"]:
        """What the layer hears from outside."""
        return self.heard[..., : -self.width]

    @property
    def states(self) -> Float[Tensor, "T B W"]:
        """What it said before each step, and at last."""
        return self.heard[..., -self.width :]

    def begin(self, hidden: Float[Tensor, "B W"], memory: Float[Tensor, "B W"]) -> None:
        """Writes the state before the first step."""
        self.states[0].copy_(hidden)
        torch.mul(memory, 2, out=self.memory[0])

    def quarters(self) -> list[tuple[Tensor, ...]]:
        """The gates of each step."""
        return [step.chunk(GATES, -1) for step in self.gates.unbind()]


class Ahead:
    """A layer that goes one step ahead at each call.

    Args:
        tape: Where it writes.
        weight: As `joined` has it.
        bias: As `joined` has it.
    """

    def __init__(self, tape: Tape, weight: Tensor, bias: Tensor) -> None:
        self.opened = product(weight, bias, tape.heard.shape[1])
        self.spare = torch.empty_like(tape.shown[0])
        self.less = [weight.new_tensor(constant) for constant in (-1.0, -2.0)]
        self.steps = list(
            zip(
                tape.heard.unbind(),
                tape.gates.unbind(),
                tape.quarters(),
                tape.memory.unbind(),
                tape.memory[1:].unbind(),
                tape.shown.unbind(),
                tape.states[1:].unbind(),
                strict=False,
            )
        )

    def __call__(self, step: int) -> Float[Tensor, "B W"]:
        heard, gates, quarters, before, after, shown, said = self.steps[step]
        enter, keep, candidate, show = quarters
        one, two = self.less
        torch.sigmoid(self.opened(heard), out=gates)
        torch.sub(two, candidate, alpha=-4, out=self.spare)
        torch.mul(keep, before, out=after).addcmul_(enter, self.spare)
        torch.sigmoid(after, out=self.spare)
        torch.sub(one, self.spare, alpha=-2, out=shown)
        return torch.mul(show, shown, out=said)


class Back:
    """A layer that takes the gradient one step back at each call, from the last step to the first.

    Args:
        tape: What it wrote on its way ahead.
        weight: As `joined` has it.
    """

    def __init__(self, tape: Tape, weight: Float[Tensor, "G V"]) -> None:
        self.tape, signals, width = tape, tape.heard.shape[1], tape.width
        steeper = weight.clone()
        steeper.unflatten(0, (GATES, -1))[CANDIDATE].mul_(4)
        self.through = product(steeper.T, None, signals)
        self.by_heard = weight.new_zeros(signals, weight.shape[1])
        self.by_memory = weight.new_zeros(signals, width)
        self.by_weight = weight.new_zeros(weight.shape[::-1])
        self.by_bias = weight.new_zeros(len(weight))
        self.by_gates = weight.new_empty(SHARE, signals, GATES * width)
        self.by_shown = weight.new_empty(SHARE, signals, width)
        self.ones = weight.new_ones(SHARE * signals)
        self.two = weight.new_tensor(-2.0)
        self.keep = tape.gates.chunk(GATES, -1)[1].unbind()
        quarters = self.by_gates.unflatten(-1, (GATES, width))
        places = (self.by_gates, quarters[:, :, :-1], quarters[:, :, -1], self.by_shown)
        self.places = list(zip(*(place.unbind() for place in places), strict=True))

    @property
    def inputs(self) -> int:
        """Numbers of an input."""
        return self.by_heard.shape[1] - self.tape.width

    @property
    def by_inputs(self) -> Float[Tensor, "B I"]:
        """The gradient by the input of the step taken last."""
        return self.by_heard[:, : -self.tape.width]

    @property
    def by_state(self) -> Float[Tensor, "B W"]:
        """The gradient by the state before it."""
        return self.by_heard[:, -self.tape.width :]

    def __call__(self, step: int, by_said: Float[Tensor, "B W"]) -> None:
        if step == len(self.keep) - 1 or step % SHARE == SHARE - 1:
            self._slopes(step - step % SHARE, step + 1)
        by_gates, by_first, by_show, by_shown = self.places[step % SHARE]
        self.by_memory.addcmul_(by_said, by_shown, value=0.5)
        by_first.mul_(self.by_memory[:, None])
        by_show.mul_(by_said)
        self.by_memory.mul_(self.keep[step])
        self.by_heard = self.through(by_gates)
        if step % SHARE == 0:
            self._share(step, min(step + SHARE, len(self.keep)))

    def _slopes(self, start: int, stop: int) -> None:
        """How the memory and what is said change with the gates of some steps."""
        gates, shown = self.tape.gates[start:stop], self.tape.shown[start:stop]
        by_gates, by_shown = self.by_gates[: stop - start], self.by_shown[: stop - start]
        enter, _, candidate, show = gates.chunk(GATES, -1)
        by_enter, by_keep, by_candidate, by_show = by_gates.chunk(GATES, -1)
        torch.sub(self.two, candidate, alpha=-4, out=by_enter)
        by_keep.copy_(self.tape.memory[start:stop])
        by_candidate.copy_(enter)
        by_show.copy_(shown)
        torch.ops.aten.sigmoid_backward.grad_input(by_gates, gates, grad_input=by_gates)
        torch.ops.aten.tanh_backward.grad_input(show, shown, grad_input=by_shown)

    def _share(self, start: int, stop: int) -> None:
        """Adds the part of some steps to the gradient of the weights."""
        by_gates = self.by_gates[: stop - start].flatten(0, 1)
        self.by_weight.addmm_(self.tape.heard[start:stop].flatten(0, 1).T, by_gates)
        self.by_bias.addmv_(by_gates.T, self.ones[: len(by_gates)])

    def by_weights(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The gradient by the weights of nn.LSTM, after the first step."""
        for whole in (self.by_weight, self.by_bias):
            whole.unflatten(-1, (GATES, -1))[..., CANDIDATE, :].mul_(8)
        by_input, by_state = self.by_weight.T.tensor_split([-self.tape.width], 1)
        return by_input, by_state, self.by_bias, self.by_bias
