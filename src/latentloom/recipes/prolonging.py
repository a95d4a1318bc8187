"""Goes on with a stopped run under settings that say how long its phases last."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.errors import RecipeError
from ..core.files import write_atomically
from ..training.run_folder import RunFolder, read_tensors, write_tensors
from .plan import Plan, identity_of
from .text import parse, read

LASTING = ("epochs", "iterations", "patience", "convergence", "guard.most_often")
"""What can be changed of a phase that is not over: how long it lasts, and what it must reach."""

Changes = Sequence[tuple[str, Any]]


def prolonged(plan: Plan, changes: Changes) -> Plan:
    """The plan of a stopped run with other settings of how long its phases last.

    Args:
        plan: What the run is trained by.
        changes: Paths and values of the settings.

    Raises:
        RecipeError: If one decides something else, and the run would be another one.
    """
    for path, _ in changes:
        first, _, rest = path.partition(".")
        setting = rest.partition(".")[2]
        if first != "phases" or not _lasts(setting):
            raise RecipeError(
                "--resume-from",
                f"must keep its recipe, but for how long phases last: {', '.join(LASTING)} of"
                f" phases.N; got {path}",
            )
    return Plan.of(plan.tree, changes) if changes else plan


def prolong(folder: RunFolder, plan: Plan, *, digest: str) -> None:
    """Makes a plan that lasts otherwise that of a stopped run, and of its checkpoint.

    Args:
        folder: The run.
        plan: What it is trained by from now on.
        digest: Names its data.

    Raises:
        RecipeError: If a phase that is over would have lasted otherwise.
    """
    told, path = read(folder.config), folder.checkpoint()
    before, after = (
        f"{identity_of(tree)}-{digest}" for tree in (told, parse(plan.text, str(folder.config)))
    )
    if path is not None:
        state = read_tensors(path, kind="checkpoint")
        _check_over(told["phases"][: int(state["phase"])], plan.tree["phases"])
        if state["identity"] == before:
            write_tensors(path, {**state, "identity": after})
    write_atomically(folder.config, lambda file: file.write_text(plan.text, encoding="utf-8"))


def _check_over(over: Sequence[Mapping[str, Any]], phases: Sequence[Mapping[str, Any]]) -> None:
    for index, (was, phase) in enumerate(zip(over, phases, strict=False)):
        if any(_setting(was, name) != _setting(phase, name) for name in LASTING):
            raise RecipeError(
                f"phases.{index}",
                f"must stay as it was, for {phase['name']} is over; to train its weights on,"
                " start a run of its own with --existing-model",
            )


def _setting(phase: Mapping[str, Any], name: str) -> Any:
    """The setting of a dotted name; None where it is not given."""
    first, _, rest = name.partition(".")
    found = phase.get(first)
    return _setting(found, rest) if rest and isinstance(found, Mapping) else found


def _lasts(setting: str) -> bool:
    return any(setting == name or setting.startswith(f"{name}.") for name in LASTING)
