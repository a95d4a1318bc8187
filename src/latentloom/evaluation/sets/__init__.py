"""What is left of signals of several types of channels, such as sets of Gaussians."""

from .card import SetCard, SetRow
from .judging import judge_sets, rivals_of
from .material import Material, Slots
from .pictures import Likeness, Pictures
from .rivals import Components, Rival, SlotMean
from .spread import spread_by_span

__all__ = [
    "Components",
    "Likeness",
    "Material",
    "Pictures",
    "Rival",
    "SetCard",
    "SetRow",
    "SlotMean",
    "Slots",
    "judge_sets",
    "rivals_of",
    "spread_by_span",
]
