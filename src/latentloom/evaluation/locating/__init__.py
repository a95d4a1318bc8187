"""At which frame of a predicted sequence a measured state occurred, and how sure that is."""

from .card import Located, LocatingCard, LocatingRow
from .deduction import Deduction, said
from .locator import Locator, Sequences, calibrated, expected
from .regions import confidence, masses, modes, reach_for, region, stretches
from .scoring import Judged, fixed_weights, judge

__all__ = [
    "Deduction",
    "Judged",
    "Located",
    "LocatingCard",
    "LocatingRow",
    "Locator",
    "Sequences",
    "calibrated",
    "confidence",
    "expected",
    "fixed_weights",
    "judge",
    "masses",
    "modes",
    "reach_for",
    "region",
    "said",
    "stretches",
]
