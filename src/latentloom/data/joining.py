"""Long series from windows that overlap: the way back from `windows`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..core.ranges import at_least


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    r"""Joins windows to long series, each going on as some window did that began alike.

    What follows a series is drawn from the `near` windows whose first `overlap` steps are
    nearest to its last ones, channels in units of their deviations. With many windows of
    $p(x_{1:T})$ this draws from $p(x_{o+1:T} \mid x_{1:o})$ for an overlap of $o$ steps: the
    series remembers its last $o$ steps and nothing before.

    Args:
        overlap: How many steps two windows share.
        near: Among how many windows the next one is drawn.
        seam: `switch` goes from one window to the next where they are nearest, and leaves
            every step as it was drawn; `fade` moves from one to the other over the whole
            overlap, which is smooth, but halves the variance of noise in the middle of it.

    Raises:
        ValueError: If a number is less than 1.

    Example:
        >>> ramps = torch.arange(8.0)[:, None, None] + torch.arange(4.0)[None, :, None]
        >>> Joining(overlap=2, near=1)(ramps, 7, count=1, seed=2).flatten().diff().tolist()
        [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]

    References:
        A Nearest Neighbor Bootstrap for Resampling Hydrologic Time Series (Lall and Sharma,
        1996), section 2, for what follows
        https://doi.org/10.1029/95WR02966
        Image Quilting for Texture Synthesis and Transfer (Efros and Freeman, 2001),
        section 2.1, for the switch
        https://doi.org/10.1145/383259.383296
    """

    overlap: int
    near: int = 8
    seam: Literal["switch", "fade"] = "switch"

    def __post_init__(self) -> None:
        at_least(1, overlap=self.overlap, near=self.near)

    def __call__(
        self, windows: Float[Tensor, "N T C"], steps: int, *, count: int, seed: int
    ) -> Float[Tensor, "K S C"]:
        """Series of so many steps.

        Args:
            windows: What they are made of.
            steps: How many steps each has.
            count: How many there are.
            seed: Of the draws.

        Raises:
            ValueError: If the windows are not longer than the overlap.
        """
        at_least(1, steps=steps, count=count)
        if windows.shape[1] <= self.overlap:
            raise ValueError(
                f"overlap must be less than the {windows.shape[1]} steps of a window, got"
                f" {self.overlap}"
            )
        random = torch.Generator().manual_seed(seed)
        unit = windows.flatten(0, 1).std(0).clamp_min(1e-12)
        heads = (windows[:, : self.overlap] / unit).flatten(1)
        first = torch.randint(len(windows), (count,), generator=random)
        pieces, tail = _parted(windows[first], self.overlap)
        made, done = [pieces], windows.shape[1]
        while done < steps:
            chosen = self._next(heads, (tail / unit).flatten(1), random)
            head = windows[chosen, : self.overlap]
            seam = self._seam(tail, head, unit)
            pieces, tail = _parted(
                torch.cat((seam, windows[chosen, self.overlap :]), 1), self.overlap
            )
            made.append(pieces)
            done += pieces.shape[1]
        return torch.cat((*made, tail), 1)[:, :steps]

    def _next(
        self, heads: Float[Tensor, "N W"], tails: Float[Tensor, "K W"], random: torch.Generator
    ) -> Int[Tensor, " K"]:
        """For each series, one of the windows that begin as it ends."""
        near = min(self.near, len(heads))
        nearest = torch.cdist(tails, heads).topk(near, largest=False).indices
        drawn = torch.randint(near, (len(tails), 1), generator=random)
        return nearest.gather(1, drawn)[:, 0]

    def _seam(
        self, tail: Float[Tensor, "K O C"], head: Float[Tensor, "K O C"], unit: Float[Tensor, " C"]
    ) -> Float[Tensor, "K O C"]:
        """The steps that two windows share."""
        place = torch.arange(self.overlap)
        if self.seam == "fade":
            share = (place + 1) / (self.overlap + 1)
            return tail.lerp(head, share[:, None])
        gap = ((tail - head) / unit).square().sum(2)
        return torch.where((place <= gap.argmin(1, keepdim=True))[..., None], tail, head)


def _parted(
    x: Float[Tensor, "K T C"], overlap: int
) -> tuple[Float[Tensor, "K S C"], Float[Tensor, "K O C"]]:
    """What is settled of series, and the end that the next window may still change."""
    return x[:, :-overlap], x[:, -overlap:]
