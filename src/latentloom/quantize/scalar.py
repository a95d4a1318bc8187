"""Rounding each feature to a few whole numbers: a codebook without entries."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from .search import pass_through


class FiniteScalar(nn.Module):
    r"""Rounds each feature to one of a few levels; a code is the number of the combination.

    A feature is squeezed to $f(z) = h \tanh(z + s) - o$ with $h = (L - 1)(1 - 10^{-3}) / 2$,
    $o = 1/2$ for an even number of levels $L$ and 0 for an odd one, $s = \tan(o / h)$,
    rounded, and divided by $\lfloor L / 2 \rfloor$. There is nothing to learn, and nothing
    to collapse.

    Args:
        levels: How many levels each feature has; at least 2 each.

    Raises:
        ValueError: If a feature has fewer than 2 levels, or there is none.

    Example:
        >>> scalar = FiniteScalar([5, 3])
        >>> z = scalar.look_up(torch.arange(15))
        >>> scalar.number(z).tolist() == list(range(15))
        True

    References:
        Finite Scalar Quantization: VQ-VAE Made Simple (Mentzer et al., 2023), appendix A.1
        https://arxiv.org/abs/2309.15505
    """

    levels: Tensor
    places: Tensor

    def __init__(self, levels: list[int]) -> None:
        super().__init__()
        if not levels or min(levels) < 2:
            raise ValueError(f"levels must be at least one number, each at least 2, got {levels}")
        self.size = math.prod(levels)
        places = [math.prod(levels[:i]) for i in range(len(levels))]
        self.register_buffer("levels", torch.tensor(levels), persistent=False)
        self.register_buffer("places", torch.tensor(places), persistent=False)

    def squeeze(self, z: Float[Tensor, "*N D"]) -> Float[Tensor, "*N D"]:
        """Features inside the range of their levels, not yet rounded."""
        half = (self.levels - 1) * (1 - 1e-3) / 2
        offset = (1 - self.levels % 2) / 2
        return (z + (offset / half).tan()).tanh() * half - offset

    def number(self, z: Float[Tensor, "*N D"]) -> Int[Tensor, "*N"]:
        """The code of features that are rounded already."""
        half = self.levels // 2
        digits = (z * half + half).round().long()
        return (digits * self.places).sum(-1)

    def look_up(self, codes: Int[Tensor, "*N"]) -> Float[Tensor, "*N D"]:
        """The features behind the codes."""
        half = self.levels // 2
        digits = codes[..., None] // self.places % self.levels
        return (digits - half) / half

    def forward(self, z: Float[Tensor, "*N D"]) -> tuple[Float[Tensor, "*N D"], Int[Tensor, "*N"]]:
        """Rounded features, whose gradient is that of the squeezed ones, and their codes."""
        squeezed = self.squeeze(z)
        rounded = pass_through(squeezed.round(), squeezed) / (self.levels // 2)
        return rounded, self.number(rounded.detach())
