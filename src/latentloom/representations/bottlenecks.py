"""Bottlenecks: what a latent may keep of the features."""

from typing import Literal, cast

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from ..core.batch import Latent
from ..core.ranges import at_least
from ..core.roles import Bottleneck
from ..nn.mask import keep
from ..quantize.codebook import Codebook, LearnedCodebook
from ..quantize.scalar import FiniteScalar
from ..quantize.search import pass_through

Real = Bool[Tensor, "B S"]


def _mean(x: Float[Tensor, "B S D"], real: Real | None) -> Float[Tensor, " B"]:
    """Each signal's mean over its real steps and their features."""
    if real is None:
        return x.mean((1, 2))
    return keep(x, real).mean(2).sum(1) / real.sum(1).clamp_min(1)


class Free(Bottleneck):
    """Keeps a linear view of the features: a plain autoencoder.

    Args:
        width: How many features the encoder makes.
        dim: How many features a latent step keeps.
        bound: Whether they are held in [-1, 1] by a hyperbolic tangent (`tanh`).

    Example:
        >>> Free(16, dim=4)(torch.randn(2, 10, 16)).z.shape
        torch.Size([2, 10, 4])
    """

    def __init__(self, width: int, *, dim: int, bound: Literal["none", "tanh"] = "none") -> None:
        super().__init__()
        at_least(1, dim=dim)
        self.dim, self.bound, self.bounded = dim, bound, bound == "tanh"
        self.project = nn.Linear(width, dim)

    def forward(self, features: Float[Tensor, "B S W"], real: Real | None = None) -> Latent:
        z = self.project(features)
        return Latent(z=keep(z.tanh() if self.bound == "tanh" else z, real))


class Gaussian(Bottleneck):
    r"""Keeps a normal distribution for each feature: a variational autoencoder.

    Latents are drawn in training; otherwise they are the means. With the divergence of each
    latent number from the standard normal, $k = \frac12 (\mu^2 + \sigma^2 - 1 - \log
    \sigma^2)$ in nats, three penalties are put into the latent:

    - `kl`, the sum of k over a signal: nats per signal, the term of the evidence bound.
    - `kl_mean`, the mean of k over a signal: `kl` over the count of its latent numbers. A
      weight of it is that of `kl` times this count.
    - `kl_free`, the sum of $\max(\lambda, \bar k)$, with $\bar k$ the mean of k over the
      batch: numbers that carry less than the free $\lambda$ nats are not pushed any lower.

    All are computed in single floats, whatever the format of the other parts.

    Args:
        width: How many features the encoder makes.
        dim: How many features a latent step keeps.
        free_nats: $\lambda$, in nats per latent number.
        log_variance: The least and the greatest $\log \sigma^2$; beyond, it is clamped, so
            that a variance neither vanishes nor overflows.

    Raises:
        ValueError: If there is no feature, the free nats are negative, or the least
            log-variance is not below the greatest.

    Example:
        >>> penalties = Gaussian(16, dim=4)(torch.randn(2, 10, 16)).penalties
        >>> torch.allclose(penalties["kl"], 40 * penalties["kl_mean"])
        True

    References:
        Auto-Encoding Variational Bayes (Kingma and Welling, 2013), appendix B
        https://arxiv.org/abs/1312.6114
        Improved Variational Inference with Inverse Autoregressive Flow (Kingma et al., 2016),
        eq. 15, for free nats, called bits there
        https://arxiv.org/abs/1606.04934
    """

    penalties = ("kl", "kl_mean", "kl_free")

    def __init__(
        self,
        width: int,
        *,
        dim: int,
        free_nats: float = 0.0,
        log_variance: tuple[float, float] = (-16.0, 8.0),
    ) -> None:
        super().__init__()
        at_least(1, dim=dim)
        at_least(0, free_nats=free_nats)
        self.least, self.greatest = log_variance
        if self.least >= self.greatest:
            raise ValueError(f"log_variance must increase, got {list(log_variance)}")
        self.dim = dim
        self.free_nats = free_nats
        self.project = nn.Linear(width, 2 * dim)

    def forward(self, features: Float[Tensor, "B S W"], real: Real | None = None) -> Latent:
        mean, log_var = self.posterior(features, real)
        # padding has mean 0 and log-variance 0, hence no divergence
        kl = (mean.square() + log_var.exp() - 1 - log_var) / 2
        noise = torch.randn_like(mean) if self.training else torch.zeros_like(mean)
        return Latent(
            z=keep(mean + noise * (log_var / 2).exp(), real),
            penalties={
                "kl": kl.sum((1, 2)),
                "kl_mean": _mean(kl, real),
                "kl_free": self._beyond_free(kl, real),
            },
            log_variance=log_var,
        )

    def posterior(
        self, features: Float[Tensor, "B S W"], real: Real | None = None
    ) -> tuple[Float[Tensor, "B S D"], Float[Tensor, "B S D"]]:
        """Mean and logarithm of the variance of each latent number; 0 where it is padding."""
        with torch.autocast(features.device.type, enabled=False):
            mean, log_var = self.project(features.float()).chunk(2, -1)
        return keep(mean, real), keep(log_var.clamp(self.least, self.greatest), real)

    def _beyond_free(self, kl: Float[Tensor, "B S D"], real: Real | None) -> Float[Tensor, " B"]:
        """The divergence of each signal, no less for any feature than the free nats."""
        if real is None:
            return kl.mean((0, 1)).clamp_min(self.free_nats).sum() * kl.new_full(
                (len(kl),), kl.shape[1]
            )
        steps = real.sum(1)
        mean = kl.sum((0, 1)) / steps.sum().clamp_min(1)
        return mean.clamp_min(self.free_nats).sum() * steps


