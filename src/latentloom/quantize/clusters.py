"""Entries to start from: the cluster centres of the first vectors seen."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from .search import nearest


def totals(
    x: Float[Tensor, "N D"], codes: Int[Tensor, " N"], size: int
) -> tuple[Float[Tensor, " V"], Float[Tensor, "V D"]]:
    """How many vectors each code has, and their sum.

    Example:
        >>> counts, sums = totals(torch.tensor([[1.0], [2.0], [4.0]]), torch.tensor([1, 1, 0]), 2)
        >>> counts.tolist(), sums.flatten().tolist()
        ([1.0, 2.0], [4.0, 3.0])
    """
    counts = torch.bincount(codes, minlength=size).to(x.dtype)
    return counts, x.new_zeros(size, x.shape[1]).index_add_(0, codes, x)


def far_apart(x: Float[Tensor, "N D"], size: int) -> Float[Tensor, "V D"]:
    """Some of the vectors, each drawn in proportion to its squared distance from those before.

    References:
        k-means++: The Advantages of Careful Seeding (Arthur and Vassilvitskii, 2007), section 2.2
        https://dl.acm.org/doi/10.5555/1283383.1283494
    """
    norms = x.square().sum(1)
    picks = [torch.randint(len(x), (), device=x.device)]
    distance = torch.full_like(norms, torch.inf)
    for _ in range(size - 1):
        last = picks[-1]
        from_last = (norms + norms[last]).addmv_(x, x[last], alpha=-2)
        distance = torch.minimum(distance, from_last.clamp_min_(0))
        reached = distance.cumsum(0)
        spot = torch.rand((), device=x.device) * reached[-1]
        picks.append(torch.searchsorted(reached, spot, right=True).clamp_max(len(x) - 1))
    return x[torch.stack(picks)]


def centres(
    x: Float[Tensor, "N D"], size: int, *, rounds: int = 8
) -> tuple[Float[Tensor, "V D"], Float[Tensor, " V"]]:
    """Cluster centres of the vectors, and what share of them each one has.

    Args:
        x: The vectors.
        size: How many clusters.
        rounds: How often vectors are shared out and centres moved to their mean.

    Returns:
        The centres, and shares that sum to one. An empty cluster keeps its first centre.
    """
    made = far_apart(x, size)
    counts = x.new_zeros(size)
    for _ in range(rounds):
        counts, sums = totals(x, nearest(x, made), size)
        made = torch.where(counts[:, None] > 0, sums / counts.clamp_min(1)[:, None], made)
    return made, counts / len(x)


def totals_of_books(
    x: Float[Tensor, "M N D"], codes: Int[Tensor, "M N"], size: int
) -> tuple[Float[Tensor, "M V"], Float[Tensor, "M V D"]]:
    """How many vectors each code of each book has, and their sum."""
    books, _, dim = x.shape
    flat = (codes + size * torch.arange(books, device=x.device)[:, None]).flatten()
    counts, sums = totals(x.flatten(0, 1), flat, books * size)
    return counts.view(books, size), sums.view(books, size, dim)


def far_apart_of_books(x: Float[Tensor, "M N D"], size: int) -> Float[Tensor, "M V D"]:
    """Some of the vectors of each book, drawn as `far_apart` draws them."""
    books, rows, _ = x.shape
    every = torch.arange(books, device=x.device)
    picks = [torch.randint(rows, (books,), device=x.device)]
    distance = torch.full_like(x[..., 0], torch.inf)
    for _ in range(size - 1):
        last = x[every, picks[-1]]
        distance = torch.minimum(distance, (x - last[:, None]).square().sum(-1))
        reached = distance.cumsum(1)
        spot = torch.rand(books, 1, device=x.device) * reached[:, -1:]
        found = torch.searchsorted(reached, spot, right=True)[:, 0]
        picks.append(found.clamp_max(rows - 1))
    return x[every[:, None], torch.stack(picks, 1)]


def centres_of_books(
    x: Float[Tensor, "M N D"], there: Bool[Tensor, "M V"], *, rounds: int = 8
) -> tuple[Float[Tensor, "M V D"], Float[Tensor, "M V"]]:
    """Cluster centres of the vectors of several books at once, and their shares.

    Args:
        x: The vectors.
        there: How many clusters each book has: the leading ones that are True.
        rounds: How often vectors are shared out and centres moved to their mean.

    Returns:
        The centres, and shares that sum to one in each book; both are zero where no cluster
        is. An empty cluster keeps its first centre.
    """
    made = far_apart_of_books(x, there.shape[1]) * there[..., None]
    counts = x.new_zeros(there.shape)
    for _ in range(rounds):
        codes = nearest(x, made, there)
        counts, sums = totals_of_books(x, codes, there.shape[1])
        made = torch.where(counts[..., None] > 0, sums / counts[..., None].clamp_min(1), made)
    return made, counts / x.shape[1]


class Start(nn.Module):
    """Collects the first vectors that a codebook sees in training, and clusters them.

    What it collected is part of its state, so that a run that was stopped between the
    first steps goes on as if it had not been.

    Args:
        dim: Length of a vector.
        rows: How many vectors are enough.
    """

    rows: Tensor
    filled: Tensor

    def __init__(self, dim: int, rows: int) -> None:
        super().__init__()
        self.register_buffer("rows", torch.zeros(rows, dim))
        self.register_buffer("filled", torch.zeros((), dtype=torch.long))

    @property
    def done(self) -> bool:
        """Whether it has seen enough."""
        return int(self.filled) == len(self.rows)

    def add(self, x: Float[Tensor, "N D"]) -> Float[Tensor, "M D"]:
        """Takes some of the vectors; gives all those it has."""
        filled = int(self.filled)
        room = len(self.rows) - filled
        if len(x) > room:
            x = x[torch.randperm(len(x), device=x.device)[:room]]
        self.rows[filled : filled + len(x)] = x
        self.filled += len(x)
        return self.rows[: filled + len(x)]
