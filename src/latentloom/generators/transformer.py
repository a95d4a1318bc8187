"""A Transformer that writes codes."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from ..core.ranges import at_least, below_one
from ..nn.attention import Block, Cache
from ..nn.convolution import Padding
from .inputs import Conditioning, Known, TokenInputs
from .tokens import TokenModel


class CodeTransformer(TokenModel):
    """Predicts each code from all codes before it, the whole drive, and the conditions.

    Scheduled sampling takes two passes: codes are drawn from the scores of a first pass
    that sees the true codes, mixed with the true ones, and seen by the second.

    Args:
        drive: How many drive channels there are.
        conditions: How many scalars are known of each signal.
        padding: What lies beyond the ends of the drive.
        levels: How many codes each codebook has.
        stride: How many time steps one latent step stands for.
        width: How many features a token has.
        layers: How many blocks of attention there are.
        heads: How many attentions a block has; twice `heads` must divide `width`.
        dropout: Share of what a block adds that is dropped in training, in [0, 1).
        conditioning: How conditions enter: they scale and shift what is known at every
            token (`film`), are added to it (`add`), or to the start token alone (`prefix`).
        drive_layers: How many convolutions read the drive; each doubles their reach.

    Raises:
        ValueError: If there is no codebook, or the heads do not fit the width.

    Example:
        >>> from latentloom.core.batch import Context
        >>> from latentloom.generators.decoding import Greedy
        >>> model = CodeTransformer(1, 0, "circular", (512,), 8, width=32, layers=2, heads=2)
        >>> context = Context(size=3, steps=64, drive=torch.randn(3, 64, 1))
        >>> tuple(model.draw(context, Greedy()).codes.shape)
        (3, 8, 1)

    References:
        Scheduled Sampling for Transformers (Mihaylova and Martins, 2019), section 3
        https://arxiv.org/abs/1906.07651
    """

    def __init__(  # noqa: PLR0913 (five of them are known from the neighbours)
        self,
        drive: int,
        conditions: int,
        padding: Padding,
        levels: tuple[int, ...],
        stride: int,
        *,
        width: int,
        layers: int,
        heads: int,
        dropout: float = 0.0,
        conditioning: Conditioning = "film",
        drive_layers: int = 5,
    ) -> None:
        at_least(1, width=width, layers=layers, heads=heads)
        below_one(dropout=dropout)
        inputs = TokenInputs(
            drive,
            conditions,
            padding,
            levels,
            stride,
            width=width,
            conditioning=conditioning,
            drive_layers=drive_layers,
        )
        super().__init__(inputs, width=width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def read(self, x: Float[Tensor, "B N W"]) -> Float[Tensor, "B N W"]:
        x = self.dropout(x)
        for block in self.blocks:
            read = block(x, causal=True)
            x = x + self.dropout(read - x) if self.training and self.dropout.p else read
        return self.norm(x)

    def reader(self, tokens: int) -> "_CachedBlocks":
        return _CachedBlocks(self, tokens)

    def seen(
        self, codes: Int[Tensor, "B S K"], known: Known, forcing: float, replacement: float
    ) -> Int[Tensor, "B S K"]:
        scores = self.score(self.read(self.inputs(codes, known)))
        chances = scores.float().softmax(-1)
        drawn = torch.multinomial(chances.flatten(0, -2), 1).view_as(codes)
        true = torch.rand(codes.shape, device=codes.device) < forcing
        return self.replaced(torch.where(true, codes, drawn), replacement)


class _CachedBlocks:
    def __init__(self, model: CodeTransformer, tokens: int) -> None:
        self.model = model
        self.caches = [Cache(tokens) for _ in model.blocks]

    def advance(self, x: Float[Tensor, "B 1 W"]) -> Float[Tensor, "B 1 W"]:
        for block, cache in zip(self.model.blocks, self.caches, strict=True):
            x = block(x, causal=True, cache=cache)
        return self.model.norm(x)

    def reorder(self, rows: Int[Tensor, " B"]) -> None:
        for cache in self.caches:
            cache.reorder(rows)
