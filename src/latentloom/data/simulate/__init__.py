"""Sources of signals whose truth is known."""

from .displacement_sensor import DisplacementSensor

__all__ = ["DisplacementSensor"]
