"""Images drawn with two-dimensional Gaussians, differentiable in all that these are.

A Gaussian is a spot of one colour with soft edges. Coordinates are in pixels: x to the right
from the left edge of the image, y down from its upper edge, so that the middle of the pixel in
row i and column j lies at (j + 1/2, i + 1/2).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.autograd.function import once_differentiable

from ..core.ranges import at_least

SOFTENING = 1e-4  # added to the sum of weights, so that empty places are black
_REACH = 24.0  # a Gaussian ends where its weight is 2 to the minus this
_TILE = 32  # pixels along a side, of a larger image, that are drawn at once
_SURE = 1e-5  # a determinant below so much of its products is lost in rounding
_FAR = -1e4  # pixels; where Gaussians stand that are not there
_AT_ONCE = {"cpu": 1 << 18}  # weights of pixels by Gaussians that fit into the cache
_AT_ONCE_ELSEWHERE = 1 << 24


def precisions(
    scales: Float[Tensor, "*B 2"], rotations: Float[Tensor, "*B"]
) -> Float[Tensor, "*B 3"]:
    r"""The inverse covariances of Gaussians.

    $$\Sigma^{-1} = R \, \mathrm{diag}(q_0^2, q_1^2) \, R^T, \qquad
      R = \begin{pmatrix} \cos \theta & -\sin \theta \\ \sin \theta & \cos \theta
      \end{pmatrix}$$

    Args:
        scales: $q$, the reciprocals of the deviations, per pixel; their sign does not
            matter.
        rotations: $\theta$, from the x axis to the first deviation, in radians.

    Returns:
        The entries xx, xy and yy, per square pixel.

    Example:
        >>> precisions(torch.tensor([0.5, 2.0]), torch.tensor(0.0))
        tensor([0.2500, -0.0000, 4.0000])
    """
    along, across = scales.square().unbind(-1)
    cosine, sine = rotations.cos(), rotations.sin()
    return torch.stack(
        (
            along * cosine**2 + across * sine**2,
            (along - across) * cosine * sine,
            along * sine**2 + across * cosine**2,
        ),
        -1,
    )


def precisions_of(covariances: Float[Tensor, "*B 2 2"]) -> Float[Tensor, "*B 3"]:
    """The inverses of covariances, in square pixels, as `precisions` writes them.

    Example:
        >>> precisions_of(torch.tensor([[4.0, 1.0], [1.0, 0.5]])).tolist()
        [0.5, -1.0, 4.0]
    """
    xx, xy, yy = covariances[..., 0, 0], covariances[..., 0, 1], covariances[..., 1, 1]
    return torch.stack((yy, -xy, xx), -1) / (xx * yy - xy**2)[..., None]


def draw(
    series: Float[Tensor, "B T C"],
    *,
    size: tuple[int, int],
    nearest: int | None = None,
    real: Bool[Tensor, "B T"] | None = None,
) -> Float[Tensor, "B height width _"]:
    r"""Images of sets of Gaussians in the parameters of files; see `render`.

    Args:
        series: Of each Gaussian its centre x, y as fractions of the image; the reciprocals
            of its two deviations, per pixel; its angle in radians; its colours.
        size: Height and width of the images, in pixels.
        nearest: How many Gaussians are blended at a pixel; all if None.
        real: Which of them are no padding; all if None.

    Example:
        >>> spot = torch.tensor([[[0.5, 0.5, 1.0, 1.0, 0.0, 0.8]]])
        >>> image = draw(spot, size=(3, 3))
        >>> [round(value, 3) for value in image[0, 1, :, 0].tolist()]
        [0.8, 0.8, 0.8]
    """
    height, width = size
    return render(
        series[..., :2] * series.new_tensor((width, height)),
        precisions(series[..., 2:4], series[..., 4]),
        series[..., 5:],
        size=size,
        nearest=nearest,
        real=real,
    )


def render(
    centres: Float[Tensor, "B T 2"],
    precisions: Float[Tensor, "B T 3"],
    colours: Float[Tensor, "B T C"],
    *,
    size: tuple[int, int],
    nearest: int | None = None,
    real: Bool[Tensor, "B T"] | None = None,
) -> Float[Tensor, "B height width C"]:
    r"""Images of sets of Gaussians.

    At a pixel p the colours of the Gaussians are blended by their weights,

    $$I(p) = \frac{\sum_i w_i(p) \, c_i}{\sum_i w_i(p) + 10^{-4}}, \qquad
      w_i(p) = \exp(-\tfrac{1}{2} (p - m_i)^T \Sigma_i^{-1} (p - m_i)),$$

    over all of them, or over the `nearest` with the largest weights there; the order of the
    set does not matter. Where nothing is near, the image is black. Gradients flow to
    centres, precisions and colours, but not through the choice of the nearest; they are
    written out, so that the weights are never kept, and memory is that of one tile.

    Images larger than 32 pixels are drawn in tiles, each with those Gaussians only that
    weigh more than $2^{-24}$ somewhere in it; in single numbers at least, whatever else a
    network computes in. Choosing the nearest costs several times
    what all of them cost: it is for sets that were fitted by it.

    Args:
        centres: $m$, in pixels.
        precisions: $\Sigma^{-1}$ as its entries xx, xy, yy, per square pixel.
        colours: $c$, in [0, 1] as a rule; any number of channels, 1 for grey.
        size: Height and width of the images, in pixels.
        nearest: How many Gaussians are blended at a pixel, 10 in Image-GS; those of equal
            weight go in together; all of them if None.
        real: Which Gaussians are no padding; all if None.

    Raises:
        ValueError: If `nearest` or the size is less than 1.

    References:
        Image-GS: Content-adaptive image representation via 2D Gaussians (Zhang et al.,
        2025), equations (1) to (4) https://arxiv.org/abs/2407.01866
    """
    height, width = size
    at_least(1, height=height, width=width, nearest=1 if nearest is None else nearest)
    if real is not None:
        centres = centres.where(real[..., None], _FAR)
        precisions = precisions.where(real[..., None], precisions.new_tensor((1.0, 0.0, 1.0)))
    gaussians = torch.cat((centres, precisions, colours, torch.ones_like(colours[..., :1])), -1)
    with torch.autocast(gaussians.device.type, enabled=False):
        gaussians = gaussians.to(torch.promote_types(gaussians.dtype, torch.float32))
        sums = _Canvas.of(size, gaussians).blended(gaussians, nearest)[:, :, :height, :width]
        return (sums[:, :-1] / (sums[:, -1:] + SOFTENING)).permute(0, 2, 3, 1)


@dataclass(frozen=True, slots=True, eq=False)
class _Canvas:
    """Equal tiles that cover images.

    Attributes:
        rows: Tiles down the image.
        columns: Tiles across the image.
        height: Of a tile, in pixels.
        width: Of a tile, in pixels.
        middles: The middle of each tile, in pixels, row by row.
        powers: $x^2, xy, y^2, x, y, 1$ of each pixel of a tile, from its middle.
    """

    rows: int
    columns: int
    height: int
    width: int
    middles: Float[Tensor, "tiles 2"]
    powers: Float[Tensor, "6 P"]

    @classmethod
    def of(cls, size: tuple[int, int], like: Tensor) -> _Canvas:
        """Tiles for images of a size, with numbers of the kind of another tensor."""
        rows, columns = (-(-side // _TILE) for side in size)
        height, width = -(-size[0] // rows), -(-size[1] // columns)
        down = (torch.arange(rows).to(like) + 0.5) * height
        across = (torch.arange(columns).to(like) + 0.5) * width
        y = torch.arange(height).to(like)[:, None].expand(height, width) - (height - 1) / 2
        x = torch.arange(width).to(like).expand(height, width) - (width - 1) / 2
        return cls(
            rows=rows,
            columns=columns,
            height=height,
            width=width,
            middles=torch.cartesian_prod(down, across).flip(-1),
            powers=torch.stack((x * x, x * y, y * y, x, y, torch.ones_like(x))).flatten(1),
        )

    def blended(
        self, gaussians: Float[Tensor, "B T D"], nearest: int | None
    ) -> Float[Tensor, "B C Y X"]:
        """The sums of the inks of Gaussians by their weights.

        Args:
            gaussians: Centre, precision and inks of each.
            nearest: How many count at a pixel.
        """
        images, count, features = gaussians.shape
        if len(self.middles) == 1:
            sums = self._blend(gaussians, self.middles[0], [count] * images, nearest)
            return sums.view(images, -1, self.height, self.width)
        table, counts = self._seen(gaussians)
        order = counts.argsort(descending=True)
        none = gaussians.new_zeros(1, features)
        none[0, :5] = none.new_tensor((_FAR, _FAR, 1.0, 0.0, 1.0))
        rows = torch.cat((gaussians.flatten(0, 1), none))
        shown = rows.index_select(0, table[order].flatten()).view(*table.shape, features)
        middles = self.middles[order % len(self.middles), None]
        sums = self._blend(shown, middles, counts[order].tolist(), nearest)
        sums = sums.index_select(0, order.argsort())
        apart = sums.view(images, self.rows, self.columns, -1, self.height, self.width)
        together = apart.permute(0, 3, 1, 4, 2, 5)
        return together.reshape(images, -1, self.rows * self.height, self.columns * self.width)

    def _blend(
        self,
        shown: Float[Tensor, "J M D"],
        middles: Tensor,
        counts: list[int],
        nearest: int | None,
    ) -> Float[Tensor, "J C P"]:
        factors = _factors(shown[..., :2] - middles, shown[..., 2:5])
        room = _AT_ONCE.get(shown.device.type, _AT_ONCE_ELSEWHERE) // self.powers.shape[1]
        shares = list(_shares(counts, room))
        return _Blend.apply(factors, shown[..., 5:], self.powers, shares, nearest)  # pyright: ignore[reportReturnType]

    def _seen(
        self, gaussians: Float[Tensor, "B T D"]
    ) -> tuple[Int[Tensor, "J M"], Int[Tensor, " J"]]:
        """Which Gaussians, of those of all images in a row, each tile shows, and how many.

        Rows are filled up with the number behind the last Gaussian.
        """
        images, count, _ = gaussians.shape
        xx, xy, yy = gaussians[..., 2:5].detach().unbind(-1)
        area = xx * yy - xy**2
        area = area.where(area > _SURE * xx * yy, 0)  # long needles may be anywhere
        spread = torch.stack((yy, xx), -1) / area[..., None]
        half = gaussians.new_tensor((self.width, self.height)) / 2
        reach = (2 * _REACH * math.log(2) * spread).sqrt() + half
        away = (gaussians[:, None, :, :2].detach() - self.middles[:, None]).abs()
        shown = (away <= reach[:, None]).all(-1).flatten(0, 1)
        tiles, numbers = shown.nonzero(as_tuple=True)
        counts = shown.sum(1)
        place = torch.arange(len(tiles), device=tiles.device) - (counts.cumsum(0) - counts)[tiles]
        table = tiles.new_full((len(shown), int(counts.max())), images * count)
        table[tiles, place] = numbers + tiles // len(self.middles) * count
        return table, counts


def _shares(counts: list[int], room: int) -> Iterator[tuple[slice, slice]]:
    """The tiles that are drawn at once, and the Gaussians that they show.

    Args:
        counts: How many Gaussians each tile shows, falling.
        room: How many Gaussians may be drawn at once.
    """
    start = 0
    while start < len(counts) and counts[start]:
        end = min(start + max(1, room // counts[start]), len(counts))
        yield slice(start, end), slice(counts[start])
        start = end


def _factors(
    centres: Float[Tensor, "J M 2"], precisions: Float[Tensor, "J M 3"]
) -> Float[Tensor, "J M 6"]:
    """The factors of $x^2, xy, y^2, x, y, 1$ in the exponent of a weight, to the base 2."""
    x, y = centres.unbind(-1)
    xx, xy, yy = (precisions / math.log(2)).unbind(-1)
    right, down = xx * x + xy * y, xy * x + yy * y
    return torch.stack((-xx / 2, -xy, -yy / 2, right, down, -(right * x + down * y) / 2), -1)


class _Blend(torch.autograd.Function):
    """The sums of inks at the pixels of tiles; weights are worked out twice and never kept."""

    @staticmethod
    def forward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any,
        factors: Float[Tensor, "J M 6"],
        inks: Float[Tensor, "J M C"],
        powers: Float[Tensor, "6 P"],
        shares: list[tuple[slice, slice]],
        nearest: int | None,
    ) -> Float[Tensor, "J C P"]:
        ctx.save_for_backward(factors, inks, powers)
        ctx.shares, ctx.nearest = shares, nearest
        sums = inks.new_zeros(len(inks), inks.shape[2], powers.shape[1])
        for part in shares:
            weights = _weights(factors[part], powers, nearest)
            torch.bmm(inks[part].mT, weights, out=sums[part[0]])
        return sums

    @staticmethod
    @once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, slopes: Float[Tensor, "J C P"]
    ) -> tuple[Float[Tensor, "J M 6"], Float[Tensor, "J M C"], None, None, None]:
        factors, inks, powers = ctx.saved_tensors
        of_factors, of_inks = torch.zeros_like(factors), torch.zeros_like(inks)
        with torch.autocast(factors.device.type, enabled=False):
            for part in ctx.shares:
                weights = _weights(factors[part], powers, ctx.nearest)
                here = slopes[part[0]]
                of_inks[part] = (here @ weights.mT).mT
                weights *= inks[part] @ here
                of_factors[part] = (powers @ weights.mT).mT
        return of_factors.mul_(math.log(2)), of_inks, None, None, None


def _weights(
    factors: Float[Tensor, "G M 6"], powers: Float[Tensor, "6 P"], nearest: int | None
) -> Float[Tensor, "G M P"]:
    """What each Gaussian weighs at each pixel; 0 where enough others are nearer.

    The exponents are polynomials, thus a product of matrices; a power of 2 costs a fraction
    of one of e. None is above 0 but by the rounding of what is far and long.
    """
    weights = (factors @ powers).clamp_max_(0).exp2_()
    if nearest is not None and nearest < weights.shape[1]:
        chosen = weights.mT.contiguous().topk(nearest, sorted=False).values.amin(-1)
        weights.masked_fill_(weights < chosen[:, None], 0)
    return weights
