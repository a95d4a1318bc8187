"""Turns checked settings into objects, and says where in the recipe one refuses to be made."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..core.errors import LatentLoomError, RecipeError
from .complaints import raise_all
from .models import Call


class Unbuilt:
    """Stands for what could not be made, so that the other errors are found too."""


@dataclass(slots=True)
class Builder:
    """Makes objects of settings, and collects what goes wrong.

    Args:
        problems: What went wrong so far.
    """

    problems: list[RecipeError] = field(default_factory=list)

    def make(self, value: Any, path: str, **given: Any) -> Any:
        """What the settings stand for, or `Unbuilt`.

        Args:
            value: A call, or a container of calls and plain values.
            path: Where in the recipe it stands.
            given: The constructor arguments that neighbours know.
        """
        if isinstance(value, Call):
            return self._call(value, path, given)
        if isinstance(value, Mapping):
            made = {n: self.make(v, _joined(path, n), **given) for n, v in value.items()}
            return Unbuilt() if _has_unbuilt(made.values()) else made
        if isinstance(value, list | tuple):
            entries = [self.make(v, _joined(path, str(i)), **given) for i, v in enumerate(value)]
            return Unbuilt() if _has_unbuilt(entries) else type(value)(entries)
        return value

    def refuse(self, path: str, problem: str) -> Unbuilt:
        """Notes a problem."""
        self.problems.append(RecipeError(path, problem))
        return Unbuilt()

    def finish(self) -> None:
        """Raises what went wrong.

        Raises:
            RecipeError: If anything did.
        """
        raise_all(self.problems)

    def _call(self, value: Call, path: str, given: Mapping[str, Any]) -> Any:
        names = [name for name in type(value).model_fields if name != "kind"]
        made = {n: self.make(getattr(value, n), _joined(path, n), **given) for n in names}
        own = {name: given[name] for name in value.given if name in given}
        if _has_unbuilt([*made.values(), *own.values()]):
            return Unbuilt()
        try:
            for name, wrapper in value.wraps.items():
                made[name] = wrapper(made[name])
            return value.constructor(**made, **own)
        except (ValueError, TypeError, RuntimeError, LatentLoomError) as error:
            problem = str(error).splitlines()[0]  # torch adds where it happened in C++
            return self.refuse(*_placed(path, names, problem))


def located(call: Call, path: str, problem: str) -> tuple[str, str]:
    """Where the setting is that a message begins with, at any depth, and the rest of it.

    Args:
        call: The settings of what complained.
        path: Where in the recipe they stand.
        problem: The message.
    """
    begins = re.match(r"(\w+) (must .*)", problem, re.DOTALL)
    inside = _path_to(call, begins[1]) if begins else ""
    return (_joined(path, inside), begins[2]) if begins and inside else (path, problem)


def _path_to(call: Call, name: str) -> str:
    """The path of a setting among those of a call and of what it is made of; "" if none."""
    for own in type(call).model_fields:
        value = getattr(call, own)
        below = _path_to(value, name) if isinstance(value, Call) and own != name else ""
        if own == name or below:
            return f"{own}.{below}".rstrip(".")
    return ""


def _has_unbuilt(values: Any) -> bool:
    return any(isinstance(value, Unbuilt) for value in values)


def _joined(path: str, step: str) -> str:
    return f"{path}.{step}" if path else step


def _placed(path: str, names: list[str], problem: str) -> tuple[str, str]:
    """The path of the setting that a message begins with, and the rest of the message."""
    begins = re.match(r"(\w+)([.\w]*) (must .*)", problem, re.DOTALL)
    if begins and begins[1] in names:
        return _joined(path, begins[1]) + begins[2], begins[3]
    return path, problem
