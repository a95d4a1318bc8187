"""Codebooks: finite sets of vectors that features are rounded to."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from .clusters import Start, centres, totals
from .search import nearest

ENOUGH = 8  # first vectors per entry, for the clusters that entries start from
SMOOTHING = 1e-5


class Codebook(nn.Module):
    r"""Rounds vectors to the nearest of `size` entries, which follow the data.

    Entries start as cluster centres of the first vectors seen in training. From then on
    they are moving averages of the vectors they stand for, $e_i = m_i / \tilde n_i$ with
    uses $n_i$ and sums $m_i$ averaged over training steps, and no optimiser touches them.
    The uses are smoothed, $\tilde n_i = (n_i + \epsilon) \sum n / (\sum n + V \epsilon)$.
    An entry that is hardly used is replaced by a vector of the current batch, one that its
    own entry fits badly.

    Args:
        dim: Length of an entry.
        size: How many entries.
        decay: How much of the averages is kept at each training step, in [0, 1).
        revive_below: Share of its fair part of the vectors under which an entry is
            replaced; 0 never replaces one.

    Raises:
        ValueError: If `size` or `decay` is out of range.

    References:
        Neural Discrete Representation Learning (van den Oord et al., 2017), appendix A.1
        https://arxiv.org/abs/1711.00937
    """

    entries: Tensor
    uses: Tensor
    sums: Tensor

    def __init__(
        self, dim: int, *, size: int, decay: float = 0.95, revive_below: float = 0.3
    ) -> None:
        super().__init__()
        _check(size, decay)
        self.decay = decay
        self.revive_below = revive_below
        self.register_buffer("entries", torch.randn(size, dim))
        self.register_buffer("uses", torch.ones(size))
        self.register_buffer("sums", self.entries.clone())
        self.start = Start(dim, ENOUGH * size)

    @property
    def size(self) -> int:
        """How many entries there are."""
        return len(self.entries)

    def nearest(self, x: Float[Tensor, "*N D"]) -> Int[Tensor, "*N"]:
        """Index of the entry closest to each vector."""
        return nearest(x.flatten(0, -2), self.entries).view(x.shape[:-1])

    def look_up(self, codes: Int[Tensor, "*N"]) -> Float[Tensor, "*N D"]:
        """The entries behind the codes."""
        return self.entries[codes]

    def forward(self, x: Float[Tensor, "N D"]) -> tuple[Float[Tensor, "N D"], Int[Tensor, " N"]]:
        """The entries nearest to vectors, and their codes; in training, entries then move.

        Args:
            x: Vectors of real steps only.
        """
        if not self.training or not len(x):
            codes = self.nearest(x)
            return self.look_up(codes), codes
        self.seed(x)
        codes = self.nearest(x)
        rounded = self.look_up(codes)
        self.follow(x, codes)
        return rounded, codes

    @torch.no_grad()
    def seed(self, x: Float[Tensor, "N D"]) -> None:
        """Starts from the clusters of the first vectors, until enough have been seen."""
        if self.start.done:
            return
        entries, shares = centres(self.start.add(x), self.size)
        self.entries.copy_(entries)
        self.uses.copy_(shares * len(x))
        self.sums.copy_(entries * self.uses[:, None])

    @torch.no_grad()
    def follow(self, x: Float[Tensor, "N D"], codes: Int[Tensor, " N"]) -> None:
        """Moves entries towards the vectors that they stand for."""
        counts, sums = totals(x, codes, self.size)
        self.uses.lerp_(counts, 1 - self.decay)
        self.sums.lerp_(sums, 1 - self.decay)
        total = self.uses.sum()
        smoothed = (self.uses + SMOOTHING) * (total / (total + self.size * SMOOTHING))
        moved = self.sums / smoothed[:, None]
        dead = self.uses < self.revive_below * total / self.size
        if dead.any():
            self.uses[dead] = total / self.size
            moved[dead] = misfits(x, self.entries[codes], int(dead.sum()))
            self.sums[dead] = moved[dead] * self.uses[dead, None]
        self.entries.copy_(moved)


class LearnedCodebook(nn.Module):
    """Rounds vectors to the nearest of `size` entries, which an optimiser moves.

    Entries start as cluster centres and are replaced when hardly used, as those of
    `Codebook`; between, they move down the gradient of a codebook penalty.

    Args:
        dim: Length of an entry.
        size: How many entries.
        decay: How much of the average use is kept at each training step, in [0, 1).
        revive_below: Share of its fair part of the vectors under which an entry is
            replaced; 0 never replaces one.

    Raises:
        ValueError: If `size` or `decay` is out of range.

    References:
        Neural Discrete Representation Learning (van den Oord et al., 2017), eq. 3
        https://arxiv.org/abs/1711.00937
    """

    uses: Tensor

    def __init__(
        self, dim: int, *, size: int, decay: float = 0.95, revive_below: float = 0.3
    ) -> None:
        super().__init__()
        _check(size, decay)
        self.decay = decay
        self.revive_below = revive_below
        self.entries = nn.Parameter(torch.randn(size, dim))
        self.register_buffer("uses", torch.ones(size))
        self.start = Start(dim, ENOUGH * size)

    @property
    def size(self) -> int:
        """How many entries there are."""
        return len(self.entries)

    def nearest(self, x: Float[Tensor, "*N D"]) -> Int[Tensor, "*N"]:
        """Index of the entry closest to each vector."""
        with torch.no_grad():
            return nearest(x.flatten(0, -2), self.entries).view(x.shape[:-1])

    def look_up(self, codes: Int[Tensor, "*N"]) -> Float[Tensor, "*N D"]:
        """The entries behind the codes."""
        return self.entries[codes]

    def forward(self, x: Float[Tensor, "N D"]) -> tuple[Float[Tensor, "N D"], Int[Tensor, " N"]]:
        """The entries nearest to vectors, and their codes.

        Args:
            x: Vectors of real steps only.
        """
        if self.training and len(x):
            self.seed(x)
            self.revive(x)
        codes = self.nearest(x)
        return self.look_up(codes), codes

    @torch.no_grad()
    def seed(self, x: Float[Tensor, "N D"]) -> None:
        """Starts from the clusters of the first vectors, until enough have been seen."""
        if self.start.done:
            return
        entries, shares = centres(self.start.add(x), self.size)
        self.entries.copy_(entries)
        self.uses.copy_(shares * len(x))

    @torch.no_grad()
    def revive(self, x: Float[Tensor, "N D"]) -> None:
        """Replaces the entries that are hardly used."""
        codes = self.nearest(x)
        self.uses.lerp_(torch.bincount(codes, minlength=self.size).to(x), 1 - self.decay)
        fair = self.uses.mean()
        dead = self.uses < self.revive_below * fair
        if dead.any():
            self.uses[dead] = fair
            self.entries[dead] = misfits(x, self.entries[codes], int(dead.sum()))


def misfits(
    x: Float[Tensor, "N D"], rounded: Float[Tensor, "N D"], size: int
) -> Float[Tensor, "M D"]:
    """Some of the vectors, drawn in proportion to their squared distance from their entries."""
    error = (x - rounded).square().sum(1)
    chance = error + error.mean() * 1e-3 + torch.finfo(x.dtype).tiny
    return x[torch.multinomial(chance, size, replacement=True)]


def _check(size: int, decay: float) -> None:
    if size < 1:
        raise ValueError(f"size of a codebook must be at least 1, got {size}")
    if not 0 <= decay < 1:
        raise ValueError(f"decay must be in [0, 1), got {decay}")
