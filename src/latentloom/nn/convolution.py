"""Convolutions along time that keep time before channels, on a line or round a circle."""

from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from ..core.ranges import at_least
from .film import Film
from .mask import keep

Padding = Literal["circular", "zeros"]


def wrapped(x: Float[Tensor, "B T W"], margin: int) -> Float[Tensor, "B L W"]:
    """One period with the last `margin` steps before it and the first ones behind it.

    Example:
        >>> wrapped(torch.tensor([[[1.0], [2.0], [3.0]]]), 1).flatten().tolist()
        [3.0, 1.0, 2.0, 3.0, 1.0]
    """
    steps = x.shape[1]
    if margin <= steps:
        return torch.cat((x[:, steps - margin :], x, x[:, :margin]), 1)
    places = torch.arange(-margin, steps + margin, device=x.device) % steps
    return x[:, places]


def whole(x: Float[Tensor, "B T C"], stride: int, padding: Padding) -> Float[Tensor, "B L C"]:
    """The steps with zeros behind them, up to a whole number of strides.

    Args:
        x: The steps.
        stride: How many steps make a stride.
        padding: Whether steps lie round a circle, where none may be added.

    Raises:
        ValueError: If a circle does not divide into whole strides.
    """
    missing = -x.shape[1] % stride
    if missing and padding == "circular":
        raise ValueError(
            f"steps of a periodic signal must be a multiple of {stride}, got {x.shape[1]};"
            " resample the signals or choose smaller strides"
        )
    return F.pad(x, (0, 0, 0, missing)) if missing else x


