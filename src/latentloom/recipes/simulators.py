"""Sources of samples that a recipe can simulate."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol, runtime_checkable

from ..data.dataset import Dataset
from ..data.simulate import displacement_sensor, operators, sines, splats


@runtime_checkable
class Simulator(Protocol):
    """The settings of a simulation; its kinds hold them."""

    records: int


SIMULATIONS: dict[type, Callable[[Any, int], Dataset]] = {
    displacement_sensor.DisplacementSensor: displacement_sensor.simulate,
    operators.Operators: operators.simulate,
    sines.Sines: sines.simulate,
    splats.Splats: splats.simulate,
}
# Simulations that write HDF5 as they go, in several processes, and go on where they stopped.
LONG: dict[type, Callable[..., None]] = {operators.Operators: operators.write}


def simulate(settings: Simulator, seed: int) -> Dataset:
    """The records of a simulation; equal seeds give equal records."""
    return SIMULATIONS[type(settings)](settings, seed)


def sketch(settings: Any) -> Dataset:
    """A few records of a simulation, to try things on."""
    return simulate(replace(settings, records=8), 0)
