"""Names that users write, and the nearest that exist."""

import difflib
from collections.abc import Iterable, Mapping
from typing import TypeVar

T = TypeVar("T")


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'NAME'?` with the known name that is nearest; "" if none is near.

    Example:
        >>> nearest("widhts", ["widths", "kernel"])
        "; did you mean 'widths'?"
    """
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def look_up(what: str, name: str, table: Mapping[str, T]) -> T:
    """The entry of a table.

    Raises:
        ValueError: If there is none of that name; it lists those that there are.

    Example:
        >>> look_up("protocol", "strikt", {"strict": 1})
        Traceback (most recent call last):
        ValueError: protocol must be one of strict, got 'strikt'; did you mean 'strict'?
    """
    if name not in table:
        known = ", ".join(table)
        raise ValueError(f"{what} must be one of {known}, got {name!r}{nearest(name, table)}")
    return table[name]
