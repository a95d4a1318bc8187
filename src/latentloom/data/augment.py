"""New batches of old ones, by what leaves the physics of a signal unchanged."""

import abc
from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..core.batch import Batch


class Augmentation(abc.ABC):
    """Changes the signals of a training batch at random, and what is known of them alike.

    Draws from torch's global generator. Padding is left where and what it is.
    """

    @abc.abstractmethod
    def __call__(self, batch: Batch) -> Batch: ...


@dataclass(frozen=True, slots=True)
class Roll(Augmentation):
    """Starts each period somewhere else: rolls series and drive together.

    For signals of one period. Each is rolled by any of its number of steps, all equally
    likely.
    """

    def __call__(self, batch: Batch) -> Batch:
        lengths = _lengths(batch)
        draw = torch.rand(len(lengths), device=lengths.device)
        return roll(batch, (draw * lengths).long())


@dataclass(frozen=True, slots=True, kw_only=True)
class FlipSign(Augmentation):
    r"""Turns each signal upside down, with its drive, half of the time.

    Args:
        keep: The indices of drive channels that keep their sign, such as a position: the
            law $V = -M x \, dI/dt$ allows either factor to be flipped, not both.
    """

    keep: list[int] = field(default_factory=list[int])

    def __call__(self, batch: Batch) -> Batch:
        flips = torch.rand(len(batch.values), device=batch.values.device) < 0.5
        signs = torch.where(flips, -1.0, 1.0).to(batch.values)[:, None, None]
        drive, base = batch.context.drive, batch.context.base
        if drive is not None:
            turned = drive * signs
            turned[..., self.keep] = drive[..., self.keep]
            drive = turned
        context = replace(batch.context, drive=drive, base=None if base is None else base * signs)
        return Batch(values=batch.values * signs, context=context)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise(Augmentation):
    """Adds white normal noise.

    Args:
        drive: Its standard deviation on every drive channel, in the units of the fitted
            transforms.
        values: Its standard deviation on the series, in the units of the fitted
            transforms.
        condition: Its standard deviation on every condition, in the units of the fitted
            transforms; what depends on them is then learned to do so smoothly, and reaches
            a little beyond the range that was measured.

    Raises:
        ValueError: If one is negative.
    """

    drive: float = 0.0
    values: float = 0.0
    condition: float = 0.0

    def __post_init__(self) -> None:
        levels = (self.drive, self.values, self.condition)
        if min(levels) < 0:
            raise ValueError(f"noise must not be negative, got {levels}")

    def __call__(self, batch: Batch) -> Batch:
        real = batch.context.mask[..., None]
        values, context = batch.values, batch.context
        if context.drive is not None and self.drive > 0:
            noisy = context.drive + self.drive * torch.randn_like(context.drive) * real
            context = replace(context, drive=noisy, base=None)  # it was worked out without
        if context.condition is not None and self.condition > 0:
            noisy = context.condition + self.condition * torch.randn_like(context.condition)
            context = replace(context, condition=noisy, base=None)
        if self.values > 0:
            values = values + self.values * torch.randn_like(values) * real
        return Batch(values=values, context=context)


def roll(batch: Batch, amounts: Int[Tensor, " B"]) -> Batch:
    """Rolls each signal and its drive later by its amount, in steps, within its length.

    Example:
        >>> batch = Batch.of(torch.arange(4.0).reshape(1, 4, 1))
        >>> roll(batch, torch.tensor([1])).values.flatten().tolist()
        [3.0, 0.0, 1.0, 2.0]
    """
    steps = torch.arange(batch.context.steps, device=batch.values.device)
    lengths = _lengths(batch)[:, None]
    index = torch.where(steps < lengths, (steps - amounts[:, None]) % lengths, steps)
    drive, base = batch.context.drive, batch.context.base
    context = replace(
        batch.context,
        drive=None if drive is None else _gathered(drive, index),
        base=None if base is None else _gathered(base, index),
    )
    return Batch(values=_gathered(batch.values, index), context=context)


def _gathered(x: Float[Tensor, "B T C"], index: Int[Tensor, "B P"]) -> Float[Tensor, "B P C"]:
    return x.gather(1, index[..., None].expand(-1, -1, x.shape[-1]))


def _lengths(batch: Batch) -> Int[Tensor, " B"]:
    if batch.context.lengths is not None:
        return batch.context.lengths
    size, steps = batch.context.size, batch.context.steps
    return torch.full((size,), steps, device=batch.values.device)
