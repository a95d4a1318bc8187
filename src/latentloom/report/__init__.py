"""The one-file HTML report of a run, readable without a network."""

from .content import Cost, Figure, Kept, Line, Overlay, Report, Use
from .write import render, write

__all__ = ["Cost", "Figure", "Kept", "Line", "Overlay", "Report", "Use", "render", "write"]
