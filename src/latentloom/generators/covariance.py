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

    @abc.abstractmethod
    def start(self, component: int, covariance: Float[Tensor, "N N"]) -> None:
        """Gives a component a covariance, or what comes nearest to it.

        Args:
            component: Which one.
            covariance: A positive definite matrix.
        """

    @torch.no_grad()
    def _start_own(self, component: int, variance: Float[Tensor, " N"]) -> None:
        """Gives the numbers of a component variances of their own."""
        free = (variance - self.floor).clamp_min(0.1 * self.floor)
        self.log_deviation[component] = (free.log() / 2).to(self.log_deviation)

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

    @torch.no_grad()
    def start(self, component: int, covariance: Float[Tensor, "N N"]) -> None:
        whole = covariance.double() + self.floor * torch.eye(self.size).to(covariance.device)
        factor = torch.linalg.cholesky(whole)
        deviation = factor.diagonal()
        unit = factor / deviation
        identity = torch.eye(self.size).to(unit)
        lower = torch.linalg.solve_triangular(unit, identity, upper=False, unitriangular=True)
        i, j = torch.tril_indices(self.size, self.size, -1, device=lower.device)
        self.below[component] = lower[i, j].to(self.below)
        self._start_own(component, deviation.square())

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

    It starts along the longest axes of a covariance, with what the axes have beyond the mean of
    the others (Tipping and Bishop, eq. 7).

    Args:
        components: How many components there are.
        size: How many numbers there are.
        rank: $R$.
        floor: No variance can fall below it.

    Raises:
        ValueError: If the rank is negative.

    References:
        Probabilistic Principal Component Analysis (Tipping and Bishop, 1999)
        https://doi.org/10.1111/1467-9868.00196
        The EM Algorithm for Mixtures of Factor Analyzers (Ghahramani and Hinton, 1996), eq. 1
        https://www.cs.toronto.edu/~hinton/absps/tr-96-1.pdf
    """

    def __init__(self, components: int, size: int, *, rank: int, floor: float) -> None:
        super().__init__(components, size, floor=floor)
        at_least(0, rank=rank)
        self.size, self.rank = size, rank
        self.loadings = nn.Parameter(0.1 * torch.randn(components, size, rank))

    @torch.no_grad()
    def start(self, component: int, covariance: Float[Tensor, "N N"]) -> None:
        matrix = covariance.double()
        values, vectors = torch.linalg.eigh(matrix)
        rank = min(self.rank, self.size)
        rest = values[: self.size - rank].mean() if rank < self.size else values.new_zeros(())
        longest = slice(self.size - rank, None)
        shared = vectors[:, longest] * (values[longest] - rest).clamp_min(0).sqrt()
        self.loadings[component] = 0.0
        self.loadings[component, :, :rank] = shared.to(self.loadings)
        self._start_own(component, matrix.diagonal() - shared.square().sum(1))

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
