"""Spinodal decomposition, told by principal components of spatial autocorrelations."""

from .file import simulate, write
from .settings import Spinodal

__all__ = ["Spinodal", "simulate", "write"]
