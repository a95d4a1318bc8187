"""Tells what a Gaussian VAE's YAML wants in the terms of the one schema."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ...core.errors import RecipeError
from ..complaints import JointRecipeError
from ..models import settings
from ..overrides import overridden
from ..schema import make
from ..sections import Data as RecipeData
from .keys import grouped, home_of, named
from .outline import Outline, outline
from .sections import Callbacks, Data, GaussianVae, Model, Training

ELSEWHERE = frozenset({"parts", "phases", "evaluation", "families"})  # of other forms alone
MARKS = frozenset(
    {"latent_dim", "max_beta", "beta_warmup_epochs", "encoder_filters", "decoder_filters"}
)
OVERALL = {
    "epochs": "training.epochs",
    "batch_size": "training.batch_size",
    "learning_rate": "training.learning_rate",
}
RECONSTRUCT = {"forward_pass": "reconstruct"}
DIVERGENCE = {"kind": "penalty", "name": "kl_mean"}

Tree = dict[str, Any]


def is_gaussian_vae(tree: Mapping[str, Any]) -> bool:
    """Whether a tree is of this form, and not a recipe's.

    Example:
        >>> is_gaussian_vae({"latent_dim": 256, "data": {"dataset_path": "sets.h5"}})
        True
    """
    if ELSEWHERE & tree.keys():
        return False
    in_groups = "data" in tree and bool({"model", "training"} & tree.keys())
    return in_groups or "callbacks" in tree or bool(MARKS & named(tree))


def translated(tree: Mapping[str, Any], changes: Iterable[tuple[str, Any]] = ()) -> Tree:
    """The tree of the recipe that does what a Gaussian VAE's YAML says.

    Sizes that only the data know are read from them, if they are there.

    Args:
        tree: What the YAML says.
        changes: Paths and values of settings to change, in the terms of the YAML; or, where
            it has no such key, in those of the recipe.

    Raises:
        RecipeError: If the YAML is wrong; the paths are its own.
        DataError: If the data are there, and are no sets of Gaussians.
    """
    own: list[tuple[str, Any]] = []
    later: list[tuple[str, Any]] = []
    for path, value in changes:
        (own if _is_own(path) else later).append((home_of(path), value))
    placed, written = grouped(tree)
    changed, _ = grouped(overridden(placed, own))
    try:
        wanted = make(GaussianVae, changed)
    except RecipeError as error:
        raise _as_written(error, written) from error
    sets = outline(Path(wanted.data.dataset_path))
    return overridden(_recipe(wanted, sets), later)


def _is_own(path: str) -> bool:
    """Whether a path is one of the YAML, and not of the recipe behind it."""
    top, _, rest = path.partition(".")
    if top == "data" and rest:
        return rest.partition(".")[0] not in settings(RecipeData)
    return top not in {*ELSEWHERE, "logging"}


def _as_written(error: RecipeError, written: Mapping[str, str]) -> RecipeError:
    """An error at the place where its key was written, in a group or not."""
    if isinstance(error, JointRecipeError):
        return JointRecipeError([_as_written(problem, written) for problem in error.problems])
    key = ".".join(error.path.split(".")[:2])
    problem = str(error).removeprefix(f"{error.path}: ")
    return RecipeError(written.get(key, key) + error.path[len(key) :], problem)


def _recipe(wanted: GaussianVae, sets: Outline) -> Tree:
    return {
        "data": _data(wanted.data),
        "parts": {"representation": _representation(wanted.model, sets)},
        "phases": [_phase(wanted, sets)],
        "logging": {"keep_every": wanted.callbacks.checkpoint_every, "form": "gaussian_vae"},
        "random_seed": wanted.random_seed,
    }


def _data(data: Data) -> Tree:
    order = {"kind": "slot_order", "order": data.slot_order}
    per = {"channel": "channel", "type": "span"}[data.normalization]
    return {
        "source": data.dataset_path,
        "transforms": [
            {"kind": "gaussian_form", "form": data.form, "sizes": data.sizes},
            *([] if data.slot_order == "none" else [order]),
            {"kind": "standard", "arrays": ["series"], "per": per},
        ],
    }


def _representation(model: Model, sets: Outline) -> Tree:
    before, behind = model.filters
    least = 2 ** (max(len(before), len(behind)) - 1)  # slots are halved between grids
    shared = {"kind": model.architecture, "steps": -(-sets.slots // least) * least}
    if model.architecture == "conv1d":
        shared["kind"] = "pooled_conv1d"
    return {
        "encoder": {**shared, "widths": before, "dropout": _dropout(model, len(before))},
        "bottleneck": {"kind": "gaussian", "dim": model.latent_dim},
        "decoder": {**shared, "widths": behind},
    }


def _dropout(model: Model, grids: int) -> list[float] | float:
    """0.1, 0.15 and 0.2 from there on, and 0.2 of the dense layer; none of a ResNet."""
    if model.architecture == "resnet_conv1d":
        return 0.0
    return [*[min(round(0.1 + 0.05 * grid, 2), 0.2) for grid in range(grids)], 0.2]


def _phase(wanted: GaussianVae, sets: Outline) -> Tree:
    training, callbacks = wanted.training, wanted.callbacks
    errors = _errors(wanted, sets)
    divergence = {"criterion": DIVERGENCE, "weight": _beta(training)}
    return {
        "name": "represent",
        "epochs": training.epochs,
        "batch_size": training.batch_size,
        "updates": [
            {
                "trains": ["representation"],
                **RECONSTRUCT,
                "objective": {**errors, "kl": divergence},
                "optimizer": "adam",
                "learning_rate": training.learning_rate,
            }
        ],
        "probes": _probes(errors, training.max_beta),
        "select": callbacks.monitor,
        "patience": callbacks.early_stopping_patience,
        "plateau": _plateau(callbacks),
        "precision": "auto" if training.mixed_precision else "float32",
    }


def _errors(wanted: GaussianVae, sets: Outline) -> Tree:
    """The squared error of each type, in the units of the scaled channels."""
    widths = sets.widths(wanted.data.form, wanted.data.sizes)
    return {
        name: {
            "criterion": {"kind": "span", "name": name, "criterion": "squared"},
            "weight": 1 / width if wanted.training.weighted_loss else 1.0,
        }
        for name, width in widths.items()
    }


def _beta(training: Training) -> Tree | float:
    """The weight of the divergence: at the start of epoch e, from 0, (e + 1) / warm-up of all."""
    rise = training.beta_warmup_epochs
    if rise <= 1:
        return training.max_beta
    share = min((rise - 1) / training.epochs, 1.0)
    reached = min((training.epochs + 1) / rise, 1.0)
    return {
        "kind": "linear",
        "start": training.max_beta / rise,
        "end": training.max_beta * reached,
        "by": share,
    }


def _probes(errors: Tree, beta: float) -> Tree:
    """What is judged on the validation split, all of it by the means of the latents."""
    divergence = {"criterion": DIVERGENCE, "weight": beta}
    return {
        **{name: {**RECONSTRUCT, "criterion": term["criterion"]} for name, term in errors.items()},
        "kl": {**RECONSTRUCT, "criterion": {"kind": "penalty", "name": "kl"}},
        "kl_mean": {**RECONSTRUCT, "criterion": DIVERGENCE},
        "reconstruction": {**RECONSTRUCT, "criterion": {"kind": "sum", "terms": errors}},
        "bound": {
            **RECONSTRUCT,
            "criterion": {"kind": "sum", "terms": {**errors, "kl": divergence}},
        },
    }


def _plateau(callbacks: Callbacks) -> Tree | None:
    if not callbacks.reduce_lr_patience:
        return None
    return {
        "factor": callbacks.reduce_lr_factor,
        "patience": callbacks.reduce_lr_patience,
        "least": callbacks.min_lr,
    }