def folded(x: Float[Tensor, "B T C"], stride: int, padding: Padding) -> Float[Tensor, "B S W"]:
    """Every `stride` steps as one, their features side by side.

    On a line, missing steps at the end are zeros.

    Args:
        x: The steps.
        stride: How many steps become one.
        padding: Whether steps lie round a circle.

    Raises:
        ValueError: If a circle does not divide into whole strides.

    Example:
        >>> folded(torch.arange(3.0)[None, :, None], 2, "zeros").tolist()
        [[[0.0, 1.0], [2.0, 0.0]]]
    """
    x = whole(x, stride, padding)
    return x.reshape(len(x), x.shape[1] // stride, stride * x.shape[2])


def unfolded(x: Float[Tensor, "B S W"], stride: int) -> Float[Tensor, "B T C"]:
    """The inverse of `folded`: every step as `stride` steps."""
    return x.reshape(len(x), x.shape[1] * stride, x.shape[2] // stride)


class Conv1d(nn.Module):
    """A convolution along time that gives as many steps as it is given.

    It works on a two-dimensional view in which the features of a step lie side by side,
    which is faster on a CPU than moving time behind the channels and back.

    Args:
        inputs: How many features a step has before.
        outputs: How many features a step has after.
        kernel: How many steps it sees at once; odd.
        padding: What lies beyond the ends: the other end (`circular`) or nothing
            (`zeros`).
        dilation: How far apart these steps are.

    Raises:
        ValueError: If the kernel is not odd.

    Example:
        >>> conv, x = Conv1d(2, 3, 5, padding="circular"), torch.randn(1, 8, 2)
        >>> torch.allclose(conv(x.roll(1, 1)), conv(x).roll(1, 1), atol=1e-6)
        True
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int, *, padding: Padding, dilation: int = 1
    ) -> None:
        super().__init__()
        if kernel < 1 or kernel % 2 == 0:
            raise ValueError(f"kernel must be odd, got {kernel}")
        self.margin = dilation * (kernel // 2)
        self.circular = padding == "circular" and self.margin > 0
        beyond = 0 if self.circular else self.margin
        self.conv = nn.Conv2d(
            inputs, outputs, (1, kernel), dilation=(1, dilation), padding=(0, beyond)
        )

    def forward(self, x: Float[Tensor, "B T C"]) -> Float[Tensor, "B T W"]:
        x = wrapped(x, self.margin) if self.circular else x
        return self.conv(x.mT[:, :, None])[:, :, 0].mT


class Down(nn.Module):
    """Makes one step of every `stride`, by a linear map of all their features.

    Rolling the input round a circle by one stride rolls the output by one step, exactly.

    Args:
        inputs: How many features a step has before.
        outputs: How many features a step has after.
        stride: How many steps become one.
        padding: Whether steps lie round a circle.
        kernel: How many of the coarser steps the map sees; odd.
    """

    def __init__(
        self, inputs: int, outputs: int, stride: int, *, padding: Padding, kernel: int = 1
    ) -> None:
        super().__init__()
        self.stride = stride
        self.padding: Padding = padding
        self.map = Conv1d(inputs * stride, outputs, kernel, padding=padding)

    def forward(self, x: Float[Tensor, "B T C"]) -> Float[Tensor, "B S W"]:
        return self.map(folded(x, self.stride, self.padding))


class Up(nn.Module):
    """Makes `stride` steps of every one, by a linear map of its features.

    Rolling the input by one step rolls the output round its circle by one stride, exactly.

    Args:
        inputs: How many features a step has before.
        outputs: How many features a step has after.
        stride: How many steps one becomes.
        padding: Whether steps lie round a circle.
        kernel: How many of the coarser steps the map sees; odd.
    """

    def __init__(
        self, inputs: int, outputs: int, stride: int, *, padding: Padding, kernel: int = 1
    ) -> None:
        super().__init__()
        self.stride = stride
        self.map = Conv1d(inputs, outputs * stride, kernel, padding=padding)

    def forward(self, x: Float[Tensor, "B S W"]) -> Float[Tensor, "B T C"]:
        return unfolded(self.map(x), self.stride)


class Residual(nn.Module):
    r"""Adds what a convolution sees.

    $x + W \, \mathrm{gelu}(\mathrm{film}(K * \mathrm{norm}(x)))$, with $K$ the convolution.

    Args:
        width: How many features a step has.
        kernel: How many steps the convolution sees; odd.
        padding: Whether steps lie round a circle.
        dilation: How far apart these steps are.
        known: Length of the vector that is known of each signal; 0 if there is none.
    """

    def __init__(
        self, width: int, kernel: int, *, padding: Padding, dilation: int = 1, known: int = 0
    ) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.look = Conv1d(width, width, kernel, padding=padding, dilation=dilation)
        self.film = Film(known, width) if known else None
        self.write = nn.Linear(width, width)
        with torch.no_grad():
            self.write.weight.mul_(0.3)  # a deep stack starts near the identity

    def forward(
        self,
        x: Float[Tensor, "B T W"],
        *,
        known: Float[Tensor, "B P"] | None = None,
        real: Bool[Tensor, "B T"] | None = None,
    ) -> Float[Tensor, "B T W"]:
        y = self.look(keep(self.norm(x), real))
        if self.film is not None and known is not None:
            y = self.film(y, known)
        return x + self.write(F.gelu(y))


class Stack(nn.Module):
    """Residual blocks in a row, each seeing twice as far as the one before it.

    Args:
        width: How many features a step has.
        blocks: How many blocks.
        kernel: How many steps each convolution sees; odd.
        padding: Whether steps lie round a circle.
        known: Length of the vector that is known of each signal; 0 if there is none.

    Raises:
        ValueError: If `blocks` is negative.
    """

    def __init__(
        self, width: int, *, blocks: int, kernel: int, padding: Padding, known: int = 0
    ) -> None:
        super().__init__()
        at_least(0, blocks=blocks)
        self.blocks = nn.ModuleList(
            Residual(width, kernel, padding=padding, dilation=2**i, known=known)
            for i in range(blocks)
        )

    def forward(
        self,
        x: Float[Tensor, "B T W"],
        *,
        known: Float[Tensor, "B P"] | None = None,
        real: Bool[Tensor, "B T"] | None = None,
    ) -> Float[Tensor, "B T W"]:
        for block in self.blocks:
            x = block(x, known=known, real=real)
        return x
