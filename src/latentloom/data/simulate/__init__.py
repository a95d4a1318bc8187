"""Sources of signals whose truth is known."""

from .displacement_sensor import DisplacementSensor
from .sines import Sines

__all__ = ["DisplacementSensor", "Sines"]
