"""A flow from noise to latents."""

import math
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..core.batch import Context
from ..core.ranges import at_least
from ..core.roles import Decoding, LatentModel
from ..nn.film import Embedding, Film
from .decoding import noise_of
from .latent_space import Axes, LatentSpace

TIMES = 16  # frequencies that tell the time of the flow
FASTEST = 100.0  # the highest of them, in radians over the whole flow


class LatentFlow(LatentModel):
    r"""Carries noise along a learned velocity to where latents of real signals are.

    On the straight line $x_t = (1 - t) \epsilon + t x$ from noise to a latent, a network
    learns the velocity $x - \epsilon$ from where a point is and when. New latents follow
    $\dot x = v(x, t, c)$ from noise at $t = 0$ to $t = 1$; the conditions $c$ scale and shift
    what the network's layers read. Latents are in units of their deviations, in all that it
    learns from where these stay the same, and in the first batch otherwise.

    In principal axes, latents are uncorrelated, and the velocity is the network's beside

    $$\frac{2t - 1}{t^2 + (1 - t)^2} x,$$

    which is that of uncorrelated normal latents: before it learns, the model draws from the
    normal distribution with the mean and the covariance of the latents, and what it learns is
    in what they differ from that. This needs latents of one length.

    The surprise is no likelihood, but the squared error of the velocity at one random time,
    a mean over the real numbers of a latent: 2 for a network that knows nothing.

    A temperature scales the noise that the flow starts from.

    Args:
        conditions: How many scalars are known of each signal.
        dim: How many features a latent step has.
        stride: How many time steps one latent step stands for.
        width: How many features a layer has.
        layers: How many residual layers there are.
        latent_steps: How many latent steps a latent has, at most; encoders of whole signals
            make one.
        solver: How the flow is followed: `euler` asks for one velocity a step, `midpoint` for
            two, and errs far less.
        solver_steps: How many steps lead from noise to latents.
        axes: Whether the flow moves the numbers of a latent (`own`) or what latents are along
            the axes of their covariance (`principal`).

    Raises:
        ValueError: If a count is below 1; in use, if principal axes are asked
            for and latents differ in length.

    Example:
        >>> from latentloom.generators.decoding import Sample
        >>> model = LatentFlow(0, 2, 16, width=8, layers=1)
        >>> context = Context(size=5, steps=16)
        >>> model.surprise(torch.randn(5, 1, 2), context).shape
        torch.Size([5])
        >>> model.draw(context, Sample()).shape
        torch.Size([5, 1, 2])

    References:
        Flow Straight and Fast: Learning to Generate and Transfer Data with Rectified Flow
        (Liu et al., 2022), eq. 1
        https://arxiv.org/abs/2209.03003
        Flow Matching for Generative Modeling (Lipman et al., 2022), eq. 23
        https://arxiv.org/abs/2210.02747
    """

    def __init__(  # noqa: PLR0913 (three of them are known from the neighbours)
        self,
        conditions: int,
        dim: int,
        stride: int,
        *,
        width: int = 256,
        layers: int = 3,
        latent_steps: int = 1,
        solver: Literal["euler", "midpoint"] = "midpoint",
        solver_steps: int = 32,
        axes: Axes = "own",
    ) -> None:
        super().__init__()
        at_least(1, width=width, layers=layers, solver_steps=solver_steps)
        self.stride = stride
        self.conditions = conditions
        self.solver = solver
        self.solver_steps = solver_steps
        self.space = LatentSpace(dim, stride, latent_steps=latent_steps, axes=axes)
        self.velocity = _Velocity(
            self.space.size,
            self.space.knows(conditions),
            width=width,
            layers=layers,
            uncorrelated=axes == "principal",
        )

    def begin(self, z: Float[Tensor, "B S D"], context: Context) -> None:
        if self.training and not self.space.started:
            self.space.start(z, context)

    def surprise(self, z: Float[Tensor, "B S D"], context: Context) -> Float[Tensor, " B"]:
        self.begin(z, context)
        x, real = self.space.row(z, context)
        known = self.space.known(context, self.conditions)
        seen = torch.ones_like(x) if real is None else real.to(x)
        noise = torch.randn_like(x) * seen
        time = torch.rand(len(x), 1).to(x)
        between = (1 - time) * noise + time * x
        error = (self.velocity(between, time, known) - (x - noise)) * seen
        return error.square().sum(1) / seen.sum(1).clamp_min(1)

    def draw(self, context: Context, decoding: Decoding) -> Float[Tensor, "B S D"]:
        real = self.space.real(context)
        known = self.space.known(context, self.conditions)
        x = noise_of(decoding) * torch.randn(context.size, self.space.size)
        x = x.to(self.space.centre)
        x = x if real is None else x.masked_fill(~real, 0.0)
        length = 1 / self.solver_steps
        for step in range(self.solver_steps):
            time = x.new_full((len(x), 1), step * length)
            moved = self._moved(x, time, known, length)
            x = moved if real is None else moved.masked_fill(~real, 0.0)
        return self.space.latent(x, context)

    def _moved(
        self,
        x: Float[Tensor, "B N"],
        time: Float[Tensor, "B 1"],
        known: Float[Tensor, "B P"] | None,
        length: float,
    ) -> Float[Tensor, "B N"]:
        """Where a step of the solver leads."""
        velocity = self.velocity(x, time, known)
        if self.solver == "midpoint":
            half = length / 2
            velocity = self.velocity(x + half * velocity, time + half, known)
        return x + length * velocity


class _Velocity(nn.Module):
    """The velocity at a place and a time.

    Args:
        size: How many numbers a place has.
        known: How many scalars are known of each signal.
        width: How many features a layer has.
        layers: How many residual layers there are.
        uncorrelated: Whether it begins as the velocity of uncorrelated normal places.
    """

    frequencies: Tensor

    def __init__(
        self, size: int, known: int, *, width: int, layers: int, uncorrelated: bool
    ) -> None:
        super().__init__()
        self.uncorrelated = uncorrelated
        frequencies = torch.logspace(0, math.log10(FASTEST), TIMES)
        self.register_buffer("frequencies", frequencies, persistent=False)
        self.time = Embedding(2 * TIMES, width)
        self.known = Embedding(known, width) if known else None
        self.read = nn.Linear(size, width)
        self.layers = nn.ModuleList(_Layer(width) for _ in range(layers))
        self.write = nn.Linear(width, size)
        nn.init.zeros_(self.write.weight)
        nn.init.zeros_(self.write.bias)

    def forward(
        self,
        x: Float[Tensor, "B N"],
        time: Float[Tensor, "B 1"],
        known: Float[Tensor, "B P"] | None,
    ) -> Float[Tensor, "B N"]:
        angle = time * self.frequencies
        told = self.time(torch.cat((angle.cos(), angle.sin()), 1))
        if self.known is not None and known is not None:
            told = told + self.known(known)
        features = self.read(x)
        for layer in self.layers:
            features = layer(features, told)
        velocity = self.write(features)
        if not self.uncorrelated:
            return velocity
        return velocity + (2 * time - 1) / (time.square() + (1 - time).square()) * x


class _Layer(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.film = Film(width, width)
        self.network = nn.Sequential(
            nn.Linear(width, 2 * width), nn.SiLU(), nn.Linear(2 * width, width)
        )

    def forward(self, x: Float[Tensor, "B W"], told: Float[Tensor, "B W"]) -> Float[Tensor, "B W"]:
        return x + self.network(self.film(self.norm(x)[:, None], told)[:, 0])
