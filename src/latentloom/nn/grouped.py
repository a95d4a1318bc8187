"""Bricks for groups of unequal size: many small layers worked out together.

Features of groups lie side by side, (N C), group by group, with nothing between them. Each
group gets what a layer of its own would give it, and the parameters of all are one tensor,
padded to the widest group.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from .dropout import Dropout
from .uncompiled import Uncompiled


def places(widths: Sequence[int]) -> tuple[slice, ...]:
    """Where groups of these widths are that lie side by side.

    Example:
        >>> places([2, 3])
        (slice(0, 2, None), slice(2, 5, None))
    """
    ends = list(accumulate(widths))
    return tuple(slice(end - width, end) for end, width in zip(ends, widths, strict=True))


def stacked(x: Float[Tensor, "N C"], groups: Sequence[slice]) -> Float[Tensor, "G N W"]:
    """Some groups of columns, each padded with zeros to the widest of them; without gradient.

    Example:
        >>> stacked(torch.tensor([[1.0, 2.0, 3.0]]), places([2, 1])).tolist()
        [[[1.0, 2.0]], [[3.0, 0.0]]]
    """
    widest = max(map(_wide, groups))
    stack = x.new_zeros(len(groups), len(x), widest)
    for own, place in zip(stack, groups, strict=True):
        own[:, : _wide(place)] = x.detach()[:, place]
    return stack


def trimmed(stack: Float[Tensor, "G N W"], widths: Sequence[int]) -> list[Float[Tensor, "N _"]]:
    """The groups of a stack without their padding.

    Example:
        >>> torch.cat(trimmed(torch.tensor([[[1.0, 2.0]], [[3.0, 0.0]]]), [2, 1]), 1).tolist()
        [[1.0, 2.0, 3.0]]
    """
    return [own[:, :width] for own, width in zip(stack, widths, strict=True)]


class GroupedLinear(Uncompiled):
    """One affine map for each group.

    Weights start as those of a linear layer of the group's own size would.

    Args:
        inputs: How many features each group has before.
        outputs: How many features each group has after.

    Example:
        >>> GroupedLinear([2, 3], [4, 5])(torch.ones(7, 5)).shape
        torch.Size([7, 9])
    """

    def __init__(self, inputs: Sequence[int], outputs: Sequence[int]) -> None:
        super().__init__()
        pairs = list(zip(inputs, outputs, strict=True))
        weight = torch.zeros(len(pairs), max(inputs), max(outputs))
        bias = torch.zeros(len(pairs), 1, max(outputs))
        for group, (before, after) in enumerate(pairs):
            limit = before**-0.5
            weight[group, :before, :after].uniform_(-limit, limit)
            bias[group, 0, :after].uniform_(-limit, limit)
        self.weight = nn.Parameter(weight)
        self.bias = nn.Parameter(bias)
        self.reads, self.writes = places(inputs), places(outputs)

    def forward(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, x: Float[Tensor, "N I"]
    ) -> Float[Tensor, "N O"]:
        tensors = lowered(x, self.weight, self.bias)
        return _Products.apply(self.reads, self.writes, *tensors)  # pyright: ignore[reportReturnType]


class _Products(torch.autograd.Function):
    """Each group's columns times its own matrix, straight to their place, without padding."""

    @staticmethod
    def forward(
        ctx: Any, reads: Any, writes: Any, x: Tensor, weight: Tensor, bias: Tensor
    ) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.reads, ctx.writes = reads, writes
        made = x.new_empty(len(x), writes[-1].stop)
        for own, read, write in zip(weight, reads, writes, strict=True):
            torch.mm(x[:, read], own[: _wide(read), : _wide(write)], out=made[:, write])
        return made.add_(torch.cat(trimmed(bias, list(map(_wide, writes))), 1))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        x, weight = ctx.saved_tensors
        weights, biases = torch.zeros_like(weight), weight.new_zeros(len(weight), weight.shape[2])
        moved = torch.empty_like(x) if ctx.needs_input_grad[2] else None
        total = gradient.sum(0)
        for group, (read, write) in enumerate(zip(ctx.reads, ctx.writes, strict=True)):
            own, matrix = gradient[:, write], weight[group, : _wide(read), : _wide(write)]
            torch.mm(x[:, read].T, own, out=weights[group, : _wide(read), : _wide(write)])
            biases[group, : _wide(write)] = total[write]
            if moved is not None:
                torch.mm(own, matrix.T, out=moved[:, read])
        return None, None, moved, weights, biases[:, None]


def perceptron(
    before: Sequence[int], hidden: int, after: Sequence[int], dropout: float
) -> list[nn.Module]:
    """The layers of a network for each group, with one hidden layer of so many features.

    Args:
        before: How many features each group has.
        hidden: How many features the hidden layer of each has; 0 for a linear map.
        after: How many features are made of each.
        dropout: Share of the hidden features, or of the first if there are none, dropped in
            training.
    """
    if not hidden:
        return [Dropout(dropout), GroupedLinear(before, after)]
    wide = [hidden] * len(before)
    first, last = GroupedLinear(before, wide), GroupedLinear(wide, after)
    return [first, nn.ReLU(inplace=True), Dropout(dropout), last]


class GroupedNorm(nn.Module):
    r"""Layer normalisation of each group over its own features, $a \, (x - \mu) / \sigma + b$.

    Args:
        widths: How many features each group has.

    References:
        Layer Normalization (Ba et al., 2016), eq. 4 https://arxiv.org/abs/1607.06450
    """

    there: Tensor

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        there = present(widths)[:, None]
        self.widths = tuple(widths)
        self.weight = nn.Parameter(there.float())
        self.bias = nn.Parameter(torch.zeros(there.shape))
        self.register_buffer("there", there.flatten().nonzero()[:, 0], persistent=False)

    def forward(self, x: Float[Tensor, "N C"]) -> Float[Tensor, "N C"]:
        if len(set(self.widths)) == 1:
            groups = x.unflatten(1, (len(self.widths), -1))
            scaled = F.layer_norm(groups, groups.shape[2:])
            return torch.addcmul(self.bias[:, 0], scaled, self.weight[:, 0]).flatten(1)
        return torch.cat(self.apart(x), 1)

    def apart(self, x: Float[Tensor, "N C"]) -> list[Float[Tensor, "N _"]]:
        """The groups one by one, which saves joining them for who reads them so."""
        weights, biases = (
            parameter.flatten().index_select(0, self.there).split(self.widths)
            for parameter in (self.weight, self.bias)
        )
        groups = zip(x.split(self.widths, 1), weights, biases, strict=True)
        return [F.layer_norm(own, a.shape, a, b) for own, a, b in groups]


def present(widths: Sequence[int]) -> Tensor:
    """True where a stack of groups of these widths holds a feature, False where padding.

    Example:
        >>> present([1, 2]).int().tolist()
        [[1, 0], [1, 1]]
    """
    return torch.arange(max(widths)) < torch.tensor(widths)[:, None]


def lowered(*tensors: Tensor) -> tuple[Tensor, ...]:
    """The tensors in the number format of an autocast, if one is on."""
    device = tensors[0].device.type
    if not torch.is_autocast_enabled(device):
        return tensors
    return tuple(tensor.to(torch.get_autocast_dtype(device)) for tensor in tensors)


def _wide(place: slice) -> int:
    return place.stop - place.start
