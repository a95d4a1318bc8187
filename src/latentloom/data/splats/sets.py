"""Sets of Gaussians as samples: a slot is a step, what a Gaussian is are its channels."""

from collections.abc import Mapping

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..dataset import Dataset, Quantity, Schema

_SHAPE = (
    Quantity("x"),
    Quantity("y"),
    Quantity("scale_0", "1/px"),
    Quantity("scale_1", "1/px"),
    Quantity("rotation", "rad"),
)
_COLOURS = {1: ("grey",), 3: ("red", "green", "blue")}
MODES = {1: "grey", 3: "colour"}


def schema_of(colours: int) -> Schema:
    """The channels of Gaussians, and which of them belong together.

    Args:
        colours: 1 for grey, 3 for red, green and blue.

    Example:
        >>> dict(schema_of(3).spans)
        {'xy': 2, 'scale': 2, 'rot': 1, 'feat': 3}
    """
    names = tuple(Quantity(name) for name in _COLOURS[colours])
    spans = {"xy": 2, "scale": 2, "rot": 1, "feat": colours}
    return Schema(series=(*_SHAPE, *names), spans=spans)


def dataset_of(
    series: Float[Tensor, "N T C"],
    size: tuple[int, int],
    extras: Mapping[str, Tensor],
    lengths: Int[Tensor, " N"] | None = None,
) -> Dataset:
    """Sets of Gaussians that know the size of the images they are drawn as.

    Args:
        series: Centre as fractions of the image, reciprocal deviations per pixel, angle in
            radians and colours of each.
        size: Height and width of the images, in pixels; they become extras.
        extras: What else is known of each set.
        lengths: How many Gaussians each has; all of them if None.
    """
    sides = dict(zip(("height", "width"), torch.tensor(size), strict=True))
    known = {name: side.float().expand(len(series), 1).clone() for name, side in sides.items()}
    return Dataset(
        schema=schema_of(series.shape[-1] - len(_SHAPE)),
        series=series,
        lengths=lengths,
        extras={**extras, **known},
    )


def size_of(dataset: Dataset) -> tuple[int, int] | None:
    """Height and width, in pixels, of the images of sets; None if they know none, or several.

    Args:
        dataset: The sets; they know it by the extras `height` and `width`.

    Example:
        >>> size_of(dataset_of(torch.ones(2, 3, 6), (28, 32), {}))
        (28, 32)
    """
    found: list[int] = []
    for name in ("height", "width"):
        side = dataset.extras.get(name)
        if side is None or not len(side) or not (side == side[0]).all() or side[0, 0] < 1:
            return None
        found.append(int(side[0, 0]))
    return found[0], found[1]
