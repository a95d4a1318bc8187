"""Draws the sets of Gaussians of files as one picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from ..core.errors import DataError, RecipeError
from ..core.files import write_atomically
from ..core.ranges import at_least
from ..data.dataset import Dataset
from ..data.formats import read
from ..data.splats import as_bytes, encoded, mosaic, size_of
from ..data.transforms.gaussian_form import FILED, check_gaussians
from ..nn.splatting import draw

ENDING = ".png"
CHUNK = 64  # sets that are drawn at once
FIRST = 64  # sets that are drawn where none are named
COLOURS = (1, 3)
Size = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """How sets of files become one picture.

    Args:
        columns: How many sets stand side by side, at most.
        scale: How many pixels, down and across, stand for one.
        size: Height and width of each image, in pixels; as the files know it if None.
        nearest: How many Gaussians are blended at a pixel; all if None.
        pixels: Whether the images that the sets were fitted to stand above them.

    Raises:
        ValueError: If a number is below 1.
    """

    columns: int = 8
    scale: int = 4
    size: Size | None = None
    nearest: int | None = None
    pixels: bool = False

    def __post_init__(self) -> None:
        at_least(1, columns=self.columns, scale=self.scale)
        at_least(1, nearest=1 if self.nearest is None else self.nearest)
        height, width = self.size or (1, 1)
        at_least(1, height=height, width=width)


def render_files(
    paths: Sequence[Path], output: Path, settings: Rendering, records: str = ""
) -> tuple[int, int]:
    """Writes a PNG file with the images of sets, those of further files below the first's.

    Args:
        paths: Files with sets of Gaussians; the same records of each are shown.
        output: The picture; a new file.
        settings: How they are drawn.
        records: Which sets, counted from 0, such as `0,3,10-19`; the first 64 if empty.

    Returns:
        How many sets were drawn of the first file, and how many it has.

    Raises:
        DataError: If a file holds no sets of Gaussians, or such as cannot be drawn; or the
            output exists, or does not end in .png.
        RecipeError: If there are no such records.
    """
    if output.suffix.lower() != ENDING:
        raise DataError(str(output), f"must end in {ENDING}")
    if output.exists():
        raise DataError(str(output), "must be a new file, and it exists; choose another name")
    sets = {path: _sets(path) for path in paths}
    size = _size(sets, settings)
    total = min(known.size for known in sets.values())
    rows = chosen(records, total)
    stacks: list[Tensor] = []
    if settings.pixels:
        stacks.append(_pixels(paths[0], sets[paths[0]].take(rows), size))
    for path, known in sets.items():
        stacks.append(_drawn(path, known.take(rows), size, settings.nearest))
    picture = encoded(mosaic(_alike(stacks), columns=settings.columns, scale=settings.scale))
    write_atomically(output, lambda temporary: temporary.write_bytes(picture))
    return len(rows), sets[paths[0]].size


def chosen(records: str, total: int) -> list[int]:
    """The numbers of records that a text names.

    Args:
        records: Numbers from 0 and ranges of them, with commas between; the first 64 if empty.
        total: How many records there are.

    Raises:
        RecipeError: If it names none, or one that there is not.

    Example:
        >>> chosen("7, 0-2", 10)
        [7, 0, 1, 2]
    """
    if not records.strip():
        return list(range(min(FIRST, total)))
    found: list[int] = []
    for part in records.split(","):
        ends = part.strip().split("-")
        if len(ends) > 2 or not all(map(str.isdigit, ends)) or int(ends[0]) > int(ends[-1]):
            problem = f"must be numbers and ranges such as 0,3,10-19, got {records!r}"
            raise RecipeError("--records", problem)
        found += range(int(ends[0]), int(ends[-1]) + 1)
    if max(found) >= total:
        problem = (
            f"must be of the {total} sets that every file has, 0 to {total - 1}, got {records!r}"
        )
        raise RecipeError("--records", problem)
    return found


def _sets(path: Path) -> Dataset:
    known = read(path)
    names = known.schema.names("series")
    if known.series is None or names[: len(FILED)] != FILED:
        raise DataError(
            str(path),
            f"must hold sets of Gaussians, whose channels begin with {list(FILED)}, got"
            f" {list(names) or 'no signals'}",
        )
    if len(names) - len(FILED) not in COLOURS:
        raise DataError(
            str(path),
            f"Gaussians must have 1 colour or 3, got {list(names[len(FILED) :]) or 'none'}",
        )
    if not known.size or not known.steps:
        raise DataError(str(path), "must hold at least one Gaussian, got none")
    return known


def _size(sets: dict[Path, Dataset], settings: Rendering) -> Size:
    """The size of the images, as the settings or one of the files say it."""
    if settings.size is not None:
        return settings.size
    said = {path: size for path, known in sets.items() if (size := size_of(known)) is not None}
    if not said:
        raise DataError(
            str(next(iter(sets))),
            "does not say how large its images are, or says several sizes; give --height and"
            " --width",
        )
    if len(set(said.values())) > 1:
        told = ", ".join(f"{height} x {width} in {path}" for path, (height, width) in said.items())
        problem = f"images side by side must have one size, got {told}; give --height and --width"
        raise DataError(str(next(iter(sets))), problem)
    return next(iter(said.values()))


def _pixels(path: Path, known: Dataset, size: Size) -> Float[Tensor, "N height width _"]:
    pixels = known.extras.get("pixels")
    if pixels is None:
        raise DataError(
            str(path),
            "has no extra 'pixels' to show; fit its images with: latentloom data fit-gaussians"
            " --pixels",
        )
    colours = len(known.schema.series) - len(FILED)
    if pixels.shape[1] != size[0] * size[1] * colours:
        raise DataError(
            str(path),
            f"has {pixels.shape[1]} numbers for the pixels of an image, and {size[0]} x {size[1]}"
            f" of {colours} are to be drawn; leave --height and --width out",
        )
    return pixels.view(-1, *size, colours)


def _drawn(
    path: Path, known: Dataset, size: Size, nearest: int | None
) -> Float[Tensor, "N height width _"]:
    try:
        check_gaussians(known)
    except DataError as error:
        raise DataError(str(path), str(error)) from error
    mask = known.context().mask
    if not mask.any(1).all():
        empty = int(mask.any(1).int().argmin())
        raise DataError(
            str(path), f"every set must have a Gaussian, and shown set {empty} has none"
        )
    made: list[Tensor] = []
    for start in range(0, known.size, CHUNK):
        some = known.take(slice(start, start + CHUNK))
        assert some.series is not None
        with torch.inference_mode():
            made.append(draw(some.series, size=size, nearest=nearest, real=some.context().mask))
    return torch.cat(made)


def _alike(stacks: Sequence[Tensor]) -> list[UInt8[np.ndarray, "N height width C"]]:
    """All of them in colour, if one of them is."""
    colours = max(images.shape[3] for images in stacks)
    return [as_bytes(images.expand(-1, -1, -1, colours)) for images in stacks]
