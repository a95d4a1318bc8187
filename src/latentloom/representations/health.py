"""Whether Gaussian latents carry anything, and how much of signals comes back from them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

ACTIVE = 0.01
"""Variance over signals of its mean, above which a latent number is active."""

_AT_ONCE = 4096  # latent numbers, so that memory does not grow with the length of signals


@dataclass(frozen=True, slots=True, kw_only=True)
class Posteriors:
    """The normal distributions that a Gaussian bottleneck makes of some signals.

    Args:
        mean: Of each latent number; 0 where it is padding.
        log_variance: The logarithm of its variance; 0 where it is padding.
        real: Which latent steps are no padding; all of them if None.
    """

    mean: Float[Tensor, "N S D"]
    log_variance: Float[Tensor, "N S D"]
    real: Bool[Tensor, "N S"] | None = None

    @property
    def there(self) -> Float[Tensor, "N S 1"]:
        """1 where a latent step is real, 0 where it is padding."""
        if self.real is None:
            return torch.ones_like(self.mean[..., :1])
        return self.real[..., None].to(self.mean.dtype)

    @property
    def divergence(self) -> Float[Tensor, "N S D"]:
        r"""Of each number from the standard normal, in nats.

        $\frac12 (\mu^2 + \sigma^2 - 1 - \log \sigma^2)$; 0 where it is padding.
        """
        return (self.mean.square() + self.log_variance.exp() - 1 - self.log_variance) / 2

    @property
    def moments(self) -> tuple[Float[Tensor, "S D"], Float[Tensor, "S D"], Float[Tensor, "S D"]]:
        """Over the signals: the mean of the means, their variance, and the mean variance."""
        count = self.there.sum(0).clamp_min(1)
        centre = self.mean.sum(0) / count
        moved = ((self.mean - centre).square() * self.there).sum(0) / count
        noise = (self.log_variance.exp() * self.there).sum(0) / count
        return centre, moved, noise


@dataclass(frozen=True, slots=True, kw_only=True)
class LatentHealth:
    r"""What Gaussian latents carry of N signals.

    The mean divergence falls into what tells signals apart and what only departs from the
    prior, $\overline{\mathrm{KL}} = I(n; z) + \mathrm{KL}(q(z) \| p(z))$ with the aggregated
    posterior $q(z) = \frac1N \sum_n q(z | x_n)$. The first is estimated by one draw for
    each signal, $\overline{\log q(z_n | x_n) - \log q(z_n)}$. It cannot exceed $\log N$:
    latents that carry more tell all N signals apart, it then says "at least", and
    `marginal`, the rest of the divergence, says "at most". `marginal_least` has no such
    limit: a normal distribution of the same mean and variance for each number, all of them
    independent, is as near to the prior as a distribution with these moments can be.

    Args:
        kl_nats: Mean divergence of a signal's latents from the prior, in nats.
        kl_mean: The same for each latent number.
        active: Share of the numbers whose mean has a variance above 0.01 among signals.
        information: $I(n; z)$ in nats, in [0, log N].
        marginal: The divergence of the aggregated posterior from the prior, in nats; at most
            this much.
        marginal_least: The same; at least this much.
        mean: Root mean square over numbers of the aggregated posterior's mean; the prior has
            0.
        deviation: Root mean square of its deviation; the prior has 1.
        noise: Root mean square of the deviation of single posteriors: 1 says nothing.
        numbers: How many latent numbers a signal has, at most.

    References:
        ELBO surgery: yet another way to carve up the variational evidence lower bound (Hoffman
        and Johnson, 2016), eq. 6
        http://approximateinference.org/accepted/HoffmanJohnson2016.pdf
        Importance Weighted Autoencoders (Burda et al., 2015), section 5.2, for active units
        https://arxiv.org/abs/1509.00519
        On Variational Bounds of Mutual Information (Poole et al., 2019), eq. 12, for the
        limit
        https://arxiv.org/abs/1905.06922
    """

    kl_nats: float
    kl_mean: float
    active: float
    information: float
    marginal: float
    marginal_least: float
    mean: float
    deviation: float
    noise: float
    numbers: int

    @classmethod
    def of(cls, posteriors: Posteriors) -> "LatentHealth":
        """The health that follows from what a bottleneck makes of signals.

        It is worked out in double precision. The draws have a seed of their own: equal
        posteriors have equal health, and no other random number is used up.

        Raises:
            ValueError: If there is no signal.

        Example:
            >>> prior = torch.zeros(8, 2, 3)
            >>> health = LatentHealth.of(Posteriors(mean=prior, log_variance=prior))
            >>> health.kl_nats, health.active, round(health.information, 6), health.deviation
            (0.0, 0.0, 0.0, 1.0)
        """
        if not len(posteriors.mean):
            raise ValueError("posteriors must be of at least one signal, got none")
        known = Posteriors(
            mean=posteriors.mean.detach().double().cpu(),
            log_variance=posteriors.log_variance.detach().double().cpu(),
            real=None if posteriors.real is None else posteriors.real.cpu(),
        )
        divergence = known.divergence
        counted = known.there.sum() * divergence.shape[2]
        met = (known.there.sum(0) > 0).expand(divergence.shape[1:])
        centre, moved, noise = (moment[met] for moment in known.moments)
        spread = moved + noise
        kl = float(divergence.sum((1, 2)).mean())
        information = _information(known)
        return cls(
            kl_nats=kl,
            kl_mean=float(divergence.sum() / counted),
            active=float((moved > ACTIVE).double().mean()),
            information=information,
            marginal=max(kl - information, 0.0),
            marginal_least=float((centre.square() + spread - 1 - spread.log()).sum() / 2),
            mean=float(centre.square().mean().sqrt()),
            deviation=float(spread.mean().sqrt()),
            noise=float(noise.mean().sqrt()),
            numbers=divergence[0].numel(),
        )


def _information(known: Posteriors) -> float:
    """How well a draw from one posterior tells it from the others, in nats."""
    mean, log_variance = known.mean.flatten(1), known.log_variance.flatten(1)
    random = torch.Generator().manual_seed(0)
    size = len(mean)
    likely = torch.zeros(size, size, dtype=mean.dtype)  # of the draw n under the posterior m
    for start in range(0, mean.shape[1], _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        centre, log_width = mean[:, some], log_variance[:, some]
        noise = torch.randn(centre.shape[::-1], generator=random, dtype=mean.dtype).T
        drawn, sharp = centre + noise * (log_width / 2).exp(), (-log_width).exp()
        squares = drawn.square() @ sharp.T - 2 * drawn @ (centre * sharp).T
        likely -= (squares + (centre.square() * sharp + log_width).sum(1)) / 2
    told = likely.diagonal() - likely.logsumexp(1) + math.log(size)
    return float(told.mean().clamp(0.0, math.log(size)))


def spreads(
    made: Float[Tensor, "N T C"],
    truth: Float[Tensor, "N T C"],
    mask: Bool[Tensor, "N T"],
    layout: Mapping[str, int],
) -> dict[str, float]:
    r"""How much signals vary after their latents, over how much they did before.

    $\sqrt{\sum (y - \bar y)^2 / \sum (x - \bar x)^2}$ over the channels of each span,
    about the mean over signals at each step: what all signals share counts as nothing.
    0 is the mean itself. Where squared errors are as small as can be, the square of the
    number is the share of the variance that comes back.

    Args:
        made: The signals after their latents.
        truth: The signals.
        mask: Where a step is real.
        layout: The spans, in the order of the channels, and how many channels each has.

    Returns:
        A number for each span whose signals vary.

    Example:
        >>> truth = torch.tensor([[[1.0, 7.0]], [[3.0, 9.0]]])
        >>> made = torch.tensor([[[1.5, 8.0]], [[2.5, 8.0]]])
        >>> mask = torch.ones(2, 1, dtype=torch.bool)
        >>> spreads(made, truth, mask, {"a": 1, "b": 1})
        {'a': 0.5, 'b': 0.0}
    """
    cuts = list(layout.values())
    after, before = (_squares(x, mask).split(cuts) for x in (made, truth))
    return {
        name: math.sqrt(float(left.sum() / there.sum()))
        for name, left, there in zip(layout, after, before, strict=True)
        if there.any()
    }


def explained(
    made: Float[Tensor, "N T C"],
    truth: Float[Tensor, "N T C"],
    mask: Bool[Tensor, "N T"],
    layout: Mapping[str, int],
) -> dict[str, float]:
    r"""The share of the signals' variance that comes back after their latents.

    $1 - \sum (y - x)^2 / \sum (x - \bar x)^2$ over the channels of each span, about the mean
    over signals at each step; 0 is no better than that mean, below 0 is worse.

    Args:
        made: The signals after their latents.
        truth: The signals.
        mask: Where a step is real.
        layout: The spans, in the order of the channels, and how many channels each has.

    Returns:
        A number for each span whose signals vary.

    Example:
        >>> truth = torch.tensor([[[1.0]], [[3.0]]])
        >>> made = torch.tensor([[[1.5]], [[2.5]]])
        >>> explained(made, truth, torch.ones(2, 1, dtype=torch.bool), {"a": 1})
        {'a': 0.75}
    """
    cuts = list(layout.values())
    lost = ((made.double() - truth) * mask[..., None]).square().sum((0, 1)).split(cuts)
    before = _squares(truth, mask).split(cuts)
    return {
        name: 1 - float(left.sum() / there.sum())
        for name, left, there in zip(layout, lost, before, strict=True)
        if there.any()
    }


def _squares(values: Float[Tensor, "N T C"], mask: Bool[Tensor, "N T"]) -> Float[Tensor, " C"]:
    """The squares of each channel about the mean over signals at each step, added up."""
    there = mask[..., None].double()
    known = values.double() * there
    centre = known.sum(0) / there.sum(0).clamp_min(1)
    return ((known - centre).square() * there).sum((0, 1))
