"""Sources of signals that a recipe can simulate."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol, runtime_checkable

from ..data.dataset import Dataset
from ..data.simulate import displacement_sensor, sines


@runtime_checkable
class Simulator(Protocol):
    """The settings of a simulation; its kinds hold them."""

    records: int


SIMULATIONS: dict[type, Callable[[Any, int], Dataset]] = {
    displacement_sensor.DisplacementSensor: displacement_sensor.simulate,
    sines.Sines: sines.simulate,
}


def simulate(settings: Simulator, seed: int) -> Dataset:
    """The records of a simulation; equal seeds give equal records."""
    return SIMULATIONS[type(settings)](settings, seed)


def sketch(settings: Any) -> Dataset:
    """A few records of a simulation, to try things on."""
    return simulate(replace(settings, records=8), 0)
