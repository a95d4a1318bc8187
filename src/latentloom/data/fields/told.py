"""What is told of fields before components are fitted."""

from typing import Literal

import numpy as np
import torch
from jaxtyping import Complex
from torch import Tensor

from .autocorrelation import autocorrelation, profiles
from .fitting import principal

Telling = Literal["radial", "maps", "per_run"]


def told(waves: Complex[Tensor, "T n m"], form: Telling, components: int) -> np.ndarray:
    """What is told of the frames of one run.

    It is made for one run at a time, so that it has the same bits whatever the others are.

    Args:
        waves: What `rfft2` makes of the frames.
        form: `radial` tells profiles of autocorrelations, `maps` all of them, `per_run` the
            scores on the principal components of the run's own maps.
        components: How many of these.

    Returns:
        Frames x radii, frames x n n, or frames x components.

    Raises:
        ValueError: If a field is constant, or there are not enough frames for `per_run`.
    """
    if form == "radial":
        return profiles(waves).numpy()
    size = waves.shape[-2]
    maps = autocorrelation(torch.fft.irfft2(waves, s=(size, size))).flatten(1).numpy()
    if form == "maps":
        return maps
    own = principal(maps, components, form="maps", grid=size)
    return own.scores(maps).astype(np.float32)
