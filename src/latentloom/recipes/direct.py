"""The baseline that learns: a plain network from drive to signal, trained for the table."""

from pathlib import Path
from typing import Any

from ..training.run_folder import RunFolder
from .conduct import Conduct, resume, train
from .plan import Plan
from .run import Run

FOLDER = "baseline_direct"
WIDTHS = [48, 64, 96]


def direct_run(run: Run, epochs: int, device: str = "auto") -> Run:
    """A regression trained on the same data, split and transforms as a run, and nothing more.

    It is a U-Net that knows the conditions, with the augmentation that the run's own base was
    trained with: no codes, no constraint, no variation. It stays in the folder of the run,
    so it is trained once.

    Args:
        run: The run whose table it is for.
        epochs: How long it is trained.
        device: `auto`, `cpu` or `cuda`.
    """
    folder = RunFolder(run.folder.path / FOLDER)
    if folder.model.is_file():
        return Run.open(folder.path, device=device)
    if folder.config.is_file():
        return resume(folder.path, Conduct(device=device))
    return train(Plan.of(recipe_of(run, epochs)), Path(folder.path), Conduct(device=device))


def recipe_of(run: Run, epochs: int) -> dict[str, Any]:
    """The baseline's recipe."""
    phase = {
        "name": "direct",
        "epochs": epochs,
        "batch_size": 32,
        "augment": _augmentation(run),
        "precision": "auto",
        "ema": 0.998,
        "updates": [
            {
                "trains": ["base"],
                "forward_pass": "predict",
                "objective": {"nrmse": {"criterion": "nrmse"}},
                "learning_rate": {"kind": "cosine", "start": 2e-3, "end": 1e-5},
                "weight_decay": 0.02,
            }
        ],
    }
    base = {"kind": "unet", "widths": WIDTHS}
    kept = {name: run.plan.tree[name] for name in ("data", "random_seed")}
    logging = {"progress": "off"}
    return {**kept, "parts": {"base": base}, "phases": [phase], "logging": logging}


def _augmentation(run: Run) -> list[Any]:
    """The augmentation of the phase that trains the run's base; rolls of periods without one."""
    for phase in run.plan.tree["phases"]:
        if any("base" in update["trains"] for update in phase["updates"]):
            return phase["augment"]
    return ["roll"] if run.schema.periodic else []
