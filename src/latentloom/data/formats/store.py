"""The role of a file whose samples can be read by row."""

import abc

import numpy as np

from ..dataset import Schema

Rows = slice | np.ndarray


class Store(abc.ABC):
    """Named arrays with one row a sample, read as needed.

    A file that was written here knows its schema, and its arrays have the names of
    `Dataset.arrays`; somebody else's arrays have names of their own.

    Attributes:
        source: The file.
        schema: What the file says of itself, if it was written here.
    """

    source: str
    schema: Schema | None

    @property
    @abc.abstractmethod
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The arrays that there are, and their sizes."""

    @abc.abstractmethod
    def read(self, name: str, rows: Rows) -> np.ndarray:
        """Some rows of an array, by a slice or by rising numbers."""

    def lengths(self, name: str) -> np.ndarray | None:
        """How long each sample of an array is, where the file itself knows it."""
        return None

    def features(self, name: str) -> tuple[str, ...] | None:
        """The written names of an array's columns, where the file itself knows them."""
        return None
