"""How near images are to others, as the literature of images measures it."""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

_LEAST = 1e-10  # of a mean squared error: 100 dB
_WINDOW, _DEVIATION = 11, 1.5  # pixels
_STABLE = (0.01**2, 0.03**2)


def psnr(
    made: Float[Tensor, "B height width C"], real: Float[Tensor, "B height width C"]
) -> Float[Tensor, " B"]:
    r"""The peak signal-to-noise ratio, in decibel, of images between 0 and 1.

    $$-10 \log_{10} \frac{1}{n} \sum (made - real)^2$$

    over pixels and channels; 100 dB where they are equal.

    Example:
        >>> psnr(torch.zeros(1, 2, 2, 1), torch.full((1, 2, 2, 1), 0.1)).tolist()
        [20.0]
    """
    error = (made - real).square().mean((1, 2, 3))
    return -10 * error.clamp_min(_LEAST).log10()


def ssim(
    made: Float[Tensor, "B height width C"], real: Float[Tensor, "B height width C"]
) -> Float[Tensor, " B"]:
    r"""The structural similarity of images between 0 and 1; 1 where they are equal.

    $$\frac{(2 \mu_x \mu_y + c_1)(2 \sigma_{xy} + c_2)}
      {(\mu_x^2 + \mu_y^2 + c_1)(\sigma_x^2 + \sigma_y^2 + c_2)},
      \qquad c_1 = 0.01^2, \; c_2 = 0.03^2,$$

    the mean over all places at which a window of 11 x 11 pixels fits, and over channels. The
    window weighs by a Gaussian of 1.5 pixels; in smaller images it is as large as fits.

    Example:
        >>> image = torch.rand(1, 12, 12, 3)
        >>> ssim(image, image).tolist()
        [1.0]

    References:
        Image quality assessment: from error visibility to structural similarity (Wang et
        al., 2004), equation (13) https://doi.org/10.1109/TIP.2003.819861
    """
    height, width = real.shape[1:3]
    down, across = (_window(min(_WINDOW, side), real) for side in (height, width))
    x, y = (image.permute(0, 3, 1, 2).reshape(-1, 1, height, width) for image in (made, real))
    moments = torch.cat((x, y, x * x, y * y, x * y), 1).flatten(0, 1)[:, None]
    seen = F.conv2d(F.conv2d(moments, down[None, None, :, None]), across[None, None, None])
    mean_x, mean_y, of_xx, of_yy, of_xy = seen.view(len(x), 5, -1).unbind(1)
    both, squares = mean_x * mean_y, mean_x**2 + mean_y**2
    light = (2 * both + _STABLE[0]) / (squares + _STABLE[0])
    shape = (2 * (of_xy - both) + _STABLE[1]) / (of_xx + of_yy - squares + _STABLE[1])
    return (light * shape).view(len(made), -1).mean(1)


def _window(side: int, like: Tensor) -> Float[Tensor, " side"]:
    place = torch.arange(side).to(like) - (side - 1) / 2
    weight = torch.exp(-(place**2) / (2 * math.pow(_DEVIATION, 2)))
    return weight / weight.sum()
