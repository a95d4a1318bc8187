"""Many codebooks side by side, searched and moved together."""

from collections.abc import Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from ..core.ranges import at_least, below_one
from ..nn.grouped import places, present, stacked, trimmed
from ..nn.uncompiled import Uncompiled
from .clusters import Start, centres_of_books, totals_of_books
from .codebook import ENOUGH, SMOOTHING
from .search import nearest


class Shelf(Uncompiled):
    """M books of unequal sizes, each doing what a book of its own would do.

    Vectors and entries are padded with zeros to the longest, books with absent entries to
    the largest, so that a step takes the same few tensor operations however many books
    there are. With `ema`, each book is a `Codebook`: its entries are moving averages of the
    vectors they stand for. With `gradient` it is a `LearnedCodebook`.

    Args:
        dims: Length of the entries of each book.
        sizes: How many entries each book has.
        decay: How much of the averages is kept at each training step, in [0, 1).
        revive_below: Share of its fair part of the vectors under which an entry is
            replaced; 0 replaces only those that are condemned.
        update: Whether entries follow the data (`ema`) or an optimiser (`gradient`).

    Raises:
        ValueError: If there is no book, or a number is out of range.

    Example:
        >>> shelf = Shelf([2, 3], [8, 4])
        >>> rounded, codes = shelf(torch.randn(2, 100, 3))
        >>> codes.amax(1) < torch.tensor(shelf.sizes)
        tensor([True, True])

    References:
        Neural Discrete Representation Learning (van den Oord et al., 2017), appendix A.1
        https://arxiv.org/abs/1711.00937
    """

    entries: Tensor
    uses: Tensor
    sums: Tensor
    condemned: Tensor
    there: Tensor
    firsts: Tensor

    def __init__(
        self,
        dims: Sequence[int],
        sizes: Sequence[int],
        *,
        decay: float = 0.95,
        revive_below: float = 0.3,
        update: Literal["ema", "gradient"] = "ema",
    ) -> None:
        super().__init__()
        at_least(1, books=len(sizes), size=min(sizes, default=1), dim=min(dims, default=1))
        at_least(0, revive_below=revive_below)
        below_one(decay=decay)
        self.sizes = tuple(sizes)
        self.decay = decay
        self.revive_below = revive_below
        there = present(sizes)
        self.register_buffer("there", there, persistent=False)
        firsts = torch.arange(len(sizes))[:, None] * max(sizes)
        self.register_buffer("firsts", firsts, persistent=False)
        entries = torch.randn(len(sizes), max(sizes), max(dims))
        entries *= there[..., None] * present(dims)[:, None]
        if update == "gradient":
            self.entries = nn.Parameter(entries)
        else:
            self.register_buffer("entries", entries)
            self.register_buffer("sums", entries.clone())
        self.register_buffer("uses", there.float())
        self.register_buffer("condemned", torch.zeros_like(there))
        self.dims = tuple(dims)
        self.start = Start(sum(dims), ENOUGH * max(sizes))

    @property
    def learned(self) -> bool:
        """Whether an optimiser moves the entries."""
        return isinstance(self.entries, nn.Parameter)

    @torch.no_grad()
    def nearest(self, x: Sequence[Float[Tensor, "N _"]]) -> Int[Tensor, "M N"]:
        """Index of the entry closest to each vector of each book; padding is not read."""
        books = zip(x, self.entries, self.sizes, self.dims, strict=True)
        return torch.stack(
            [nearest(own[:, :dim], entries[:size, :dim]) for own, entries, size, dim in books]
        )

    def look_up(self, codes: Int[Tensor, "M N"]) -> Float[Tensor, "M N D"]:
        """The entries behind the codes."""
        return F.embedding(codes + self.firsts, self.entries.flatten(0, 1))

    def forward(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, x: Float[Tensor, "M N D"]
    ) -> tuple[Float[Tensor, "M N D"], Int[Tensor, "M N"]]:
        """The entries nearest to vectors, and their codes; in training, entries then move.

        Args:
            x: Vectors of real steps only, without gradient.
        """
        trains = self.training and x.shape[1] > 0
        if trains:
            self.seed(x)
        if trains and self.learned:
            self.renew(x)
        codes = self.nearest(list(x))
        rounded = self.look_up(codes)
        if trains and not self.learned:
            self.follow(x, codes, rounded)
        return rounded, codes

    @torch.no_grad()
    def seed(self, x: Float[Tensor, "M N D"]) -> None:
        """Starts from the clusters of the first vectors, until enough have been seen."""
        if self.start.done:
            return
        seen = self.start.add(torch.cat(trimmed(x, self.dims), 1))
        first = stacked(seen, places(self.dims))
        entries, shares = centres_of_books(first, self.there)
        self.entries.copy_(entries)
        self.uses.copy_(shares * x.shape[1])
        if not self.learned:
            self.sums.copy_(entries * self.uses[..., None])

    @torch.no_grad()
    def follow(
        self,
        x: Float[Tensor, "M N D"],
        codes: Int[Tensor, "M N"],
        rounded: Float[Tensor, "M N D"],
    ) -> None:
        """Moves entries towards the vectors that they stand for."""
        counts, sums = totals_of_books(x, codes, self.there.shape[1])
        self.uses.lerp_(counts, 1 - self.decay)
        self.sums.lerp_(sums, 1 - self.decay)
        total = self.uses.sum(1, keepdim=True)
        sizes = self.there.sum(1, keepdim=True)
        smoothed = (self.uses + SMOOTHING) * (total / (total + sizes * SMOOTHING))
        self.entries.copy_(self.sums / smoothed[..., None])
        self._replace(x, rounded)

    @torch.no_grad()
    def renew(self, x: Float[Tensor, "M N D"]) -> None:
        """Counts uses, and replaces the entries that are hardly used."""
        codes = self.nearest(list(x))
        counts, _ = totals_of_books(x[..., :0], codes, self.there.shape[1])
        self.uses.lerp_(counts, 1 - self.decay)
        self._replace(x, self.look_up(codes))

    @torch.no_grad()
    def condemn(
        self, books: Bool[Tensor, " M"], *, percentile: float, below: float, most: float
    ) -> int:
        """Has entries replaced at the next training step, and says how many.

        Args:
            books: Which books are looked at.
            percentile: Entries up to this percentile of the uses of their book, in [0, 100],
            below: that have less than this share of their fair part,
            most: and are among the least used ones, up to this share of a book, are replaced.
        """
        fair = self.uses.sum(1, keepdim=True) / self.there.sum(1, keepdim=True)
        share = (self.uses / fair).masked_fill(~self.there, torch.nan)
        limit = share.nanquantile(percentile / 100, 1, keepdim=True)
        places = share.nan_to_num(torch.inf).argsort(1).argsort(1)
        few = places < (self.there.sum(1, keepdim=True) * most).floor()
        self.condemned |= (share <= limit) & (share < below) & few & books[:, None]
        return int(self.condemned.sum())

    def _replace(self, x: Float[Tensor, "M N D"], rounded: Float[Tensor, "M N D"]) -> None:
        """Puts vectors that their entries fit badly in place of entries hardly used."""
        fair = self.uses.sum(1, keepdim=True) / self.there.sum(1, keepdim=True)
        dead = self.there & ((self.uses < self.revive_below * fair) | self.condemned)
        if not dead.any():
            return
        error = (x - rounded).square().sum(-1)
        chance = error + error.mean(1, keepdim=True) * 1e-3 + torch.finfo(x.dtype).tiny
        size = dead.shape[1]
        picks = torch.multinomial(chance, size, replacement=size > x.shape[1])
        misfits = x.gather(1, picks[..., None].expand(-1, -1, x.shape[-1]))
        self.entries[dead] = misfits[dead]
        self.uses.copy_(torch.where(dead, fair, self.uses))
        if not self.learned:
            self.sums[dead] = (misfits * self.uses[..., None])[dead]
        self.condemned.zero_()
