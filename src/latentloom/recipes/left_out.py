"""What is lost by playing some phases of a recipe only."""

from collections.abc import Mapping, Sequence
from typing import Any

Phases = Sequence[Mapping[str, Any]]


def left_out(phases: Phases, played: Phases) -> dict[str, list[str]]:
    """The phases that would have trained a part before it is used, by the name of the part.

    Args:
        phases: All phases of the recipe, as its tree has them.
        played: Those that are played, in their order.

    Example:
        >>> first, second = (
        ...     {"name": name, "updates": [{"trains": ["base"]}]} for name in ("first", "second")
        ... )
        >>> left_out([first, second], [second]), left_out([first, second], [first])
        ({'base': ['first']}, {})
    """
    names, chosen = ([phase["name"] for phase in some] for some in (phases, played))
    found: dict[str, dict[str, None]] = {}
    learned: set[str] = set()
    for phase in played:
        for before in phases[: names.index(phase["name"])]:
            lost = set() if before["name"] in chosen else _trained(before) - learned
            for part in sorted(lost):
                found.setdefault(part, {})[str(before["name"])] = None
        learned |= _trained(phase)
    return {part: [*lost] for part, lost in found.items()}


def notice(lost: Mapping[str, Sequence[str]]) -> str:
    """What `left_out` found, in a line.

    Example:
        >>> notice({"base": ["first"]}).partition("; ")[0]
        '--phases: new weights for base, which first would have trained'
    """
    told = (f"{part}, which {' and '.join(lost[part])} would have trained" for part in lost)
    return f"--phases: new weights for {', for '.join(told)}; start from others: --existing-model"


def _trained(phase: Mapping[str, Any]) -> set[str]:
    return {name for update in phase["updates"] for name in update["trains"]}
