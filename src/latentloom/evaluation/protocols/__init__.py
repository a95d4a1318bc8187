"""Named, versioned ways of scoring signals."""

from collections.abc import Mapping

from ...core.names import look_up
from .features import Features
from .legacy24 import Legacy24
from .measuring import WHOLE, Extent, measure, measured
from .protocol import Arranged, Protocol
from .strict import Strict
from .trajectories import Trajectories

__all__ = [
    "PROTOCOLS",
    "WHOLE",
    "Arranged",
    "Extent",
    "Features",
    "Legacy24",
    "Protocol",
    "Strict",
    "Trajectories",
    "measure",
    "measured",
    "protocol_named",
]

PROTOCOLS: Mapping[str, Protocol] = {
    p.name: p for p in (Strict(), Legacy24(), Features(), Trajectories())
}
"""Every protocol there is, by name."""


def protocol_named(name: str) -> Protocol:
    """The protocol of a name.

    Raises:
        ValueError: If there is none; it names the nearest.

    Example:
        >>> protocol_named("legacy24").version
        1
    """
    return look_up("protocol", name, PROTOCOLS)
