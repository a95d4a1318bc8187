"""The decoder that writes features from the codes of their categories."""

from collections.abc import Sequence
from typing import Literal

from jaxtyping import Float
from torch import Tensor, nn

from ..core.batch import Context
from ..core.ranges import a_share, at_least
from ..core.roles import Decoder
from ..nn.grouped import Grouped, GroupedLinear, runs
from ..nn.mask import keep, real_steps


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
        guess: How many features the hidden layer of the guessing networks has; 0 for no
            guesses.

    Raises:
        ValueError: If a number is out of range, or codes are to be told apart that share
            the features of a latent step.

    Example:
        >>> import torch
        >>> decoder = CategoricalDecoder(6, 5, (2, 4), (2, 3), hidden=16, guess=8)
        >>> z, context = torch.randn(7, 1, 6), Context(size=7, steps=1)
        >>> decoder(z, context).shape, decoder.guess(z, context).shape
        (torch.Size([7, 1, 5]), torch.Size([7, 2, 1, 5]))
    """

    stride = 1

    def __init__(
        self,
        dim: int,
        channels: int,
        shares: tuple[int, ...],
        spans: tuple[int, ...],
        *,
        hidden: int = 256,
        dropout: float = 0.0,
        sharing: Literal["shared", "per_category"] = "shared",
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
        apart = sharing == "per_category"
        written = spans if apart else (channels,)
        read = runs(_by_category(shares, len(spans)) if apart else (dim,))
        self.inputs, self.outputs = Grouped(read), Grouped(runs(written))
        self.layers = _network(self.inputs.widths, hidden, written, dropout)
        self.guesses = len(shares) if guess else 0
        if guess:
            self.alone = Grouped(runs(shares))
            self.guessing = _network(shares, guess, [channels] * len(shares), 0.0)

    def forward(self, z: Float[Tensor, "B S D"], context: Context) -> Float[Tensor, "B T C"]:
        made = self.outputs.side_by_side(self.layers(self.inputs(z.flatten(0, 1))))
        real = real_steps(context.lengths, z.shape[1])
        return keep(made.unflatten(0, z.shape[:2]), real)

    def guess(self, z: Float[Tensor, "B S D"], context: Context) -> Float[Tensor, "B K T C"]:
        if not self.guesses:
            return super().guess(z, context)
        made = self.guessing(self.alone(z.flatten(0, 1)))
        guesses = made.unflatten(1, z.shape[:2]).movedim(0, 1)
        return guesses * context.mask[:, None, :, None]


def _network(
    before: Sequence[int], hidden: int, after: Sequence[int], dropout: float
) -> nn.Sequential:
    if not hidden:
        return nn.Sequential(nn.Dropout(dropout), GroupedLinear(before, after))
    wide = [hidden] * len(before)
    return nn.Sequential(
        GroupedLinear(before, wide), nn.ReLU(), nn.Dropout(dropout), GroupedLinear(wide, after)
    )


def _by_category(shares: tuple[int, ...], categories: int) -> list[int]:
    """How many features of a latent step each category has."""
    depth = len(shares) // categories
    return [sum(shares[own * depth : (own + 1) * depth]) for own in range(categories)]
