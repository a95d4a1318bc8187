"""How alike a field is to itself at a distance."""

from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Complex, Float
from torch import Tensor

from .grid import copies, radius

LEAST_DEVIATION = 1e-10  # of a field that is not constant


def autocorrelation(fields: Float[Tensor, "... n n"]) -> Float[Tensor, "... n n"]:
    r"""The spatial autocorrelation of periodic fields about their means.

    $$A(r) = \frac{\sum_x (c(x) - \bar c) (c(x + r) - \bar c)}{\sum_x (c(x) - \bar c)^2}
           = \frac{F^{-1} |F (c - \bar c)|^2}{\sum_x (c(x) - \bar c)^2}$$

    Args:
        fields: Fields; none of them constant.

    Returns:
        Maps whose centre, the cell n / 2 of both axes, is distance 0 and holds 1.

    Raises:
        ValueError: If a field is constant.

    Example:
        >>> stripes = torch.tensor([1.0, -1.0]).repeat(4, 2)
        >>> autocorrelation(stripes)[2].tolist()
        [1.0, -1.0, 1.0, -1.0]
    """
    power = _power(torch.fft.rfft2(fields))
    size = fields.shape[-1]
    maps = torch.fft.irfft2(
        power.to(torch.promote_types(power.dtype, torch.complex64)), s=(size, size)
    )
    return torch.fft.fftshift(maps / maps[..., :1, :1], dim=(-2, -1))


def radial_profile(maps: Float[Tensor, "... n n"]) -> Float[Tensor, "... R"]:
    """The means of maps over rings about their centre.

    Args:
        maps: Maps whose centre is the cell n / 2 of both axes.

    Returns:
        A mean for each whole radius from 0 to n / 2, over the cells nearest to it.

    Example:
        >>> radial_profile(torch.eye(4)).tolist()
        [1.0, 0.25, 0.0]
    """
    size = maps.shape[-1]
    rings = torch.from_numpy(_rings(size)).to(maps.dtype)
    return maps.flatten(-2) @ rings


def profiles(waves: Complex[Tensor, "... n m"]) -> Float[Tensor, "... R"]:
    """The radial profiles of the autocorrelations of fields, by their waves.

    Args:
        waves: What `rfft2` makes of the fields.

    Raises:
        ValueError: If a field is constant.

    Example:
        >>> field = torch.rand(8, 8)
        >>> plain = radial_profile(autocorrelation(field))
        >>> torch.allclose(profiles(torch.fft.rfft2(field)), plain, atol=1e-5)
        True
    """
    power = _power(waves)
    seen = power.flatten(-2) @ torch.from_numpy(_seen_rings(waves.shape[-2])).to(power.dtype)
    return seen / seen[..., :1]


def _power(waves: Tensor) -> Tensor:
    """The squared size of each wave but that of the mean."""
    power = waves.real.square() + waves.imag.square()
    power[..., 0, 0] = 0.0
    size = waves.shape[-2]
    total = (power * torch.from_numpy(copies(size)).to(power.dtype)).sum((-2, -1))
    deviation = (total.sqrt() / size**2).flatten()
    if len(constant := torch.nonzero(~(deviation > LEAST_DEVIATION))):
        raise ValueError(
            f"fields must not be constant, which have no autocorrelation, got {len(constant)} "
            f"with a standard deviation below {LEAST_DEVIATION:g}, the first is frame "
            f"{int(constant[0])}"
        )
    return power


@lru_cache
def _rings(size: int) -> np.ndarray:
    """What sums a map to means over rings, (n n) x (n / 2 + 1)."""
    rings = radius(size).ravel()[:, None] == np.arange(size // 2 + 1)[None, :]
    return rings / rings.sum(0)


@lru_cache
def _seen_rings(size: int) -> np.ndarray:
    """The same for powers of waves: means over rings of what `irfft2` would make of them."""
    maps = np.fft.ifftshift(_rings(size).T.reshape(-1, size, size), axes=(1, 2))
    waves = np.fft.rfft2(maps).real * copies(size)
    return np.ascontiguousarray(waves.reshape(len(maps), -1).T)
