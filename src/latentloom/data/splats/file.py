"""Gaussians fitted to images as a file, made in parts so that a killed one goes on."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch

from ...core.threads import computing
from ..dataset import Dataset
from ..formats import write
from ..formats.detect import by_suffix
from ..parts import Arrays, Progress, kept, load, unheard
from .fitting import GaussianFit, fit
from .images import Images
from .sets import dataset_of

_PART = 200  # images that are fitted together, and kept, at once
_WORK = 2e10  # pixels x Gaussians x steps of a part, at most, that has more than one image


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    """Some of the images, and the number of the first."""

    first: int
    images: Images


def fit_file(
    images: Images,
    settings: GaussianFit,
    seed: int,
    path: Path,
    *,
    pixels: bool = False,
    workers: int = 1,
    progress: Progress = unheard,
) -> Dataset:
    """Fits Gaussians to images, into a file; what was done before a kill is not done again.

    Parts are kept in a folder beside the file, `NAME.parts`, until all are there. Equal
    seeds give equal files, whatever the workers and however often it was stopped.

    Args:
        images: The images.
        settings: How Gaussians are fitted.
        seed: Of everything random.
        path: The file; its ending is its format.
        pixels: Whether the images themselves are an extra too, row by row.
        workers: Processes that share the work.
        progress: Told how many images are done, of how many.

    Returns:
        What was written: the sets as series, and the extras `psnr` and `ssim` of each, `image`,
        its number among the images, and `height` and `width`.

    Raises:
        ValueError: If there are more Gaussians than pixels.
        DataError: If the file exists or cannot be written, its ending is not known, or the
            folder holds parts of another fit.
    """
    by_suffix(path)
    settings.check(*images.size)
    asked = {**asdict(settings), "seed": seed, "images": images.fingerprint()}
    jobs = _jobs(images, settings)
    work = partial(_fitted, settings, seed)
    making = kept(path, json.dumps(asked), jobs, work, workers=workers, progress=progress)
    with making as parts:
        found = [load(part) for part in parts]
        arrays = {name: np.concatenate([part[name] for part in found]) for name in found[0]}
        dataset = _dataset(arrays, images, pixels=pixels)
        write(dataset, path)
    return dataset


def _jobs(images: Images, settings: GaussianFit) -> Mapping[range, _Job]:
    height, width = images.size
    one = height * width * settings.gaussians * settings.steps
    many = int(min(max(_WORK // one, 1), _PART))
    starts = range(0, len(images), many)
    ranges = [range(start, min(start + many, len(images))) for start in starts]
    return {some: _Job(some.start, images[some.start : some.stop]) for some in ranges}


def _fitted(settings: GaussianFit, seed: int, job: _Job) -> Arrays:
    """The arrays of one part; the same bits in every process."""
    seeds = [(seed, job.first + place) for place in range(len(job.images))]
    with computing(1):  # the same bits, whoever works beside it
        made = fit(job.images.values(), settings, seeds)
    arrays = {"series": made.series, "psnr": made.psnr[:, None], "ssim": made.ssim[:, None]}
    return {name: array.numpy() for name, array in arrays.items()}


def _dataset(arrays: Arrays, images: Images, *, pixels: bool) -> Dataset:
    extras = {name: torch.from_numpy(arrays[name]) for name in arrays}
    series = extras.pop("series")
    extras["image"] = torch.arange(len(series)).float()[:, None]
    if pixels:
        extras["pixels"] = images.values().flatten(1)
    return dataset_of(series, images.size, extras)
