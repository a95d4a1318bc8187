"""The space that models of latents work in: numbers in a row, each in units of its spread."""

from typing import Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from ..core.batch import Context
from ..core.ranges import at_least
from ..nn.mask import keep, real_steps
from .shrinkage import covariance

LEAST_SCALE = 1e-4  # of a number that hardly differs between latents

Axes = Literal["own", "principal"]


class LatentSpace(nn.Module):
    r"""Lays out a latent as one row $x = (z - c) / s$, latent step after latent step.

    The centre $c$ and the scale $s$ of each number are those of the latents that a model
    starts from. Latents with fewer steps are padded.

    In principal axes the row is $x = U^\top (z - c) / s$, with the eigenvectors $U$ of the
    latents' covariance, and $s^2$ its eigenvalues: the numbers of a row are uncorrelated.
    Correlations that so few latents may have by chance are not believed.

    Args:
        dim: How many features a latent step has.
        stride: How many time steps one latent step stands for.
        latent_steps: How many latent steps a latent has, at most.
        least: The least scale of a number, as a share of the root mean square of all
            deviations: what hardly varies in real latents is then not blown up in others.
        axes: Whether a number of a row is a number of the latent (`own`), or what the latents
            are along an axis of their covariance (`principal`).

    Attributes:
        size: How many numbers a row has.
        started: Whether centre and scale are known.

    Raises:
        ValueError: If there is no latent step.

    Example:
        >>> space = LatentSpace(2, 4, latent_steps=3)
        >>> context = Context(size=1, steps=12, lengths=torch.tensor([7]))
        >>> x, real = space.row(torch.ones(1, 3, 2), context)
        >>> x.tolist(), real.int().tolist()
        ([[1.0, 1.0, 1.0, 1.0, 0.0, 0.0]], [[1, 1, 1, 1, 0, 0]])
        >>> space.latent(x, context).shape
        torch.Size([1, 3, 2])
    """

    centre: Tensor
    scale: Tensor
    started: Tensor
    directions: Tensor  # a column each

    def __init__(
        self,
        dim: int,
        stride: int,
        *,
        latent_steps: int,
        least: float = 0.0,
        axes: Axes = "own",
    ) -> None:
        super().__init__()
        at_least(1, latent_steps=latent_steps)
        self.least = least
        self.turned = axes == "principal"
        self.dim, self.stride, self.latent_steps = dim, stride, latent_steps
        self.size = dim * latent_steps
        self.register_buffer("centre", torch.zeros(self.size))
        self.register_buffer("scale", torch.ones(self.size))
        self.register_buffer("started", torch.zeros((), dtype=torch.bool))
        if self.turned:
            self.register_buffer("directions", torch.eye(self.size))

    @torch.no_grad()
    def start(self, z: Float[Tensor, "B S D"], context: Context) -> None:
        """Takes centre and scale, and the axes if they are the latents' own, from latents."""
        x, real = self._laid_out(z, context)
        seen = torch.ones_like(x) if real is None else real.to(x)
        count = seen.sum(0)
        centre = (x * seen).sum(0) / count.clamp_min(1)
        variance = ((x - centre).square() * seen).sum(0) / count.clamp_min(1)
        known = count > 1  # a number seen once has no spread
        self.centre.copy_(centre)
        if self.turned:
            units = variance.sqrt().clamp_min(LEAST_SCALE)
            found = units * covariance((x / units).double()) * units[:, None]
            values, vectors = torch.linalg.eigh(found)
            self.directions.copy_(vectors.flip(1))
            variance = values.flip(0).to(variance)
        usual = (variance * known).sum() / known.sum().clamp_min(1)
        floor = (self.least * usual.sqrt()).clamp_min(LEAST_SCALE)
        self.scale.copy_(torch.where(known, variance.clamp_min(0).sqrt().maximum(floor), 1.0))
        self.started.fill_(True)

    def row(
        self, z: Float[Tensor, "B S D"], context: Context
    ) -> tuple[Float[Tensor, "B N"], Bool[Tensor, "B N"] | None]:
        """Latents in a row, and which of the numbers are real; None if all are.

        Raises:
            ValueError: If the latents have more steps than the space, or other features.
        """
        x, real = self._laid_out(z, context)
        x = x - self.centre
        x = (x @ self.directions if self.turned else x) / self.scale
        return (x, None) if real is None else (x.masked_fill(~real, 0.0), real)

    def latent(self, x: Float[Tensor, "B N"], context: Context) -> Float[Tensor, "B S D"]:
        """The latents of rows, zero where a step is padding."""
        x = x * self.scale
        x = (x @ self.directions.T if self.turned else x) + self.centre
        z = x.unflatten(1, (self.latent_steps, self.dim))
        steps = self._steps(context)
        real = real_steps(context.lengths, steps, self.stride)
        return keep(z[:, :steps], None if real is None else real.to(z.device))

    def real(self, context: Context) -> Bool[Tensor, "B N"] | None:
        """Which numbers of the rows of a context are real; None if all are.

        Raises:
            ValueError: If some are not, in principal axes, where every number is of all steps.
        """
        steps, lengths = self._steps(context), context.lengths
        if lengths is None:
            if steps == self.latent_steps:
                return None
            lengths = torch.full((context.size,), context.steps)
        real = real_steps(lengths.to(self.centre.device), self.latent_steps, self.stride)
        if real is None or bool(real.all()):
            return None
        if self.turned:
            raise ValueError(
                f"axes=principal needs latents of {self.latent_steps} steps throughout, got"
                " shorter ones; set parts.generator.axes=own, or pool signals to one latent step"
            )
        return real.repeat_interleave(self.dim, 1)

    def knows(self, conditions: int) -> int:
        """How many scalars `known` tells of a signal that so many conditions are known of."""
        return conditions + (self.latent_steps if self.latent_steps > 1 else 0)

    def known(self, context: Context, conditions: int) -> Float[Tensor, "B P"] | None:
        """The conditions of each signal and, where there are several, its real latent steps.

        Raises:
            ValueError: If the context has not as many conditions.
        """
        condition = condition_of(context, conditions)
        parts = [] if condition is None else [condition.to(self.centre)]
        if self.latent_steps > 1:
            steps, real = self.centre.new_ones(context.size, self.latent_steps), self.real(context)
            parts.append(steps if real is None else real[:, :: self.dim].to(steps))
        return torch.cat(parts, 1) if parts else None

    def _laid_out(
        self, z: Float[Tensor, "B S D"], context: Context
    ) -> tuple[Float[Tensor, "B N"], Bool[Tensor, "B N"] | None]:
        wanted = (self._steps(context), self.dim)
        if tuple(z.shape[1:]) != wanted:
            raise ValueError(f"z must be {wanted} latent steps x features, got {z.shape[1:]}")
        missing = self.latent_steps - z.shape[1]
        x = nn.functional.pad(z, (0, 0, 0, missing)).flatten(1).to(self.centre)
        return x, self.real(context)

    def _steps(self, context: Context) -> int:
        steps = -(-context.steps // self.stride)
        if steps > self.latent_steps:
            raise ValueError(
                f"latent_steps must be at least the {steps} latent steps of {context.steps} time"
                f" steps, got {self.latent_steps}; set parts.generator.latent_steps={steps}"
            )
        return steps


def condition_of(context: Context, conditions: int) -> Float[Tensor, "B F"] | None:
    """What is known of each signal, for a model that was built for so many conditions.

    Raises:
        ValueError: If there are not as many.
    """
    if not conditions:
        return None
    count = 0 if context.condition is None else context.condition.shape[1]
    if context.condition is None or count != conditions:
        raise ValueError(f"the context must have {conditions} conditions, got {count}")
    return context.condition
