"""How near the images of sets come to each other, and to those that were told by sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from ...data.splats import psnr, ssim
from ...nn.splatting import draw
from ..statistics import Estimate, summarize

CHUNK = 64  # images that are drawn at once
Filed = Callable[[Float[np.ndarray, "N T C"], slice], Float[Tensor, "B T _"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """How near images come to others, the mean over records.

    Args:
        psnr: In decibel.
        ssim: 1 where they are equal.
    """

    psnr: Estimate
    ssim: Estimate

    @classmethod
    def read(cls, plain: Mapping[str, Mapping[str, float]]) -> Likeness:
        """The likeness that `dataclasses.asdict` made plain."""
        return cls(psnr=Estimate(**plain["psnr"]), ssim=Estimate(**plain["ssim"]))


Scores = dict[str, Float[np.ndarray, " N"]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pictures:
    """How held-out sets are drawn.

    Args:
        size: Height and width of the images, in pixels.
        truth: The sets, in the units of the transforms.
        filed: Gives some rows of sets the units of files: centre, reciprocal deviations,
            angle and colours of each Gaussian.
        lengths: How many Gaussians of each set are real; all of them if None.
        originals: The images that the sets were fitted to; None if they are not known.
        fits: What is recorded of how near the fit came, by `psnr` and `ssim`.
        nearest: How many Gaussians are blended at a pixel; all if None.
    """

    size: tuple[int, int]
    truth: Float[np.ndarray, "N T C"]
    filed: Filed
    lengths: Int[np.ndarray, " N"] | None = None
    originals: Float[Tensor, "N height width _"] | None = None
    fits: Scores = field(default_factory=Scores)
    nearest: int | None = None

    def drawn(
        self, sets: Float[np.ndarray, "N T C"], rows: slice
    ) -> Float[Tensor, "B height width _"]:
        """Images of some of the held-out records, cut to [0, 1].

        Args:
            sets: What all of them are, or are said to be, in the units of the transforms.
            rows: Which of them are drawn.
        """
        series = self.filed(sets, rows)
        real = None
        if self.lengths is not None:
            counts = torch.from_numpy(self.lengths[rows])
            real = torch.arange(series.shape[1]) < counts[:, None]
        with torch.inference_mode():
            return draw(series, size=self.size, nearest=self.nearest, real=real).clamp(0, 1)

    def near(self, sets: Float[np.ndarray, "N T C"], *, original: bool) -> Scores:
        """PSNR and SSIM of each record, as other sets draw it.

        Args:
            sets: The others, in the units of the transforms.
            original: Whether they are held against the original images, or against those of
                the true sets.
        """
        found: dict[str, list[np.ndarray]] = {"psnr": [], "ssim": []}
        for rows in self._chunks(len(sets)):
            made = self.drawn(sets, rows)
            real = self.originals[rows] if original and self.originals is not None else None
            real = self.drawn(self.truth, rows) if real is None else real
            for name, measured in (("psnr", psnr), ("ssim", ssim)):
                found[name].append(measured(made, real).double().numpy())
        return {name: np.concatenate(parts) for name, parts in found.items()}

    @staticmethod
    def _chunks(size: int) -> Iterator[slice]:
        return (slice(start, start + CHUNK) for start in range(0, size, CHUNK))


def likeness(scores: Scores, group: Int[np.ndarray, " N"] | None, seed: int) -> Likeness:
    """The means over records, with bootstrap intervals.

    Args:
        scores: PSNR and SSIM of each record.
        group: Which records are drawn together; each alone if None.
        seed: Of the draws.
    """
    means = {name: summarize(values, group, seed=seed).mean for name, values in scores.items()}
    return Likeness(**means)
