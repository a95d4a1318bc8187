"""Sets of Gaussians that draw a few strokes, each set told by a few numbers."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch

from ...core.ranges import at_least
from ..dataset import Dataset
from ..splats.sets import MODES, dataset_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Splats:
    r"""What simulated sets of Gaussians are like.

    A set draws strokes, arcs of circles with soft edges. A stroke is told by its middle
    $(x, y)$, length $L$, direction $\varphi$ and bend $\kappa$ in its middle, thickness, and
    the colours at both ends; the Gaussians of a stroke stand at equal steps $u$ from -1/2 to
    1/2 along it,

    $$p(u) = p_0 + L \int_0^u (\cos(\varphi + \kappa v), \sin(\varphi + \kappa v)) \, dv,$$

    turned along it, as long as they are apart, and as wide as it is thick. These factors
    are an extra: a model that finds them needs so many numbers and no more.

    Fitted sets have no order, and tell one Gaussian in many ways: the deviations swapped
    and a quarter turn more, half turns more. Here both can be switched on and off.

    Args:
        records: How many sets.
        gaussians: The fewest and the most Gaussians of a set; fewer than the most are
            padded.
        strokes: How many strokes a set draws.
        height: Of the image, in pixels.
        width: Of the image, in pixels.
        mode: Whether colours are shades of grey, or red, green and blue.
        order: Whether slots follow the strokes, or are shuffled.
        told: Whether each Gaussian is told by its canonical parameters, the larger
            deviation first and the angle in $[-\pi/2, \pi/2)$, or by any that draw it.

    Raises:
        ValueError: If there are no records or strokes, fewer Gaussians than strokes, or the
            sides of the image are not positive.

    Example:
        >>> dataset = simulate(Splats(records=2, gaussians=(16, 16)), seed=0)
        >>> tuple(dataset.series.shape), tuple(dataset.extras["factors"].shape)
        ((2, 16, 6), (2, 16))
    """

    records: int = 2000
    gaussians: tuple[int, int] = (64, 64)
    strokes: int = 2
    height: int = 28
    width: int = 28
    mode: Literal["grey", "colour"] = "grey"
    order: Literal["strokes", "shuffled"] = "shuffled"
    told: Literal["canonical", "anyhow"] = "anyhow"

    def __post_init__(self) -> None:
        at_least(1, records=self.records, strokes=self.strokes)
        at_least(1, height=self.height, width=self.width)
        fewest, most = self.gaussians
        if not self.strokes <= fewest <= most:
            raise ValueError(
                f"gaussians must rise from at least the {self.strokes} strokes, got {fewest} to"
                f" {most}"
            )


def simulate(settings: Splats, seed: int) -> Dataset:
    """Draws sets of Gaussians; equal seeds give equal sets.

    Returns:
        Series `x`, `y`, `scale_0`, `scale_1`, `rotation` and the colours. The extra `factors`
        holds what tells each stroke, stroke by stroke: x, y and length as shares of the
        image, direction and bend in radians, thickness in pixels, colours at both ends.
    """
    random = np.random.default_rng(seed)
    fewest, most = settings.gaussians
    counts = random.integers(fewest, most + 1, settings.records)
    factors = _factors(settings, random)
    slot = np.arange(most)
    stroke = slot * settings.strokes // counts[:, None]  # of each slot; past the last: padding
    real = stroke < settings.strokes
    own = np.take_along_axis(factors, np.minimum(stroke, settings.strokes - 1)[..., None], 1)
    first = -(-stroke * counts[:, None] // settings.strokes)
    many = -(-(stroke + 1) * counts[:, None] // settings.strokes) - first
    values = _along(settings, own, (slot - first + 0.5) / many - 0.5, many)
    if settings.told == "anyhow":
        _retold(values, random)
    if settings.order == "shuffled":
        keys = np.where(real, random.uniform(size=real.shape), 2.0)
        values = np.take_along_axis(values, keys.argsort(1)[..., None], 1)
    values[~real] = 0
    return dataset_of(
        torch.from_numpy(values.astype(np.float32)),
        (settings.height, settings.width),
        {"factors": torch.from_numpy(factors.reshape(settings.records, -1).astype(np.float32))},
        None if fewest == most else torch.from_numpy(counts),
    )


def _factors(settings: Splats, random: np.random.Generator) -> np.ndarray:
    """What tells each stroke, records x strokes x factors."""
    shape = (settings.records, settings.strokes)
    inks = next(count for count, mode in MODES.items() if mode == settings.mode)
    shorter = min(settings.height, settings.width)
    return np.concatenate(
        (
            random.uniform(0.3, 0.7, (*shape, 2)),
            random.uniform(0.3, 0.7, (*shape, 1)),
            random.uniform(-np.pi / 2, np.pi / 2, (*shape, 1)),
            random.uniform(-2, 2, (*shape, 1)),
            random.uniform(0.012, 0.03, (*shape, 1)) * shorter,
            random.uniform(0.3, 1, (*shape, 2 * inks)),
        ),
        -1,
    )


def _along(settings: Splats, own: np.ndarray, place: np.ndarray, many: np.ndarray) -> np.ndarray:
    """The Gaussians of strokes in canonical parameters.

    Args:
        settings: What the sets are like.
        own: The factors of the stroke of each, records x slots x factors.
        place: Where on it each is, from -1/2 to 1/2.
        many: How many there are on its stroke.
    """
    x, y, length, direction, bend, thickness = np.moveaxis(own[..., :6], -1, 0)
    sides = np.array([settings.width, settings.height])
    length = length * sides.min()
    chord = length * place * np.sinc(bend * place / 2 / np.pi)
    turned = direction + bend * place / 2
    centre = np.stack((x, y), -1) * sides
    centre += chord[..., None] * np.stack((np.cos(turned), np.sin(turned)), -1)
    before, behind = np.split(own[..., 6:], 2, -1)
    colours = before + (place[..., None] + 0.5) * (behind - before)
    along = np.maximum(length / many, thickness * 1.05)
    angle = (direction + bend * place + np.pi / 2) % np.pi - np.pi / 2
    shape = np.stack((1 / along, 1 / thickness, angle), -1)
    return np.concatenate((centre / sides, shape, colours), -1)


def _retold(values: np.ndarray, random: np.random.Generator) -> None:
    """Tells each Gaussian by other parameters that draw the same, in place."""
    swapped = random.uniform(size=values.shape[:2]) < 0.5
    values[swapped, 2:4] = values[swapped, 3:1:-1]
    values[..., 4] += np.pi / 2 * swapped + np.pi * random.integers(-1, 2, values.shape[:2])
