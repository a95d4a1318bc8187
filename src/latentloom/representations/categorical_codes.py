"""The bottleneck that gives each category of features codes of its own."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, cast

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int, Shaped
from torch import Tensor, nn

from ..core.batch import Latent, Rounding
from ..core.ranges import a_share
from ..core.roles import Bottleneck
from ..nn.dropout import Dropout
from ..nn.grouped import GroupedLinear, GroupedNorm, places, stacked, trimmed
from ..quantize.search import pass_through
from ..quantize.shelf import Shelf
from .levels import Level, scaled_levels

Real = Bool[Tensor, "B S"]


class Categorical(Bottleneck):
    r"""Rounds each category of features at several levels, to codes of its own.

    Level l of category g sees a linear map of the category's embedding, normalised,
    $x_{gl} = \mathrm{norm}(A_{gl} h_g)$, and rounds it to the nearest entry of a codebook of
    its own (`parallel`). Or all levels of a category share one map, and each rounds what
    those before it left over (`residual`). The latent is all rounded vectors side by side,
    category by category, and the gradient passes straight through each. Puts `commitment`,
    $\sum_{gl} \overline{(x_{gl} - \mathrm{sg}\,e_{gl})^2}$ in squared units of what is
    rounded, into the latent's penalties, and with a `gradient` update also its
    mirror image `codebook`.

    Args:
        width: How many features the encoder makes, as many for each category.
        spans: How many channels each category has.
        levels: The codebooks of every category, coarsest first; scaled to the category's
            channels, as `scaled_levels` says, if empty.
        ratios: Of scaled levels: lengths of entries as a share of the channels.
        sizes: Whether scaled levels have fewer and fewer codes (`falling`) or as many as
            the first (`even`).
        arrangement: Whether levels round views of their own, or what is left over.
        normalise: Whether what is rounded is normalised over its features (`layer`), or has
            the size that the map gives it (`none`), which reconstructs better.
        dropout: Share of the projected features that are dropped in training.
        decay: How much of a book's averages is kept at each training step, in [0, 1).
        update: Whether entries are averages of what they stand for (`ema`) or are moved
            by the optimiser (`gradient`).
        revive_below: Share of its fair part of the vectors under which an entry is
            replaced; 0 never replaces one.

    Raises:
        ValueError: If the features cannot be shared out evenly, or a setting is out of
            range.

    Example:
        >>> bottleneck = Categorical(16, (3, 10))
        >>> bottleneck.levels, bottleneck.shares
        ((15, 6, 6, 20, 11, 6), (48, 8, 4, 48, 8, 4))
        >>> bottleneck(torch.randn(5, 1, 16)).codes.shape
        torch.Size([5, 1, 6])

    References:
        Neural Discrete Representation Learning (van den Oord et al., 2017), eq. 3
        https://arxiv.org/abs/1711.00937
    """

    run_lengths: Tensor

    def __init__(  # noqa: PLR0913 (two of them are known from the neighbours)
        self,
        width: int,
        spans: tuple[int, ...],
        *,
        levels: list[Level] | None = None,
        ratios: list[float] | None = None,
        sizes: Literal["falling", "even"] = "falling",
        arrangement: Literal["parallel", "residual"] = "parallel",
        normalise: Literal["layer", "none"] = "layer",
        dropout: float = 0.0,
        decay: float = 0.95,
        update: Literal["ema", "gradient"] = "ema",
        revive_below: float = 0.3,
    ) -> None:
        super().__init__()
        a_share(dropout=dropout)
        if width % len(spans):
            raise ValueError(
                f"width must be a multiple of the {len(spans)} categories, got {width}; take the"
                " categorical encoder"
            )
        depth = len(levels) if levels else len(scaled_levels(1))
        own = [levels or scaled_levels(span, ratios or (), even=sizes == "even") for span in spans]
        residual = arrangement == "residual"
        books = [_alike(book) if residual else tuple(book) for book in own]
        self.categories, self.depth = len(spans), depth
        self.levels = tuple(level.size for book in books for level in book)
        self.shares = tuple(level.dim for book in books for level in book)
        self.dim = sum(self.shares)
        self.penalties = ("commitment", "codebook") if update == "gradient" else ("commitment",)
        self.residual = residual
        views = 1 if residual else depth
        dims = [level.dim for book in books for level in book[:views]]
        seen = [sum(level.dim for level in book[:views]) for book in books]
        self.project = GroupedLinear([width // len(spans)] * len(spans), seen)
        self.dropout = Dropout(dropout)
        self.norm = GroupedNorm(dims) if normalise == "layer" else nn.Identity()
        run_lengths = [1 / share for share in self.shares for _ in range(share)]
        self.register_buffer("run_lengths", torch.tensor(run_lengths), persistent=False)
        self.views = [places(dims)[0 if residual else level :: views] for level in range(depth)]
        self.shelves = nn.ModuleList(
            Shelf(
                [level.dim for level in shelf],
                [level.size for level in shelf],
                decay=decay,
                revive_below=revive_below,
                update=update,
            )
            for shelf in zip(*books, strict=True)
        )

    def forward(self, features: Float[Tensor, "B S W"], real: Real | None = None) -> Latent:
        with torch.autocast(features.device.type, enabled=False):
            features = features.float()
            rows = features.flatten(0, 1) if real is None else features[real]
            x = self.norm(self.dropout(self.project(rows)))
            before, rounded, codes = self._rounded(x)
        steps = _Steps(features.shape[:2], real)
        after = steps.placed(pass_through(rounded, before))
        return Latent(
            z=after,
            codes=steps.placed(codes),
            penalties={
                name: steps.mean(self._penalty(name, before, rounded)) for name in self.penalties
            },
            rounding=Rounding(
                embeddings=features.unflatten(-1, (self.categories, -1)),
                before=steps.placed(before),
                after=after,
            ),
        )

    def codes(
        self, features: Float[Tensor, "B S W"], real: Real | None = None
    ) -> Int[Tensor, "B S K"]:
        if self.residual or self.training:
            return super().codes(features, real)
        with torch.autocast(features.device.type, enabled=False):
            rows = features.flatten(0, 1) if real is None else features[real]
            x = self.project(rows.float())
            parts = (
                self.norm.apart(x)
                if isinstance(self.norm, GroupedNorm)
                else x.split(self.shares, 1)
            )
            found = [
                shelf.nearest(parts[level :: self.depth])
                for level, shelf in enumerate(self._shelves)
            ]
        return _Steps(features.shape[:2], real).placed(_in_turn(found))

    def look_up(self, codes: Int[Tensor, "B S K"]) -> Latent:
        columns = codes.flatten(0, 1).mT.unflatten(0, (-1, self.depth)).unbind(1)
        found = [
            trimmed(shelf.look_up(column), shelf.dims)
            for shelf, column in zip(self._shelves, columns, strict=True)
        ]
        return Latent(z=_by_category(found).unflatten(0, codes.shape[:-1]), codes=codes)

    def _rounded(
        self, x: Float[Tensor, "N C"]
    ) -> tuple[Float[Tensor, "N D"], Float[Tensor, "N D"], Int[Tensor, "N K"]]:
        """What the books are given, what they give back, and their codes."""
        given: list[Sequence[Tensor]] = []
        back: list[Sequence[Tensor]] = []
        codes: list[Tensor] = []
        for shelf, view in zip(self._shelves, self.views, strict=True):
            rounded, chosen = shelf(stacked(x, view))
            given.append(x.split(shelf.dims, 1) if self.residual else [])
            back.append(trimmed(rounded, shelf.dims))
            codes.append(chosen)
            if self.residual:
                x = x - torch.cat([*back[-1]], 1).detach()
        before = _by_category(given) if self.residual else x
        return before, _by_category(back), _in_turn(codes)

    def _penalty(
        self, name: str, before: Float[Tensor, "N D"], rounded: Float[Tensor, "N D"]
    ) -> Float[Tensor, " N"]:
        still, moved = (rounded, before) if name == "commitment" else (before, rounded)
        return F.mse_loss(moved, still.detach(), reduction="none") @ self.run_lengths

    @property
    def _shelves(self) -> list[Shelf]:
        return cast(list[Shelf], list(self.shelves))


class _Steps:
    """Puts rows of real steps back where they come from, and zeros elsewhere."""

    def __init__(self, shape: Sequence[int], real: Real | None) -> None:
        self.shape, self.real = tuple(shape), real

    def placed(self, rows: Shaped[Tensor, "N ..."]) -> Shaped[Tensor, "B S ..."]:
        """The rows by signal and step."""
        if self.real is None:
            return rows.unflatten(0, self.shape)
        spread = rows.new_zeros(*self.shape, *rows.shape[1:])
        spread[self.real] = rows
        return spread

    def mean(self, rows: Float[Tensor, " N"]) -> Float[Tensor, " B"]:
        """The mean of each signal over its real steps."""
        if self.real is None:
            return self.placed(rows).mean(1)
        return self.placed(rows).sum(1) / self.real.sum(1).clamp_min(1)


def _alike(levels: Sequence[Level]) -> tuple[Level, ...]:
    """Levels whose entries are as long as those of the first, whose left-overs they round."""
    return tuple(replace(level, dim=levels[0].dim) for level in levels)


def _by_category(levels: Sequence[Sequence[Float[Tensor, "N _"]]]) -> Float[Tensor, "N D"]:
    """What levels hold of each category, all levels of a category one after the other."""
    columns = zip(*levels, strict=True)
    return torch.cat([own for category in columns for own in category], 1)


def _in_turn(levels: Sequence[Int[Tensor, "G N"]]) -> Int[Tensor, "N K"]:
    """The codes of levels, all of a category one after the other."""
    return torch.stack([*levels], 1).flatten(0, 1).mT
