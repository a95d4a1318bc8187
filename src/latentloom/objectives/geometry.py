"""What distances and angles between samples say of their latents."""

from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

NEAR = 1e-6  # lengths below are none


def distances(x: Float[Tensor, "N D"]) -> Float[Tensor, "N N"]:
    """The Euclidean distance of each row to each; zero to itself.

    Example:
        >>> distances(torch.tensor([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]])).tolist()
        [[0.0, 5.0, 10.0], [5.0, 0.0, 5.0], [10.0, 5.0, 0.0]]
    """
    return _Distances.apply(x)  # pyright: ignore[reportReturnType]


class _Distances(torch.autograd.Function):
    """Distances; rows that are equal do not move each other."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        norms = x.square().sum(1)
        squared = torch.addmm(norms, x, x.mT, alpha=-2).add_(norms[:, None])
        apart = squared.clamp_min_(NEAR**2).sqrt_().fill_diagonal_(0.0)
        ctx.save_for_backward(x, apart)
        return apart

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (gradient,) = gradients
        x, apart = ctx.saved_tensors
        differ = torch.gt(apart, NEAR, out=torch.empty_like(apart))
        pull = (gradient / apart.clamp_min(NEAR)).mul_(differ)
        pull = pull + pull.mT
        return torch.addmm(x * pull.sum(1, keepdim=True), pull, x, alpha=-1)


def likeness(a: Float[Tensor, "N N"], b: Float[Tensor, "N N"]) -> Float[Tensor, ""]:
    """Pearson correlation of what two tables say of pairs, in [-1, 1]; 0 where one is constant.

    The diagonals, where a thing meets itself, do not count.

    Example:
        >>> table = torch.tensor([[0.0, 1.0, 2.0], [1.0, 0.0, 3.0], [2.0, 3.0, 0.0]])
        >>> likeness(table, 2 * table).item()
        1.0
    """
    return _Likeness.apply(a, b)  # pyright: ignore[reportReturnType]


class _Likeness(torch.autograd.Function):
    """Correlation of two tables off the diagonal."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor) -> Tensor:
        a, b = _centred(a), _centred(b)
        both, own, other = a.ravel() @ b.ravel(), a.ravel() @ a.ravel(), b.ravel() @ b.ravel()
        norm = (own * other + 1e-24).sqrt()
        ctx.save_for_backward(a, b, own, other, both, norm)
        return both / norm

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        a, b, own, other, both, norm = ctx.saved_tensors
        along, back = gradient / norm, -gradient * both / norm**3
        return (
            torch.add(a * (back * other), b * along) if ctx.needs_input_grad[0] else None,
            torch.add(b * (back * own), a * along) if ctx.needs_input_grad[1] else None,
        )


def _centred(table: Float[Tensor, "N N"]) -> Float[Tensor, "N N"]:
    """A table less the mean off its diagonal, which becomes zero."""
    pairs = len(table) * (len(table) - 1)
    mean = (table.sum() - table.trace()) / pairs
    return (table - mean).fill_diagonal_(0.0)


def topographic(a: Float[Tensor, "N D"], b: Float[Tensor, "N E"]) -> Float[Tensor, ""]:
    """How well distances between rows of one thing tell those between rows of another.

    It is the Pearson correlation over all pairs of different rows, in [-1, 1].

    Example:
        >>> x = torch.randn(8, 3)
        >>> topographic(x, 2 * x).round(decimals=4)
        tensor(1.)
    """
    return likeness(distances(a), distances(b))


def category_cosines(embeddings: Float[Tensor, "N G E"]) -> Float[Tensor, "G G"]:
    r"""Mean |cosine| between the features of each two categories, over the samples.

    Feature i of category g is a vector over the samples, $u_{gi}$, whose mean is taken off
    first: the cosine of two is their Pearson correlation. Entry (g, h) is
    $\overline{|\cos(u_{gi}, u_{hj})|}$ over i and j. It needs no common axes for the
    categories. For independent features and N samples it is about $0.8 / \sqrt{N}$.

    Example:
        >>> x = torch.tensor([[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]])
        >>> category_cosines(x[..., None]).tolist()
        [[1.0, 0.0], [0.0, 1.0]]
    """
    centred = embeddings - embeddings.mean(0)
    factor = centred.square().sum(0).clamp_min(NEAR**2).rsqrt()
    return _MeanCosines.apply(centred * factor)  # pyright: ignore[reportReturnType]


class _MeanCosines(torch.autograd.Function):
    """Mean |product| of the columns of each two categories, each pair worked out once."""

    @staticmethod
    def forward(ctx: Any, unit: Tensor) -> Tensor:
        _, categories, width = unit.shape
        flat = unit.flatten(1)
        table = unit.new_zeros(categories, categories)
        signs: list[Tensor] = []
        for own in range(categories):
            products = unit[:, own].T @ flat[:, own * width :]
            table[own, own:] = products.abs().view(width, -1, width).mean((0, 2))
            signs.append(products.sign_())
        ctx.save_for_backward(unit, *signs)
        return torch.triu(table, 1).T + table

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (gradient,) = gradients
        unit, *signs = ctx.saved_tensors
        width = unit.shape[2]
        flat = unit.flatten(1)
        pull = (gradient + gradient.T) / width**2
        table = torch.empty(flat.shape[1], flat.shape[1], dtype=flat.dtype, device=flat.device)
        for own, sign in enumerate(signs):
            rows, rest = slice(own * width, (own + 1) * width), slice(own * width, None)
            torch.mul(sign, pull[own, own:].repeat_interleave(width), out=table[rows, rest])
            below = slice(rows.stop, None)  # the block on the diagonal is its own mirror image
            table[below, rows] = table[rows, below].T
        return (flat @ table).view_as(unit)


def between_categories(cosines: Float[Tensor, "G G"]) -> Float[Tensor, ""]:
    """The mean over pairs of different categories; 0 if there is but one."""
    categories = len(cosines)
    pairs = max(1, categories * (categories - 1))
    return (cosines.sum() - cosines.diagonal().sum()) / pairs


def code_cosines(
    vectors: Float[Tensor, "N K D"], codes: Int[Tensor, "N K"]
) -> Float[Tensor, " K"]:
    """Mean squared cosine between the entries of different codes that samples have, by book.

    Args:
        vectors: The entry behind each code of each sample.
        codes: The codes; a pair of samples with one code does not count.

    Example:
        >>> vectors = torch.tensor([[[1.0, 0.0]], [[0.0, 2.0]], [[0.0, 2.0]]])
        >>> code_cosines(vectors, torch.tensor([[0], [1], [1]])).tolist()
        [0.0]
    """
    unit = F.normalize(vectors, dim=-1, eps=1e-6).movedim(1, 0)
    other = codes.mT[:, :, None] != codes.mT[:, None]
    squared = (unit @ unit.mT).square() * other
    return squared.sum((1, 2)) / other.sum((1, 2)).clamp_min(1)
