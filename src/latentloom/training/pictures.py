"""Pictures of signals and of what came back of them, for those who watch a run."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8
from torch import Tensor

from ..core.errors import DataError
from ..data.dataset import Dataset
from ..data.splats.png import Pixels, as_bytes, mosaic
from ..data.splats.sets import size_of
from ..data.transforms import Pipeline, Undo
from ..data.transforms.gaussian_form import FILED
from ..nn.splatting import draw
from .watching import Look

SHOWN = 8  # signals
TALL, WIDE = 48, 256  # pixels of a curve, at most

Pictures = Callable[[Look], Pixels]


@dataclass(frozen=True, slots=True)
class Rendered:
    """Draws sets of Gaussians as the images they stand for, real above reconstructed.

    Args:
        undo: Gives signals the units of their files.
        size: Height and width of the images, in pixels.
    """

    undo: Undo
    size: tuple[int, int]

    def __call__(self, look: Look) -> Pixels:
        """The first few sets; curves where the transforms cannot be undone by sets alone."""
        real = look.mask[:SHOWN]
        try:
            sets = [self.undo(values[:SHOWN]) for values in (look.truth, look.made)]
        except DataError:
            return lines(look)
        drawn = [as_bytes(draw(one.float(), size=self.size, real=real)) for one in sets]
        return mosaic(drawn, columns=SHOWN, scale=max(1, 64 // max(self.size)))


def lines(look: Look) -> Pixels:
    """The first channel of the first few signals as curves, real above reconstructed.

    Each pair has the scale of its real signal; where steps are padding, nothing is drawn.
    """
    truth, made = (_first(values) for values in (look.truth, look.made))
    mask = look.mask[:SHOWN].numpy()
    low, high = (np.where(mask, truth, fill).T for fill in (np.inf, -np.inf))
    low, high = low.min(0)[:, None], high.max(0)[:, None]
    scale = np.maximum(high - low, 1e-12)
    curves = [_curves((values - low) / scale, mask) for values in (truth, made)]
    return mosaic(curves, columns=2)


def pictures_of(pipeline: Pipeline, ready: Dataset) -> Pictures:
    """How the signals of a run are drawn.

    Args:
        pipeline: The fitted transforms.
        ready: Some of its signals, after them.
    """
    names, size = pipeline.schema.names("series"), size_of(ready)
    gaussians = names[: len(FILED)] == FILED and len(names) - len(FILED) in (1, 3)
    return Rendered(Undo(pipeline), size) if gaussians and size else lines


def _first(values: Float[Tensor, "N T C"]) -> Float[np.ndarray, "_ T"]:
    return np.nan_to_num(values[:SHOWN, :, 0].double().numpy())


def _curves(
    heights: Float[np.ndarray, "N T"], mask: np.ndarray
) -> UInt8[np.ndarray, "N height width 1"]:
    """White curves of heights in [0, 1] on black."""
    steps = np.linspace(0, heights.shape[1] - 1, min(heights.shape[1], WIDE)).astype(int)
    place = np.round((1 - heights[:, steps].clip(0, 1)) * (TALL - 1))
    after = np.concatenate((place[:, 1:], place[:, -1:]), 1)
    rows = np.arange(TALL)[None, :, None]
    top, bottom = np.minimum(place, after)[:, None], np.maximum(place, after)[:, None]
    drawn = (rows >= top) & (rows <= bottom) & mask[:, None, steps]
    return (drawn * np.uint8(255))[..., None]
