"""New samples of old ones by a law of their physics, in the units of the files."""

import abc
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..core.errors import DataError
from .dataset import Dataset, Schema

VARIATION = "variation"
CELLS_LEFT = 1e-3  # a warp that leaves a level this little of its time has no shape to divide


class Variation(abc.ABC):
    """Makes new samples of old ones, before the transforms see them.

    What it draws, it draws from torch's global generator. It leaves with each sample how far
    it departs from a measured one, a positive number, as the extra `variation`; the condition
    of that name, if there is one, gets it.

    Attributes:
        share: Share of the train split that is replaced in every epoch, in (0, 1].
    """

    share: float

    @abc.abstractmethod
    def __call__(self, dataset: Dataset) -> Dataset: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelWarp(Variation):
    r"""Lets time run at a speed that depends on the voltage level: new shapes from old ones.

    For a core whose hysteresis does not depend on rate, uneven time is a symmetry: with
    $t = \tau(\theta)$ the current becomes $I(\tau(\theta))$ and the voltage, a rate of
    change, $V(\tau(\theta)) \, \tau'(\theta)$; the swing of the flux stays what it was. Here
    $\tau' \propto e^{s g(V)}$ with $g$ a random combination of $V$ and $|V|$, so that steps of
    equal voltage stay steps: a triangle gets another duty cycle, a trapezoid other ramps.
    The current is read at $2 h$ even instants, as a measurement of $h$ harmonics would.

    Args:
        share: Share of the train split that is replaced in every epoch, in (0, 1].
        strength: Bound of $|s g|$, drawn evenly from 0 to it for each sample.
        harmonics: $h$, how many harmonics the drive holds.

    Raises:
        ValueError: If a setting is out of range.
    """

    share: float = 0.25
    strength: float = 1.0
    harmonics: int = 12

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise ValueError(f"share must be in (0, 1], got {self.share}")
        if self.strength <= 0:
            raise ValueError(f"strength must be positive, got {self.strength}")
        if self.harmonics < 1:
            raise ValueError(f"harmonics must be at least 1, got {self.harmonics}")

    def __call__(self, dataset: Dataset) -> Dataset:
        if dataset.series is None or dataset.drive is None or not dataset.schema.periodic:
            raise ValueError("level_warp needs signals of one period with a drive")
        if 2 * self.harmonics > dataset.steps:
            raise ValueError(
                f"harmonics must be at most {dataset.steps // 2} for {dataset.steps} steps,"
                f" got {self.harmonics}"
            )
        warp = _Warp.drawn(dataset.series[..., 0], self.strength)
        offset = torch.rand(dataset.size, 1)
        count = 2 * self.harmonics
        times = warp.times((torch.arange(count) + offset) / count)
        drive = [
            _from_samples(_at(channel, times), offset, dataset.steps)
            for channel in dataset.drive.unbind(-1)
        ]
        series = [warp.rates(channel) for channel in dataset.series.unbind(-1)]
        return replace(
            dataset,
            series=torch.stack(series, -1),
            drive=torch.stack(drive, -1),
            extras={**dataset.extras, VARIATION: 1 + 3 * warp.departure},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror(Variation):
    r"""Shows signals in a mirror: what changes its sign there does so in signal and conditions.

    In the plane, `across: [[y, direction_sin], [x, direction_cos]]` mirrors up and down, left
    and right, or both, as is drawn for each sample anew: at least one of the entries.

    Args:
        share: Share of the train split that is replaced in every epoch, in (0, 1].
        across: For each mirror, the series, channels of the drive and conditions whose sign
            it changes, by name.

    Raises:
        ValueError: If `share` is out of range, or no mirror is named, or one is empty.

    Example:
        >>> import torch
        >>> from latentloom.data.dataset import Quantity
        >>> schema = Schema(series=(Quantity("x"), Quantity("y")), condition=(Quantity("s"),))
        >>> path = torch.tensor([[[0.0, 0.0], [1.0, 2.0]]])
        >>> dataset = Dataset(schema=schema, series=path, condition=torch.tensor([[0.8]]))
        >>> made = Mirror(across=[["y", "s"]])(dataset)
        >>> made.series[0, 1].tolist(), round(made.condition.item(), 1)
        ([1.0, -2.0], -0.8)
    """

    share: float = 0.5
    across: Sequence[Sequence[str]]

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise ValueError(f"share must be in (0, 1], got {self.share}")
        if not self.across or not all(self.across):
            raise ValueError(f"across must name what each mirror changes, got {self.across}")

    def check(self, schema: Schema) -> None:
        """Looks for what it names.

        Raises:
            DataError: If there is no such quantity, or it has no sign.
        """
        for names in self.across:
            for name in names:
                _signed(schema, name)

    def __call__(self, dataset: Dataset) -> Dataset:
        flipped = torch.rand(dataset.size, len(self.across)) < 0.5
        first = torch.randint(len(self.across), (dataset.size,))
        flipped[torch.arange(dataset.size), first] = True
        signs = 1.0 - 2.0 * flipped
        changed: dict[str, Tensor] = {}
        for mirror, names in enumerate(self.across):
            for name in names:
                role, place = _signed(dataset.schema, name)
                array = changed.setdefault(role, getattr(dataset, role).clone())
                sign = signs[:, mirror]
                array[..., place] *= sign if array.ndim == 2 else sign[:, None]
        mark = {VARIATION: torch.ones(dataset.size, 1)}
        return replace(dataset, **changed, extras={**dataset.extras, **mark})


def _signed(schema: Schema, name: str) -> tuple[str, int]:
    """The array that a quantity with a sign is in, and where.

    Raises:
        DataError: If there is none, or it is a label.
    """
    for role in ("series", "drive", "condition"):
        if name in schema.names(role) and name not in schema.categories:
            return role, schema.index(role, name)
    known = [name for role in ("series", "drive", "condition") for name in schema.names(role)]
    signed = [name for name in known if name not in schema.categories]
    raise DataError("mirror", f"must name what has a sign, one of {signed}, got {name!r}")


@dataclass(frozen=True, slots=True)
class _Warp:
    """Uneven time, constant within each step of the old signal: where its steps come to lie."""

    lengths: Float[Tensor, "N T"]
    edges: Float[Tensor, "N L"]
    departure: Float[Tensor, "N 1"]

    @classmethod
    def drawn(cls, level: Float[Tensor, "N T"], strength: float) -> "_Warp":
        level = level / level.abs().amax(1, keepdim=True).clamp_min(torch.finfo().tiny)
        weights = torch.randn(len(level), 2)
        speed = weights[:, :1] * level + weights[:, 1:] * level.abs()
        speed = speed - speed.mean(1, keepdim=True)
        size = speed.abs().amax(1, keepdim=True).clamp_min(CELLS_LEFT)
        speed = speed / size * strength * torch.rand(len(level), 1)
        lengths = torch.exp(-speed)
        lengths = lengths / lengths.sum(1, keepdim=True)
        edges = torch.nn.functional.pad(lengths.cumsum(1), (1, 0))
        edges[:, -1] = 1.0
        return cls(lengths, edges, speed.abs().mean(1, keepdim=True))

    def times(self, places: Float[Tensor, "N P"]) -> Float[Tensor, "N P"]:
        """The old times, in periods, at new ones."""
        cells = self._cells(places)
        inside = (places - self.edges.gather(1, cells)) / self.lengths.gather(1, cells)
        return (cells + inside.clamp(0, 1)) / self.lengths.shape[1]

    def rates(self, values: Float[Tensor, "N T"]) -> Float[Tensor, "N T"]:
        """A rate of change in new time: the difference of its integral over each new step."""
        steps = values.shape[1]
        edges = (torch.arange(steps + 1) / steps).expand(len(values), -1)
        integral = torch.nn.functional.pad(values.cumsum(1), (1, 0))
        return _between(integral, self.times(edges) * steps).diff(dim=1)

    def _cells(self, places: Float[Tensor, "N P"]) -> Int[Tensor, "N P"]:
        found = torch.searchsorted(self.edges, places.contiguous(), right=True)
        return found.clamp(1, self.lengths.shape[1]) - 1


def _between(values: Float[Tensor, "N L"], places: Float[Tensor, "N P"]) -> Tensor:
    """Straight lines between values."""
    left = places.floor().long().clamp(0, values.shape[1] - 2)
    share = places - left
    return values.gather(1, left) * (1 - share) + values.gather(1, left + 1) * share


def _at(values: Float[Tensor, "N T"], times: Float[Tensor, "N P"]) -> Float[Tensor, "N P"]:
    """A periodic signal's Fourier series at other times, in periods; samples are mid-step."""
    steps = values.shape[1]
    waves = torch.fft.rfft(values, dim=1) * (2 / steps)
    waves[:, 0] /= 2
    if steps % 2 == 0:
        waves[:, -1] /= 2
    kept = int((waves.abs().amax(0) > 1e-6 * waves.abs().amax()).nonzero().max()) + 1
    angles = 2 * math.pi * torch.arange(kept) * (times[..., None] - 0.5 / steps)
    waves = waves[:, None, :kept]
    return (waves.real * angles.cos() - waves.imag * angles.sin()).sum(-1)


def _from_samples(
    samples: Float[Tensor, "N P"], offset: Float[Tensor, "N 1"], steps: int
) -> Float[Tensor, "N T"]:
    """The Fourier series through even samples, at mid-step times; its last harmonic is cut."""
    count = samples.shape[1]
    orders = torch.arange(count // 2 + 1)
    waves = torch.fft.rfft(samples, dim=1)
    waves = waves * torch.exp(2j * math.pi * orders * (0.5 / steps - offset / count))
    waves[:, -1] = 0
    wide = torch.nn.functional.pad(waves, (0, steps // 2 - count // 2))
    return torch.fft.irfft(wide, n=steps, dim=1) * (steps / count)
