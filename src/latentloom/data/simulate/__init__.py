"""Sources of samples whose truth is known."""

from .displacement_sensor import DisplacementSensor
from .operators import Operators
from .sines import Sines

__all__ = ["DisplacementSensor", "Operators", "Sines"]
