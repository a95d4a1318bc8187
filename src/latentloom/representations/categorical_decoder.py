"""The decoder that writes features from the codes of their categories."""

from collections.abc import Sequence
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..core.batch import Batch, Context, Latent
from ..core.ranges import a_share, at_least
from ..core.roles import Decoder
from ..nn.grouped import perceptron
from ..nn.mask import keep, real_steps
from .guessing import Guessing


class CategoricalDecoder(Decoder):
    """Writes features from what the codes of their categories stand for.

    One network writes all features from all codes (`shared`), which reconstructs best. Or
    each category has a network of its own, which sees no codes but those of the category
    (`per_category`), so that a code can be held to account for what it says. Small networks
    beside them may each guess the whole signal from one code alone.

    Args:
        dim: How many features a latent step has.
        channels: How many channels a signal has.
        shares: How many features of a latent step each code stands for, category by
            category; empty where codes share them.
        spans: How many channels each category has.
        hidden: How many features the hidden layer of each network has; 0 for a linear map,
            which needs the fewest samples.
        dropout: Share of these, or of the latent if there are none, dropped in training.
        sharing: Whether one network writes all categories.
        levels: Whether a category's codes are told apart (`apart`), or what its levels stand
            for is added up first (`added`), as residual levels mean it: with fewer weights,
            it needs fewer samples.
        guess: How many features the hidden layer of the guessing networks has; 0 for no
            guesses.

    Raises:
        ValueError: If a number is out of range, codes are to be told apart or added up that
            share the features of a latent step, or levels are to be added up that are not
            equally long.

    Example:
        >>> decoder = CategoricalDecoder(6, 5, (2, 4), (2, 3), hidden=16, guess=8)
        >>> batch, codes = Batch.of(torch.randn(7, 1, 5)), torch.randint(0, 3, (7, 1, 2))
        >>> latent = Latent(z=torch.randn(7, 1, 6), codes=codes)
        >>> decoder(latent.z, batch.context).shape, decoder.guess_errors(latent, batch).shape
        (torch.Size([7, 1, 5]), torch.Size([7, 2, 1]))
    """

    stride = 1

    def __init__(  # noqa: PLR0913 (four of them are known from the neighbours)
        self,
        dim: int,
        channels: int,
        shares: tuple[int, ...],
        spans: tuple[int, ...],
        *,
        hidden: int = 256,
        dropout: float = 0.0,
        sharing: Literal["shared", "per_category"] = "shared",
        levels: Literal["apart", "added"] = "apart",
        guess: int = 0,
    ) -> None:
        super().__init__()
        at_least(0, hidden=hidden, guess=guess)
        a_share(dropout=dropout)
        if (guess or sharing == "per_category") and not shares:
            raise ValueError(
                "sharing must be shared, and guess 0, for a bottleneck whose codes share the"
                f" latent; got {sharing} and {guess}; take the categorical bottleneck"
            )
        own = _by_category(shares, len(spans))
        widths = [sum(category) for category in own]
        self.added: nn.Module = nn.Identity()
        if levels == "added":
            self.added = _Added(own)
            widths = [category[0] for category in own]
            dim = sum(widths)
        apart = sharing == "per_category"
        read, written = (widths, spans) if apart else ([dim], [channels])
        self.layers = nn.Sequential(*perceptron(read, hidden, written, dropout))
        self.guesses = len(shares) if guess else 0
        if guess:
            self.guessing = Guessing(shares, hidden=guess, channels=channels)

    def forward(self, z: Float[Tensor, "B S D"], context: Context) -> Float[Tensor, "B T C"]:
        made = self.layers(self.added(z.flatten(0, 1)))
        real = real_steps(context.lengths, z.shape[1])
        return keep(made.unflatten(0, z.shape[:2]), real)

    def guess_errors(self, latent: Latent, batch: Batch) -> Float[Tensor, "B K T"]:
        if not self.guesses or latent.codes is None:
            return super().guess_errors(latent, batch)
        signals = (latent.z, latent.codes, batch.values)
        real = real_steps(batch.context.lengths, latent.z.shape[1])
        if real is None:
            errors = self.guessing.errors(*(x.flatten(0, 1) for x in signals))
            return errors.unflatten(0, latent.z.shape[:2]).mT
        # a step that is padding has codes, but not the entries behind them
        errors = self.guessing.errors(*(x[real] for x in signals))
        return errors.new_zeros(*real.shape, self.guesses).index_put((real,), errors).mT


class _Added(nn.Module):
    """Adds up what the levels of each category stand for."""

    def __init__(self, shares: Sequence[tuple[int, ...]]) -> None:
        super().__init__()
        for own in shares:
            if len(set(own)) != 1:
                raise ValueError(
                    "levels must be apart unless those of a category are equally long, got"
                    f" {own}; take the categorical bottleneck with residual levels"
                )
        self.depth = len(shares[0])
        self.widths = [sum(own) for own in shares]

    def forward(self, z: Float[Tensor, "N D"]) -> Float[Tensor, "N A"]:
        parts = z.split(self.widths, 1)
        return torch.cat([own.unflatten(1, (self.depth, -1)).sum(1) for own in parts], 1)


def _by_category(shares: tuple[int, ...], categories: int) -> list[tuple[int, ...]]:
    """How many features of a latent step each code of each category has."""
    depth = len(shares) // categories
    return [shares[own * depth : (own + 1) * depth] for own in range(categories)]
