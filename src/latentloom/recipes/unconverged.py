"""Refuses to play a phase alone that builds on one which has not converged."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..core.errors import RecipeError
from ..training.run_folder import RunFolder
from .courses import history

Phases = Sequence[Mapping[str, Any]]


def check_converged(phases: Phases, played: Phases, model: Path | None) -> None:
    """Checks that what is left out before a phase has converged, where the recipe demands it.

    Nothing is refused of weights that no phase of that name has trained, as far as the history
    beside them says. Of one that did, but was not judged by the same probe, nothing is known.

    Args:
        phases: All phases of the recipe, as its tree has them.
        played: Those that are played.
        model: The run or model whose weights they start from, if any.

    Raises:
        RecipeError: If a phase that is left out has not; it says how far it came.
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
            raise RecipeError(
                "--phases",
                f"{phase['name']} {found}; {after[0]} would build on that; give weights of a"
                f" converged run with --existing-model, or play {after[0]} all the same with"
                f" --set phases.{phase['name']}.convergence.otherwise=go_on",
            )


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
