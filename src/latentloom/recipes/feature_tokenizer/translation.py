"""Tells what a feature tokenizer's YAML wants in the terms of the one schema."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ...core.errors import RecipeError
from ..overrides import overridden
from ..schema import make
from .sections import ENCODERS, Family, FeatureTokenizer, Model, Training

SECTIONS = frozenset({"data", "parts", "phases", "evaluation"})  # those that only a recipe has
MARKS = frozenset({"dataset_path", "families", "model", "training"})
OVERALL = {
    "epochs": "training.num_epochs",
    "batch_size": "training.batch_size",
    "learning_rate": "training.learning_rate",
}
FADED = 0.01  # what an exponential schedule leaves of the learning rate
DECAY = 0.01  # weight decay of adamw
GUESS = 128  # width of the networks that guess from one token alone
CAPS = {"percentile": "percentiles", "iqr": "quartiles", "mad": "median_deviations"}
RECONSTRUCT = {"forward_pass": "reconstruct"}

Tree = dict[str, Any]


def is_feature_tokenizer(tree: Mapping[str, Any]) -> bool:
    """Whether a tree is of this form, and not a recipe's.

    Example:
        >>> is_feature_tokenizer({"dataset_path": "features.h5", "families": {"shape": {}}})
        True
    """
    return bool(MARKS & tree.keys()) and not SECTIONS & tree.keys()


def translated(tree: Mapping[str, Any], changes: Iterable[tuple[str, Any]] = ()) -> Tree:
    """The tree of the recipe that does what a feature tokenizer's YAML says.

    Args:
        tree: What the YAML says.
        changes: Paths and values of settings to change, in the terms of the YAML; or, below
            data, parts, phases and evaluation, in those of the recipe.

    Raises:
        RecipeError: If the YAML is wrong; the paths are its own.
    """
    own: list[tuple[str, Any]] = []
    later: list[tuple[str, Any]] = []
    for path, value in changes:
        (later if path.partition(".")[0] in SECTIONS else own).append((path, value))
    return overridden(_recipe(make(FeatureTokenizer, overridden(tree, own))), later)


def _recipe(wanted: FeatureTokenizer) -> Tree:
    return {
        "data": _data(wanted),
        "parts": {"representation": _representation(wanted)},
        "phases": [_phase(wanted)],
        "logging": _logging(wanted),
        "random_seed": wanted.random_seed,
    }


def _data(wanted: FeatureTokenizer) -> Tree:
    training = wanted.training
    scale = {"standard": "standard", "mad": "median_deviation"}[training.normalization_method]
    return {
        "source": wanted.dataset_path,
        "columns": {"families": [*wanted.families]},
        "most": wanted.max_samples or 0,
        "transforms": [
            _cleaning(training),
            {
                "kind": "categories",
                "families": [*wanted.families],
                "grouping": _grouping(training),
            },
            {"kind": scale, "arrays": ["series"]},
        ],
    }


def _cleaning(training: Training) -> Tree:
    return {
        "kind": "clean_features",
        "least_deviation": training.variance_threshold,
        "greatest_variance": training.max_variance,
        "greatest_variation": training.max_cv,
        "duplicates": training.deduplicate_threshold,
        "keep": "informative" if training.use_intelligent_dedup else "first",
        "cap": _cap(training.outlier_method, training.outlier_threshold),
    }


def _cap(method: str, threshold: float | None) -> Tree | None:
    if method == "none":
        return None
    cap: Tree = {"kind": CAPS[method]}
    if threshold is None:
        return cap
    if method == "percentile":
        return cap | {"low": threshold, "high": 100 - threshold}
    return cap | {"times": threshold}


def _grouping(training: Training) -> Tree:
    if training.category_mapping is not None:
        return {"kind": "given", "categories": _mapping(training.category_mapping)}
    grouping: Tree = {
        "kind": "discovered",
        "count": training.num_categories_auto or 0,
        "most": training.max_clusters,
        "target": training.orthogonality_target,
        "least_features": training.min_features_per_category,
        "isolated": training.isolated_families,
    }
    if training.category_assignment == "gradient":
        grouping["refine"] = {"target": training.orthogonality_target}
    return grouping


def _mapping(given: Mapping[str, Any] | str) -> Mapping[str, Any]:
    """The features of each category, read from a file if need be."""
    if not isinstance(given, str):
        return given
    try:
        mapping = json.loads(Path(given).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RecipeError(
            "training.category_mapping",
            f"must name a JSON file of categories, and {given} cannot be read: {error}",
        ) from error
    listed = isinstance(mapping, dict) and all(
        isinstance(names, list) and all(isinstance(name, str) for name in names)
        for names in mapping.values()
    )
    if not listed:
        raise RecipeError(
            "training.category_mapping",
            f"must be a list of feature names for each category, in {given}",
        )
    return mapping


def _representation(wanted: FeatureTokenizer) -> Tree:
    model, families = wanted.model, wanted.families
    guesses = wanted.weight("informativeness_weight") > 0
    return {
        "encoder": {
            "kind": "categorical",
            "embedding": model.group_embedding_dim,
            "hidden": model.group_hidden_dim,
            "dropout": model.dropout,
            "families": {name: _reading(family) for name, family in families.items()},
        },
        "bottleneck": _bottleneck(model),
        "decoder": {
            "kind": "categorical",
            "dropout": model.dropout,
            "sharing": model.decoder,
            "guess": GUESS if guesses else 0,
        },
    }


def _bottleneck(model: Model) -> Tree:
    return {
        "kind": "categorical",
        "levels": [{"dim": own.latent_dim, "size": own.num_tokens} for own in model.levels],
        "ratios": model.compression_ratios,
        "sizes": "even" if model.uniform_codebook_init else "falling",
        "arrangement": model.quantization,
        "dropout": model.dropout,
        "decay": model.decay,
        "update": "ema" if model.use_ema else "gradient",
    }


def _reading(family: Family) -> Tree:
    """A family encoder; what its parameters leave out is as it has it."""
    kind, settings = ENCODERS[family.encoder]
    params = {name: getattr(family.encoder_params, name) for name in family.encoder_params.written}
    if "batch_norm" in params:
        params["batch_norm"] = "batch" if params["batch_norm"] else "none"
    return {"kind": kind} | {settings[name]: value for name, value in params.items()}


def _phase(wanted: FeatureTokenizer) -> Tree:
    training, objective = wanted.training, _objective(wanted)
    return {
        "name": "tokenize",
        "epochs": training.num_epochs,
        "batch_size": training.batch_size,
        "updates": [
            {
                "trains": ["representation"],
                **RECONSTRUCT,
                "objective": objective,
                "optimizer": training.optimizer,
                "learning_rate": _rate(training),
                "weight_decay": DECAY if training.optimizer == "adamw" else 0.0,
            }
        ],
        "probes": _probes(training.topo_samples),
        "select": "reconstruction",
        "validate_every": training.val_every_n_epochs,
        "patience": -(-training.early_stopping_patience // training.val_every_n_epochs),
        "min_delta": training.early_stopping_min_delta,
        "compile": "on" if training.use_torch_compile else "off",
        "resets": _resets(training),
    }


def _objective(wanted: FeatureTokenizer) -> Tree:
    """The terms; those without weight are left out."""
    model, training = wanted.model, wanted.training
    terms: Tree = {
        "reconstruction": ("squared", training.reconstruction_weight),
        "commitment": (
            {"kind": "penalty", "name": "commitment"},
            training.vq_weight * model.commitment_cost,
        ),
        "codebook": (
            {"kind": "penalty", "name": "codebook"},
            0.0 if model.use_ema else training.vq_weight,
        ),
        "orthogonality": ("orthogonality", wanted.weight("orthogonality_weight")),
        "informativeness": ("informativeness", wanted.weight("informativeness_weight")),
        "topography": (
            {"kind": "topographic", "rows": training.topo_samples},
            training.topo_weight,
        ),
    }
    return {
        name: {"criterion": criterion, "weight": weight}
        for name, (criterion, weight) in terms.items()
        if weight > 0
    }


def _probes(rows: int) -> Tree:
    """What is judged on the validation split."""
    ways = {
        "topo_pre": "inputs-latents",
        "topo_post": "latents-codes",
        "topo_end": "inputs-codes",
    }
    return {
        "reconstruction": {**RECONSTRUCT, "criterion": "squared"},
        "orthogonality": {**RECONSTRUCT, "criterion": "orthogonality"},
    } | {
        name: {
            **RECONSTRUCT,
            "criterion": {"kind": "topographic", "between": between, "rows": rows},
        }
        for name, between in ways.items()
    }


def _rate(training: Training) -> Tree | float:
    """The learning rate over the progress of the training."""
    peak = training.learning_rate
    later: Tree | float = peak
    if training.scheduler is not None:
        end = peak * FADED if training.scheduler == "exponential" else 0.0
        later = {"kind": training.scheduler, "start": peak, "end": end}
    if not training.warmup_epochs:
        return later
    return {
        "kind": "joined",
        "parts": [{"kind": "linear", "start": 0.0, "end": peak}, later],
        "cuts": [training.warmup_epochs / training.num_epochs],
    }


def _resets(training: Training) -> Tree | None:
    if not training.dead_code_reset_interval:
        return None
    return {
        "kind": "adaptive" if training.dead_code_adaptive else "periodic",
        "every": training.dead_code_reset_interval,
        "percentile": training.dead_code_threshold,
        "most": training.dead_code_max_reset_fraction,
    }


def _logging(wanted: FeatureTokenizer) -> Tree:
    told = wanted.logging
    return {
        "services": ["wandb"] if told.wandb else [],
        "progress": "lines" if told.verbose else "bar",
        "folder": wanted.training.checkpoint_dir,
        "keep_every": wanted.training.save_every or 0,
        "news_every": told.log_interval,
        "judge_every": told.eval_interval,
        "form": "feature_tokenizer",
    }
