"""The bottleneck that gives each category of features codes of its own."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, cast

import torch
from jaxtyping import Bool, Float, Int, Shaped
from torch import Tensor, nn

from ..core.batch import Latent, Rounding
from ..core.ranges import a_share
from ..core.roles import Bottleneck
from ..nn.grouped import Grouped, GroupedLinear, GroupedNorm, runs
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

    lengths: Tensor

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
        view = width // len(spans)
        views = 1 if residual else depth
        self.views = Grouped([own for own in runs([view] * len(spans)) for _ in range(views)])
        dims = [level.dim for book in books for level in book[:views]]
        self.project = GroupedLinear([view] * len(dims), dims)
        self.dropout = nn.Dropout(dropout)
        self.norm = GroupedNorm(dims) if normalise == "layer" else nn.Identity()
        self.columns = Grouped(runs(self.shares))
        self.register_buffer("lengths", torch.tensor(self.shares)[:, None], persistent=False)
        # levels that wait for the one before stand on shelves of their own
        shelves = zip(*books, strict=True) if residual else [[b for book in books for b in book]]
        self.shelves = nn.ModuleList(
            Shelf(
                [level.dim for level in shelf],
                [level.size for level in shelf],
                decay=decay,
                revive_below=revive_below,
                update=update,
            )
            for shelf in shelves
        )

    def forward(self, features: Float[Tensor, "B S W"], real: Real | None = None) -> Latent:
        with torch.autocast(features.device.type, enabled=False):
            features = features.float()
            rows = features.flatten(0, 1) if real is None else features[real]
            x = self.norm(self.dropout(self.project(self.views(rows))))
            before, rounded, codes = self._rounded(x)
        after = pass_through(rounded, before)
        steps = _Steps(features.shape[:2], real)
        return Latent(
            z=steps.placed(self.columns.side_by_side(after)),
            codes=steps.placed(codes.mT),
            penalties={
                name: steps.mean(self._penalty(name, before, rounded)) for name in self.penalties
            },
            rounding=Rounding(
                embeddings=features.unflatten(-1, (self.categories, -1)),
                before=steps.placed(self._by_level(before)),
                after=steps.placed(self._by_level(after)),
            ),
        )

    def look_up(self, codes: Int[Tensor, "B S K"]) -> Latent:
        vectors = self._vectors(codes.flatten(0, -2).mT)
        z = self.columns.side_by_side(vectors).unflatten(0, codes.shape[:-1])
        return Latent(z=z, codes=codes)

    def _rounded(
        self, x: Float[Tensor, "M N D"]
    ) -> tuple[Float[Tensor, "K N D"], Float[Tensor, "K N D"], Int[Tensor, "K N"]]:
        """What each book is given, what it gives back, and its codes."""
        given: list[Tensor] = []
        back: list[Tensor] = []
        codes: list[Tensor] = []
        for shelf in self.shelves:
            rounded, chosen = shelf(x.detach())
            given.append(x)
            back.append(rounded)
            codes.append(chosen)
            x = x - rounded.detach()
        return _by_category(given), _by_category(back), _by_category(codes)

    def _vectors(self, codes: Int[Tensor, "K N"]) -> Float[Tensor, "K N D"]:
        """The entries behind the codes."""
        columns = codes.unflatten(0, (-1, len(self.shelves)))
        found = [
            shelf.look_up(column)
            for shelf, column in zip(self._shelves, columns.unbind(1), strict=True)
        ]
        return _by_category(found)

    def _penalty(
        self, name: str, before: Float[Tensor, "K N D"], rounded: Float[Tensor, "K N D"]
    ) -> Float[Tensor, " N"]:
        still, moved = (rounded, before) if name == "commitment" else (before, rounded)
        apart = moved - still.detach()
        return (apart.square().sum(-1) / self.lengths).sum(0)

    def _by_level(self, vectors: Float[Tensor, "K N D"]) -> Float[Tensor, "N G L D"]:
        return vectors.unflatten(0, (self.categories, self.depth)).movedim(2, 0)

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


def _by_category(shelves: Sequence[Shaped[Tensor, "M ..."]]) -> Shaped[Tensor, "K ..."]:
    """What several shelves hold, all levels of a category one after the other."""
    return shelves[0] if len(shelves) == 1 else torch.stack(list(shelves), 1).flatten(0, 1)
