"""Where the Gaussians of an image stand before they are fitted."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

Placement = Literal["quantiles", "gradient", "lattice"]
_EVEN = 0.1  # share of the quantiles that is spread evenly, whatever the image shows
_RANDOM = 0.3  # share of the Gaussians that a placement by gradient draws anywhere


def placed(
    images: Float[Tensor, "B height width C"],
    count: int,
    placement: Placement,
    seeds: Sequence[Sequence[int]],
) -> Float[Tensor, "B T 2"]:
    """Centres for the Gaussians of each image, in pixels; x to the right, y down.

    Args:
        images: The images.
        count: How many Gaussians each gets.
        placement: `quantiles` cuts the image into bands of equal contrast, and each band
            into parts of equal contrast: slot k has its place among them in every image,
            and moves little when the image changes little. `gradient` draws 70 % by the
            square of the slope and 30 % anywhere, as Image-GS does. `lattice` is the same
            for every image.
        seeds: Of each image, for what is drawn.
    """
    if placement == "lattice":
        flat = torch.ones(1, *images.shape[1:3])
        return _quantiles(flat, count).expand(len(images), -1, -1)
    slope = _slope(images)
    if placement == "gradient":
        return _drawn(slope, count, seeds)
    share = slope / slope.sum((1, 2), keepdim=True).clamp_min(1e-12)
    return _quantiles((1 - _EVEN) * share + _EVEN / slope[0].numel(), count)


def _slope(images: Float[Tensor, "B height width C"]) -> Float[Tensor, "B height width"]:
    """How steep an image is at each pixel, the mean over its channels."""
    flat = images.mean(-1)
    steep = [
        torch.gradient(flat, dim=axis)[0] if flat.shape[axis] > 1 else torch.zeros_like(flat)
        for axis in (1, 2)
    ]
    return torch.hypot(*steep)


def _drawn(
    slope: Float[Tensor, "B height width"], count: int, seeds: Sequence[Sequence[int]]
) -> Float[Tensor, "B T 2"]:
    """The middles of pixels drawn by the square of the slope, some of them by chance."""
    pixels = slope[0].numel()
    weight = slope.flatten(1).double().square().numpy() + 1e-12
    weight /= weight.sum(1, keepdims=True)
    found = np.empty((len(slope), count), np.int64)
    anywhere = round(_RANDOM * count)
    for row, seed in enumerate(seeds):
        random = np.random.default_rng(seed)
        found[row, :anywhere] = random.choice(pixels, anywhere, replace=anywhere > pixels)
        steep = random.choice(
            pixels, count - anywhere, replace=count - anywhere > pixels, p=weight[row]
        )
        found[row, anywhere:] = steep
    places = torch.from_numpy(found)
    width = slope.shape[2]
    return torch.stack((places % width, places // width), -1).to(slope) + 0.5


def _quantiles(density: Float[Tensor, "B height width"], count: int) -> Float[Tensor, "B T 2"]:
    """Points at the quantiles of a density: bands from above, and in each from the left.

    A band holds as many points as its share of the whole says; a point is at the middle of
    its part of the band, and at the mean height of what lies in its column of the band.
    """
    images, height, width = density.shape
    bands = min(max(1, round((count * height / width) ** 0.5)), count)
    ends = torch.arange(bands + 1) * count // bands
    many = ends.diff()
    edges = _inverse(density.sum(2), (ends / count).expand(images, -1))
    row = torch.arange(height)
    inside = torch.minimum(edges[:, 1:, None], row + 1.0) - torch.maximum(
        edges[:, :-1, None], row + 0.0
    )
    inside = inside.clamp_min(0)
    place = (torch.arange(int(many.max())) + 0.5) / many[:, None]
    across = inside @ density
    x = _inverse(across.flatten(0, 1), place.clamp_max(1).repeat(images, 1))
    x = x.view(images, bands, -1)[:, place < 1]
    column = x.long().clamp_max(width - 1)[:, None].expand(-1, height, -1)
    weight = density.gather(2, column) * inside.repeat_interleave(many, 1).mT
    y = ((row + 0.5)[:, None] * weight).sum(1) / weight.sum(1)
    return torch.stack((x, y), -1)


def _inverse(density: Float[Tensor, "R P"], shares: Float[Tensor, "R S"]) -> Float[Tensor, "R S"]:
    """Where the sum of a positive density, from the left, reaches shares of its whole."""
    total = density.cumsum(1)
    total = total / total[:, -1:]
    cell = torch.searchsorted(total, shares.contiguous()).clamp_max(density.shape[1] - 1)
    after = total.gather(1, cell)
    before = torch.where(cell > 0, total.gather(1, (cell - 1).clamp_min(0)), 0.0)
    return cell + ((shares - before) / (after - before)).clamp(0, 1)
