"""The Cahn-Hilliard equation, solved in waves."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Complex, Float
from torch import Tensor

from ...fields.grid import symbol

SLOPE = 0.5  # of f', the share that is solved exactly; in wells f' has 2, at the middle -1
LEAST, MOST = 1e-8, 0.999999999  # concentrations, where they are clipped
_EARLY = ((0.2, 5), (2.0, 2))  # until when the step is how many times smaller


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    r"""What tells runs apart once they have begun.

    Args:
        mobility: $M$ of each run.
        gradient_coefficient: $\kappa$ of each run.
    """

    mobility: Float[Tensor, " B"]
    gradient_coefficient: Float[Tensor, " B"]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Concentrations at one time, and their waves, not divided by the cells."""

    field: Float[Tensor, "B n n"]
    waves: Complex[Tensor, "B n m"]


def substeps(frames: int, interval: float, step: float) -> list[int]:
    """How many steps the solver takes from each frame to the next.

    Args:
        frames: How many frames there are, the first one included.
        interval: Time from frame to frame.
        step: The largest time step.

    Example:
        >>> substeps(13, 0.2, 0.05)
        [20, 8, 8, 8, 8, 8, 8, 8, 8, 8, 4, 4]
    """
    counts: list[int] = []
    for frame in range(frames - 1):
        began = (frame + 1e-6) * interval
        finer = next((by for until, by in _EARLY if began < until), 1)
        counts.append(math.ceil(interval * finer / step - 1e-9))
    return counts


def evolve(
    start: Float[Tensor, "B n n"],
    material: Material,
    counts: Sequence[int],
    interval: float,
    *,
    clip: bool = False,
) -> Iterator[Frame]:
    r"""Frames of some runs.

    With the waves $\hat c$, and $\lambda \ge 0$ the symbol of minus the Laplacian of five
    points, the equation is

    $$\dot{\hat c} = L \hat c + N, \qquad L = -M \lambda (s + \kappa \lambda), \qquad
      N = -M \lambda F [f'(c) - s c].$$

    $L$ is solved exactly, $N$ by the two-step scheme ETD2 (Adams-Bashforth), begun by one
    step of ETD2RK wherever the time step changes. The wave of the mean never changes.

    Args:
        start: Concentrations at the start, which are the first frame.
        material: What the runs are made of.
        counts: Steps from each frame to the next.
        interval: Time from frame to frame.
        clip: Whether concentrations are kept in [1e-8, 0.999999999] after each step.

    Yields:
        The start, and a frame after each of the counts.

    References:
        Exponential time differencing for stiff systems (Cox and Matthews, 2002), equations
        6 and 22. https://doi.org/10.1006/jcph.2002.6995
    """
    solver = _Solver(start, material, clip=clip)
    yield solver.frame()
    taken = 0
    for count in counts:
        if count != taken:
            solver.begin(interval / count)
            taken = count
        for _ in range(count):
            solver.step()
        yield solver.frame()


class _Solver:
    """Runs that stand at one time."""

    def __init__(self, start: Tensor, material: Material, *, clip: bool) -> None:
        self.field = start.clone()
        self.waves = torch.fft.rfft2(start)
        self.clip = clip
        self.material = material
        self._room = torch.empty_like(start)
        self._before: Tensor | None = None

    def frame(self) -> Frame:
        return Frame(self.field.clone(), self.waves.clone())

    def begin(self, time_step: float) -> None:
        """Takes a time step, and forgets the steps before."""
        weights = _weights(self.material, self.field.shape[-1], time_step)
        kind = self.field.dtype
        self._decay, self._now, self._past, self._first, self._second = (
            torch.from_numpy(_doubled(table)).to(kind) for table in weights
        )
        self._before = None

    def step(self) -> None:
        """Goes on by one step."""
        force, waves = self._force(), torch.view_as_real(self.waves)
        if self._before is None:
            waves.mul_(self._decay).addcmul_(force, self._first)
            self.field = self._seen()
            change = self._force() - force
            waves.addcmul_(change, self._second)
        else:
            waves.mul_(self._decay).addcmul_(force, self._now)
            waves.addcmul_(self._before, self._past)
        self._before = force
        self.field = self._seen()
        if self.clip:
            self.field.clamp_(LEAST, MOST)
            self.waves = torch.fft.rfft2(self.field)

    def _force(self) -> Tensor:
        """The waves of f'(c) - s c = 4 c^3 - 6 c^2 + (2 - s) c, as pairs."""
        room, field = self._room, self.field
        torch.mul(field, 4, out=room)
        room.sub_(6).mul_(field).add_(2 - SLOPE).mul_(field)
        return torch.view_as_real(torch.fft.rfft2(room))

    def _seen(self) -> Tensor:
        return torch.fft.irfft2(self.waves, s=self.field.shape[-2:])


def _weights(material: Material, size: int, time_step: float) -> tuple[np.ndarray, ...]:
    """What waves and forces are multiplied by: B x n x (n / 2 + 1), in float64."""
    mobility, gradient = (
        value.numpy().astype(np.float64)[:, None, None]
        for value in (material.mobility, material.gradient_coefficient)
    )
    rough = symbol(size)
    exponent = -mobility * rough * (SLOPE + gradient * rough) * time_step
    scale = -mobility * rough * time_step
    first, second = _integrals(exponent)
    return (
        np.exp(exponent),
        scale * (first + second),
        -scale * second,
        scale * first,
        scale * second,
    )


def _integrals(exponent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(e^z - 1) / z and (e^z - 1 - z) / z^2, by their series near 0."""
    near = np.abs(exponent) < 1e-2
    z = np.where(near, 1.0, exponent)
    first = np.expm1(z) / z
    second = (first - 1) / z
    z = exponent
    return (
        np.where(near, 1 + z / 2 + z**2 / 6 + z**3 / 24 + z**4 / 120, first),
        np.where(near, 0.5 + z / 6 + z**2 / 24 + z**3 / 120 + z**4 / 720, second),
    )


def _doubled(table: np.ndarray) -> np.ndarray:
    """A table for the real and the imaginary part of each wave."""
    return np.repeat(table[..., None], 2, -1)
