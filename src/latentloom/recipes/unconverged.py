"""Refuses to play a phase alone that builds on one which has not converged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.errors import RecipeError
from ..training.run_folder import RunFolder
from .courses import history

Phases = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Unconverged:
    """A phase that is left out, and has not converged.

    Args:
        phase: Its name.
        found: How far it came.
        after: The name of the first phase that is played and would build on it.
    """

    phase: str
    found: str
    after: str

    def __str__(self) -> str:
        return f"{self.phase} {self.found}; {self.after} would build on that"


def check_converged(phases: Phases, played: Phases, model: Path | None) -> None:
    """Checks for the command line that what `unconverged` looks for is not there.

    Args:
        phases: All phases of the recipe, as its tree has them.
        played: Those that are played.
        model: The run or model whose weights they start from, if any.

    Raises:
        RecipeError: If it is there; it says how far it came.
    """
    if lost := unconverged(phases, played, model):
        raise RecipeError(
            "--phases",
            f"{lost}; give weights of a converged run with --existing-model, or play {lost.after}"
            f" all the same with --set phases.{lost.phase}.convergence.otherwise=go_on",
        )


def unconverged(phases: Phases, played: Phases, model: Path | None) -> Unconverged | None:
    """The first phase that is left out and has not converged, where the recipe demands it.

    Nothing is refused of weights that no phase of that name has trained, as far as the history
    beside them says. Of one that did, but was not judged by the same probe, nothing is known.

    Args:
        phases: All phases of the recipe, as its tree has them.
        played: Those that are played.
        model: The run or model whose weights they start from, if any.
    """
    names = [phase["name"] for phase in played]
    for place, phase in enumerate(phases):
        demand: Mapping[str, Any] | None = phase.get("convergence")
        after = [other["name"] for other in phases[place + 1 :] if other["name"] in names]
        if phase["name"] in names or not after:
            continue
        if demand is None or demand["otherwise"] == "go_on":
            continue
        found = _found(phase, float(demand["below"]), model)
        if found:
            return Unconverged(phase["name"], found, after[0])
    return None


def _found(phase: Mapping[str, Any], below: float, model: Path | None) -> str:
    """What is wrong with the weights that a phase left; "" if nothing is."""
    wanted = f"{phase['select']} must be below {below:.4g}"
    if model is None:
        return f"must converge first, and is left out: {wanted}"
    folder = RunFolder.of(model)
    rows = history(folder) if folder.history.is_file() else []
    own = [row for row in rows if row["phase"] == phase["name"]]
    score = f"validation/{phase['select']}"
    scores = [float(row[score]) for row in own if score in row]
    if own and not scores:
        return (
            f"of {folder.path} is not known to have converged: {wanted}, and its history has no"
            f" {score}"
        )
    if not own or (best := own[-1].get("convergence/best", min(scores))) < below:
        return ""
    last = own[-1]
    count, unit = (
        (last["iteration"], "iterations") if "iteration" in last else (last["epoch"], "epochs")
    )
    return (
        f"of {folder.path} did not converge: {wanted}, and is {best:.4g} at best after"
        f" {count} {unit}"
    )
