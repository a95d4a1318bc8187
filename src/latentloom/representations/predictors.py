"""Predictors: signals from what is known of them, at once and without a latent."""

from itertools import pairwise
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..core.batch import Context
from ..core.ranges import at_least
from ..core.roles import Predictor
from ..nn.convolution import Down, Padding, Stack, Up, whole
from ..nn.mask import keep, real_steps
from .known import Conditions, check_grid, seen_drive, trimmed

Around = Literal["zero", "law"]


def _check_law(law: int, drive: int) -> None:
    if not 0 <= law < drive:
        raise ValueError(
            "a law's voltage must be one of the drive channels, and there is none;"
            " add the `law` transform to the data"
        )


class Law(Predictor):
    r"""Predicts what a physics law says: $g(c)$ times the drive channel that holds it.

    Args:
        channels: How many channels a signal has.
        drive: How many drive channels there are.
        conditions: How many scalars are known of each signal.
        law: Which drive channel holds what the law says.
        gain: Whether the law is believed as it is (`unit`), or scaled by
            $g(c) = a + b \cdot c$ for the conditions $c$, starting from 1 (`learned`).

    Raises:
        ValueError: If no drive channel holds a law.

    Example:
        >>> context = Context(size=1, steps=2, drive=torch.tensor([[[3.0], [4.0]]]))
        >>> Law(1, 1, 0, 0, gain="unit")(context).flatten().tolist()
        [3.0, 4.0]
    """

    def __init__(
        self,
        channels: int,
        drive: int,
        conditions: int,
        law: int,
        *,
        gain: Literal["unit", "learned"] = "learned",
    ) -> None:
        super().__init__()
        _check_law(law, drive)
        self.channels = channels
        self.drive = drive
        self.conditions = conditions
        self.law = law
        learned = gain == "learned"
        self.offset = nn.Parameter(torch.ones(channels)) if learned else None
        self.slope = nn.Parameter(torch.zeros(conditions, channels)) if learned else None

    def forward(self, context: Context) -> Float[Tensor, "B T C"]:
        drive = seen_drive(context, self.drive)
        said = drive[..., self.law, None].expand(-1, -1, self.channels)
        if self.offset is None or self.slope is None:
            return said
        if context.condition is None or not self.conditions:
            return said * self.offset
        return said * (self.offset + context.condition @ self.slope)[:, None]


class UNet(Predictor):
    """Predicts signals from their drive, seen on several grids and put together again.

    Each coarser grid has half the steps of the one before. Round a circle, rolling the
    drive by one step of the coarsest grid rolls the prediction as far, exactly.

    Args:
        channels: How many channels a signal has.
        drive: How many drive channels there are.
        conditions: How many scalars are known of each signal.
        padding: What lies beyond the ends of a signal: its other end (`circular`) or
            nothing (`zeros`).
        law: Which drive channel holds what a law says; -1 if none does.
        widths: How many features each grid has, finest first.
        blocks: How many residual blocks look round each grid, on the way down and on the
            way up; each looks twice as far as the one before.
        kernel: How many steps a convolution sees at once; odd.
        fold: How many time steps make one step of the finest grid.
        around: Whether it predicts the signal itself (`zero`) or only what a law leaves
            over of it (`law`).

    Raises:
        ValueError: If there is no drive, or no law to be corrected.

    Example:
        >>> net = UNet(1, 2, 0, "circular", -1, widths=[8, 16])
        >>> net(Context(size=3, steps=32, drive=torch.randn(3, 32, 2))).shape
        torch.Size([3, 32, 1])

    References:
        U-Net: Convolutional Networks for Biomedical Image Segmentation
        (Ronneberger et al., 2015), figure 1, https://arxiv.org/abs/1505.04597
    """

    def __init__(  # noqa: PLR0913 (five of them are known from the neighbours)
        self,
        channels: int,
        drive: int,
        conditions: int,
        padding: Padding,
        law: int,
        *,
        widths: list[int],
        blocks: int = 2,
        kernel: int = 3,
        fold: int = 2,
        around: Around = "zero",
    ) -> None:
        super().__init__()
        _check_direct(drive, law, around)
        check_grid(widths, [fold] * len(widths))
        self.drive, self.fold = drive, fold
        self.padding: Padding = padding
        self.law = law if around == "law" else None
        self.conditions = Conditions(conditions)

        def stacks(sizes: list[int]) -> nn.ModuleList:
            known = self.conditions.width
            return nn.ModuleList(
                Stack(size, blocks=blocks, kernel=kernel, padding=padding, known=known)
                for size in sizes
            )

        self.enter = Down(drive, widths[0], fold, padding=padding, kernel=kernel)
        self.before, self.after = stacks(widths), stacks(widths[:-1])
        steps = list(pairwise(widths))
        self.downs = nn.ModuleList(Down(a, b, 2, padding=padding) for a, b in steps)
        self.ups = nn.ModuleList(Up(b, a, 2, padding=padding) for a, b in steps)
        self.merges = nn.ModuleList(nn.Linear(2 * width, width) for width in widths[:-1])
        self.norm = nn.LayerNorm(widths[0])
        self.leave = Up(widths[0], channels, fold, padding=padding, kernel=kernel)

    def forward(self, context: Context) -> Float[Tensor, "B T C"]:
        drive = seen_drive(context, self.drive)
        known = self.conditions(context)
        x = self.enter(whole(drive, self.fold * 2 ** len(self.downs), self.padding))
        skips: list[Tensor] = []
        for i, stack in enumerate(self.before):
            x = x if i == 0 else self.downs[i - 1](x)
            x = self._look(stack, x, known, context, i)
            skips.append(x)
        for i in reversed(range(len(self.ups))):
            x = self.merges[i](torch.cat((self.ups[i](x), skips[i]), -1))
            x = self._look(self.after[i], x, known, context, i)
        real = real_steps(context.lengths, x.shape[1], self.fold)
        made = trimmed(self.leave(keep(self.norm(x), real)), context)
        return made if self.law is None else made + drive[..., self.law, None]

    def _look(
        self,
        stack: nn.Module,
        x: Float[Tensor, "B S W"],
        known: Float[Tensor, "B P"] | None,
        context: Context,
        grid: int,
    ) -> Float[Tensor, "B S W"]:
        real = real_steps(context.lengths, x.shape[1], self.fold * 2**grid)
        return keep(stack(x, known=known, real=real), real)


