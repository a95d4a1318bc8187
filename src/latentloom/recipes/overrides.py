"""Changes single settings of a recipe by their dotted paths, as on the command line."""

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from ..core.errors import RecipeError
from .complaints import unknown
from .text import parse


def parse_override(text: str) -> tuple[str, Any]:
    """Path and value of `a.b.0.c=value`, whose value is YAML.

    Raises:
        RecipeError: If there is no `=`, or no path before it, or the value is no YAML.

    Example:
        >>> parse_override("phases.0.epochs=3")
        ('phases.0.epochs', 3)
    """
    path, sign, value = text.partition("=")
    if not sign or not path.strip():
        raise RecipeError(text, "an override must be PATH=VALUE, such as phases.0.epochs=3")
    return path.strip(), parse(value, path.strip())


def overridden(tree: Mapping[str, Any], changes: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """A copy of a recipe's tree with some settings changed.

    An entry of a list is named by its number or, where entries have names, by its name.
    A bare kind becomes a mapping when one of its settings is changed.

    Raises:
        RecipeError: If a path leads nowhere.

    Example:
        >>> overridden({"phases": [{"name": "a", "epochs": 1}]}, [("phases.a.epochs", 2)])
        {'phases': [{'name': 'a', 'epochs': 2}]}
    """
    whole: dict[str, Any] = copy.deepcopy(dict(tree))
    for path, value in changes:
        _change(whole, path, value)
    return whole


def _change(whole: dict[str, Any], path: str, value: Any) -> None:
    steps = path.split(".")
    node: Any = whole
    for depth, step in enumerate(steps):
        here = ".".join(steps[: depth + 1])
        place = _place(node, step, here)
        if depth == len(steps) - 1:
            node[place] = copy.deepcopy(value)
            return
        if isinstance(node, dict) and node.get(place) is None:
            node[place] = {}
        elif isinstance(node[place], str):
            node[place] = {"kind": node[place]}
        node = node[place]


def _place(node: Any, step: str, here: str) -> Any:
    """The key or index that a step stands for."""
    if isinstance(node, dict):
        return step
    if not isinstance(node, list):
        parent = here.rpartition(".")[0]
        raise RecipeError(here, f"{parent} must be a mapping to be changed inside, got {node!r}")
    names = [entry.get("name") if isinstance(entry, dict) else None for entry in node]
    if step in names:
        return names.index(step)
    if step.isdecimal() and int(step) < len(node):
        return int(step)
    known = [str(name) for name in names if name is not None]
    numbers = f"0 to {len(node) - 1}" if node else "none"
    hint = f"; {unknown(step, known, what='name')}" if known else ""
    raise RecipeError(here, f"must be the number of an entry, {numbers}, got {step!r}{hint}")
