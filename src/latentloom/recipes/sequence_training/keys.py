"""The keys of a sequence training's YAML, those of its phases written once or in each of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...core.errors import RecipeError
from ..complaints import JointRecipeError
from ..models import settings
from ..overrides import overridden
from .sections import SequenceTraining, Stage

Tree = dict[str, Any]
Changes = Iterable[tuple[str, Any]]

OF_ALL = frozenset(settings(SequenceTraining)) - {"phases"}
OF_A_PHASE = frozenset(settings(Stage))


@dataclass(frozen=True, slots=True)
class Staged:
    """A YAML with the keys of phases in each of its phases.

    Args:
        tree: The YAML.
        shared: The paths of keys that were written once for all phases; errors lie there.
    """

    tree: Tree
    shared: frozenset[str]

    def changed(self, changes: Changes) -> "Staged":
        """The same with settings changed; those of phases alone reach all of them.

        Raises:
            RecipeError: If a path leads nowhere, or phases are no list of mappings any more.
        """
        told: list[tuple[str, Any]] = []
        shared = set(self.shared)
        for path, value in changes:
            if path.partition(".")[0] in OF_A_PHASE:
                numbers = range(len(self.tree["phases"]))
                everywhere = [f"phases.{number}.{path}" for number in numbers]
                told += [(place, value) for place in everywhere]
                shared |= {*everywhere}
            else:
                told.append((path, value))
                shared = {place for place in shared if not f"{place}.".startswith(f"{path}.")}
        tree = overridden(self.tree, told)
        _check(tree["phases"])
        return Staged(tree, frozenset(shared))

    def retold(self, error: RecipeError) -> RecipeError:
        """An error where its key was written: once for all, or in its phase."""
        if isinstance(error, JointRecipeError):
            told = {str(found): found for found in map(self.retold, error.problems)}
            problems = [*told.values()]
            return problems[0] if len(problems) == 1 else JointRecipeError(problems)
        parts = error.path.split(".")
        if ".".join(parts[:3]) not in self.shared:
            return error
        return RecipeError(".".join(parts[2:]), str(error).removeprefix(f"{error.path}: "))


def staged(tree: Mapping[str, Any]) -> Staged:
    """A YAML with the keys of phases in each of its phases; without any there is one.

    Raises:
        RecipeError: If its phases are no list of mappings.

    Example:
        >>> staged({"epochs": 5, "phases": [{"max_lag": 3}, {"epochs": 9}]}).tree
        {'phases': [{'epochs': 5, 'max_lag': 3}, {'epochs': 9}]}
    """
    phases = tree.get("phases", [{}])
    _check(phases)
    once = {key: value for key, value in tree.items() if key in OF_A_PHASE}
    rest = {key: value for key, value in tree.items() if key not in OF_A_PHASE}
    shared = {
        f"phases.{number}.{key}"
        for number, phase in enumerate(phases)
        for key in once.keys() - phase.keys()
    }
    return Staged({**rest, "phases": [{**once, **phase} for phase in phases]}, frozenset(shared))


def _check(phases: Any) -> None:
    if not isinstance(phases, list) or not phases:
        raise RecipeError("phases", f"must be a list of at least one phase, got {phases!r:.60}")
    for index, phase in enumerate(phases):
        if not isinstance(phase, Mapping):
            raise RecipeError(f"phases.{index}", f"must be a mapping, got {phase!r:.60}")


def is_own(path: str) -> bool:
    """Whether a path is one of the YAML, and not of the recipe behind it.

    Example:
        >>> is_own("start_lr"), is_own("phases.0.start_lr"), is_own("phases.0.ema")
        (True, True, False)
    """
    parts = path.split(".")
    if parts[0] == "phases":
        return len(parts) < 3 or parts[2] in OF_A_PHASE
    return parts[0] in OF_ALL | OF_A_PHASE or parts[0] not in RECIPE


RECIPE = frozenset({"data", "parts", "evaluation", "logging"})
"""Sections that recipes have, and this YAML has not."""


def named(stages: Iterable[Any]) -> list[str]:
    """What phases are called: as they say, or after the epochs that they are.

    Example:
        >>> named([{"epochs": 100}, {"epochs": 50}, {"name": "last", "epochs": 1}])
        ['phase_1_100', 'phase_101_150', 'last']
    """
    names: list[str] = []
    first = 1
    for stage in stages:
        told = stage if isinstance(stage, Mapping) else {n: getattr(stage, n) for n in OF_A_PHASE}
        epochs = told.get("epochs", settings(Stage)["epochs"][1])
        last = first + epochs - 1 if isinstance(epochs, int) else first
        names.append(str(told.get("name") or f"phase_{first}_{last}"))
        first = last + 1
    return names