class Quantized(Bottleneck):
    r"""Rounds what each codebook left over of the one before it.

    One level is a VQ-VAE, more levels a residual one. With $r_0$ the projected features
    and $r_{k+1} = r_k - e(r_k)$, the latent is $\sum_k e(r_k)$, and the gradient passes
    straight through to the features. Puts `commitment`,
    $\sum_k \overline{(r_k - \mathrm{sg}\,e(r_k))^2}$ in squared units of the features, into
    the latent's penalties, and with a `gradient` update also `codebook`, its mirror
    image $\sum_k \overline{(\mathrm{sg}\,r_k - e(r_k))^2}$.

    Args:
        width: How many features the encoder makes.
        dim: How many features a latent step keeps; few make a book easy to fill.
        levels: How many codes each book has, coarsest first.
        decay: How much of a book's averages is kept at each training step, in [0, 1).
        update: Whether entries are averages of what they stand for (`ema`) or are moved
            by the optimiser (`gradient`).
        revive_below: Share of its fair part of the vectors under which an entry is
            replaced; 0 never replaces one.
        normalise: Whether each latent step is scaled to a root mean square of one before
            it is rounded (`rms`).

    Raises:
        ValueError: If there is no level, or a book's settings are out of range.

    Example:
        >>> latent = Quantized(16, dim=4, levels=[32, 32])(torch.randn(2, 10, 16))
        >>> latent.codes.shape
        torch.Size([2, 10, 2])

    References:
        Neural Discrete Representation Learning (van den Oord et al., 2017), eq. 3
        https://arxiv.org/abs/1711.00937
        SoundStream: An End-to-End Neural Audio Codec (Zeghidour et al., 2021), algorithm 1
        https://arxiv.org/abs/2107.03312
    """

    def __init__(
        self,
        width: int,
        *,
        dim: int,
        levels: list[int],
        decay: float = 0.95,
        update: Literal["ema", "gradient"] = "ema",
        revive_below: float = 0.3,
        normalise: Literal["none", "rms"] = "rms",
    ) -> None:
        super().__init__()
        if not levels:
            raise ValueError("levels must name at least one codebook, got none")
        at_least(1, dim=dim)
        at_least(0, revive_below=revive_below)
        self.dim = dim
        self.levels = tuple(levels)
        self.normalise = normalise
        learned = update == "gradient"
        self.penalties = ("commitment", "codebook") if learned else ("commitment",)
        self.project = nn.Linear(width, dim)
        book = LearnedCodebook if learned else Codebook
        self.books = nn.ModuleList(
            book(dim, size=size, decay=decay, revive_below=revive_below) for size in levels
        )

    def forward(self, features: Float[Tensor, "B S W"], real: Real | None = None) -> Latent:
        with torch.autocast(features.device.type, enabled=False):
            x = self.project(features.float())
            if self.normalise == "rms":
                x = nn.functional.rms_norm(x, (self.dim,), eps=1e-6)
            return self._rounded(x, real)

    def _rounded(self, x: Float[Tensor, "B S D"], real: Real | None) -> Latent:
        rest, total = x, torch.zeros_like(x)
        columns: list[Tensor] = []
        penalties = {name: x.new_zeros(len(x)) for name in self.penalties}
        for book in self._books:
            rounded, codes = _round(book, rest.detach(), real)
            penalties["commitment"] += _mean((rest - rounded.detach()).square(), real)
            if "codebook" in penalties:
                penalties["codebook"] += _mean((rest.detach() - rounded).square(), real)
            rest = rest - rounded.detach()
            total = total + rounded.detach()
            columns.append(codes)
        return Latent(
            z=keep(pass_through(total, x), real),
            codes=torch.stack(columns, -1),
            penalties=penalties,
        )

    def look_up(self, codes: Int[Tensor, "B S K"]) -> Latent:
        z = torch.zeros(*codes.shape[:-1], self.dim, device=codes.device)
        for book, column in zip(self._books, codes.unbind(-1), strict=True):
            z = z + book.look_up(column)
        return Latent(z=z, codes=codes)

    @property
    def _books(self) -> list[Codebook | LearnedCodebook]:
        return cast(list[Codebook | LearnedCodebook], list(self.books))


