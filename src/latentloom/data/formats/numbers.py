"""Numbers written as text."""

from collections.abc import Sequence

import numpy as np

from ...core.errors import DataError

_MISSING = {"", "?", "nan", "na", "null"}


def floats(place: str, fields: Sequence[str]) -> np.ndarray:
    """The numbers that fields hold; what is missing is NaN.

    Raises:
        DataError: If a field is no number.
    """
    try:
        return np.array(fields, dtype=np.float64)
    except ValueError:
        return np.array([_number(place, field.strip()) for field in fields])


def mostly_numbers(fields: Sequence[str]) -> bool:
    """Whether most fields are numbers; one that is not is then a mistake, not a name."""
    return sum(map(is_number, fields)) * 2 > len(fields)


def is_number(field: str) -> bool:
    """Whether a field is a number, or says that one is missing."""
    try:
        float(field if field.strip().lower() not in _MISSING else "nan")
    except ValueError:
        return False
    return True


def _number(place: str, field: str) -> float:
    if field.lower() in _MISSING:
        return np.nan
    try:
        return float(field)
    except ValueError:
        raise DataError(place, f"must be a number, got {field!r}") from None
