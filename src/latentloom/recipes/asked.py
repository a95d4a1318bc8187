"""What somebody asked to be trained: a recipe with its changes, or a run to go on with."""

import errno
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..core.errors import LatentLoomError, RecipeError, RunError
from ..training.observers import Observer
from ..training.run_folder import RunFolder
from .conduct import Conduct, plan_of, resume, train
from .foreign import form_of
from .left_out import left_out, notice
from .library import find
from .overrides import parse_override
from .plan import Plan
from .playing import continuing, flags_of, phases_named
from .preparation import look
from .prolonging import prolonged
from .run import Run
from .sequence_training.keys import OF_A_PHASE
from .text import read
from .unconverged import check_converged

IN_RECIPES: Mapping[str, str] = {name: name for name in ("epochs", "batch_size", "learning_rate")}
"""What the command line sets in recipes of the one schema."""


class StoppedError(LatentLoomError):
    """A run that was asked to stop, and can go on.

    Args:
        path: Its folder.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"stopped; everything is saved; go on with: latentloom train --resume-from {path}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A wish to train.

    Args:
        recipe: A file or the name of a packaged recipe; may be empty to resume.
        output: The folder to make; the recipe's own if None.
        settings: `epochs`, `batch_size` and `learning_rate` for all phases, and other keys
            that a form of YAML has; None leaves what the recipe says.
        changes: Other settings, as PATH=VALUE.
        phases: The phases to play, by name, number or span of numbers, separated by commas;
            empty for all.
        resume_from: The run to go on with: its folder, or a model in it.
        existing_model: A run or model file to start from.
        device: `auto`, `cpu` or `cuda`.
    """

    recipe: str = ""
    output: Path | None = None
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    changes: Sequence[str] = ()
    phases: str = ""
    resume_from: Path | None = None
    existing_model: Path | None = None
    device: str = "auto"

    def plan(self) -> Plan:
        """The recipe with all changes.

        Raises:
            RecipeError: If there is none, or it cannot work.
        """
        if self.resume_from is None:
            plan = self._planned()
            self._check_left_out(plan)
            return plan
        folder = RunFolder.of(self.resume_from).path
        elsewhere = self.output is not None and self.output.resolve() != folder.resolve()
        if elsewhere or self.existing_model is not None:
            raise RecipeError(
                "--resume-from",
                "must come without -o, unless it is the same run, and --existing-model: a run"
                " keeps both",
            )
        plan = plan_of(RunFolder.of(self.resume_from))
        if self.recipe and self._planned().identity != plan.identity:
            raise RecipeError(
                "--resume-from",
                f"must be a run of this recipe, and {self.resume_from} is of another; leave the"
                " recipe out to go on with it, or train its weights by this one with"
                " --existing-model",
            )
        if not self.recipe and (self.phases or self._is_set):
            raise RecipeError("--resume-from", "must stand alone: a resumed run keeps its recipe")
        return prolonged(plan, self._prolonging)

    @property
    def _prolonging(self) -> list[tuple[str, Any]]:
        """The settings of a run that it goes on under; those beside a recipe are the recipe's."""
        return [] if self.recipe else [parse_override(change) for change in self.changes]

    def _check_left_out(self, plan: Plan) -> None:
        """Checks that what is left out before a phase has converged, where that is demanded."""
        tree = read(find(self.recipe))
        if not self.phases or form_of(tree) is not None:
            return
        played = plan.tree["phases"]
        lost = {phase["name"] for phase in tree["phases"]} - {phase["name"] for phase in played}
        changes = [parse_override(change) for change in self.changes]
        whole = Plan.of(tree, [change for change in changes if _is_of(change[0], lost)])
        started = self.existing_model or plan.existing_model
        check_converged(whole.tree["phases"], played, started)

    def _planned(self, phases: str | None = None) -> Plan:
        if not self.recipe:
            raise RecipeError("RECIPE", "must be a recipe file or a packaged recipe, got none")
        played = self.phases if phases is None else phases
        return planned(
            read(find(self.recipe)),
            settings=self.settings,
            changes=[parse_override(change) for change in self.changes],
            phases=[name.strip() for name in played.split(",") if name.strip()],
            existing_model=self.existing_model,
        )

    def continuing(self, plan: Plan) -> Mapping[str, str]:
        """The command that trains the weights of each phase on in a run of its own, by its name.

        Where some phases are played, flags that set what differs from phase to phase are meant
        for these, and are left out.

        Args:
            plan: What is trained.
        """
        folder = self._folder(plan)
        if self.resume_from is not None and not self.recipe:
            config = str(RunFolder(folder).config)
            return continuing(plan.tree["phases"], ["latentloom", "train", config], folder)
        changes = [word for change in self.changes for word in ("--set", change)]
        one_phase = OF_A_PHASE - {"epochs"}  # which phases are named after
        kept = {n: v for n, v in self.settings.items() if not (self.phases and n in one_phase)}
        command = ["latentloom", "train", self.recipe, *flags_of(kept), *changes]
        command += [] if self.device == "auto" else ["--device", self.device]
        return continuing(self._planned(phases="").tree["phases"], command, folder)

    def look(self, plan: Plan) -> tuple[str, ...]:
        """What there is to say of the plan's data, without training, a sentence each.

        Raises:
            LatentLoomError: If training would refuse them before its first step.
        """
        goes_on = self.resume_from is not None
        return look(plan, None if goes_on else self.existing_model or plan.existing_model)

    def notices(self, plan: Plan) -> tuple[str, ...]:
        """What may not be meant, a sentence each: phases left out that others go on from.

        Args:
            plan: What is trained.
        """
        started = self.resume_from or self.existing_model or plan.existing_model
        if started is not None or not self.phases:
            return ()
        lost = left_out(self._planned(phases="").tree["phases"], plan.tree["phases"])
        return (notice(lost),) if lost else ()

    def train(self, plan: Plan, observers: Sequence[Observer]) -> Run:
        """Trains the plan, or goes on with it.

        Raises:
            LatentLoomError: If something cannot be used, or the run was asked to stop.
        """
        conduct = Conduct(
            device=self.device, existing_model=self.existing_model, observers=observers
        )
        folder = self._folder(plan)
        try:
            if self.resume_from is not None:
                return resume(folder, conduct, self._prolonging)
            return train(plan, folder, conduct)
        except KeyboardInterrupt as stop:
            if not RunFolder(folder).begun:
                raise
            raise StoppedError(folder) from stop
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            if not full or not RunFolder(folder).begun:
                raise
            raise RunError(
                str(folder),
                "no space is left on its disk; free some, then go on with:"
                f" latentloom train --resume-from {folder}",
            ) from error

    def _folder(self, plan: Plan) -> Path:
        if self.resume_from is not None:
            return RunFolder.of(self.resume_from).path
        if self.output is None and not plan.logging.folder:
            raise RecipeError("-o", "must name the folder of the run, got nothing")
        return self.output or Path(plan.logging.folder)

    @property
    def _is_set(self) -> bool:
        """Whether a setting of all phases is to be changed."""
        return any(value is not None for value in self.settings.values())


