"""Critics: networks that score how much latents look like those of real signals."""

from collections.abc import Sequence
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from ..core.batch import Context
from ..core.roles import Critic
from ..nn.conditioned import EMBEDDED, LEAK, ConditionedLayers, embedding
from .latent_space import LatentSpace

LEAST_UNIT = 0.1  # of a latent number, in usual deviations


class MlpCritic(Critic):
    r"""Scores a latent by layers that see all of its numbers and what is known of the signal.

    It reads latents in units of their deviations in the first real batch that it learns from,
    and its slope is one in these units: all numbers of a latent count alike, and a weight of a
    gradient penalty means the same for every bottleneck. A number that hardly varies has a
    tenth of the usual deviation as its unit, or all that is drawn would be far out. The units
    are its own, not the generator's, which may be bounded and have none.

    Args:
        conditions: How many scalars are known of each signal.
        dim: How many features a latent step has.
        stride: How many time steps one latent step stands for.
        widths: How many features each layer has.
        conditioning: How conditions enter: beside the latent (`concat`), as scales and shifts of
            every layer (`film`), or by what they have in common with the last layer's features
            $\phi$, as $w \cdot \phi(z) + V e(c) \cdot \phi(z)$ (`projection`).
        reads_conditions: `on` has a small network of its own read the conditions from the latent
            alone, for a term that holds the generator to them.
        normalise: `layer` normalises the features of every layer, of each signal by itself.
        spectral: `on` divides each weight of the score by its largest singular value.
        latent_steps: How many latent steps a latent has, at most; poolers of whole signals
            make one.

    Raises:
        ValueError: If a count is below 1, or there are no conditions to be read.

    Example:
        >>> critic = MlpCritic(1, 2, 16, widths=[8], reads_conditions="on")
        >>> context = Context(size=5, steps=16, condition=torch.zeros(5, 1))
        >>> z = torch.randn(5, 1, 2)
        >>> critic(z, context).shape, critic.conditions(z, context).shape
        (torch.Size([5]), torch.Size([5, 1]))

    References:
        Improved Training of Wasserstein GANs (Gulrajani et al., 2017), section 4, for layer
        normalisation in place of that over the batch
        https://arxiv.org/abs/1704.00028
        cGANs with Projection Discriminator (Miyato and Koyama, 2018), eq. 3
        https://arxiv.org/abs/1802.05637
    """

    def __init__(  # noqa: PLR0913 (three of them are known from the neighbours)
        self,
        conditions: int,
        dim: int,
        stride: int,
        *,
        widths: Sequence[int] = (256, 256, 256),
        conditioning: Literal["concat", "film", "projection"] = "concat",
        reads_conditions: Literal["off", "on"] = "off",
        normalise: Literal["layer", "none"] = "layer",
        spectral: Literal["off", "on"] = "off",
        latent_steps: int = 1,
    ) -> None:
        super().__init__()
        if reads_conditions == "on" and not conditions:
            raise ValueError("reads_conditions must be off where signals have none, got on")
        self.known = conditions
        self.told = conditions if reads_conditions == "on" else 0
        self.space = LatentSpace(dim, stride, latent_steps=latent_steps, least=LEAST_UNIT)
        known = self.space.knows(conditions)
        projects = conditioning == "projection" and known > 0
        self.layers = ConditionedLayers(
            self.space.size,
            0 if projects else known,
            widths=widths,
            conditioning="film" if conditioning == "film" else "concat",
            normalise=normalise,
            spectral=spectral,
        )
        width = self.layers.width
        self.write = nn.Linear(width, 1)
        self.project = _projection(known, width) if projects else None
        if spectral == "on":
            spectral_norm(self.write)
        self.reader = _reader(self.space.size, width, self.told) if self.told else None

    def begin(self, z: Float[Tensor, "B S D"], context: Context) -> None:
        if self.training and not self.space.started:
            self.space.start(z, context)

    def forward(self, z: Float[Tensor, "B S D"], context: Context) -> Float[Tensor, " B"]:
        return self._scores(self.space.row(z, context)[0], context)

    def slope(self, z: Float[Tensor, "B S D"], context: Context) -> Float[Tensor, " B"]:
        x = self.space.row(z, context)[0].detach().requires_grad_()
        with torch.enable_grad():
            scores = self._scores(x, context).sum()
            (gradient,) = torch.autograd.grad(scores, x, create_graph=True)
        return torch.linalg.vector_norm(gradient, dim=1)

    def conditions(
        self, z: Float[Tensor, "B S D"], context: Context
    ) -> Float[Tensor, "B F"] | None:
        return None if self.reader is None else self.reader(self.space.row(z, context)[0])

    def _scores(self, x: Float[Tensor, "B N"], context: Context) -> Float[Tensor, " B"]:
        known = self.space.known(context, self.known)
        features = self.layers(x, known)
        scores = self.write(features)[:, 0]
        if self.project is None or known is None:
            return scores
        return scores + (self.project(known) * features).sum(1)


def _projection(known: int, width: int) -> nn.Sequential:
    return nn.Sequential(embedding(known), nn.Linear(EMBEDDED, width, bias=False))


def _reader(size: int, width: int, told: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(size, width), nn.LeakyReLU(LEAK), nn.Linear(width, told))
