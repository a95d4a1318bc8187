"""A generator of latents that learns from the scores of a critic."""

from collections.abc import Sequence
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..core.batch import Context
from ..core.ranges import at_least
from ..core.roles import Decoding, LatentGenerator
from ..nn.conditioned import ConditionedLayers
from .decoding import noise_of
from .latent_space import LatentSpace


class LatentGan(LatentGenerator):
    r"""Maps noise to latents at once: $z = \tanh(g(\epsilon, c))$ for standard normal $\epsilon$.

    It has no likelihood: it learns from the gradient that a critic's scores leave on what it
    draws, in the turns of an adversarial phase. What it draws is bounded as the latents of a
    bounded bottleneck are; else it is in units of the deviations of the first real latents
    that it meets.

    A temperature scales the noise.

    Args:
        conditions: How many scalars are known of each signal.
        dim: How many features a latent step has.
        stride: How many time steps one latent step stands for.
        noise: How many numbers are drawn for a latent.
        widths: How many features each layer has.
        conditioning: How conditions enter: beside the noise (`concat`), or as scales and shifts
            of every layer (`film`).
        residual: `on` adds to each layer's output its input.
        bound: `tanh` keeps latents within -1 and 1, for a bottleneck that does; `none` lets
            them go anywhere.
        spectral: `on` divides each weight of the layers by its largest singular value.
        latent_steps: How many latent steps a latent has, at most; poolers of whole signals
            make one.

    Raises:
        ValueError: If a count is below 1.

    Example:
        >>> from latentloom.generators.decoding import Sample
        >>> model = LatentGan(1, 2, 16, noise=4, widths=[8])
        >>> context = Context(size=5, steps=16, condition=torch.zeros(5, 1))
        >>> model.draw(context, Sample()).shape
        torch.Size([5, 1, 2])

    References:
        Generative Adversarial Nets (Goodfellow et al., 2014), section 3
        https://arxiv.org/abs/1406.2661
        Towards Generating Real-World Time Series Data (Pei et al., 2021), section IV, for the
        latents of a trained autoencoder
        https://arxiv.org/abs/2111.08386
    """

    def __init__(  # noqa: PLR0913 (three of them are known from the neighbours)
        self,
        conditions: int,
        dim: int,
        stride: int,
        *,
        noise: int = 128,
        widths: Sequence[int] = (256, 256, 256),
        conditioning: Literal["concat", "film"] = "concat",
        residual: Literal["off", "on"] = "off",
        bound: Literal["tanh", "none"] = "tanh",
        spectral: Literal["off", "on"] = "off",
        latent_steps: int = 1,
    ) -> None:
        super().__init__()
        at_least(1, noise=noise)
        self.stride = stride
        self.conditions = conditions
        self.noise = noise
        self.bound = bound
        self.space = LatentSpace(dim, stride, latent_steps=latent_steps)
        self.layers = ConditionedLayers(
            noise,
            self.space.knows(conditions),
            widths=widths,
            conditioning=conditioning,
            residual=residual,
            spectral=spectral,
        )
        self.write = nn.Linear(self.layers.width, self.space.size)

    def begin(self, z: Float[Tensor, "B S D"], context: Context) -> None:
        """Takes its units from real latents, or checks that it can reach them.

        Raises:
            ValueError: If it is bounded and they are not.
        """
        if self.bound == "tanh":
            farthest = float(z.detach().abs().amax())
            if farthest > 1:
                raise ValueError(
                    "bound must be none where latents leave [-1, 1], and these reach"
                    f" {farthest:.3g}; set parts.generator.bound=none, or bound the bottleneck"
                )
        elif self.training and not self.space.started:
            self.space.start(z, context)

    def draw(self, context: Context, decoding: Decoding) -> Float[Tensor, "B S D"]:
        noise = noise_of(decoding) * torch.randn(context.size, self.noise)
        known = self.space.known(context, self.conditions)
        x = self.write(self.layers(noise.to(self.space.centre), known))
        return self.space.latent(x.tanh() if self.bound == "tanh" else x, context)
