"""The one-file HTML report of a run, readable without a network."""

from .content import CodeMap, Cost, Figure, Kept, Line, Overlay, Report, Tokenized, Use
from .write import render, write

__all__ = [
    "CodeMap",
    "Cost",
    "Figure",
    "Kept",
    "Line",
    "Overlay",
    "Report",
    "Tokenized",
    "Use",
    "render",
    "write",
]
