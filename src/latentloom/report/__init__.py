"""The one-file HTML report of a run, readable without a network."""

from .content import (
    Album,
    CodeMap,
    Cost,
    Figure,
    Gallery,
    Imaged,
    Kept,
    Line,
    Overlay,
    Path,
    Report,
    Stepwise,
    Tokenized,
    Use,
)
from .write import render, write

__all__ = [
    "Album",
    "CodeMap",
    "Cost",
    "Figure",
    "Gallery",
    "Imaged",
    "Kept",
    "Line",
    "Overlay",
    "Path",
    "Report",
    "Stepwise",
    "Tokenized",
    "Use",
    "render",
    "write",
]
