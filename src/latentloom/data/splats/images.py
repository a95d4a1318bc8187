"""Images of one size and mode, from arrays, IDX files, PNG and JPEG."""

import gzip
import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ...core.errors import DataError
from ...core.names import nearest
from ..formats.npz import NpzStore
from .pictures import picture
from .sets import MODES

_ENDINGS = (".png", ".jpg", ".jpeg")
_GZIP, _ZIP, _IDX = b"\x1f\x8b", b"PK\x03\x04", b"\x00\x00"
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
_NAMED = "images"
_BYTES_OF_IDX = 8  # the code of unsigned bytes


@dataclass(frozen=True, slots=True, eq=False)
class Images:
    """Images of one size and mode.

    Attributes:
        pixels: N x height x width x 1 or 3: bytes, or numbers in [0, 1].
        peak: The number that stands for the brightest.
    """

    pixels: np.ndarray
    peak: float

    @property
    def size(self) -> tuple[int, int]:
        """Height and width, in pixels."""
        return self.pixels.shape[1], self.pixels.shape[2]

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, rows: slice) -> "Images":
        """Some of the images."""
        return Images(self.pixels[rows], self.peak)

    def values(self) -> Float[Tensor, "N height width C"]:
        """The images as numbers in [0, 1]."""
        return torch.from_numpy(self.pixels.astype(np.float32) / np.float32(self.peak))

    def fingerprint(self) -> str:
        """A word that is the same for the same images only."""
        said = f"{self.pixels.shape} {self.pixels.dtype} {self.peak}".encode()
        return hashlib.sha256(said + np.ascontiguousarray(self.pixels).tobytes()).hexdigest()[:16]


def read_images(path: Path) -> Images:
    """Reads images.

    Args:
        path: An .npz file with an array `images`, or with one array only that can be
            images, N x height x width or with 1 or 3 channels behind; an IDX file, also
            compressed by gzip; a PNG or JPEG file; or a folder of these two, sorted by name.

    Raises:
        DataError: If there is nothing or no image; if they differ in size or mode; if a
            number is not finite, or beyond what a byte or [0, 1] holds.
    """
    if not path.exists():
        siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        raise DataError(str(path), f"does not exist{nearest(path.name, siblings)}")
    if path.is_dir():
        return Images(_folder(path), 255.0)
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(_PICTURES):
        return Images(picture(path)[None], 255.0)
    if head.startswith(_ZIP):
        return _scaled(path, _channelled(path, _array(path)))
    if head.startswith((_GZIP, _IDX)):
        return _scaled(path, _channelled(path, _idx(path)))
    raise DataError(
        str(path), "must be an .npz or IDX file, a PNG or JPEG image, or a folder of images"
    )


def _folder(path: Path) -> np.ndarray:
    files = sorted(file for file in path.iterdir() if file.suffix.lower() in _ENDINGS)
    if not files:
        raise DataError(str(path), f"has no images; expected files that end in {_ENDINGS}")
    first = picture(files[0])
    pixels = np.empty((len(files), *first.shape), np.uint8)
    for place, file in enumerate(files):
        found = picture(file)
        if found.shape != first.shape:
            raise DataError(
                str(path),
                f"all images must have one size and mode, got {files[0].name} of {_told(first)}"
                f" and {file.name} of {_told(found)}; bring them to one, or use two folders",
            )
        pixels[place] = found
    return pixels


def _told(pixels: np.ndarray) -> str:
    return f"{pixels.shape[0]} x {pixels.shape[1]} {MODES[pixels.shape[2]]}"


def _array(path: Path) -> np.ndarray:
    """The images of an .npz file."""
    store = NpzStore(path)
    shapes = store.shapes
    likely = [name for name, shape in shapes.items() if len(shape) in (3, 4)]
    name = _NAMED if _NAMED in shapes else likely[0] if len(likely) == 1 else None
    if name is None:
        there = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise DataError(
            str(path), f"must have an array {_NAMED!r}, N x height x width (x 3), got {there}"
        )
    return store.read(name, slice(None))


def _idx(path: Path) -> np.ndarray:
    """The array of an IDX file: its type, its number of dimensions, their lengths, its bytes."""
    try:
        raw = path.read_bytes()
        data = gzip.decompress(raw) if raw.startswith(_GZIP) else raw
    except (gzip.BadGzipFile, zlib.error, EOFError) as problem:
        raise DataError(str(path), f"is cut short or damaged: {problem}") from None
    if data[:2] != _IDX or len(data) < 4:
        raise DataError(str(path), "must be an IDX file inside, which begins with two zeros")
    kind, sides = data[2], data[3]
    if kind != _BYTES_OF_IDX or sides not in (3, 4):
        raise DataError(
            str(path),
            f"must be an IDX file of bytes (type 8) with 3 or 4 dimensions, got type {kind} with"
            f" {sides}; labels are no images",
        )
    shape = tuple(np.frombuffer(data, ">u4", sides, 4).tolist()) if len(data) >= 20 else (0,)
    start = 4 + 4 * sides
    if len(data) - start != int(np.prod(shape)):
        raise DataError(
            str(path),
            f"is cut short or damaged: must have {int(np.prod(shape))} bytes of pixels, got"
            f" {max(0, len(data) - start)}",
        )
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def _channelled(path: Path, array: np.ndarray) -> np.ndarray:
    """An array of images with their channels last."""
    made = array[..., None] if array.ndim == 3 else array
    if made.ndim != 4 or made.shape[3] not in MODES or 0 in made.shape:
        raise DataError(
            str(path),
            f"images must be N x height x width, or with 1 or 3 channels behind, got"
            f" {array.shape}",
        )
    return made


def _scaled(path: Path, array: np.ndarray) -> Images:
    """Images with what their brightest number is: 255 of bytes, 1 of masks and fractions."""
    if array.dtype.kind in "iu":
        least, most = int(array.min()), int(array.max())
        if least < 0 or most > 255:
            raise DataError(str(path), f"whole numbers must be in [0, 255], got {least} to {most}")
        return Images(array.astype(np.uint8), 1.0 if most <= 1 else 255.0)
    if array.dtype.kind == "b":
        return Images(array.astype(np.uint8), 1.0)
    if array.dtype.kind != "f":
        raise DataError(str(path), f"images must be numbers, got {array.dtype}")
    finite = np.isfinite(array).all((1, 2, 3))
    if not finite.all():
        raise DataError(
            str(path),
            f"{(~finite).sum()} of {len(array)} images have values that are not finite, the"
            f" first is number {int(finite.argmin())}; mend or remove them",
        )
    least, most = float(array.min()), float(array.max())
    if least < 0 or most > 1:
        raise DataError(
            str(path), f"fractions must be in [0, 1], got {least:g} to {most:g}; scale them"
        )
    return Images(array.astype(np.float32), 1.0)
