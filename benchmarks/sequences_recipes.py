"""The recipes of the runs behind docs/results/sequences.md: packaged ones, and what is changed."""

import copy
from pathlib import Path
from typing import Any

SEEDS = (0, 1, 2)
STRATEGIES = ("mae", "autocorrelation", "combined")
PHASES = 5
LIBRARY = Path("src/latentloom/recipes/library")
RECORDS = 640
SPLIT = {"kind": "given_test", "mark": "held_out", "validation": 0.125, "keep": "samples"}
SHARES = {
    "kind": "fractions",
    "train": 0.7,
    "validation": 0.1,
}  # where no file says what is held out
OTHERS = {
    "cahn_hilliard": {
        "source": "phasefield/cahn_hilliard_pca_simulated.npz",
        "columns": {"series": ["pca"], "condition": ["params", "c0", "noise"]},
        "split": SHARES,
    },
    "cmapss": {
        "source": "phasefield/cmapss_fd001.npz",
        "columns": {"series": ["values"], "offsets": "offsets"},
        "split": SHARES,
    },
}
Tree = dict[str, Any]


def documented(data: Path, strategy: str, seed: int, epochs: int) -> Tree:
    """One of the document's strategies, five phases of so many epochs."""
    return _strategy(data, strategy, seed, [("epochs", epochs)])


def unphased(data: Path, strategy: str, seed: int, epochs: int) -> Tree:
    """The same strategy as one phase of as many epochs as the five have together.

    Rates and forcing go from where the first phase begins to where the last one ends; what the
    phases hold still has the middle phase's value.
    """
    from latentloom.recipes.text import read

    phases = read(LIBRARY / f"sequence_{strategy}.yaml")["phases"]
    first, middle, last = (dict(phases[index]) for index in (0, PHASES // 2, PHASES - 1))
    whole = middle | {"epochs": PHASES * epochs, "continued": False}
    whole |= {name: first[name] for name in ("start_lr", "teacher_forcing_start")}
    whole |= {name: last[name] for name in ("min_lr", "teacher_forcing_end")}
    return _strategy(data, strategy, seed, [("phases", [whole])])


def packaged(data: Path, seed: int) -> Tree:
    """The packaged recipe on the simulated runs."""
    tree = _packaged(seed)
    tree["data"] |= {"source": str(data), "split": SPLIT}
    return tree


def elsewhere(folder: Path, name: str, seed: int) -> Tree:
    """The packaged recipe, its settings unchanged, on somebody else's data."""
    tree = _packaged(seed)
    tree["data"] |= OTHERS[name] | {"source": str(folder / OTHERS[name]["source"])}
    return tree


def _packaged(seed: int) -> Tree:
    from latentloom.recipes.text import read

    tree = copy.deepcopy(dict(read(LIBRARY / "sequences.yaml")))
    tree["data"].pop("simulate")
    return _quiet(tree, seed)


def _strategy(data: Path, strategy: str, seed: int, changes: list[tuple[str, Any]]) -> Tree:
    from latentloom.recipes.sequence_training.translation import translated
    from latentloom.recipes.text import read

    placed = [("data_dir", str(data)), ("test_every_epoch", False), ("save_every", 0)]
    tree = translated(read(LIBRARY / f"sequence_{strategy}.yaml"), [*placed, *changes])
    tree["data"]["split"] = SPLIT
    return _quiet(tree, seed)


def _quiet(tree: Tree, seed: int) -> Tree:
    return tree | {"random_seed": seed, "logging": {**tree.get("logging", {}), "progress": "off"}}
