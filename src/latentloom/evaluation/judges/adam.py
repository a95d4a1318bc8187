"""Adam for networks so small that what it costs to call an optimiser counts."""

from __future__ import annotations

import torch
from torch import nn

_FIRST, _SECOND, _EPSILON = 0.9, 0.999, 1e-8


class Adam:
    r"""Moves all weights of a network as one vector, with the usual decays 0.9 and 0.999.

    $w \leftarrow w - \eta \hat m / (\sqrt{\hat v} + 10^{-8})$. The weights and their gradients
    become pieces of two vectors, so that a step is a handful of operations however many
    weights there are.

    Args:
        network: What is moved.
        rate: $\eta$, the learning rate.

    References:
        Adam: A Method for Stochastic Optimization (Kingma and Ba, 2015)
        https://arxiv.org/abs/1412.6980, algorithm 1.
    """

    def __init__(self, network: nn.Module, *, rate: float) -> None:
        weights = list(network.parameters())
        self.rate = rate
        self.steps = 0
        self.weights = torch.cat([w.detach().flatten() for w in weights])
        self.gradient = torch.zeros_like(self.weights)
        self.first = torch.zeros_like(self.weights)
        self.second = torch.zeros_like(self.weights)
        sizes = [w.numel() for w in weights]
        pieces = zip(weights, self.weights.split(sizes), self.gradient.split(sizes), strict=True)
        for weight, value, gradient in pieces:
            weight.data = value.view_as(weight)
            weight.grad = gradient.view_as(weight)

    def clear(self) -> None:
        """Forgets the gradient."""
        self.gradient.zero_()

    def step(self) -> None:
        """Moves the weights against the gradient."""
        self.steps += 1
        self.first.lerp_(self.gradient, 1 - _FIRST)
        self.second.mul_(_SECOND).addcmul_(self.gradient, self.gradient, value=1 - _SECOND)
        spread = (self.second / (1 - _SECOND**self.steps)).sqrt_().add_(_EPSILON)
        size = self.rate / (1 - _FIRST**self.steps)
        self.weights.addcdiv_(self.first, spread, value=-size)
