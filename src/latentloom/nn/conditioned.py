"""Plain layers that know something of each signal."""

from collections.abc import Sequence
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import leaky_relu
from torch.nn.utils.parametrizations import spectral_norm

from ..core.ranges import at_least
from .film import Film

LEAK = 0.2
EMBEDDED = 64  # numbers that tell the layers what is known


def embedding(known: int) -> nn.Sequential:
    """Turns scalars known of a signal into the numbers that layers read of them.

    Args:
        known: How many scalars there are; at least 1.
    """
    return nn.Sequential(
        nn.Linear(known, EMBEDDED), nn.LeakyReLU(LEAK), nn.Linear(EMBEDDED, EMBEDDED)
    )


class ConditionedLayers(nn.Module):
    r"""Reads numbers in a row: $x \leftarrow \mathrm{LeakyReLU}(\mathrm{norm}(W x + b))$.

    Args:
        size: How many numbers there are.
        known: How many scalars are known of each signal; 0 for layers that know nothing.
        widths: How many features each layer has.
        conditioning: How what is known enters: beside the numbers (`concat`), or as scales and
            shifts of what every layer has normalised (`film`).
        normalise: `layer` brings the features of a signal to mean 0 and deviation 1 in every
            layer; never those of a batch, so that signals do not see each other.
        residual: `on` adds to each layer's output its input, brought to its width if need be.
        spectral: `on` divides each weight by its largest singular value.

    Attributes:
        width: How many features come out.

    Raises:
        ValueError: If there is no layer, or one without features.

    Example:
        >>> layers = ConditionedLayers(3, 2, widths=[8, 4])
        >>> layers(torch.randn(5, 3), torch.randn(5, 2)).shape
        torch.Size([5, 4])

    References:
        Layer Normalization (Ba et al., 2016), eq. 4
        https://arxiv.org/abs/1607.06450
        Spectral Normalization for Generative Adversarial Networks (Miyato et al., 2018), eq. 8
        https://arxiv.org/abs/1802.05957
    """

    def __init__(
        self,
        size: int,
        known: int,
        *,
        widths: Sequence[int],
        conditioning: Literal["concat", "film"] = "concat",
        normalise: Literal["layer", "none"] = "layer",
        residual: Literal["off", "on"] = "off",
        spectral: Literal["off", "on"] = "off",
    ) -> None:
        super().__init__()
        if not widths:
            raise ValueError("widths must name at least one layer, got none")
        for width in widths:
            at_least(1, widths=width)
        self.beside = conditioning == "concat"
        self.embed = embedding(known) if known else None
        told = EMBEDDED if known else 0
        sizes = [size + told if self.beside else size, *widths]
        self.layers = nn.ModuleList(
            _Layer(
                *ends,
                told=0 if self.beside else told,
                normalise=normalise,
                residual=residual,
                spectral=spectral,
            )
            for ends in zip(sizes, widths, strict=False)
        )
        self.width = widths[-1]

    def forward(
        self, x: Float[Tensor, "B N"], known: Float[Tensor, "B P"] | None
    ) -> Float[Tensor, "B W"]:
        told = None if self.embed is None or known is None else self.embed(known)
        if self.beside and told is not None:
            x = torch.cat((x, told), 1)
        for layer in self.layers:
            x = layer(x, told)
        return x


class _Layer(nn.Module):
    def __init__(
        self, size: int, width: int, *, told: int, normalise: str, residual: str, spectral: str
    ) -> None:
        super().__init__()
        self.linear = nn.Linear(size, width)
        self.norm = nn.LayerNorm(width) if normalise == "layer" else nn.Identity()
        self.film = Film(told, width) if told else None
        self.past = _past(size, width) if residual == "on" else None
        if spectral == "on":
            for module in (self.linear, self.past):
                if isinstance(module, nn.Linear):
                    spectral_norm(module)

    def forward(
        self, x: Float[Tensor, "B N"], told: Float[Tensor, "B P"] | None
    ) -> Float[Tensor, "B W"]:
        made = self.norm(self.linear(x))
        if self.film is not None and told is not None:
            made = self.film(made[:, None], told)[:, 0]
        made = leaky_relu(made, LEAK)
        return made if self.past is None else made + self.past(x)


def _past(size: int, width: int) -> nn.Module:
    """The way past a layer."""
    return nn.Identity() if size == width else nn.Linear(size, width, bias=False)
