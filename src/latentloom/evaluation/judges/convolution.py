"""A judge that looks for short shapes wherever they stand in a signal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float
from torch import Generator, Tensor, nn

from ...core.ranges import at_least
from ...nn.stacked import StackedConv1d, StackedLinear
from .neural import verdicts
from .role import Case, Judge, Lineup
from .training import Training
from .views import Seen


class ConvVerdict(nn.Module):
    """S networks that say how real a signal seems from the shapes in it.

    Convolutions, then the mean and the maximum of each feature over the real steps.

    Args:
        channels: How many channels signals have.
        width: How many features a step has after each convolution.
        kernel: How many steps a convolution sees; odd.
        layers: How many convolutions.
        random: Where each network draws its first weights from.
    """

    def __init__(
        self,
        channels: int,
        width: int,
        *,
        kernel: int,
        layers: int,
        random: Sequence[Generator],
    ) -> None:
        super().__init__()
        sizes = [channels] + [width] * layers
        self.layers = nn.ModuleList(
            StackedConv1d(before, after, kernel, random=random)
            for before, after in pairwise(sizes)
        )
        self.verdict = StackedLinear(2 * width, 1, random=random)

    def forward(self, seen: Seen) -> Float[Tensor, "S B"]:
        """The logit of being real."""
        x, mask = seen.values, seen.mask
        for layer in self.layers:
            x = layer(x).relu() * mask  # what is padding must stay zero for the next layer
        mean = x.sum(2) / seen.lengths[..., None]
        return self.verdict(torch.cat((mean, x.amax(2)), -1))[..., 0]


class ConvJudge(Judge):
    """Judges by a convolutional network, stopped where it gets no better.

    Args:
        width: How many features a step has.
        kernel: How many steps a convolution sees; odd.
        layers: How many convolutions.
        training: How it learns.

    Raises:
        ValueError: If it has no layer.
    """

    def __init__(
        self,
        *,
        width: int = 16,
        kernel: int = 5,
        layers: int = 3,
        training: Training | None = None,
    ) -> None:
        at_least(1, width=width, layers=layers)
        self.width, self.kernel, self.layers = width, kernel, layers
        self.training = training or Training(steps=400, batch=64, rate=3e-3)

    def judge(self, lineup: Lineup, cases: Sequence[Case]) -> Float[np.ndarray, "K N"]:
        def build(random: Sequence[Generator]) -> ConvVerdict:
            return ConvVerdict(
                lineup.signals.width,
                self.width,
                kernel=self.kernel,
                layers=self.layers,
                random=random,
            )

        return verdicts(build, lineup, cases, self.training)
