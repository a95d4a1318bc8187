"""Images told by two-dimensional Gaussians: reading, fitting, and how near they come."""

from .file import fit_file
from .fitting import Fitted, GaussianFit, fit
from .images import Images, read_images
from .quality import psnr, ssim

__all__ = [
    "Fitted",
    "GaussianFit",
    "Images",
    "fit",
    "fit_file",
    "psnr",
    "read_images",
    "ssim",
]
