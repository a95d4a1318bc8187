"""What two populations look like beside each other, as plain arrays to be drawn."""

from .content import Bundle, Case, Channel, Cloud, Correlations, Pair, Portrait
from .gathered import portrait

__all__ = [
    "Bundle",
    "Case",
    "Channel",
    "Cloud",
    "Correlations",
    "Pair",
    "Portrait",
    "portrait",
]
