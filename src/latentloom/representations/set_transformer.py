"""An encoder and a decoder of sets, by attention: no slot stands before another."""

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..core.batch import Batch, Context
from ..core.ranges import at_least
from ..core.roles import Decoder, Encoder
from ..nn.convolution import Padding, whole
from ..nn.film import Film
from ..nn.mask import keep, real_steps
from ..nn.sets import Induced, Pooling, Reader
from .encoders import Sees
from .known import Conditions, check_seen, seen_lengths, seen_signal, trimmed


class SetTransformerEncoder(Encoder):
    """Reads the steps of a signal as a set, whose elements attend to one another.

    A few learned queries read the set at the end, and what they read, side by side, is the
    latent step. Without `positions` any order of the steps gives the same latents.

    Args:
        channels: How many channels a signal has.
        drive: How many drive channels there are.
        conditions: How many scalars are known of each signal.
        padding: Whether a signal is a circle, which must divide into whole latent steps.
        steps: How many time steps become one latent step; as many as a signal has, for one
            latent step in all.
        width: How many features an element has inside.
        layers: How many times the elements read each other.
        heads: How many attentions share the features; must divide `width`.
        points: How many points elements read each other through.
        seeds: How many queries read the set at the end; a latent step has `width` features
            of each.
        positions: Whether elements know their place (`learned`), as those of a series and of
            a sorted set do, or not (`none`).
        sees: Whether it sees the conditions and the drive beside the signal.

    Raises:
        ValueError: If the heads do not fit the width, or a drive is to be seen and there
            is none.

    Example:
        >>> encoder = SetTransformerEncoder(
        ...     8, 0, 0, "zeros", steps=64, width=16, layers=1, heads=2, seeds=4
        ... )
        >>> encoder(Batch.of(torch.randn(3, 64, 8))).shape
        torch.Size([3, 1, 64])

    References:
        Set Transformer (Lee et al., 2018), section 3
        https://arxiv.org/abs/1810.00825
    """

    def __init__(  # noqa: PLR0913 (four of them are known from the neighbours)
        self,
        channels: int,
        drive: int,
        conditions: int,
        padding: Padding,
        *,
        steps: int,
        width: int = 64,
        layers: int = 2,
        heads: int = 4,
        points: int = 32,
        seeds: int = 8,
        positions: Literal["none", "learned"] = "none",
        sees: Sees = "signal+condition",
    ) -> None:
        super().__init__()
        at_least(1, steps=steps, width=width, layers=layers, heads=heads)
        at_least(1, points=points, seeds=seeds)
        check_seen(sees, drive)
        self.width, self.stride = seeds * width, steps
        self.drive = drive
        self.padding: Padding = padding
        self.sees: Sees = sees
        self.conditions = Conditions(conditions if "condition" in sees else 0)
        self.enter = nn.Linear(channels + (drive if "drive" in sees else 0), width)
        places = torch.randn(steps, width) / width**0.5
        self.places = nn.Parameter(places) if positions == "learned" else None
        self.layers = nn.ModuleList(Induced(width, heads, points=points) for _ in range(layers))
        self.pooling = Pooling(width, heads, seeds=seeds)
        self.norm = nn.LayerNorm(self.width)
        self.film = Film(self.conditions.width, self.width) if self.conditions.width else None

    def forward(self, batch: Batch) -> Float[Tensor, "B S W"]:
        signal = seen_signal(batch, self.drive, self.sees)
        x = whole(self.enter(signal), self.stride, self.padding)
        lengths = seen_lengths(batch.context, self.stride, x.device)
        real = real_steps(lengths, x.shape[1])
        sets = x.reshape(-1, self.stride, x.shape[2])  # every window by itself
        sets = sets if self.places is None else sets + self.places
        there = None if real is None else real.reshape(-1, self.stride)
        for layer in self.layers:
            sets = layer(sets, there)
        told = self.norm(self.pooling(sets, there).flatten(1)).view(len(x), -1, self.width)
        known = self.conditions(batch.context)
        if self.film is not None and known is not None:
            told = self.film(told, known)
        return keep(told, real_steps(lengths, told.shape[1], self.stride))


class SetTransformerDecoder(Decoder):
    """Writes the elements of a set by queries that read the latent step and one another.

    Each slot has a query of its own; it reads the tokens that a latent step is cut into, and
    then the other slots.

    Args:
        dim: How many features a latent step has.
        channels: How many channels a signal has.
        conditions: How many scalars are known of each signal.
        steps: How many time steps, or slots, one latent step makes.
        width: How many features a slot has inside.
        layers: How many times slots read the tokens, and then each other.
        heads: How many attentions share the features; must divide `width`.
        points: How many points slots read each other through.
        tokens: How many tokens a latent step is cut into.
        sees: Whether it sees the conditions beside the latents.

    Raises:
        ValueError: If the heads do not fit the width.

    Example:
        >>> decoder = SetTransformerDecoder(32, 8, 0, steps=64, width=16, layers=1, heads=2)
        >>> decoder(torch.randn(3, 1, 32), Context(size=3, steps=64)).shape
        torch.Size([3, 64, 8])

    References:
        End-to-End Object Detection with Transformers (Carion et al., 2020), section 3.2, for
        queries of slots
        https://arxiv.org/abs/2005.12872
    """

    def __init__(  # noqa: PLR0913 (three of them are known from the neighbours)
        self,
        dim: int,
        channels: int,
        conditions: int,
        *,
        steps: int,
        width: int = 64,
        layers: int = 2,
        heads: int = 4,
        points: int = 32,
        tokens: int = 8,
        sees: Literal["latent", "latent+condition"] = "latent+condition",
    ) -> None:
        super().__init__()
        at_least(1, steps=steps, width=width, layers=layers, heads=heads)
        at_least(1, points=points, tokens=tokens)
        self.stride = steps
        self.conditions = Conditions(conditions if "condition" in sees else 0)
        self.enter = nn.Linear(dim, tokens * width)
        self.film = Film(self.conditions.width, tokens * width) if self.conditions.width else None
        self.tokens = tokens
        self.slots = nn.Parameter(torch.randn(steps, width) / width**0.5)
        self.readers = nn.ModuleList(Reader(width, heads) for _ in range(layers))
        self.layers = nn.ModuleList(Induced(width, heads, points=points) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.leave = nn.Linear(width, channels)

    def forward(self, z: Float[Tensor, "B S D"], context: Context) -> Float[Tensor, "B T C"]:
        told = self.enter(z)
        known = self.conditions(context)
        if self.film is not None and known is not None:
            told = self.film(told, known)
        told = told.reshape(-1, self.tokens, self.slots.shape[1])  # every window by itself
        x = self.slots.expand(len(told), -1, -1)
        lengths = seen_lengths(context, self.stride, z.device)
        real = real_steps(lengths, z.shape[1] * self.stride)
        there = None if real is None else real.reshape(-1, self.stride)
        for reader, layer in zip(self.readers, self.layers, strict=True):
            x = layer(reader(x, told), there)
        made = self.leave(self.norm(x)).view(len(z), -1, self.leave.out_features)
        return trimmed(made, context)
