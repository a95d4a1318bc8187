"""Images told by two-dimensional Gaussians: reading, fitting, how near they come, writing."""

from .file import fit_file
from .fitting import Fitted, GaussianFit, fit
from .images import Images, read_images
from .png import as_bytes, encoded, mosaic
from .quality import psnr, ssim
from .sets import size_of

__all__ = [
    "Fitted",
    "GaussianFit",
    "Images",
    "as_bytes",
    "encoded",
    "fit",
    "fit_file",
    "mosaic",
    "psnr",
    "read_images",
    "size_of",
    "ssim",
]
