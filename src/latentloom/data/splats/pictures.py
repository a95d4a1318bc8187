"""PNG and JPEG files; the one place that needs Pillow."""

from pathlib import Path
from typing import Any

import numpy as np

from ...core.errors import DataError

_READ = {"1": "L", "L": "L", "P": "RGB", "RGB": "RGB", "CMYK": "RGB", "YCbCr": "RGB"}


def picture(path: Path) -> np.ndarray:
    """The pixels of a PNG or JPEG file: height x width x 1 or 3 bytes.

    Raises:
        DataError: If Pillow is not installed; if the file cannot be read, has more than 8
            bits a channel, or shows through.
    """
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError:
        raise DataError(
            str(path), "needs Pillow to be read; install it by: pip install 'latentloom[images]'"
        ) from None
    try:
        with Image.open(path) as image:
            image.load()
            pixels = np.asarray(_opaque(path, image))
    except UnidentifiedImageError:
        raise DataError(str(path), "must be a PNG or JPEG image, and is none") from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as problem:
        if isinstance(problem, FileNotFoundError | PermissionError):
            raise
        raise DataError(str(path), f"is cut short or damaged: {problem}") from None
    return pixels[..., None] if pixels.ndim == 2 else pixels


def _opaque(path: Path, image: Any) -> Any:
    """The image as bytes of grey, or of red, green and blue."""
    if "A" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        if image.getextrema()[3] != (255, 255):
            raise DataError(
                str(path), "is transparent, which Gaussians cannot be; lay it on a background"
            )
        return image.convert("RGB")
    if image.mode not in _READ:
        raise DataError(
            str(path), f"must have 8 bits a channel, got Pillow's mode {image.mode!r}; convert it"
        )
    return image.convert(_READ[image.mode])
