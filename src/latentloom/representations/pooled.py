"""A bottleneck that keeps one vector of a whole signal."""

import math
from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from ..core.batch import Latent
from ..core.ranges import at_least
from ..core.roles import Bottleneck
from ..nn.pooling import mean_step
from .expanders import Expander, PerceptronExpander
from .poolers import HybridPooler, Pooler

Real = Bool[Tensor, "B S"]
HEAD = 64  # hidden features of the head that tells lengths


class Pooled(Bottleneck):
    r"""Keeps one vector of a whole signal, which an expander makes features of every step of.

    The features $h_t$ that the encoder makes of a signal are pooled to $z$, and expanded to
    $g_t(z)$, which the decoder reads in their place. Padding reaches neither. Three penalties
    are put into the latent, the first two in squared units of the features:

    - `consistency`, $\overline{(\mathrm{sg}\,h_t - g_t)^2}$: features are as the encoder made
      them. The encoder itself is not pulled.
    - `temporal`, the same of the increments $h_{t+1} - h_t$ and $g_{t+1} - g_t$.
    - `length`, $(\log \hat L - \log L)^2$ of the length $\hat L$ that a head reads off the
      latent; 0 where no head does.

    With `length: latent`, one of the numbers *is* the length, $2 \log L / \log T - 1$ in
    [-1, 1] for the most steps T, so that who draws the latent draws the length with it.

    Args:
        width: How many features the encoder makes of a step.
        dim: How many numbers the vector has, that of the length included.
        steps: The most steps that the encoder may make of a signal; at least 2. More than
            are needed cost nothing.
        pool: What makes one vector of all steps.
        expand: What makes features of every step of the vector.
        bound: Whether the numbers are held in [-1, 1] by a hyperbolic tangent (`tanh`).
        length: Whether a `head` reads the length off the vector, a number of the `latent` is
            the length, or nothing tells it (`off`).
        noise: Standard deviation of the noise on the vector in training.

    Raises:
        ValueError: If there is no number beside that of the length, `steps` is below 2, or
            the noise is negative.

    Example:
        >>> bottleneck = Pooled(16, dim=4, steps=50)
        >>> latent = bottleneck(torch.randn(2, 10, 16))
        >>> latent.z.shape, bottleneck.lengths(latent.z).tolist()
        (torch.Size([2, 1, 4]), [10, 10])
        >>> bottleneck.expanded(latent.z, 10).shape
        torch.Size([2, 10, 16])

    References:
        Towards Generating Real-World Time Series Data (Pei et al., 2021)
        https://arxiv.org/abs/2111.08386
    """

    penalties = ("consistency", "temporal", "length")

    def __init__(
        self,
        width: int,
        *,
        dim: int,
        steps: int,
        pool: Pooler = HybridPooler(),  # noqa: B008 (frozen)
        expand: Expander = PerceptronExpander(),  # noqa: B008 (frozen)
        bound: Literal["none", "tanh"] = "tanh",
        length: Literal["head", "latent", "off"] = "latent",
        noise: float = 0.0,
    ) -> None:
        super().__init__()
        at_least(2 if length == "latent" else 1, dim=dim)
        at_least(2, steps=steps)
        at_least(0, noise=noise)
        self.dim, self.pools, self.width = dim, steps, width
        self.bound, self.length, self.noise = bound, length, noise
        self.bounded = bound == "tanh"
        self.tells_lengths = length != "off"
        self.pool = pool.network(width, dim - (length == "latent"))
        self.expand = expand.network(dim, width, steps)
        self.head = (
            nn.Sequential(nn.Linear(dim, HEAD), nn.LeakyReLU(0.2), nn.Linear(HEAD, 1))
            if length == "head"
            else None
        )

    @property
    def shown(self) -> int:
        return self.width

    def forward(self, features: Float[Tensor, "B S W"], real: Real | None = None) -> Latent:
        self._check(features.shape[1])
        place = self._place(features, real)
        z = self._summary(features, real, place)[:, None]
        counts = None if real is None else real.sum(1)
        shown, goal = self.expanded(z, features.shape[1], counts), features.detach()
        later = None if real is None else real[:, 1:]
        penalties = {
            "consistency": _distance(shown, goal, real),
            "temporal": _distance(shown.diff(dim=1), goal.diff(dim=1), later),
            "length": self._length_error(z, place),
        }
        return Latent(z=z, penalties=penalties, shown=shown)

    def expanded(
        self,
        z: Float[Tensor, "B 1 D"],
        steps: int,
        lengths: Int[Tensor, " B"] | None = None,
    ) -> Float[Tensor, "B Z W"]:
        self._check(steps)
        full = torch.full((len(z),), steps, device=z.device)
        return self.expand(z[:, 0], steps, full if lengths is None else lengths)

    def lengths(self, z: Float[Tensor, "B 1 D"]) -> Int[Tensor, " B"]:
        if self.length == "off":
            return super().lengths(z)
        place = self._told(z).clamp(-1, 1)
        return ((place + 1) / 2 * math.log(self.pools)).exp().round().long()

    def _summary(
        self,
        features: Float[Tensor, "B S W"],
        real: Real | None,
        place: Float[Tensor, " B"],
    ) -> Float[Tensor, "B D"]:
        z = self.pool(features, real)
        z = z.tanh() if self.bound == "tanh" else z
        z = torch.cat((z, place[:, None]), 1) if self.length == "latent" else z
        return z + self.noise * torch.randn_like(z) if self.training and self.noise else z

    def _place(self, features: Float[Tensor, "B S W"], real: Real | None) -> Float[Tensor, " B"]:
        """Where each signal's length lies between 1 and the most steps, on [-1, 1]."""
        full = features.new_full((len(features),), features.shape[1])
        counts = full if real is None else real.sum(1).clamp_min(1).to(features)
        return 2 * counts.log() / math.log(self.pools) - 1

    def _told(self, z: Float[Tensor, "B 1 D"]) -> Float[Tensor, " B"]:
        """The same, as the latents tell it."""
        return z[:, 0, -1] if self.head is None else self.head(z[:, 0])[:, 0]

    def _length_error(
        self, z: Float[Tensor, "B 1 D"], place: Float[Tensor, " B"]
    ) -> Float[Tensor, " B"]:
        if self.head is None:
            return torch.zeros_like(place)
        return ((self._told(z) - place) / 2 * math.log(self.pools)).square()

    def _check(self, steps: int) -> None:
        if steps > self.pools:
            raise ValueError(
                f"signals must have at most {self.pools} steps of the encoder, got {steps}; set"
                f" `steps` of the bottleneck to {steps} or more, or shorten the signals"
            )


def _distance(
    made: Float[Tensor, "B S W"], goal: Float[Tensor, "B S W"], real: Real | None
) -> Float[Tensor, " B"]:
    """Each signal's mean squared difference over its real steps and their features."""
    if not made.shape[1]:
        return made.new_zeros(len(made))
    return mean_step((made - goal).square(), real).mean(1)
