"""Learns latent representations of signals and generates new signals from them."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import (
        Columns,
        Dataset,
        Run,
        diagnose,
        evaluate,
        interpolate,
        load,
        locate,
        score,
        sweep,
        train,
    )

__all__ = [
    "Columns",
    "Dataset",
    "Run",
    "diagnose",
    "evaluate",
    "interpolate",
    "load",
    "locate",
    "score",
    "sweep",
    "train",
]


def __getattr__(name: str) -> Any:
    """Imports a public name when it is first asked for, and torch with it."""
    if name in __all__:
        from . import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
