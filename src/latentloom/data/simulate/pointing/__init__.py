"""Pointing movements of a hand with a mouse, from one dot to another."""

from .movement import simulate
from .settings import Pointing

__all__ = ["Pointing", "simulate"]
