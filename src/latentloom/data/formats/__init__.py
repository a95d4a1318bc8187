"""Readers and writers, one file a format."""

from .check import check_compatible, check_steps
from .columns import Columns
from .detect import FORMATS, Format, detect
from .files import read, read_many, write
from .labels import recoded

__all__ = [
    "FORMATS",
    "Columns",
    "Format",
    "check_compatible",
    "check_steps",
    "detect",
    "read",
    "read_many",
    "recoded",
    "write",
]