class DilatedResNet(Predictor):
    """Predicts signals from their drive on one grid, looking ever farther along it.

    Args:
        channels: How many channels a signal has.
        drive: How many drive channels there are.
        conditions: How many scalars are known of each signal.
        padding: What lies beyond the ends of a signal: its other end (`circular`) or
            nothing (`zeros`).
        law: Which drive channel holds what a law says; -1 if none does.
        width: How many features a step has.
        blocks: How many residual blocks make a cycle; each looks twice as far as the one
            before.
        cycles: How many cycles there are, each beginning near again.
        kernel: How many steps a convolution sees at once; odd.
        fold: How many time steps make one step of the grid.
        around: Whether it predicts the signal itself (`zero`) or only what a law leaves
            over of it (`law`).

    Raises:
        ValueError: If there is no drive, or no law to be corrected.

    Example:
        >>> net = DilatedResNet(1, 2, 0, "zeros", -1, width=8)
        >>> net(Context(size=3, steps=33, drive=torch.randn(3, 33, 2))).shape
        torch.Size([3, 33, 1])

    References:
        WaveNet: A Generative Model for Raw Audio (van den Oord et al., 2016), section 2.1
        https://arxiv.org/abs/1609.03499
    """

    def __init__(  # noqa: PLR0913 (five of them are known from the neighbours)
        self,
        channels: int,
        drive: int,
        conditions: int,
        padding: Padding,
        law: int,
        *,
        width: int,
        blocks: int = 4,
        cycles: int = 2,
        kernel: int = 3,
        fold: int = 2,
        around: Around = "zero",
    ) -> None:
        super().__init__()
        _check_direct(drive, law, around)
        check_grid([width], [fold])
        at_least(1, blocks=blocks, cycles=cycles)
        self.drive, self.fold = drive, fold
        self.law = law if around == "law" else None
        self.conditions = Conditions(conditions)
        self.enter = Down(drive, width, fold, padding=padding, kernel=kernel)
        known = self.conditions.width
        self.cycles = nn.ModuleList(
            Stack(width, blocks=blocks, kernel=kernel, padding=padding, known=known)
            for _ in range(cycles)
        )
        self.norm = nn.LayerNorm(width)
        self.leave = Up(width, channels, fold, padding=padding, kernel=kernel)

    def forward(self, context: Context) -> Float[Tensor, "B T C"]:
        drive = seen_drive(context, self.drive)
        known = self.conditions(context)
        x = self.enter(drive)
        real = real_steps(context.lengths, x.shape[1], self.fold)
        for cycle in self.cycles:
            x = cycle(x, known=known, real=real)
        made = trimmed(self.leave(keep(self.norm(x), real)), context)
        return made if self.law is None else made + drive[..., self.law, None]


def _check_direct(drive: int, law: int, around: Around) -> None:
    if not drive:
        raise ValueError("a direct predictor needs at least one drive channel, got none")
    if around == "law":
        _check_law(law, drive)
