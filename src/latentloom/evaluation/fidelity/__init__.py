"""Whether signals answer to what they were conditioned on."""

from .conditions import fidelity
from .dense import drive_fidelity
from .label import label_fidelity
from .result import Fidelity, LabelRow, Lesson, Match
from .scalar import scalar_fidelity
from .sweep import Sweep, drive_sweep, sweep

__all__ = [
    "Fidelity",
    "LabelRow",
    "Lesson",
    "Match",
    "Sweep",
    "drive_fidelity",
    "drive_sweep",
    "fidelity",
    "label_fidelity",
    "scalar_fidelity",
    "sweep",
]
