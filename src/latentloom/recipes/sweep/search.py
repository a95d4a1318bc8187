"""What is searched: a recipe, the settings that vary, and the score that compares."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from ...core.errors import RecipeError
from ...training.run_folder import RunFolder
from ..asked import planned
from ..complaints import raise_all, unknown
from ..left_out import left_out
from ..library import find
from ..plan import SEEDS, Plan
from ..text import read
from ..unconverged import unconverged
from .spans import Choices, Span, span_of

Point = Mapping[str, Any]
"""The value of each key of a search; several settings that are one share a key."""

KNOWN = ("recipe", "phases", "score", "search", "trials", "seeds", "keys", "set", "pruning")
MOST = 10_000  # points of a grid
SEED = "random_seed"
MODEL = "existing_model"


@dataclass(frozen=True, slots=True)
class Judged:
    """The number by which trials are compared; lower is better.

    Args:
        phase: The phase whose validation gives it.
        probe: The probe.
        select: The probe that chooses the weights of the phase; its last ones, if empty.
    """

    phase: str
    probe: str
    select: str

    def __str__(self) -> str:
        return f"{self.probe} of {self.phase} on validation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A search over settings of a recipe.

    Args:
        recipe: The tree of the recipe.
        keys: What settings may be, by their dotted paths; several, separated by commas, are
            set to the same value.
        fixed: Other changes of the recipe. `{seed}` in its `existing_model` stands for the seed.
        phases: The phases that are played, by their names; all, if empty.
        score: The probe by which trials are compared; that by which the last phase that has
            one selects its weights, if empty.
        search: `grid` trains every combination, `optuna` what the trials so far suggest.
        trials: How many points Optuna tries.
        seeds: With which every point is trained; with that of the recipe, if empty.
        pruning: `median` stops a trial whose best score is worse than the median of the others
            after as many validations.

    Raises:
        RecipeError: If they do not fit each other.
    """

    recipe: Mapping[str, Any]
    keys: Mapping[str, Choices | Span]
    fixed: Mapping[str, Any] = field(default_factory=dict[str, Any])
    phases: tuple[str, ...] = ()
    score: str = ""
    search: Literal["grid", "optuna"] = "grid"
    trials: int | None = None
    seeds: tuple[int, ...] = ()
    pruning: Literal["none", "median"] = "none"

    @classmethod
    def of(cls, tree: Mapping[str, Any]) -> "Search":
        """The search that a YAML says.

        Raises:
            RecipeError: If a key is unknown or missing, or a value cannot be used.
        """
        raise_all([RecipeError(str(key), unknown(key, KNOWN)) for key in tree if key not in KNOWN])
        for key in ("recipe", "keys"):
            if not tree.get(key):
                raise RecipeError(key, "must be given")
        recipe, keys = tree["recipe"], _mapping(tree, "keys")
        return cls(
            recipe=recipe if isinstance(recipe, Mapping) else read(find(str(recipe))),
            keys={key: span_of(value, f"keys.{key}") for key, value in keys.items()},
            fixed=_mapping(tree, "set"),
            phases=_names(tree, "phases"),
            score=str(tree.get("score") or ""),
            search=_one_of(tree, "search", ("grid", "optuna")),
            trials=_count(tree, "trials"),
            seeds=_seeds(tree.get("seeds", [])),
            pruning=_one_of(tree, "pruning", ("none", "median")),
        )

    @classmethod
    def read(cls, path: Path) -> "Search":
        """The search of a file.

        Raises:
            FileNotFoundError: If there is no such file.
            RecipeError: If it is none.
        """
        return cls.of(read(path, "recipe and keys, as a sweep has"))

    def __post_init__(self) -> None:
        paths = [path for key in self.keys for path in settings_of(key)]
        for path in paths:
            if path == SEED or path in self.fixed or paths.count(path) > 1:
                other = "seeds" if path == SEED else "set" if path in self.fixed else "another key"
                raise RecipeError(f"keys.{path}", f"is set by {other} too; leave one of them out")
        if self.search == "grid":
            self._check_grid()
        elif self.trials is None:
            raise RecipeError("trials", "must be how many Optuna is to try, got none")

    @property
    def tree(self) -> dict[str, Any]:
        """What a YAML says of it, its recipe included."""
        return {
            "recipe": dict(self.recipe),
            "phases": list(self.phases),
            "score": self.score,
            "search": self.search,
            "trials": self.trials,
            "seeds": list(self.seeds),
            "keys": {key: span.tree for key, span in self.keys.items()},
            "set": dict(self.fixed),
            "pruning": self.pruning,
        }

    @property
    def size(self) -> int:
        """How many trials there are."""
        if self.trials is not None:
            return self.trials
        return math.prod(len(span.grid) for span in self.keys.values())

    def points(self) -> Iterator[Point]:
        """The points of the grid; the last key changes first."""
        grids = [span.grid for span in self.keys.values()]
        return (dict(zip(self.keys, values, strict=True)) for values in itertools.product(*grids))

    def plan(self, point: Point, seed: int | None = None) -> Plan:
        """What is trained at a point.

        Args:
            point: The value of each key.
            seed: Of everything random; that of the recipe if None.

        Raises:
            RecipeError: If the recipe refuses it.
        """
        chosen = [(path, value) for key, value in point.items() for path in settings_of(key)]
        changes = [*self.fixed.items(), *chosen]
        plan = planned(self.recipe, settings={}, changes=changes, phases=self.phases)
        told: dict[str, Any] = {SEED: plan.random_seed if seed is None else seed}
        if plan.existing_model is not None:
            told[MODEL] = str(plan.existing_model).replace("{seed}", str(told[SEED]))
        return replace(plan, settings=plan.settings.model_copy(update=told))

    def judged(self, plan: Plan) -> Judged:
        """Where the score of a plan comes from.

        Raises:
            RecipeError: If no phase has the probe, or none selects by one.
        """
        phases = [p for p in plan.tree["phases"] if p["probes"]]
        found = [p for p in phases if (self.score in p["probes"] if self.score else p["select"])]
        if not found:
            known = sorted({name for phase in phases for name in phase["probes"]})
            problem = "must name a probe, for no phase selects by one; set it, or phases.N.select"
            raise RecipeError(
                "score", unknown(self.score, known, what="probe") if self.score else problem
            )
        last = found[-1]
        return Judged(last["name"], self.score or last["select"], last["select"])

    def check(self) -> Judged:
        """Tries every value beside the first ones of the other keys; nothing is trained.

        Returns:
            Where the score comes from.

        Raises:
            RecipeError: If the recipe refuses one; it has a line for each.
        """
        first = {key: span.ends[0] for key, span in self.keys.items()}
        try:
            judged = self.judged(self.plan(first))
        except RecipeError as error:
            self.judged(self.plan({}))  # whose errors are not those of the keys
            raise RecipeError("keys", str(error)) from error
        for seed in self.seeds or (None,):
            plan = self.plan(first, seed)
            _check_model(plan)
            self._check_left_out(plan)
        problems: list[RecipeError] = []
        for key, span in self.keys.items():
            for value in span.ends[1:]:
                problems += self._problems({**first, key: value}, key)
        raise_all(problems)
        return judged

    def _check_left_out(self, plan: Plan) -> None:
        """Checks that phases which are not played left weights that can be built on.

        Args:
            plan: What is played.
        """
        if not self.phases:
            return
        played = plan.tree["phases"]
        every = [phase["name"] for phase in Plan.of(self.recipe).tree["phases"]]
        lost = {*every} - {phase["name"] for phase in played}
        of_lost = tuple(f"phases.{name}." for name in lost)
        for key in self.keys:
            for path in settings_of(key):
                if path.startswith(of_lost):
                    raise RecipeError(f"keys.{path}", "is of a phase that is not played")
        changes = [(p, value) for p, value in self.fixed.items() if p.startswith(of_lost)]
        whole = Plan.of(self.recipe, changes).tree["phases"]
        if plan.existing_model is None and (untrained := left_out(whole, played)):
            part, (phase, *_) = next(iter(untrained.items()))
            raise RecipeError(
                "phases",
                f"must play {phase}, which trains {part}, or set existing_model to a run that did",
            )
        if found := unconverged(whole, played, plan.existing_model):
            raise RecipeError(
                "phases",
                f"{found}; set existing_model to a converged run, or play {found.after} all the"
                f" same: set phases.{found.phase}.convergence.otherwise to go_on",
            )

    def _problems(self, point: Point, key: str) -> list[RecipeError]:
        try:
            self.judged(self.plan(point))
        except RecipeError as error:
            refused = f"the recipe refuses {point[key]!r}: {error}"
            return [RecipeError(f"keys.{key}", refused)]
        return []

    def _check_grid(self) -> None:
        if self.trials is not None:
            raise RecipeError("trials", "belongs to search: optuna; a grid tries all its points")
        for key, span in self.keys.items():
            try:
                _ = span.grid
            except ValueError as error:
                raise RecipeError(f"keys.{key}", str(error)) from error
        if self.size > MOST:
            raise RecipeError(
                "keys", f"must make a grid of at most {MOST} points, got {self.size}; try optuna"
            )


