"""Attention between sets: what reads does not stand in any order."""

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn


class Reader(nn.Module):
    r"""Lets queries read a set by content, then works on each of them by itself.

    $h = q + \mathrm{attend}(\mathrm{norm}(q), \mathrm{norm}(x))$ and
    $y = h + \mathrm{network}(\mathrm{norm}(h))$. The order of what is read does not matter.

    Args:
        width: How many features queries and elements have.
        heads: How many attentions share them; must divide `width`.
        growth: How many times wider the network is inside.

    Raises:
        ValueError: If `heads` does not divide `width`.

    References:
        Set Transformer (Lee et al., 2018), eq. 6 and 7, with norms before
        https://arxiv.org/abs/1810.00825
    """

    def __init__(self, width: int, heads: int, *, growth: int = 2) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"width must be a multiple of {heads} heads, got {width}")
        self.heads = heads
        self.before_asking = nn.LayerNorm(width)
        self.before_reading = nn.LayerNorm(width)
        self.ask = nn.Linear(width, width)
        self.read = nn.Linear(width, 2 * width)
        self.write = nn.Linear(width, width)
        self.before_network = nn.LayerNorm(width)
        self.network = nn.Sequential(
            nn.Linear(width, growth * width), nn.GELU(), nn.Linear(growth * width, width)
        )

    def forward(
        self,
        queries: Float[Tensor, "B Q W"],
        elements: Float[Tensor, "B S W"],
        real: Bool[Tensor, "B S"] | None = None,
    ) -> Float[Tensor, "B Q W"]:
        """What each query read; of a set without any real element, nothing that means much.

        Args:
            queries: Who reads.
            elements: What is read.
            real: Which elements may be read; all of them if None.
        """
        asked = self.ask(self.before_asking(queries)).unflatten(-1, (self.heads, -1))
        told = self.read(self.before_reading(elements)).unflatten(-1, (2, self.heads, -1))
        key, value = told.permute(2, 0, 3, 1, 4)
        may = None if real is None else (real | ~real.any(1, keepdim=True))[:, None, None]
        found = F.scaled_dot_product_attention(asked.transpose(1, 2), key, value, attn_mask=may)
        x = queries + self.write(found.transpose(1, 2).flatten(2))
        return x + self.network(self.before_network(x))


class Induced(nn.Module):
    """Lets the elements of a set read each other through a few points that read them all.

    It takes as many comparisons as there are elements times points, not their square.

    Args:
        width: How many features an element has.
        heads: How many attentions share them.
        points: How many points there are.

    References:
        Set Transformer (Lee et al., 2018), eq. 9 and 10
        https://arxiv.org/abs/1810.00825
    """

    def __init__(self, width: int, heads: int, *, points: int) -> None:
        super().__init__()
        self.points = nn.Parameter(torch.randn(points, width) / width**0.5)
        self.gather = Reader(width, heads)
        self.spread = Reader(width, heads)

    def forward(
        self, elements: Float[Tensor, "B S W"], real: Bool[Tensor, "B S"] | None = None
    ) -> Float[Tensor, "B S W"]:
        points = self.points.expand(len(elements), -1, -1)
        return self.spread(elements, self.gather(points, elements, real))


class Pooling(nn.Module):
    """Reads a set with a few learned queries, whatever its size.

    Args:
        width: How many features an element has.
        heads: How many attentions share them.
        seeds: How many queries there are.

    References:
        Set Transformer (Lee et al., 2018), eq. 11
        https://arxiv.org/abs/1810.00825
    """

    def __init__(self, width: int, heads: int, *, seeds: int) -> None:
        super().__init__()
        self.seeds = nn.Parameter(torch.randn(seeds, width) / width**0.5)
        self.reader = Reader(width, heads)

    def forward(
        self, elements: Float[Tensor, "B S W"], real: Bool[Tensor, "B S"] | None = None
    ) -> Float[Tensor, "B Q W"]:
        return self.reader(self.seeds.expand(len(elements), -1, -1), elements, real)
