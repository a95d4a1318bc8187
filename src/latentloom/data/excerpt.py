"""Small sets of real data that ship with the package."""

from pathlib import Path

_FOLDER = Path(__file__).parent / "excerpts"


def excerpts() -> list[str]:
    """The names of the sets; `excerpts/ATTRIBUTION.md` says where each comes from."""
    return sorted(path.stem for path in _FOLDER.glob("*.npz"))


def excerpt(name: str) -> Path:
    """Where a set is.

    Raises:
        ValueError: If there is none of that name.

    Example:
        >>> excerpt("magnet").name
        'magnet.npz'
    """
    if name not in excerpts():
        raise ValueError(f"name must be one of {excerpts()}, got {name!r}")
    return _FOLDER / f"{name}.npz"
