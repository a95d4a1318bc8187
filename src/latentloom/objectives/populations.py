"""Criteria that hold what is drawn against what is real as a whole; the same for all signals."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ..core.roles import Criterion, Outputs
from .criteria import COMPARED

FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)  # bandwidths, in median distances of real latents
LEAST_DEVIATION = 1e-6  # of a latent number that varies
LEAST_VARIANCE = 1e-6  # of a step, so that its deviation has a slope
BOTH = frozenset({"real_z", "fake_z"})


@dataclass(frozen=True, slots=True)
class FeatureMatching(Criterion):
    """Squared differences of a batch's means and deviations, drawn from real, per latent number.

    The mean over the numbers, in squared units of the latents.

    References:
        Improved Techniques for Training GANs (Salimans et al., 2016), section 3.1, of the
        latents themselves
        https://arxiv.org/abs/1606.03498
    """

    @property
    def reads(self) -> frozenset[str]:
        return BOTH

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        real, fake = _rows(outputs)
        means = (fake.mean(0) - real.mean(0)).square()
        deviations = (fake.std(0, correction=0) - real.std(0, correction=0)).square()
        return (means + deviations).mean().expand(len(real))


@dataclass(frozen=True, slots=True)
class Moments(Criterion):
    """Differences of a batch's means and deviations, drawn from real signals, step by step.

    Absolute differences, those of means and of deviations added up, in the units of the
    transforms. The mean over the channels and the steps; a step that few signals reach counts
    little.

    References:
        Time-series Generative Adversarial Networks (Yoon et al., 2019), of whose published code
        this is the loss on moments
        https://papers.nips.cc/paper/8789-time-series-generative-adversarial-networks
    """

    @property
    def reads(self) -> frozenset[str]:
        return COMPARED

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        mask = outputs["mask"]
        made, real = (_moments(outputs[name], mask) for name in ("output", "target"))
        gaps = (made - real).abs().sum(0).mean(1)
        counts = mask.sum(0)
        return ((gaps * counts).sum() / counts.sum().clamp_min(1)).expand(len(mask))


@dataclass(frozen=True, slots=True)
class LatentMmd(Criterion):
    r"""Maximum mean discrepancy of drawn and real latents: 0 where nothing tells them apart.

    $\sqrt{\max(0, \mathrm{MMD}^2)}$ over the batch, with the unbiased $\mathrm{MMD}^2$ and the
    mean of five kernels $\exp(-d^2 / 2 \sigma^2)$, $\sigma$ the median distance of two real
    latents times 1/4, 1/2, 1, 2 and 4. It depends on how many signals are compared at a time; a
    signal alone is 0. The `mmd` of a sheet of scores is the same number.

    Raises:
        ValueError: If half of the pairs of real latents are the same.

    References:
        A Kernel Two-Sample Test (Gretton et al., 2012), eq. 3
        https://www.jmlr.org/papers/v13/gretton12a.html
    """

    @property
    def reads(self) -> frozenset[str]:
        return BOTH

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        real, fake = _rows(outputs)
        if len(real) < 2:
            return fake.new_zeros(len(real))
        with torch.no_grad():
            scale = _median(torch.pdist(real).square())
        if not scale > 0:
            raise ValueError(
                "latent_mmd must have real latents that differ, and half of their pairs are the"
                " same; train the representation first"
            )
        within = _off_diagonal(_kernel(real, real, scale)) + _off_diagonal(
            _kernel(fake, fake, scale)
        )
        squared = within - 2 * _kernel(real, fake, scale).mean()
        found = torch.where(squared > 0, squared, 1.0).sqrt()  # whose slope at 0 has no bounds
        return torch.where(squared > 0, found, 0.0).expand(len(real))


@dataclass(frozen=True, slots=True)
class LatentSpread(Criterion):
    """Deviation of drawn latents over that of real ones, the median over the latent numbers.

    1 where they vary alike, 0 where all that is drawn is the same: a watch for collapse, not a
    term. Numbers that never vary in the real ones do not count; a signal alone is 1.

    Raises:
        ValueError: If no number varies in the real ones.
    """

    @property
    def reads(self) -> frozenset[str]:
        return BOTH

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        real, fake = _rows(outputs)
        if len(real) < 2:
            return fake.new_ones(len(real))
        deviation = real.std(0)
        varies = deviation > LEAST_DEVIATION
        if not varies.any():
            raise ValueError(
                "latent_spread must have real latents that vary, and none of their numbers does;"
                " train the representation first"
            )
        return _median(fake.std(0)[varies] / deviation[varies]).expand(len(real))


def _rows(outputs: Outputs) -> tuple[Float[Tensor, "B N"], Float[Tensor, "B N"]]:
    return outputs["real_z"].flatten(1), outputs["fake_z"].flatten(1)


def _moments(x: Float[Tensor, "B T C"], mask: Bool[Tensor, "B T"]) -> Float[Tensor, "2 T C"]:
    """Mean and deviation of each step over the signals that reach it."""
    real = mask[..., None]
    counts = real.sum(0).clamp_min(1)
    mean = x.where(real, 0).sum(0) / counts
    variance = (x - mean).square().where(real, 0).sum(0) / counts
    return torch.stack((mean, (variance + LEAST_VARIANCE).sqrt()))


def _kernel(
    x: Float[Tensor, "N D"], y: Float[Tensor, "M D"], scale: Float[Tensor, ""]
) -> Float[Tensor, "N M"]:
    middle = y.detach().mean(0)  # large means would cancel badly
    x, y = x - middle, y - middle
    apart = x.square().sum(1)[:, None] + y.square().sum(1) - 2 * x @ y.T
    shares = apart.clamp_min(0) / (2 * scale)
    return torch.stack([(-shares / factor**2).exp() for factor in FACTORS]).mean(0)


def _off_diagonal(kernel: Float[Tensor, "N N"]) -> Float[Tensor, ""]:
    """The mean over pairs of different points."""
    count = len(kernel)
    return (kernel.sum() - kernel.diagonal().sum()) / (count * (count - 1))


def _median(x: Float[Tensor, " N"]) -> Float[Tensor, ""]:
    """The middle number, or the mean of the two in the middle."""
    ordered, half = x.sort().values, len(x) // 2
    return ordered[half] if len(x) % 2 else (ordered[half - 1] + ordered[half]) / 2
