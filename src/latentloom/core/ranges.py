"""Checks that numbers are where they must be, in the words of every error."""


def at_least(least: float, /, **values: float) -> None:
    """Refuses values below `least`.

    Raises:
        ValueError: If there is one; it says which.

    Example:
        >>> at_least(1, layers=0)
        Traceback (most recent call last):
        ValueError: layers must be at least 1, got 0
    """
    for name, value in values.items():
        if not value >= least:
            raise ValueError(f"{name} must be at least {least:g}, got {value}")


def positive(**values: float) -> None:
    """Refuses values that are not above 0.

    Raises:
        ValueError: If there is one; it says which.
    """
    for name, value in values.items():
        if not value > 0:
            raise ValueError(f"{name} must be positive, got {value}")


def a_share(**values: float) -> None:
    """Refuses values outside [0, 1].

    Raises:
        ValueError: If there is one; it says which.
    """
    for name, value in values.items():
        if not 0 <= value <= 1:
            raise ValueError(f"{name} must be in [0, 1], got {value}")


def below_one(**values: float) -> None:
    """Refuses values outside [0, 1).

    Raises:
        ValueError: If there is one; it says which.
    """
    for name, value in values.items():
        if not 0 <= value < 1:
            raise ValueError(f"{name} must be in [0, 1), got {value}")
