"""Sources of samples whose truth is known."""

from .displacement_sensor import DisplacementSensor
from .operators import Operators
from .pointing import Pointing
from .sines import Sines
from .spinodal import Spinodal
from .splats import Splats

__all__ = ["DisplacementSensor", "Operators", "Pointing", "Sines", "Spinodal", "Splats"]