def one_recipe(recipe: str, config: str) -> str:
    """The recipe that is named in one of two ways.

    Raises:
        RecipeError: If it is named in both.
    """
    if recipe and config:
        raise RecipeError("--config", f"must come without RECIPE, got {config} and {recipe}")
    return recipe or config


def planned(
    tree: Mapping[str, Any],
    *,
    settings: Mapping[str, Any],
    changes: Sequence[tuple[str, Any]] = (),
    phases: Sequence[str] = (),
    existing_model: Path | None = None,
) -> Plan:
    """The plan of a recipe's tree with changes.

    Args:
        tree: What the YAML says.
        settings: `epochs`, `batch_size` and `learning_rate` for all phases, and other keys
            that the form of the YAML has, if not None.
        changes: Paths and values of other settings.
        phases: The names or numbers of the phases to play; all if empty.
        existing_model: What training starts from; some forms train such weights otherwise.

    Raises:
        RecipeError: If it cannot work.
    """
    form = form_of(tree)
    told = {name: value for name, value in settings.items() if value is not None}
    overall = IN_RECIPES if form is None else form.overall
    for name in told.keys() - overall.keys():
        flag = f"--{name.replace('_', '-')}"
        problem = "belongs to recipes with the key strategy, and this is none; set its own keys"
        how = "PATH=VALUE" if name != "data_dir" else "data.simulate=null --set data.source=PATH"
        raise RecipeError(flag, f"{problem}, by --set {how}")
    if form is not None:
        if existing_model is not None and "existing_model" in overall:
            told["existing_model"] = str(existing_model)
        plan = Plan.of(tree, [*((overall[n], value) for n, value in told.items()), *changes])
        return Plan.of(_only(plan.tree, phases)) if phases else plan
    if phases:
        every = [str(phase.get("name")) for phase in _mappings(tree.get("phases"))]
        lost = {*every} - {*phases_named(phases, every)}
        changes = [change for change in changes if not _is_of(change[0], lost)]
        tree = _only(tree, phases)
    return Plan.of(tree, [*_everywhere(tree, settings), *changes])


def _is_of(path: str, phases: Collection[str]) -> bool:
    """Whether a setting is one of these phases, by their names."""
    return any(path.startswith(f"phases.{name}.") for name in phases)


def _everywhere(tree: Mapping[str, Any], settings: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What the settings of all phases are for each of them."""
    for index, phase in enumerate(_mappings(tree.get("phases"))):
        path = f"phases.{index}"
        for name in ("epochs", "batch_size"):
            if settings.get(name) is not None:
                yield f"{path}.{name}", settings[name]
        if settings.get("epochs") is not None and "iterations" in phase:
            yield f"{path}.iterations", None
        if settings.get("learning_rate") is not None:
            for place in range(len(_mappings(phase.get("updates")))):
                yield f"{path}.updates.{place}.learning_rate", settings["learning_rate"]


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    """The entries of a list, as far as it is one of mappings; else validation complains."""
    entries = value if isinstance(value, list) else []
    return entries if all(isinstance(entry, Mapping) for entry in entries) else []


def _only(tree: Mapping[str, Any], names: Sequence[str]) -> Mapping[str, Any]:
    phases = {str(phase.get("name")): phase for phase in _mappings(tree.get("phases"))}
    return {**tree, "phases": [phases[name] for name in phases_named(names, [*phases])]}
