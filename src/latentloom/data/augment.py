"""New batches of old ones, by what leaves the physics of a signal unchanged."""

import abc
import math
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
        drive = batch.context.drive
        if drive is not None:
            turned = drive * signs
            turned[..., self.keep] = drive[..., self.keep]
            drive = turned
        return _remade(batch, batch.values * signs, drive)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise(Augmentation):
    """Adds white normal noise.

    Args:
        drive: Its standard deviation on every drive channel, in the units of the fitted
            transforms.
        values: Its standard deviation on the series, in the units of the fitted
            transforms.

    Raises:
        ValueError: If one is negative.
    """

    drive: float = 0.0
    values: float = 0.0

    def __post_init__(self) -> None:
        if min(self.drive, self.values) < 0:
            raise ValueError(f"noise must not be negative, got {self.drive} and {self.values}")

    def __call__(self, batch: Batch) -> Batch:
        real = batch.context.mask[..., None]
        drive = batch.context.drive
        if drive is not None and self.drive > 0:
            drive = drive + self.drive * torch.randn_like(drive) * real
        values = batch.values
        if self.values > 0:
            values = values + self.values * torch.randn_like(values) * real
        return _remade(batch, values, drive)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeWarp(Augmentation):
    r"""Lets time run unevenly: $t \to \tau(t)$, smooth, increasing, once round the period.

    The drive becomes $I(\tau(t))$. The series is taken to be proportional to a rate of
    change, as a voltage is to that of a flux, and becomes $V(\tau(t)) \, \dot\tau(t)$; its
    integral over the period is exactly what it was. For signals of one period. $\tau(t) =
    t + \frac{L}{2 \pi} \sum_h \frac{a_h}{h} \sin(2 \pi h t / L + \varphi_h)$ over three
    harmonics, with $\sum_h |a_h|$ drawn evenly from 0 to the strength.

    Args:
        strength: Bound of $|\dot\tau - 1|$, in [0, 1).
        rates: The indices of the drive channels that are rates of change, too.

    Raises:
        ValueError: If the strength is outside [0, 1), at which time would stand still.
    """

    strength: float
    rates: list[int] = field(default_factory=list[int])

    def __post_init__(self) -> None:
        if not 0 <= self.strength < 1:
            raise ValueError(f"strength must be in [0, 1), got {self.strength}")

    def __call__(self, batch: Batch) -> Batch:
        values, drive, lengths = batch.values, batch.context.drive, _lengths(batch)
        warp = _Warp.drawn(lengths, self.strength, values)
        steps = torch.arange(values.shape[1], device=values.device).to(values)
        edges = warp(torch.arange(values.shape[1] + 1, device=values.device).to(values) - 0.5)
        if drive is not None:
            turned = interpolate(drive, warp(steps), lengths)
            turned[..., self.rates] = remap(drive[..., self.rates], edges, lengths)
            drive = _real(batch, turned, drive)
        return _remade(batch, _real(batch, remap(values, edges, lengths), values), drive)


@dataclass(frozen=True, slots=True)
class _Warp:
    """Uneven time: where in the old signals the steps of the new ones lie."""

    lengths: Int[Tensor, " B"]
    amounts: Float[Tensor, "B H"]
    phases: Float[Tensor, "B H"]

    @classmethod
    def drawn(
        cls, lengths: Int[Tensor, " B"], strength: float, like: Tensor, harmonics: int = 3
    ) -> "_Warp":
        shares = torch.rand(len(lengths), harmonics, device=like.device).to(like)
        shares = shares / shares.sum(1, keepdim=True).clamp_min(1e-6)
        total = strength * torch.rand(len(lengths), 1, device=like.device).to(like)
        phases = 2 * math.pi * torch.rand(len(lengths), harmonics, device=like.device).to(like)
        return cls(lengths, shares * total, phases)

    def __call__(self, times: Float[Tensor, " P"]) -> Float[Tensor, "B P"]:
        order = torch.arange(1, self.amounts.shape[1] + 1, device=times.device).to(times)
        turn = 2 * math.pi / self.lengths.to(times)[:, None]
        angles = order[:, None] * turn[..., None] * times + self.phases[..., None]
        shifts = (self.amounts / order / turn)[..., None] * angles.sin()
        return times + shifts.sum(1)


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
    drive = batch.context.drive
    return _remade(
        batch, _gathered(batch.values, index), None if drive is None else _gathered(drive, index)
    )


def interpolate(
    x: Float[Tensor, "B T C"], times: Float[Tensor, "B P"], lengths: Int[Tensor, " B"]
) -> Float[Tensor, "B P C"]:
    """Periodic signals between their steps, on straight lines.

    Args:
        x: The signals at times 0, 1 and so on.
        times: Where to read them, in steps.
        lengths: Their periods, in steps.
    """
    before = times.floor()
    share = (times - before)[..., None]
    index = before.long() % lengths[:, None]
    following = (index + 1) % lengths[:, None]
    return (1 - share) * _gathered(x, index) + share * _gathered(x, following)


def remap(
    x: Float[Tensor, "B T C"], edges: Float[Tensor, "B Q"], lengths: Int[Tensor, " B"]
) -> Float[Tensor, "B P C"]:
    """What periodic signals sum up to between neighbouring edges, of which Q = P + 1.

    Each value stands for the half steps on both sides of it, so nothing is lost or counted
    twice: over a whole period the results sum up to what the signals do.

    Args:
        x: The signals at times 0, 1 and so on.
        edges: Increasing times, in steps.
        lengths: Their periods, in steps.
    """
    periods = lengths.to(x)[:, None]
    sums = torch.nn.functional.pad(x.cumsum(1), (0, 0, 1, 0))
    whole = _gathered(sums, lengths[:, None])
    laps = ((edges + 0.5) / periods).floor()
    within = edges + 0.5 - laps * periods
    index = torch.minimum(within.long(), lengths[:, None] - 1)
    share = (within - index)[..., None]
    area = laps[..., None] * whole + _gathered(sums, index) + share * _gathered(x, index)
    return area.diff(dim=1)


def _gathered(x: Float[Tensor, "B T C"], index: Int[Tensor, "B P"]) -> Float[Tensor, "B P C"]:
    return x.gather(1, index[..., None].expand(-1, -1, x.shape[-1]))


def _lengths(batch: Batch) -> Int[Tensor, " B"]:
    if batch.context.lengths is not None:
        return batch.context.lengths
    size, steps = batch.context.size, batch.context.steps
    return torch.full((size,), steps, device=batch.values.device)


def _real(batch: Batch, new: Tensor, old: Tensor) -> Tensor:
    """The new values where steps are real, the old ones where they are padding."""
    return torch.where(batch.context.mask[..., None], new, old)


def _remade(batch: Batch, values: Tensor, drive: Tensor | None) -> Batch:
    return Batch(values=values, context=replace(batch.context, drive=drive))
