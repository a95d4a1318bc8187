"""Bricks for groups of unequal size: many small layers in one batched product.

Groups are stacked: (G N W), group by group, each row padded with zeros to the widest group.
Layers keep the padding at zero and learn nothing from it, so that each group gets what a
layer of its own would give it.
"""

from collections.abc import Sequence
from itertools import accumulate

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from ..core.ranges import at_least


def runs(widths: Sequence[int]) -> list[list[int]]:
    """The columns of groups that lie side by side.

    Example:
        >>> runs([2, 3])
        [[0, 1], [2, 3, 4]]
    """
    ends = list(accumulate(widths))
    return [list(range(end - width, end)) for end, width in zip(ends, widths, strict=True)]


class Grouped(nn.Module):
    """Stacks groups of columns, and lays them side by side again.

    Args:
        groups: The columns of each group; at least one each.

    Raises:
        ValueError: If there is no group, or one without columns.

    Example:
        >>> grouped = Grouped(runs([2, 1]))
        >>> stack = grouped(torch.tensor([[1.0, 2.0, 3.0]]))
        >>> stack.tolist(), grouped.side_by_side(stack).tolist()
        ([[[1.0, 2.0]], [[3.0, 0.0]]], [[1.0, 2.0, 3.0]])
    """

    columns: Tensor
    there: Tensor
    places: Tensor

    def __init__(self, groups: Sequence[Sequence[int]]) -> None:
        super().__init__()
        at_least(1, groups=len(groups), columns=min(map(len, groups), default=1))
        self.widths = tuple(len(group) for group in groups)
        there = present(self.widths)
        columns = torch.zeros(there.shape, dtype=torch.long)
        columns[there] = torch.tensor([column for group in groups for column in group])
        self.register_buffer("columns", columns.flatten(), persistent=False)
        self.register_buffer("there", there[:, None], persistent=False)
        places = there.flatten().nonzero()[:, 0]
        self.register_buffer("places", places, persistent=False)

    def forward(self, x: Float[Tensor, "N C"]) -> Float[Tensor, "G N W"]:
        """The columns of each group, group by group."""
        picked = x.index_select(1, self.columns).view(len(x), len(self.widths), -1)
        return picked.transpose(0, 1).masked_fill(~self.there, 0.0)

    def side_by_side(self, stack: Float[Tensor, "G N W"]) -> Float[Tensor, "N C"]:
        """The columns of all groups, in the order of the groups."""
        return stack.transpose(0, 1).flatten(1).index_select(1, self.places)


class GroupedLinear(nn.Module):
    """One affine map for each group.

    Weights start as those of a linear layer of the group's own size would.

    Args:
        inputs: How many features each group has before.
        outputs: How many features each group has after.

    Example:
        >>> GroupedLinear([2, 3], [4, 4])(torch.ones(2, 5, 3)).shape
        torch.Size([2, 5, 4])
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

    def forward(self, x: Float[Tensor, "G N I"]) -> Float[Tensor, "G N O"]:
        return torch.baddbmm(self.bias, x, self.weight)


class GroupedNorm(nn.Module):
    r"""Layer normalisation of each group over its own features, $a \, (x - \mu) / \sigma + b$.

    Args:
        widths: How many features each group has.

    References:
        Layer Normalization (Ba et al., 2016), eq. 4 https://arxiv.org/abs/1607.06450
    """

    there: Tensor
    sizes: Tensor

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        there = present(widths)[:, None]
        self.weight = nn.Parameter(there.float())
        self.bias = nn.Parameter(torch.zeros(there.shape))
        self.even = len(set(widths)) == 1
        self.register_buffer("there", there, persistent=False)
        sizes = torch.tensor(widths, dtype=torch.float)[:, None, None]
        self.register_buffer("sizes", sizes, persistent=False)

    def forward(self, x: Float[Tensor, "G N W"]) -> Float[Tensor, "G N W"]:
        if self.even:
            return F.layer_norm(x, x.shape[-1:]) * self.weight + self.bias
        mean = x.sum(-1, keepdim=True) / self.sizes
        apart = (x - mean).masked_fill(~self.there, 0.0)
        variance = apart.square().sum(-1, keepdim=True) / self.sizes
        return apart * (variance + 1e-5).rsqrt() * self.weight + self.bias


class GroupedBatchNorm(nn.Module):
    """Normalises each feature of each group over the batch.

    Args:
        groups: How many groups there are.
        width: How many features each has.
    """

    def __init__(self, groups: int, width: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(groups * width)

    def forward(self, x: Float[Tensor, "G N W"]) -> Float[Tensor, "G N W"]:
        groups, _, width = x.shape
        flat = self.norm(x.transpose(0, 1).flatten(1))
        return flat.unflatten(1, (groups, width)).transpose(0, 1)


def present(widths: Sequence[int]) -> Tensor:
    """True where a stack of groups of these widths holds a feature, False where padding.

    Example:
        >>> present([1, 2]).int().tolist()
        [[1, 0], [1, 1]]
    """
    return torch.arange(max(widths)) < torch.tensor(widths)[:, None]
