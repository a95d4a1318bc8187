"""Models of continuous latents: the prior, and a mixture of normal distributions."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from ..core.batch import Context
from ..core.ranges import at_least
from ..core.roles import Decoding, LatentModel
from ..nn.mask import keep, real_steps
from ..quantize.clusters import centres, nearest, totals
from .covariance import FullCovariance, LowRankCovariance
from .decoding import Greedy, noise_of
from .latent_space import LatentSpace, condition_of
from .shrinkage import covariance, shrunk_covariance

LEAST_START = 0.05  # of a component's variance, in units of that of all latents
TINY = 1e-6  # keeps conditions that never vary from dividing by nothing


class StandardNormal(LatentModel):
    r"""Draws from the standard normal distribution, the prior of a variational autoencoder.

    It has nothing to learn, and looks neither at a drive nor at conditions. Its surprise is
    $\frac12 \sum (z^2 + \log 2 \pi)$ over the numbers of real latent steps.

    Args:
        dim: How many features a latent step has.
        stride: How many time steps one latent step stands for.

    Example:
        >>> model = StandardNormal(2, 4)
        >>> float(model.surprise(torch.zeros(1, 1, 2), Context(size=1, steps=4)))
        1.8378770351409912
    """

    place: Tensor

    def __init__(self, dim: int, stride: int) -> None:
        super().__init__()
        self.dim, self.stride = dim, stride
        self.register_buffer("place", torch.zeros(()), persistent=False)

    def surprise(self, z: Float[Tensor, "B S D"], context: Context) -> Float[Tensor, " B"]:
        real = real_steps(context.lengths, z.shape[1], self.stride)
        return keep((z.square() + math.log(2 * math.pi)) / 2, real).sum((1, 2))

    def draw(self, context: Context, decoding: Decoding) -> Float[Tensor, "B S D"]:
        steps = -(-context.steps // self.stride)
        shape = (context.size, steps, self.dim)
        z = noise_of(decoding) * torch.randn(shape).to(self.place)
        real = real_steps(context.lengths, steps, self.stride)
        return keep(z, None if real is None else real.to(z.device))


class GaussianMixture(LatentModel):
    r"""Draws from a mixture of normal distributions fitted to the latents of real signals.

    $p(z \mid c) = \sum_m \pi_m(c) \, \mathcal N(z; \mu_m, \Sigma_m)$ over all numbers of a
    latent together: a model of the aggregated posterior, which is what the decoder was
    trained on and seldom is the prior. The weights $\pi$ follow from the conditions, if there
    are any, by a linear map and a softmax. The surprise is the exact negative log-likelihood;
    padding is integrated out.

    Latents set where it starts, all of them where they stay the same while it learns, and the
    first batch otherwise: units are their deviations, means are cluster centres, and each
    covariance is that of a cluster, drawn towards what clusters have in common as far as
    chance may have made the difference; conditions choose among clusters as a linear
    discriminant does. With many components that is most of what there is
    to learn, and takes seconds.

    A temperature scales all deviations from the mean of the component that was drawn.

    Args:
        conditions: How many scalars are known of each signal.
        dim: How many features a latent step has.
        stride: How many time steps one latent step stands for.
        components: How many normal distributions are mixed.
        rank: Directions in which the numbers of a component vary together, beside what each
            does on its own; 0 makes them independent, None allows any covariance.
        latent_steps: How many latent steps a latent has, at most; encoders of whole signals
            make one.
        floor: The least variance of a number given the others, as a share of its variance in
            the latents that it starts from.

    Raises:
        ValueError: If there is no component or latent step, or a setting is out of range.

    Example:
        >>> model = GaussianMixture(0, 2, 16, components=3)
        >>> context = Context(size=5, steps=16)
        >>> model.surprise(torch.randn(5, 1, 2), context).shape
        torch.Size([5])
        >>> model.draw(context, Greedy()).shape
        torch.Size([5, 1, 2])

    References:
        Diagnosing and Enhancing VAE Models (Dai and Wipf, 2019), section 4, for why the
        aggregated posterior wants a model of its own
        https://arxiv.org/abs/1903.05789
        From Variational to Deterministic Autoencoders (Ghosh et al., 2020), section 4, for
        the mixture
        https://arxiv.org/abs/1903.12436
    """

    def __init__(
        self,
        conditions: int,
        dim: int,
        stride: int,
        *,
        components: int = 10,
        rank: int | None = None,
        latent_steps: int = 1,
        floor: float = 1e-3,
    ) -> None:
        super().__init__()
        at_least(1, components=components)
        self.stride = stride
        self.conditions = conditions
        self.space = LatentSpace(dim, stride, latent_steps=latent_steps)
        size = self.space.size
        self.means = nn.Parameter(torch.randn(components, size))
        self.covariance = (
            FullCovariance(components, size, floor=floor)
            if rank is None
            else LowRankCovariance(components, size, rank=rank, floor=floor)
        )
        self.weights = nn.Parameter(torch.zeros(components))
        self.gate = nn.Linear(conditions, components, bias=False) if conditions else None
        if self.gate is not None:
            nn.init.zeros_(self.gate.weight)

    def begin(self, z: Float[Tensor, "B S D"], context: Context) -> None:
        if self.training and not self.space.started:
            self._start(z, context)

    def surprise(self, z: Float[Tensor, "B S D"], context: Context) -> Float[Tensor, " B"]:
        self.begin(z, context)
        with torch.autocast(z.device.type, enabled=False):
            x, real = self.space.row(z, context)
            gap = x[:, None] - self.means
            found = self._log_weights(context) + self.covariance.log_density(gap, real)
            units = self.space.scale.log().expand_as(x)  # z = s x has the density p(x) / s
            units = units if real is None else units.masked_fill(~real, 0.0)
            return units.sum(1) - found.logsumexp(1)

    def draw(self, context: Context, decoding: Decoding) -> Float[Tensor, "B S D"]:
        noise = noise_of(decoding)
        weights = self._log_weights(context)
        if isinstance(decoding, Greedy):
            component = weights.argmax(1)
        else:
            component = torch.multinomial(weights.exp(), 1)[:, 0]
        return self.space.latent(self._about(component, noise), context)

    def _about(self, component: Int[Tensor, " B"], noise: float) -> Float[Tensor, "B N"]:
        """Rows about the means of components."""
        drawn = torch.randn(len(component), self.covariance.noises).to(self.means)
        made = self.means[component]
        for index in range(len(self.means)):
            rows = (component == index).nonzero()[:, 0]
            if len(rows):
                strays = self.covariance.draw(index, noise * drawn[rows])
                made = made.index_add(0, rows, strays)
        return made

    def _log_weights(self, context: Context) -> Float[Tensor, "B M"]:
        """Logarithms of the weights of the components, for each signal."""
        scores = self.weights.expand(context.size, -1)
        condition = condition_of(context, self.conditions)
        if self.gate is not None and condition is not None:
            scores = scores + self.gate(condition.to(self.weights))
        return scores.log_softmax(-1)

    @torch.no_grad()
    def _start(self, z: Float[Tensor, "B S D"], context: Context) -> None:
        """Begins at the clusters of latents, each with a covariance of its own."""
        self.space.start(z, context)
        x, real = self.space.row(z, context)
        means, _ = centres(x, len(self.means))
        within = nearest(x, means)
        gap = x - means[within]
        share = len(x) / max(len(x) - len(means), 1)  # of freedom that the means left
        if real is None:
            pooled = share * covariance(gap)
        else:  # where some numbers are padding, clusters tell how far each strays, and no more
            pooled = (share * gap.square().mean(0)).clamp_min(LEAST_START).diag()
        for index in range(len(means)):
            own = x[within == index] if real is None else x[:0]
            self.covariance.start(index, shrunk_covariance(own, pooled)[0])
        # Components that start alike would stay alike.
        stray = 0.01 * self.covariance.variance.sqrt() * torch.randn_like(means)
        self.means.copy_(means + stray)
        counts = within.bincount(minlength=len(means)).clamp_min(0.1)
        self.weights.copy_((counts / counts.sum()).log())
        known = condition_of(context, self.conditions)
        if self.gate is not None and known is not None:
            self._start_gate(self.gate, known.to(x), within)

    def _start_gate(
        self, gate: nn.Linear, known: Float[Tensor, "B F"], within: Int[Tensor, " B"]
    ) -> None:
        """Weighs components by how likely conditions are in their clusters.

        These are normal in each cluster, with one covariance: a linear discriminant.
        """
        counts, sums = totals(known, within, len(self.means))
        centre = known.mean(0)
        means = torch.where(counts[:, None] > 0, sums / counts[:, None].clamp_min(1), centre)
        gap = known - means[within]
        least = LEAST_START * (known - centre).square().mean(0) + TINY
        spread = gap.T @ gap / len(known) + least.diag()
        slopes = torch.linalg.solve(spread, means.T).T
        gate.weight.copy_(slopes)
        self.weights.sub_((slopes * means).sum(1) / 2)
