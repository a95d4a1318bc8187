"""Small random operators in two dimensions, and the features of what they do."""

from .families import simulate
from .file import write
from .settings import Operators

__all__ = ["Operators", "simulate", "write"]
