"""Images as PNG, and many images as one."""

import struct
import zlib
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, UInt8
from torch import Tensor

Pixels = UInt8[np.ndarray, "_ _ _"]
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MODES = {1: 0, 3: 2}  # colour types of the format, by the number of channels
_GAP = 2  # pixels between images
_APART = 8  # pixels between groups of images
_GROUND = 128


def encoded(pixels: Pixels) -> bytes:
    r"""A PNG file of an image.

    Args:
        pixels: Height x width x 1 channel of grey, or 3 of red, green and blue.

    Raises:
        ValueError: If there are other channels, or no pixels.

    Example:
        >>> encoded(np.zeros((2, 3, 1), np.uint8))[:4]
        b'\x89PNG'

    References:
        Portable Network Graphics Specification (W3C, 2003), sections 5.3, 9.2 (no filter), 11.2
        https://www.w3.org/TR/png/
    """
    height, width, channels = pixels.shape
    if channels not in _MODES or not pixels.size:
        raise ValueError(f"an image must have pixels of 1 or 3 channels, got {pixels.shape}")
    head = struct.pack(">2I5B", width, height, 8, _MODES[channels], 0, 0, 0)
    lines = np.pad(pixels.reshape(height, -1), ((0, 0), (1, 0)))  # each line says: no filter
    body = zlib.compress(lines.tobytes(), 9)
    parts = ((b"IHDR", head), (b"IDAT", body), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(name, content) for name, content in parts)


def _chunk(name: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + check


def as_bytes(images: Float[Tensor, "N height width C"]) -> UInt8[np.ndarray, "N height width C"]:
    """Images as bytes; what lies outside of [0, 1] is cut off.

    Example:
        >>> import torch
        >>> as_bytes(torch.tensor([-1.0, 0.5, 1.0]).view(1, 1, 3, 1)).flatten().tolist()
        [0, 128, 255]
    """
    return (images.clamp(0, 1) * 255).round().byte().cpu().numpy()


def mosaic(
    stacks: Sequence[UInt8[np.ndarray, "N height width C"]], *, columns: int, scale: int = 1
) -> Pixels:
    """Many images as one, in rows; images of one record stand one below the other.

    Args:
        stacks: Images of the same records, such as fitted and reconstructed ones.
        columns: How many records stand side by side, at most.
        scale: How many pixels, down and across, stand for one.

    Example:
        >>> images = np.zeros((3, 4, 5, 1), np.uint8)
        >>> mosaic([images], columns=2).shape
        (14, 16, 1)
    """
    together = np.stack(stacks, 1)  # records x stacks
    records, many, height, width, channels = together.shape
    columns = min(columns, records)
    down, across = height * scale + _GAP, width * scale + _GAP
    block = many * down + (_APART if many > 1 else 0)
    rows = -(-records // columns)
    tall = rows * block + _GAP - (_APART if many > 1 else 0)
    ground = np.full((tall, columns * across + _GAP, channels), _GROUND, np.uint8)
    for record, images in enumerate(together.repeat(scale, 2).repeat(scale, 3)):
        top, left = _GAP + record // columns * block, _GAP + record % columns * across
        for place, image in enumerate(images):
            start = top + place * down
            ground[start : start + height * scale, left : left + width * scale] = image
    return ground