def settings_of(key: str) -> list[str]:
    """The settings that a key of a search stands for.

    Example:
        >>> settings_of("parts.generator.width, parts.critic.width")
        ['parts.generator.width', 'parts.critic.width']
    """
    return [path.strip() for path in key.split(",")]


def briefly(keys: Sequence[str]) -> dict[str, str]:
    """The shortest ends of keys by which they can be told apart.

    Example:
        >>> [*briefly(["phases.0.epochs", "phases.1.epochs", "parts.generator.width"]).values()]
        ['0.epochs', '1.epochs', 'width']
    """
    ends = {key: settings_of(key)[0].split(".") for key in keys}
    told: dict[str, str] = {}
    for key, steps in ends.items():
        others = [other for name, other in ends.items() if name != key]
        counts = range(1, len(steps) + 1)
        told[key] = next(
            (
                ".".join(steps[-count:])
                for count in counts
                if all(other[-count:] != steps[-count:] for other in others)
            ),
            key,
        )
    return told


def _check_model(plan: Plan) -> None:
    model = plan.existing_model
    if model is not None and not (RunFolder(model).model if model.is_dir() else model).is_file():
        raise RecipeError(MODEL, f"must be a finished run or a model, and {model} is none")


def _mapping(tree: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = tree.get(key) or {}
    if not isinstance(value, Mapping):
        raise RecipeError(key, f"must be a mapping of settings, got {value!r}")
    return {str(name): entry for name, entry in value.items()}


def _names(tree: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = tree.get(key) or []
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise RecipeError(key, f"must be a list of names, got {value!r}")
    return tuple(value)


def _seeds(value: Any) -> tuple[int, ...]:
    whole = isinstance(value, list) and all(type(seed) is int for seed in value)
    if not whole or len(set(value)) < len(value) or not all(0 <= s < SEEDS for s in value):
        raise RecipeError("seeds", f"must be different whole numbers from 0, got {value!r}")
    return tuple(value)


def _count(tree: Mapping[str, Any], key: str) -> int | None:
    value = tree.get(key)
    if value is not None and (type(value) is not int or value < 1):
        raise RecipeError(key, f"must be a whole number from 1, got {value!r}")
    return value


def _one_of(tree: Mapping[str, Any], key: str, known: Sequence[str]) -> Any:
    """The value of a key; the first that is known, if it is left out."""
    value = tree.get(key, known[0])
    if value not in known:
        raise RecipeError(key, f"must be one of {', '.join(known)}, got {value!r}")
    return value
