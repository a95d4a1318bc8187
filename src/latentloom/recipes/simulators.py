"""Sources of samples that a recipe can simulate."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

from ..data.dataset import Dataset
from ..data.formats.detect import FORMATS, Format
from ..data.simulate import displacement_sensor, operators, pointing, sines, spinodal, splats


@runtime_checkable
class Simulator(Protocol):
    """The settings of a simulation; its kinds hold them."""

    records: int


SIMULATIONS: dict[type, Callable[[Any, int], Dataset]] = {
    displacement_sensor.DisplacementSensor: displacement_sensor.simulate,
    operators.Operators: operators.simulate,
    pointing.Pointing: pointing.simulate,
    sines.Sines: sines.simulate,
    spinodal.Spinodal: spinodal.simulate,
    splats.Splats: splats.simulate,
}


@dataclass(frozen=True, slots=True)
class Long:
    """A simulation that works in several processes and goes on where it stopped.

    Args:
        write: Writes it; what it returns is told, a sentence each.
        formats: What it can write.
    """

    write: Callable[..., Sequence[str] | None]
    formats: tuple[Format, ...]


LONG: dict[type, Long] = {
    operators.Operators: Long(operators.write, ("hdf5",)),
    spinodal.Spinodal: Long(spinodal.write, FORMATS),
}


def simulate(settings: Simulator, seed: int) -> Dataset:
    """The records of a simulation; equal seeds give equal records."""
    return SIMULATIONS[type(settings)](settings, seed)


def sketch(settings: Any) -> Dataset:
    """A few records of a simulation, to try things on."""
    return simulate(replace(settings, records=8), 0)
