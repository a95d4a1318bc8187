"""Sources of samples whose truth is known."""

from .displacement_sensor import DisplacementSensor
from .operators import Operators
from .sines import Sines
from .spinodal import Spinodal
from .splats import Splats

__all__ = ["DisplacementSensor", "Operators", "Sines", "Spinodal", "Splats"]