def _round(
    book: Codebook | LearnedCodebook, x: Float[Tensor, "B S D"], real: Real | None
) -> tuple[Float[Tensor, "B S D"], Int[Tensor, "B S"]]:
    """Rounds the real steps; the others are code 0 and zero, and no book sees them."""
    if real is None:
        rounded, codes = book(x.flatten(0, 1))
        return rounded.view_as(x), codes.view(x.shape[:2])
    rounded, codes = book(x[real])
    spread = torch.zeros_like(x).masked_scatter(real[..., None], rounded)
    return spread, torch.zeros_like(real, dtype=torch.long).masked_scatter(real, codes)


class Scalar(Bottleneck):
    """Rounds each of a few features to a few levels: a codebook that cannot collapse.

    Its one code per latent step numbers the combinations of levels. It has no penalty.

    Args:
        width: How many features the encoder makes.
        levels: How many levels each kept feature has, at least 2; their product is the
            number of codes. [8, 6, 5] has 240, [8, 5, 5, 5] has 1000.

    Raises:
        ValueError: If a feature has fewer than 2 levels, or there is none.

    Example:
        >>> bottleneck = Scalar(16, levels=[8, 6, 5])
        >>> bottleneck.dim, bottleneck.levels
        (3, (240,))

    References:
        Finite Scalar Quantization: VQ-VAE Made Simple (Mentzer et al., 2023)
        https://arxiv.org/abs/2309.15505
    """

    def __init__(self, width: int, *, levels: list[int]) -> None:
        super().__init__()
        self.scalar = FiniteScalar(levels)
        self.dim = len(levels)
        self.levels = (self.scalar.size,)
        self.project = nn.Linear(width, self.dim)

    def forward(self, features: Float[Tensor, "B S W"], real: Real | None = None) -> Latent:
        with torch.autocast(features.device.type, enabled=False):
            z, codes = self.scalar(self.project(features.float()))
        if real is not None:
            z, codes = keep(z, real), codes.masked_fill(~real, 0)
        return Latent(z=z, codes=codes[..., None])

    def look_up(self, codes: Int[Tensor, "B S K"]) -> Latent:
        return Latent(z=self.scalar.look_up(codes[..., 0]), codes=codes)
