"""Fits Gaussians to many images at once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from ...core.ranges import at_least, positive
from ...nn.splatting import precisions, render
from .placing import Placement, placed
from .quality import psnr, ssim

_THINNEST = 0.3  # pixels; what is thinner falls between the middles of pixels
_DROP = (0.75, 0.1)  # of the steps, and of the rates behind them
_MEMORY = (0.8, 0.95)  # of Adam; for few steps
_STRUCTURE = 0.1  # weight of 1 - SSIM beside the absolute error


@dataclass(frozen=True, slots=True, kw_only=True)
class GaussianFit:
    """How Gaussians are fitted to images.

    Adam moves all that the Gaussians are, for all images at once; each image is fitted as
    it would be alone. After three quarters of the steps the rates fall to a tenth. The
    defaults are for few steps: 40 fit 64 Gaussians to a digit of 28 x 28 pixels to 37 dB.

    Args:
        gaussians: How many each image gets.
        steps: How many steps Adam takes.
        placement: Where they start: `quantiles` at equal parts of the contrast, so that a
            slot stands for alike places in alike images; `gradient` at random where the
            image is steep, and some anywhere, as in Image-GS; `lattice` evenly.
        criterion: What is made small: the `squared` error, best for PSNR; the `absolute`
            one; or `structural`, the absolute one and a tenth of 1 - SSIM, as in Image-GS.
        nearest: How many Gaussians are blended at a pixel, 10 in Image-GS; all if None,
            which is several times as fast.
        width: First deviation of a Gaussian, as a share of the mean distance between them.
        rates: Of a step: of centres in pixels, of the logarithms of deviations, of angles
            in radians, and of colours.

    Raises:
        ValueError: If there are no Gaussians or steps, or a width or rate is not positive.

    References:
        Image-GS: Content-adaptive image representation via 2D Gaussians (Zhang et al.,
        2025), section 3 https://arxiv.org/abs/2407.01866
    """

    gaussians: int = 64
    steps: int = 60
    placement: Placement = "quantiles"
    criterion: Literal["squared", "absolute", "structural"] = "squared"
    nearest: int | None = None
    width: float = 0.4
    rates: tuple[float, float, float, float] = (0.3, 0.1, 0.15, 0.05)

    def __post_init__(self) -> None:
        at_least(1, gaussians=self.gaussians, steps=self.steps)
        at_least(1, nearest=1 if self.nearest is None else self.nearest)
        positive(width=self.width)
        for name, rate in zip(("centres", "sizes", "angles", "colours"), self.rates, strict=True):
            positive(**{f"rates of {name}": rate})

    def check(self, height: int, width: int) -> None:
        """Checks that as a file Gaussians are worth their while for images of a size.

        Raises:
            ValueError: If there are more Gaussians than pixels.
        """
        if self.gaussians > height * width:
            raise ValueError(
                f"gaussians must be at most the {height * width} pixels of an image of {height} x"
                f" {width}, got {self.gaussians}: pixels are fewer numbers, and tell all; take"
                " fewer Gaussians, or larger images"
            )


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """Gaussians fitted to images.

    Attributes:
        series: What they are, in the parameters of files.
        psnr: Of each image as they draw it, cut to [0, 1], in decibel.
        ssim: Of each image as they draw it, cut to [0, 1].
    """

    series: Float[Tensor, "B T C"]
    psnr: Float[Tensor, " B"]
    ssim: Float[Tensor, " B"]


class _Gaussians(NamedTuple):
    """What Adam moves."""

    centres: Tensor  # pixels
    sizes: Tensor  # logarithms of reciprocal deviations
    angles: Tensor
    colours: Tensor

    def drawn(self, size: tuple[int, int], nearest: int | None) -> Tensor:
        shapes = precisions(self.sizes.exp(), self.angles)
        return render(self.centres, shapes, self.colours, size=size, nearest=nearest)


def fit(
    images: Float[Tensor, "B height width C"],
    settings: GaussianFit,
    seeds: Sequence[Sequence[int]],
) -> Fitted:
    """Fits Gaussians to images.

    Args:
        images: The images, with values in [0, 1] and 1 or 3 channels.
        settings: How they are fitted.
        seeds: Of each image, for what is drawn at random.

    Example:
        >>> image = torch.linspace(0, 1, 8).expand(1, 8, 8)[..., None]
        >>> fitted = fit(image, GaussianFit(gaussians=4), seeds=[[0]])
        >>> tuple(fitted.series.shape), bool(fitted.psnr > 30)
        ((1, 4, 6), True)
    """
    height, width = images.shape[1:3]
    found = _started(images, settings, seeds)
    groups = [
        {"params": [values], "lr": rate}
        for values, rate in zip(found, settings.rates, strict=True)
    ]
    optimiser = torch.optim.Adam(groups, betas=_MEMORY, fused=True)
    late = round(_DROP[0] * settings.steps)
    for step in range(settings.steps):
        if step == late:
            for group in optimiser.param_groups:
                group["lr"] *= _DROP[1]
        optimiser.zero_grad()
        made = found.drawn((height, width), settings.nearest)
        _loss(made, images, settings.criterion).backward()
        optimiser.step()
        with torch.no_grad():
            found.sizes.clamp_(-math.log(max(height, width)), -math.log(_THINNEST))
    with torch.no_grad():
        made = found.drawn((height, width), settings.nearest).clamp(0, 1)
        sides = images.new_tensor((width, height))
        shape = (found.sizes.exp(), found.angles[..., None])
        series = torch.cat((found.centres / sides, *shape, found.colours), -1)
        return Fitted(series, psnr(made, images), ssim(made, images))


def _started(
    images: Float[Tensor, "B height width C"],
    settings: GaussianFit,
    seeds: Sequence[Sequence[int]],
) -> _Gaussians:
    """Round Gaussians of one size, each in the colour of the pixel it stands on."""
    _, height, width, channels = images.shape
    count = settings.gaussians
    centres = placed(images, count, settings.placement, seeds)
    x, y = centres.long().unbind(-1)
    pixel = y.clamp(0, height - 1) * width + x.clamp(0, width - 1)
    colours = images.flatten(1, 2).gather(1, pixel[..., None].expand(-1, -1, channels))
    deviation = max(settings.width * math.sqrt(height * width / count), _THINNEST)
    made = _Gaussians(
        centres=centres.contiguous(),
        sizes=torch.full_like(centres, -math.log(deviation)),
        angles=torch.zeros_like(centres[..., 0]),
        colours=colours,
    )
    return _Gaussians(*(values.clone().requires_grad_() for values in made))


def _loss(made: Tensor, images: Tensor, criterion: str) -> Tensor:
    """The sum over images, so that each learns as it would alone."""
    if criterion == "squared":
        return (made - images).square().sum()
    error = (made - images).abs().mean((1, 2, 3))
    if criterion == "structural":
        error = error + _STRUCTURE * (1 - ssim(made, images))
    return error.sum()
