"""Parts that begin with the weights of another run, and what that run must have in common."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from ..core.errors import RecipeError, RunError
from ..core.system import System
from ..data.splits import PARTS, Split
from ..training.run_folder import RunFolder, read_tensors
from .complaints import raise_all, unknown
from .opening import told_of
from .sourcing import digest
from .text import read

if TYPE_CHECKING:
    from .preparation import Prepared


def adopt(system: System, model: Path, parts: Collection[str] = ()) -> list[str]:
    """Gives parts the weights that parts of the same name have in another run.

    Args:
        system: The parts.
        model: The run, or the model in it.
        parts: Those that are given any; all that both have, if empty.

    Returns:
        The names of these parts.

    Raises:
        RecipeError: If there is no part of such a name.
        RunError: If there is no such model, or its parts do not fit.
    """
    strange = [name for name in parts if name not in system.names]
    raise_all(
        [RecipeError("existing_parts", unknown(n, system.names, what="part")) for n in strange]
    )
    path = RunFolder(model).model if model.is_dir() else model
    weights: dict[str, torch.Tensor] = read_tensors(path, kind="model")["weights"]
    shared = [n for n in system.names if any(key.startswith(f"{n}.") for key in weights)]
    if not shared:
        raise RunError(str(path), f"must hold one of the parts {list(system.names)}, got none")
    if missing := [name for name in parts if name not in shared]:
        raise RunError(str(path), f"must hold existing_parts, and has no {missing[0]}")
    shared = [name for name in shared if not parts or name in parts]
    for name in shared:
        own = {k[len(name) + 1 :]: v for k, v in weights.items() if k.startswith(f"{name}.")}
        part = system.get_submodule(name)
        if differing := _differing(part.state_dict(), own):
            first, more = differing[0], len(differing) - 1
            others = f", and {more} more" if more else ""
            problem = f"does not fit parts.{name} of this recipe: {first}{others}"
            raise RunError(str(path), f"{problem}; train with the settings that it was made with")
        part.load_state_dict(own)
    return shared


def check_frozen(prepared: Prepared, taken: Sequence[str], model: Path, seed: int) -> None:
    """Refuses parts that stay as they were trained in a run of another split or other units.

    What such parts have seen would be held out, or they would read signals in units that they
    do not know. A model without its run's files beside it says nothing of that, and passes.

    Args:
        prepared: What is trained now.
        taken: The parts that were given their weights.
        model: The run, or the model in it.
        seed: The random seed of what is trained now.

    Raises:
        RunError: If there are any, or a file of the run is damaged.
    """
    folder = RunFolder.of(model)
    learns = {name for phase in prepared.phases for name in phase.trains}
    frozen = [n for n in taken if n not in learns and _has_weights(prepared.system, n)]
    if not (frozen and folder.begun):
        return
    same_data = told_of(folder)["digest"] == digest(prepared.fingerprint)
    if same_data and not _same_rows(prepared.split, Split.load(folder.split)):
        problem = "would be judged by samples that it was trained on there: the split is another"
    elif not prepared.pipeline.learned_alike(folder.statistics):
        problem = "knows other units: data.transforms learned from other samples there"
    else:
        return
    there = read(folder.config).get("random_seed", 0)
    seeds = "" if there == seed else f" (random_seed is {there} there and {seed} here)"
    raise RunError(
        str(model),
        f"{frozen[0]} stays frozen, and {problem}{seeds}; take data and random_seed as there, or"
        f" train {frozen[0]} too",
    )


def _has_weights(system: System, name: str) -> bool:
    return any(True for _ in system.get_submodule(name).parameters())


def _same_rows(ours: Split, theirs: Split) -> bool:
    return all(torch.equal(getattr(ours, part), getattr(theirs, part)) for part in PARTS)


def _differing(ours: Mapping[str, torch.Tensor], theirs: Mapping[str, torch.Tensor]) -> list[str]:
    """What is not alike in two sets of weights, a phrase each; what has another shape first."""
    sizes = [
        (name, *("x".join(map(str, side[name].shape)) for side in (theirs, ours)))
        for name in ours
        if name in theirs
    ]
    return [
        *(
            f"{name} is {there} there and {here} here"
            for name, there, here in sizes
            if there != here
        ),
        *(f"it has no {name}" for name in ours if name not in theirs),
        *(f"it has {name}, and the recipe has not" for name in theirs if name not in ours),
    ]
