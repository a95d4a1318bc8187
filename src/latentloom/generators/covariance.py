"""Covariances of the components of a mixture: how far numbers stray, and which together."""

import abc
import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from ..core.ranges import at_least, positive

Real = Bool[Tensor, "B N"]


class Covariance(nn.Module, abc.ABC):
    r"""How the numbers of each component vary about its mean.

    Each number has a variance of its own, $\sigma^2 = f + e^{2a}$ with the floor $f$.

    Args:
        components: How many components there are.
        size: How many numbers there are.
        floor: $f$: no variance can fall below it, in squared units of the numbers.

    Raises:
        ValueError: If the floor is not positive.
    """

    def __init__(self, components: int, size: int, *, floor: float) -> None:
        super().__init__()
        positive(floor=floor)
        self.floor = floor
        self.log_deviation = nn.Parameter(torch.zeros(components, size))

    @torch.no_grad()
    def start(self, variance: Float[Tensor, " N"]) -> None:
        """Gives every component the same variances, and no covariances."""
        free = (variance - self.floor).clamp_min(0.1 * self.floor)
        self.log_deviation.copy_((free.log() / 2).expand_as(self.log_deviation))

    @property
    def variance(self) -> Float[Tensor, "M N"]:
        """The variance of its own of each number, in each component."""
        return self.floor + (2 * self.log_deviation).exp()

    @abc.abstractmethod
    def log_density(self, gap: Float[Tensor, "B M N"], real: Real | None) -> Float[Tensor, "B M"]:
        """Log-density of the real numbers of each row under each component, in nats.

        Args:
            gap: Rows less the means of the components.
            real: Which numbers are real; all of them if None. The others may be anything.
        """

    @abc.abstractmethod
    def draw(self, component: int, noise: Float[Tensor, "B P"]) -> Float[Tensor, "B N"]:
        """Deviations from the mean of a component, made of standard normal noise."""

    @property
    @abc.abstractmethod
    def noises(self) -> int:
        """How many numbers of noise a row is drawn from."""


class FullCovariance(Covariance):
    r"""Any covariance: every number follows from those before it, and from noise.

    With $g$ the gap to the mean, $g_i = -\sum_{j < i} b_{ij} g_j + \sigma_i \epsilon_i$, so
    that the covariance has the Cholesky factor $(1 + B)^{-1} \mathrm{diag}(\sigma)$ and the
    density needs no factorisation. Leading numbers do not depend on those behind them: where
    the rest is padding, what remains is their exact density.

    References:
        Joint mean-covariance models with applications to longitudinal data (Pourahmadi, 1999),
        eq. 3 and 4
        https://doi.org/10.1093/biomet/86.3.677
    """

    def __init__(self, components: int, size: int, *, floor: float) -> None:
        super().__init__(components, size, floor=floor)
        self.size = size
        self.below = nn.Parameter(torch.zeros(components, size * (size - 1) // 2))

    def log_density(self, gap: Float[Tensor, "B M N"], real: Real | None) -> Float[Tensor, "B M"]:
        if real is not None:
            gap = gap.masked_fill(~real[:, None], 0.0)
        noise = gap + torch.einsum("mij,bmj->bmi", self._lower(self.below), gap)
        nats = noise.square() / self.variance + self.variance.log() + math.log(2 * math.pi)
        return -_total(nats, real) / 2

    def draw(self, component: int, noise: Float[Tensor, "B P"]) -> Float[Tensor, "B N"]:
        own = noise * self.variance[component].sqrt()
        lower = self._lower(self.below[component])
        return torch.linalg.solve_triangular(lower, own.mT, upper=False, unitriangular=True).mT

    @property
    def noises(self) -> int:
        return self.size

    def _lower(self, below: Float[Tensor, "*M L"]) -> Float[Tensor, "*M N N"]:
        i, j = torch.tril_indices(self.size, self.size, -1, device=below.device)
        matrix = below.new_zeros(*below.shape[:-1], self.size, self.size)
        matrix[..., i, j] = below
        return matrix


class LowRankCovariance(Covariance):
    r"""A few directions in which numbers vary together, and what each does on its own.

    $W W^\top + \mathrm{diag}(\sigma^2)$ for $R$ columns of $W$. Its determinant and inverse
    are found in $R$ dimensions, by the Cholesky factor of $1 + W^\top \mathrm{diag}(\sigma^{-2})
    W$. Without a column, numbers are independent.

    Args:
        components: How many components there are.
        size: How many numbers there are.
        rank: $R$.
        floor: No variance can fall below it.

    Raises:
        ValueError: If the rank is negative.

    References:
        The EM Algorithm for Mixtures of Factor Analyzers (Ghahramani and Hinton, 1996), eq. 1
        https://www.cs.toronto.edu/~hinton/absps/tr-96-1.pdf
    """

    def __init__(self, components: int, size: int, *, rank: int, floor: float) -> None:
        super().__init__(components, size, floor=floor)
        at_least(0, rank=rank)
        self.size, self.rank = size, rank
        self.loadings = nn.Parameter(0.1 * torch.randn(components, size, rank))

    def log_density(self, gap: Float[Tensor, "B M N"], real: Real | None) -> Float[Tensor, "B M"]:
        if real is not None:
            gap = gap.masked_fill(~real[:, None], 0.0)
        scaled = self.loadings / self.variance[..., None]
        if real is None:
            inner = torch.einsum("mnr,mns->mrs", self.loadings, scaled)[None]
        else:
            inner = torch.einsum("bn,mnr,mns->bmrs", real.to(gap), self.loadings, scaled)
        factor, failed = torch.linalg.cholesky_ex(inner + torch.eye(self.rank).to(inner))
        factor = factor.masked_fill(failed[..., None, None] > 0, torch.nan)  # training says so
        shared = torch.einsum("mnr,bmn->bmr", scaled, gap)[..., None]
        known = torch.linalg.solve_triangular(factor, shared, upper=False)[..., 0]
        nats = gap.square() / self.variance + self.variance.log() + math.log(2 * math.pi)
        together = 2 * factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        return -(_total(nats, real) + together - known.square().sum(-1)) / 2

    def draw(self, component: int, noise: Float[Tensor, "B P"]) -> Float[Tensor, "B N"]:
        own = noise[:, : self.size] * self.variance[component].sqrt()
        return own + noise[:, self.size :] @ self.loadings[component].mT

    @property
    def noises(self) -> int:
        return self.size + self.rank


def _total(nats: Float[Tensor, "B M N"], real: Real | None) -> Float[Tensor, "B M"]:
    return (nats if real is None else nats.masked_fill(~real[:, None], 0.0)).sum(-1)
