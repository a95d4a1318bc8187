"""Transformer blocks over sequences, on a line or round a circle."""

import math
from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from .film import Film

Around = Literal["line", "circle"]


class Cache:
    """The keys and values of the steps that one `Attention` has already seen.

    Args:
        steps: How many steps it can hold.

    Example:
        >>> attention, cache = Attention(8, 2), Cache(16)
        >>> x = torch.randn(1, 3, 8)
        >>> one_by_one = [attention(x[:, [i]], causal=True, cache=cache) for i in range(3)]
        >>> torch.allclose(torch.cat(one_by_one, 1), attention(x, causal=True), atol=1e-6)
        True
    """

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.length = 0
        self._pairs: Tensor | None = None

    def extend(self, pairs: Float[Tensor, "B 2 H S D"]) -> Float[Tensor, "B 2 H L D"]:
        """Adds keys and values; gives all those seen so far.

        Raises:
            ValueError: If they do not fit in.
        """
        batch, two, heads, new, dim = pairs.shape
        end = self.length + new
        if end > self.steps:
            raise ValueError(f"a cache of {self.steps} steps cannot hold {end}")
        if self._pairs is None:
            self._pairs = pairs.new_empty(batch, two, heads, self.steps, dim)
        self._pairs[:, :, :, self.length : end] = pairs
        self.length = end
        return self._pairs[:, :, :, :end]

    def reorder(self, rows: Tensor) -> None:
        """Keeps the given rows of the batch, in their order; a row may come twice.

        Args:
            rows: Indices of rows, as a beam search chooses them.
        """
        if self._pairs is None:
            return
        if len(rows) != len(self._pairs):
            self._pairs = self._pairs[rows]
            return
        # Most beams keep their place: only those that moved are copied, as far as they go.
        moved = (rows != torch.arange(len(rows), device=rows.device)).nonzero()[:, 0]
        live = self._pairs[:, :, :, : self.length]
        live[moved] = live[rows[moved]]


class Attention(nn.Module):
    r"""Lets every step read the others, by content and by distance.

    Positions enter as rotations of queries and keys. On a line the rates are
    $10000^{-2i/d}$; round a circle of $S$ steps they are whole harmonics
    $2 \pi i / S$, so that the distance between two steps is taken round the circle and
    rolling the input rolls the output.

    Args:
        width: How many features a step has.
        heads: How many attentions share them; twice `heads` must divide `width`.
        around: Whether the last step is far from the first (`line`) or beside it
            (`circle`).

    Raises:
        ValueError: If twice `heads` does not divide `width`.

    References:
        RoFormer: Enhanced Transformer with Rotary Position Embedding (Su et al., 2021), eq. 34
        https://arxiv.org/abs/2104.09864
    """

    rates: Tensor

    def __init__(self, width: int, heads: int, *, around: Around = "line") -> None:
        super().__init__()
        if width % (2 * heads):
            raise ValueError(f"width must be a multiple of 2 x {heads} heads, got {width}")
        self.heads = heads
        self.around = around
        half = width // heads // 2
        harmonics = torch.arange(half).float()
        line = 10000.0 ** (-harmonics / half)
        rates = line if around == "line" else 2 * math.pi * (harmonics + 1)
        self.register_buffer("rates", rates, persistent=False)
        self.read = nn.Linear(width, 3 * width)
        self.write = nn.Linear(width, width)

    def forward(
        self,
        x: Float[Tensor, "B S W"],
        *,
        mask: Bool[Tensor, "B S"] | None = None,
        causal: bool = False,
        cache: Cache | None = None,
    ) -> Float[Tensor, "B S W"]:
        """What each step reads.

        Args:
            x: The steps; with a cache, those that follow the ones it holds.
            mask: Which steps may be read; all of them if None. Not for use with a cache.
            causal: Whether a step may read only itself and those before it.
            cache: Where earlier steps are kept, and these too from now on.

        Raises:
            ValueError: If a cache meets a mask, a circle, or attention that is not causal.
        """
        if cache is not None and (mask is not None or not causal or self.around == "circle"):
            raise ValueError("a cache needs causal attention on a line, without a mask")
        steps = x.shape[1]
        qkv = self.read(x).unflatten(-1, (3, self.heads, -1)).permute(0, 2, 3, 1, 4)
        turned = self._turn(qkv[:, :2], 0 if cache is None else cache.length)
        query, key, value = turned[:, 0], turned[:, 1], qkv[:, 2]
        if cache is not None:
            key, value = cache.extend(torch.stack((key, value), 1)).unbind(1)
        may, straight = self._allowed(steps, key.shape[2], mask, causal, x.device)
        y = F.scaled_dot_product_attention(query, key, value, attn_mask=may, is_causal=straight)
        return self.write(y.transpose(1, 2).flatten(2))

    def _turn(self, x: Float[Tensor, "B 2 H S D"], start: int) -> Float[Tensor, "B 2 H S D"]:
        steps = x.shape[3]
        places = torch.arange(start, start + steps, device=x.device, dtype=self.rates.dtype)
        places = places / steps if self.around == "circle" else places
        angles = places[:, None] * self.rates
        cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
        left, right = x.chunk(2, -1)
        return torch.cat((left * cos - right * sin, right * cos + left * sin), -1)

    def _allowed(
        self,
        queries: int,
        keys: int,
        mask: Bool[Tensor, "B S"] | None,
        causal: bool,
        device: torch.device,
    ) -> tuple[Tensor | None, bool]:
        if not causal:
            return (None if mask is None else mask[:, None, None]), False
        if mask is None and (queries == keys or queries == 1):
            return None, queries == keys
        before = torch.ones(queries, keys, dtype=torch.bool, device=device)
        before = before.tril(keys - queries)
        return (before if mask is None else before & mask[:, None, None]), False


class Block(nn.Module):
    """A pre-norm Transformer block: attention, then a network for each step.

    Args:
        width: How many features a step has.
        heads: How many attentions share them.
        known: Length of the vector that is known of each signal; 0 if there is none.
        around: Whether steps lie on a line or round a circle.
        growth: How many times wider the network for each step is inside.

    References:
        On Layer Normalization in the Transformer Architecture (Xiong et al., 2020), figure 1 b
        https://arxiv.org/abs/2002.04745
    """

    def __init__(
        self, width: int, heads: int, *, known: int = 0, around: Around = "line", growth: int = 4
    ) -> None:
        super().__init__()
        self.before_attention = nn.LayerNorm(width)
        self.attention = Attention(width, heads, around=around)
        self.before_network = nn.LayerNorm(width)
        self.network = nn.Sequential(
            nn.Linear(width, growth * width), nn.GELU(), nn.Linear(growth * width, width)
        )
        self.film = Film(known, width) if known else None

    def forward(
        self,
        x: Float[Tensor, "B S W"],
        *,
        known: Float[Tensor, "B P"] | None = None,
        mask: Bool[Tensor, "B S"] | None = None,
        causal: bool = False,
        cache: Cache | None = None,
    ) -> Float[Tensor, "B S W"]:
        """The steps after they read each other; arguments as of `Attention`.

        Args:
            x: The steps.
            known: What is known of each signal; scales and shifts what the network reads.
            mask: Which steps may be read.
            causal: Whether a step may read only itself and those before it.
            cache: Where earlier steps are kept.
        """
        x = x + self.attention(self.before_attention(x), mask=mask, causal=causal, cache=cache)
        y = self.before_network(x)
        if self.film is not None and known is not None:
            y = self.film(y, known)
        return x + self.network(y)
