"""Signals on their own time: each at evenly spread points from its first step to its last.

What happens half-way through a short signal and half-way through a long one stand at the same
point, however long the others of their batch are: the time is each signal's own, not that of
its padding.
"""

from itertools import pairwise

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn


def at_points(
    x: Float[Tensor, "B T W"], lengths: Int[Tensor, " B"], points: int
) -> Float[Tensor, "B Q W"]:
    """Signals at points of their own time, on straight lines between steps.

    Args:
        x: The signals.
        lengths: How many leading steps of each are real.
        points: How many points there are; at least 2, the first step and the last.

    Example:
        >>> x = torch.tensor([[[0.0], [2.0], [6.0], [9.0]]])
        >>> at_points(x, torch.tensor([3]), 5).flatten().tolist()
        [0.0, 1.0, 2.0, 4.0, 6.0]
    """
    share = torch.linspace(0, 1, points, device=x.device)
    return _between(x, share * (lengths[:, None] - 1))


def at_steps(
    points: Float[Tensor, "B Q W"], lengths: Int[Tensor, " B"], steps: int
) -> Float[Tensor, "B T W"]:
    """What points of their own time say of every step of signals; padding says the last.

    Args:
        points: What is known at each point.
        lengths: How many steps each signal has.
        steps: How many steps are asked for.

    Example:
        >>> at_steps(torch.tensor([[[0.0], [4.0]]]), torch.tensor([3]), 4).flatten().tolist()
        [0.0, 2.0, 4.0, 4.0]
    """
    steps_before_last = (lengths[:, None] - 1).clamp_min(1)
    share = torch.arange(steps, device=points.device) / steps_before_last
    return _between(points, share.clamp(max=1.0) * (points.shape[1] - 1))


def _between(x: Float[Tensor, "B T W"], places: Float[Tensor, "B Q"]) -> Float[Tensor, "B Q W"]:
    """Straight lines between the steps of signals, at fractional places."""
    before = places.floor().long()
    after = (before + 1).clamp_max(x.shape[1] - 1)
    share = (places - before).to(x)[..., None]
    ahead, behind = (x.gather(1, i[..., None].expand(-1, -1, x.shape[2])) for i in (before, after))
    return ahead.lerp(behind, share)


class Straightened(nn.Module):
    """A perceptron beside a linear map: what a linear code can tell need not be found first.

    Args:
        inputs: How many numbers go in.
        outputs: How many come out.
        hidden: How many features a hidden layer has.
        layers: How many hidden layers there are.
    """

    def __init__(self, inputs: int, outputs: int, *, hidden: int, layers: int) -> None:
        super().__init__()
        widths = [inputs] + [hidden] * layers
        inner = [
            layer
            for before, after in pairwise(widths)
            for layer in (nn.Linear(before, after), nn.LeakyReLU(0.2))
        ]
        self.bent = nn.Sequential(*inner, nn.Linear(hidden, outputs))
        self.straight = nn.Linear(inputs, outputs, bias=False)

    def forward(self, x: Float[Tensor, "B I"]) -> Float[Tensor, "B O"]:
        return self.bent(x) + self.straight(x)


class OwnTimePooling(nn.Module):
    """One vector of a signal as it stands at points of its own time.

    Args:
        width: How many features a step has.
        dim: How many numbers come out.
        points: How many points there are.
        hidden: How many features a hidden layer has.
        layers: How many hidden layers there are.
    """

    def __init__(self, width: int, dim: int, *, points: int, hidden: int, layers: int) -> None:
        super().__init__()
        self.points = points
        self.map = Straightened(points * width, dim, hidden=hidden, layers=layers)

    def forward(
        self, x: Float[Tensor, "B S W"], real: Bool[Tensor, "B S"] | None = None
    ) -> Float[Tensor, "B D"]:
        full = torch.full((len(x),), x.shape[1], device=x.device)
        lengths = full if real is None else real.sum(1).clamp_min(1)
        return self.map(at_points(x, lengths, self.points).flatten(1))


class OwnTimeExpansion(nn.Module):
    """The features of every step, from what one vector says at points of a signal's own time.

    Args:
        dim: How many numbers the vector has.
        width: How many features a step gets.
        points: How many points there are.
        hidden: How many features a hidden layer has.
        layers: How many hidden layers there are.
    """

    def __init__(self, dim: int, width: int, *, points: int, hidden: int, layers: int) -> None:
        super().__init__()
        self.width = width
        self.map = Straightened(dim, points * width, hidden=hidden, layers=layers)

    def forward(
        self, z: Float[Tensor, "B D"], steps: int, lengths: Int[Tensor, " B"]
    ) -> Float[Tensor, "B S W"]:
        return at_steps(self.map(z).unflatten(1, (-1, self.width)), lengths, steps)
