"""Sources of samples whose truth is known."""

from .displacement_sensor import DisplacementSensor
from .operators import Operators

__all__ = ["DisplacementSensor", "Operators"]
