"""Tells what a sequence training's YAML wants in the terms of the one schema."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from ...core.errors import RecipeError
from ..overrides import overridden
from ..schema import make
from .keys import OF_A_PHASE, OF_ALL, is_own, named, staged
from .schedules import moving, rate
from .sections import SAVE_EVERY, SequenceTraining, Stage
from .tables import COLUMNS

Tree = dict[str, Any]

OVERALL = {name: name for name in (OF_ALL | OF_A_PHASE) - {"name"}} | {"learning_rate": "start_lr"}
PREDICT = "predict"  # from the first row alone
SCORES = {"pure_mae": "mae", "pure_autocorr": "autocorr", "combined": "combined"}
ONLY_IN = {
    "alpha": ("combined",),
    "alpha_end": ("combined",),
    "max_lag": ("combined", "pure_autocorr"),
}
HALF = 0.5  # weight of either loss in the score, whatever alpha is


def is_sequence_training(tree: Mapping[str, Any]) -> bool:
    """Whether a tree is of this form, and not a recipe's.

    Example:
        >>> is_sequence_training({"strategy": "pure_mae", "data_dir": "sample3"})
        True
    """
    return "strategy" in tree and "parts" not in tree


def translated(tree: Mapping[str, Any], changes: Iterable[tuple[str, Any]] = ()) -> Tree:
    """The tree of the recipe that does what a sequence training's YAML says.

    Args:
        tree: What the YAML says.
        changes: Paths and values of settings to change, in the terms of the YAML, where keys of
            phases reach all phases; or, where it has no such key, in those of the recipe.

    Raises:
        RecipeError: If the YAML is wrong; the paths are its own.
    """
    changes = list(changes)
    own = [(_by_number(path, tree), value) for path, value in changes if is_own(path)]
    later = [change for change in changes if not is_own(change[0])]
    placed = staged(tree).changed(own)
    _check_terms(placed.tree)
    try:
        wanted = make(SequenceTraining, placed.tree)
    except RecipeError as error:
        raise placed.retold(error) from error
    return overridden(_recipe(wanted), later)


def _check_terms(tree: Mapping[str, Any]) -> None:
    """Refuses keys of a loss that the strategy has not, rather than do nothing with them.

    Raises:
        RecipeError: If there is one.
    """
    strategy = tree.get("strategy")
    written = frozenset[str]().union(*(phase.keys() for phase in tree["phases"]))
    for key in sorted(written & frozenset(ONLY_IN)):
        if strategy in SCORES and strategy not in ONLY_IN[key]:
            others = " or ".join(ONLY_IN[key])
            raise RecipeError(
                key, f"is a setting of {others}, got strategy {strategy}; leave it out"
            )


def _by_number(path: str, tree: Mapping[str, Any]) -> str:
    """A path whose phase is named by its number rather than by its epochs."""
    parts = path.split(".")
    names = named(staged(tree).tree["phases"])
    if parts[0] == "phases" and len(parts) > 1 and parts[1] in names:
        parts[1] = str(names.index(parts[1]))
    return ".".join(parts)


def _recipe(wanted: SequenceTraining) -> Tree:
    names = named(wanted.phases)
    phases = [_phase(wanted, index, name) for index, name in enumerate(names)]
    return {
        "data": _data(wanted),
        "parts": {"base": _predictor(wanted)},
        "phases": phases,
        "evaluation": {"baselines": _baselines(wanted)},
        "logging": _logging(wanted, names),
        "random_seed": wanted.random_seed,
        **({"existing_model": wanted.existing_model} if wanted.existing_model else {}),
    }


def _baselines(wanted: SequenceTraining) -> Tree:
    """Ridge is told the constants: as conditions, or by the first row that holds them."""
    steps = 1 if wanted.columns == "document" else 0
    ridge = {"kind": "ridge", "view": {"kind": "curves", "steps": steps}}
    return {"repeat_first": "repeat_first", "mean_curve": "mean_curve", "ridge": ridge}


def _data(wanted: SequenceTraining) -> Tree:
    kind = "fractions" if isinstance(wanted.train, float) else "counts"
    return {
        "source": wanted.data_dir,
        **({"columns": {"constants": "series"}} if wanted.columns == "document" else {}),
        "split": {"kind": kind, "train": wanted.train, "validation": wanted.validation},
        "transforms": [*_scaling(wanted), {"kind": "first_rows", "steps": 1}],
    }


def _scaling(wanted: SequenceTraining) -> list[Tree]:
    if wanted.normalize == "none":
        return []
    centre = {"scale": "zero", "standard": "mean"}[wanted.normalize]
    known = ["drive", "condition"]
    return [
        {"kind": "standard", "arrays": ["series"], "centre": centre},
        {"kind": "standard", "arrays": known, "absent": "skipped"},
    ]


def _predictor(wanted: SequenceTraining) -> Tree:
    return {
        "kind": "lstm",
        "width": wanted.hidden_size,
        "layers": wanted.num_layers,
        "dropout": wanted.dropout,
    }


def _phase(wanted: SequenceTraining, index: int, name: str) -> Tree:
    stage = wanted.phases[index]
    forcing = moving(stage.teacher_forcing_start, stage.teacher_forcing_end)
    guided = {
        "kind": "guided",
        "forcing": forcing if wanted.teacher_forcing else 0.0,
        "noise": stage.noise_level,
    }
    continued = stage.continued
    if continued is None:
        continued = index > 0 or bool(wanted.existing_model)
    return {
        "name": name,
        "epochs": stage.epochs,
        "batch_size": wanted.batch_size,
        "updates": [
            {
                "trains": ["base"],
                "forward_pass": guided,
                "objective": _objective(wanted, stage),
                "learning_rate": rate(stage, wanted.strategy, continued=continued),
                "weight_decay": stage.weight_decay,
                "clip_norm": stage.clip_grad_norm,
            }
        ],
        "probes": _probes(wanted.score_lags),
        "select": SCORES[wanted.strategy],
        "incoming": "judged" if index or wanted.existing_model else None,
        "accumulate": wanted.accumulate,
        "precision": "auto" if wanted.mixed_precision else "float32",
        "threads": wanted.num_workers or None,
    }


def _objective(wanted: SequenceTraining, stage: Stage) -> Tree:
    mae = {"criterion": "absolute"}
    autocorr = {"criterion": _apart(stage.max_lag)}
    if wanted.strategy != "combined":
        return {"mae": mae} if wanted.strategy == "pure_mae" else {"autocorr": autocorr}
    end = None if stage.alpha_end is None else 1 - stage.alpha_end
    return {
        "mae": mae | {"weight": moving(stage.alpha, stage.alpha_end)},
        "autocorr": autocorr | {"weight": moving(1 - stage.alpha, end)},
    }


def _apart(lag: int) -> Tree:
    return {"kind": "lag_ratio", "lags": lag}


def _probes(lags: list[int]) -> Tree:
    """What is judged, from the first row alone and in all phases alike."""
    both = {
        "mae": {"criterion": "absolute", "weight": HALF},
        "autocorr": {"criterion": _apart(lags[0]), "weight": HALF},
    }
    criteria = {
        "mae": "absolute",
        "autocorr": _apart(lags[0]),
        **{f"autocorr_{lag}": _apart(lag) for lag in lags[1:]},
        "combined": {"kind": "sum", "terms": both},
    }
    return {
        name: {"forward_pass": PREDICT, "criterion": criterion}
        for name, criterion in criteria.items()
    }


def _logging(wanted: SequenceTraining, names: list[str]) -> Tree:
    kept = wanted.save_every
    shared = {key: value for key, value in asdict(wanted).items() if not _nested(value)}
    stages = zip(names, wanted.phases, strict=True)
    return {
        "folder": wanted.output_dir,
        "keep_every": SAVE_EVERY[wanted.strategy] if kept is None else kept,
        "keep_in": "phase",
        "test": "on" if wanted.test_every_epoch else "off",
        "columns": COLUMNS[wanted.strategy],
        "arguments": {name: shared | asdict(stage) | {"name": name} for name, stage in stages},
        "best_as": ["best_model_combined"],
        "form": "sequence_training",
    }


def _nested(value: Any) -> bool:
    return isinstance(value, list | dict)
