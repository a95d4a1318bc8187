"""The recipes of the runs behind docs/results/tokenizer.md: the packaged one, and what is changed."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

SEEDS = (0, 1, 2)
RECIPE = Path("src/latentloom/recipes/library/feature_tokens.yaml")
PRODUCTION = Path("src/latentloom/recipes/library/production/10k_arch_summary_400epochs.yaml")
HELD_OUT = {"kind": "given_test", "validation": 0.1, "keep": "samples"}
FAMILIES = {
    "mfeat": ("fou", "fac", "kar", "pix", "zer", "mor"),
    "operators": ("initial", "architecture", "summary"),
}
EPOCHS = {"mfeat": (40, 20), "operators": (10, 4)}  # of the tokens, of the model of tokens
SIZE = 64  # codes of a book
TOKENS, MANY = 102, 25  # of a sample, and categories, where groupings are compared
GROUPS: dict[str, dict[str, Any]] = {
    "25 discovered": {"kind": "discovered", "count": 25, "least_features": 8},
    "25 discovered, complete linkage": {
        "kind": "discovered",
        "count": 25,
        "least_features": 8,
        "linkage": "complete",
    },
    "25 random": {"kind": "random", "count": 25},
    "6 discovered": {"kind": "discovered", "count": 6, "least_features": 8},
    "6 true families": {"kind": "families"},
    "6 random": {"kind": "random", "count": 6},
}
DOCUMENT = {"as written": 1.0, "mean over books": 1 / 75}  # weight of what the quantiser wants
DOCUMENT_EPOCHS = 60  # of its 400
Tree = dict[str, Any]
Change = Callable[[Tree], None]


def packaged(files: Path, data: str, seed: int) -> Tree:
    """The packaged recipe on one of the two sets."""
    from latentloom.recipes.text import read

    tree = copy.deepcopy(dict(read(RECIPE)))
    families = list(FAMILIES[data])
    clean, categories, scale = tree["data"]["transforms"]
    tree["data"] = {
        "source": str(files / f"{data}.npz"),
        "split": HELD_OUT,
        "transforms": [clean, {**categories, "families": families}, scale],
    }
    for phase, epochs in zip(tree["phases"], EPOCHS[data], strict=True):
        phase["epochs"] = epochs
    tree["random_seed"] = seed
    tree["logging"] = {"progress": "off"}
    return tree


def tokens_alone(tree: Tree) -> None:
    """Leaves out the model that writes new tokens."""
    del tree["parts"]["generator"]
    tree["phases"] = tree["phases"][:1]


def levels(count: int, size: int = SIZE) -> Change:
    """So many levels of so many codes."""

    def change(tree: Tree) -> None:
        bottleneck = tree["parts"]["representation"]["bottleneck"]
        dim = bottleneck["levels"][0]["dim"]
        bottleneck["levels"] = [{"dim": dim, "size": size}] * count

    return change


def grouped(title: str) -> list[Change]:
    """Sorts features in another way, into as many tokens and latents as wide in all."""
    count = int(title.split()[0])

    def change(tree: Tree) -> None:
        tree["data"]["transforms"][1]["grouping"] = dict(GROUPS[title])
        encoder, bottleneck = (
            tree["parts"]["representation"][part] for part in ("encoder", "bottleneck")
        )
        encoder["embedding"] = encoder["embedding"] * MANY // count
        level = bottleneck["levels"][0]
        bottleneck["levels"] = [{**level, "dim": level["dim"] * MANY // count}] * (TOKENS // count)

    return [change]


def weighed(name: str, weight: float, criterion: Any = None) -> Change:
    """Another weight of a term; none at all for 0."""

    def change(tree: Tree) -> None:
        terms = tree["phases"][0]["updates"][0]["objective"]
        terms[name] = {"criterion": criterion or terms[name]["criterion"], "weight": weight}
        if not weight:
            del terms[name]

    return change


def with_part(part: str, **settings: Any) -> Change:
    """Other settings of encoder, bottleneck or decoder."""

    def change(tree: Tree) -> None:
        tree["parts"]["representation"][part] |= settings

    return change


def informative(tree: Tree) -> None:
    """Has every code guess the whole sample."""
    with_part("decoder", guess=128)(tree)
    weighed("informativeness", 0.1, "informativeness")(tree)


def reset(kind: str | None) -> Change:
    """Replaces unused codes after some epochs, or never, in place of at every step."""

    def change(tree: Tree) -> None:
        with_part("bottleneck", revive_below=0.0)(tree)
        if kind is not None:
            tree["phases"][0]["resets"] = {"kind": kind, "every": 5}

    return change


def parallel(tree: Tree) -> None:
    """Levels that each see a view of their own."""
    with_part("bottleneck", arrangement="parallel")(tree)
    with_part("decoder", levels="apart")(tree)


def layers(tree: Tree) -> None:
    """Two layers and a normalisation in the encoder, and a normalisation before rounding."""
    with_part("encoder", hidden=128, normalise="layer")(tree)
    with_part("bottleneck", normalise="layer")(tree)


ABLATIONS: dict[str, list[Change]] = {
    "no orthogonality": [weighed("orthogonality", 0.0)],
    "orthogonality x 10": [weighed("orthogonality", 1.0)],
    "with informativeness": [informative],
    "no topographic": [weighed("topographic", 0.0)],
    "reset: periodic": [reset("periodic")],
    "reset: adaptive": [reset("adaptive")],
    "reset: none": [reset(None)],
    "levels: parallel": [parallel],
    "levels: residual, told apart": [with_part("decoder", levels="apart")],
    "normalised, two layers": [layers],
    "decoder of two layers": [with_part("decoder", hidden=256)],
    "each category decoded alone": [with_part("decoder", sharing="per_category")],
    "commitment x 10": [weighed("commitment", 0.2)],
}
FRONT: dict[str, list[Change]] = {
    "2 levels": [levels(2)],
    "3 levels": [levels(3)],
    "6 levels": [levels(6)],
    "9 levels": [levels(9)],
    "orthogonality x 10": [weighed("orthogonality", 1.0)],
    "orthogonality x 30": [weighed("orthogonality", 3.0)],
}


def changed(tree: Tree, changes: list[Change]) -> Tree:
    """The recipe of a variant, without the model of tokens."""
    tokens_alone(tree)
    for change in changes:
        change(tree)
    return tree


def document(files: Path, weight: float) -> Tree:
    """The document's own configuration for 10 000 operators.

    Args:
        files: Where the sets are.
        weight: Of all that the quantiser wants.
    """
    from latentloom.recipes.plan import Plan
    from latentloom.recipes.text import read

    changes = {
        "dataset_path": str(files / "operators.npz"),
        "training.num_epochs": DOCUMENT_EPOCHS,
        "training.vq_weight": weight,
        "training.use_torch_compile": False,
        "data.split": HELD_OUT,
    }
    return Plan.of(read(PRODUCTION), list(changes.items())).tree
