"""Expansion: one vector as the features of as many steps as are asked for.

Step t is told by its absolute place, so that what it becomes depends on no other number of
steps, and padding changes nothing. All are told how long signals are, for networks that tell
time by it; those of this file do not.
"""

import math
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from .feedback import FeedbackLstm

WAVES = 16
SHORTEST = 4.0  # steps of the shortest wave; the longest is as many times the most steps


class Clock(nn.Module):
    r"""Tells steps by their absolute place, as sines and cosines seen linearly.

    $A \, [\sin(2 \pi t / \lambda_i), \cos(2 \pi t / \lambda_i)]_i$ with 16 wavelengths
    $\lambda_i$ spread evenly on a logarithmic scale from 4 steps to 4 times the most steps.

    Args:
        most: The most steps that there may be.
        width: How many features a step gets.

    References:
        Attention Is All You Need (Vaswani et al., 2017), section 3.5, with other wavelengths
        https://arxiv.org/abs/1706.03762
    """

    codes: Tensor

    def __init__(self, most: int, width: int) -> None:
        super().__init__()
        waves = SHORTEST * torch.logspace(0, math.log10(max(most, 2)), WAVES)
        angles = 2 * math.pi * torch.arange(most)[:, None] / waves
        codes = torch.cat((angles.sin(), angles.cos()), -1)
        self.register_buffer("codes", codes, persistent=False)
        self.see = nn.Linear(2 * WAVES, width, bias=False)

    def forward(self, steps: int) -> Float[Tensor, "S W"]:
        return self.see(self.codes[:steps])


class RepeatExpansion(nn.Module):
    """The same at every step: a linear view of the vector.

    Args:
        dim: How many numbers the vector has.
        width: How many features a step gets.
    """

    def __init__(self, dim: int, width: int) -> None:
        super().__init__()
        self.project = nn.Linear(dim, width)

    def forward(
        self, z: Float[Tensor, "B D"], steps: int, lengths: Int[Tensor, " B"]
    ) -> Float[Tensor, "B S W"]:
        return self.project(z)[:, None].expand(-1, steps, -1)


class PerceptronExpansion(nn.Module):
    """Each step by itself, of the vector and its own place.

    Args:
        dim: How many numbers the vector has.
        width: How many features a step gets.
        most: The most steps that there may be.
        hidden: How many features a hidden layer has.
        layers: How many hidden layers there are.
    """

    def __init__(self, dim: int, width: int, most: int, *, hidden: int, layers: int) -> None:
        super().__init__()
        self.enter = nn.Linear(dim, hidden)
        self.clock = Clock(most, hidden)
        inner = [
            layer
            for _ in range(layers - 1)
            for layer in (nn.LeakyReLU(0.2), nn.Linear(hidden, hidden))
        ]
        self.layers = nn.Sequential(*inner, nn.LeakyReLU(0.2), nn.Linear(hidden, width))

    def forward(
        self, z: Float[Tensor, "B D"], steps: int, lengths: Int[Tensor, " B"]
    ) -> Float[Tensor, "B S W"]:
        return self.layers(self.enter(z)[:, None] + self.clock(steps))


class RecurrentExpansion(nn.Module):
    """Step by step, from a memory that begins with the vector.

    Every step hears the vector and its own place. With `feedback` it hears what was said of
    the step before, too; without, all that is heard is known beforehand, and the steps of a
    layer are one fused pass. The place tells as much as a count of the steps said so far, so
    that feedback adds little but time.

    Args:
        dim: How many numbers the vector has.
        width: How many features a step gets.
        most: The most steps that there may be.
        hidden: How many features the memory of a layer has.
        layers: How many layers there are.
        feedback: Whether a step hears what was said of the one before.
    """

    def __init__(
        self,
        dim: int,
        width: int,
        most: int,
        *,
        hidden: int,
        layers: int,
        feedback: Literal["off", "on"] = "off",
    ) -> None:
        super().__init__()
        self.start = nn.Linear(dim, 2 * layers * hidden)
        self.enter = nn.Linear(dim, hidden)
        self.clock = Clock(most, hidden)
        self.width, self.hidden = width, hidden
        if feedback == "on":
            self.speaker = FeedbackLstm(width, hidden, hidden, layers)
        else:
            self.cells = nn.LSTM(hidden, hidden, layers, batch_first=True)
            self.leave = nn.Linear(hidden, width)
        self.feedback = feedback

    def forward(
        self, z: Float[Tensor, "B D"], steps: int, lengths: Int[Tensor, " B"]
    ) -> Float[Tensor, "B S W"]:
        begun = self.start(z).unflatten(-1, (2, -1, self.hidden)).permute(1, 2, 0, 3)
        state = (begun[0].contiguous(), begun[1].contiguous())
        known = self.enter(z)[:, None] + self.clock(steps)
        if self.feedback == "on":
            first = z.new_zeros(len(z), self.width)
            return self.speaker(first, steps, known=known, state=state)
        return self.leave(self.cells(known, state)[0])
