"""Which phases of a recipe are played, and what follows them."""

import itertools
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..core.errors import RecipeError
from .complaints import unknown

SPAN = re.compile(r"(?P<first>\d+)(?:-(?P<last>\d+))?")


def phases_named(wanted: Sequence[str], names: Sequence[str]) -> list[str]:
    """The names of phases that are named, numbered from 1, or in a span of numbers.

    Args:
        wanted: What is asked for.
        names: Those of all phases of the recipe, in order.

    Raises:
        RecipeError: If there is no such phase.

    Example:
        >>> phases_named(["2-3", "first"], ["first", "second", "third"])
        ['second', 'third', 'first']
    """
    found: dict[str, None] = {}
    for entry in wanted:
        span = SPAN.fullmatch(entry)
        if entry in names:
            found[entry] = None
        elif span is None:
            raise RecipeError("--phases", unknown(entry, names, what=f"phase {entry!r}"))
        else:
            first, last = int(span["first"]), int(span["last"] or span["first"])
            if not 1 <= first <= last <= len(names):
                problem = f"must be numbers from 1 to {len(names)}, got {entry}"
                raise RecipeError("--phases", f"{problem}; the phases are {', '.join(names)}")
            found |= dict.fromkeys(names[first - 1 : last])
    return [*found]


def continuing(
    phases: Sequence[Mapping[str, Any]], command: Sequence[str], folder: Path
) -> dict[str, str]:
    """The command that plays the phase after each, from what it left; by the name of the phase.

    A phase that trains other parts than the one before does not go on with its weights, so
    there is none.

    Args:
        phases: All phases of the recipe, as its tree has them.
        command: The words of the command that trains the recipe.
        folder: The run in which phases leave their weights.
    """
    found: dict[str, str] = {}
    folder = folder.resolve() if not folder.name else folder  # as of `-o .`
    for number, (phase, after) in enumerate(itertools.pairwise(phases), start=2):
        if _trained(phase) == _trained(after):
            model = folder / str(phase["name"]) / "best_model.pt"
            beside = folder.with_name(f"{folder.name}_{after['name']}")
            rest = ["--phases", str(number), "--existing-model", str(model), "-o", str(beside)]
            found[str(phase["name"])] = shlex.join([*command, *rest])
    return found


def flags_of(settings: Mapping[str, Any]) -> list[str]:
    """The words of a command line that sets these; None is left out.

    Example:
        >>> flags_of({"epochs": 3, "start_lr": None, "teacher_forcing": False})
        ['--epochs', '3', '--no-teacher-forcing']
    """
    words: list[str] = []
    for name, value in settings.items():
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            words.append(f"--{flag}" if value else f"--no-{flag}")
        elif value is not None:
            words += [f"--{flag}", str(value)]
    return words


def _trained(phase: Mapping[str, Any]) -> set[str]:
    return {name for update in phase["updates"] for name in update["trains"]}
