"""Reads what a run left in its folder."""

import json
from pathlib import Path
from typing import Any

from ..core.errors import RecipeError, RunError
from ..core.system import System
from ..data.dataset import Schema
from ..data.transforms import Pipeline
from ..training.run_folder import RunFolder, read_tensors
from .device import chosen_device
from .placeholder import placeholder
from .plan import Plan, identity_of
from .schema import validate
from .sourcing import digest
from .text import read


def left_in(path: Path, device: str) -> dict[str, Any]:
    """What a finished run left in its folder, by the names that `Run` has for it.

    Args:
        path: The folder, or its model.
        device: `auto`, `cpu` or `cuda`.

    Raises:
        RunError: If a file is missing, cut short or from another recipe; the message names it.
    """
    folder = RunFolder.of(path)
    if not folder.config.is_file():
        raise RunError(str(path), "must be the folder of a run, and holds no config.yaml")
    try:
        tree = read(folder.config)
        plan = Plan(validate(tree))
    except RecipeError as error:
        raise damaged_config(folder, error) from error
    if not folder.model.is_file():
        raise RunError(
            str(folder.model),
            "is missing: the run is not finished; go on with:"
            f" latentloom train --resume-from {path}",
        )
    pipeline = plan.pipeline()
    pipeline.load(folder.statistics)
    kept = told_of(folder)
    identity = f"{identity_of(tree)}-{kept['digest']}"
    system, ready = trained_system(plan, pipeline, folder, identity)
    place = chosen_device(device)
    return kept | {
        "folder": folder,
        "plan": plan,
        "pipeline": pipeline,
        "system": system.to(place).eval(),
        "device": place,
        "ready_schema": ready,
    }


def damaged_config(folder: RunFolder, error: RecipeError) -> RunError:
    """What to say of a run's recipe that cannot be used any more."""
    first = str(error).splitlines()[0]
    problem = f"is no longer what the run wrote ({first}); put back what was there"
    return RunError(str(folder.config), problem)


def told_of(folder: RunFolder) -> dict[str, Any]:
    """What the folder says of the data, by the names that `Run` has for it.

    Raises:
        RunError: If it says nothing, or what cannot be read.
    """
    try:
        kept: dict[str, Any] = json.loads(folder.data.read_text(encoding="utf-8"))
        steps, ragged = int(kept["steps"]), bool(kept["ragged"])
        counts: dict[str, int] = kept.get("lengths") or {}
        lengths = {int(length): int(count) for length, count in counts.items()}
        return {"steps": steps, "ragged": ragged, "lengths": lengths, "digest": digest(kept)}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(
            str(folder.data), "is missing or damaged; copy it from where the run was trained"
        ) from error


def trained_system(
    plan: Plan, pipeline: Pipeline, folder: RunFolder, identity: str
) -> tuple[System, Schema]:
    """The system with the weights that it was left with, and the columns as its parts see them.

    Args:
        plan: What it was trained by.
        pipeline: The fitted transforms.
        folder: Where the weights are.
        identity: Names the recipe and the data that it must be of.

    Raises:
        RunError: If the weights are missing, cut short or from another recipe.
    """
    value = read_tensors(folder.model, kind="model")
    if value.get("identity") != identity:
        raise RunError(
            str(folder.model),
            "is from another recipe or other data than the config.yaml and data.json beside it;"
            " put back the files that belong together",
        )
    schema = pipeline.apply(placeholder(pipeline.schema, pipeline.transforms)).schema
    system, _ = plan.build(schema)
    try:
        system.load_state_dict(value["weights"])
    except (RuntimeError, KeyError) as error:
        line = " ".join(str(error).split())
        problem = f"does not fit the parts of config.yaml: {line}"
        raise RunError(str(folder.model), problem) from error
    return system, schema
