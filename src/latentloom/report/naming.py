"""What scores of whole populations are called for readers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable


@runtime_checkable
class Named(Protocol):
    """An entry of the table of distances, as far as a reader is concerned."""

    @property
    def title(self) -> str:
        """Its name for readers."""
        ...

    @property
    def unit(self) -> str:
        """Its unit; "" if it has none."""
        ...

    @property
    def ideal(self) -> float:
        """What a perfect generator gets."""
        ...


Names = Mapping[str, Named]


def title(name: str, names: Names) -> str:
    """The title of a score, or its name in words where the table does not know it."""
    return names[name].title if name in names else name.replace("_", " ")


def unit(name: str, names: Names) -> str:
    """The unit of a score."""
    return names[name].unit if name in names else ""


def ideal(name: str, names: Names) -> float:
    """The number that a perfect generator gets."""
    return float(names[name].ideal) if name in names else 0.0
