"""The recipes of the runs behind docs/results/generation.md: packaged ones, sized for a set."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SEEDS = (0, 1, 2)
LIBRARY = Path("src/latentloom/recipes/library")
WINDOWS_EACH = 50  # windows for each component of a mixture
MOST_COVARIANCE = 10_000_000  # numbers in all covariances of a mixture
MARK = "held_out"  # tells the test part of a labelled set
HELD = 60  # blocks of a long series, of which some judge
Tree = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Set:
    """A set of the published tables.

    Args:
        file: Where it is; none for the simulated one.
        channels: How many channels it has.
        windows: How many windows of `steps` it has.
        dim: How many numbers a latent has: the size that is set for each set.
        steps: How many steps a window has.
        columns: The roles of its arrays.
    """

    file: str
    channels: int
    windows: int
    dim: int
    steps: int = 24
    columns: Mapping[str, Any] | None = None

    @property
    def components(self) -> int:
        """One for fifty windows, as far as their covariances stay small."""
        return min(self.windows // WINDOWS_EACH, MOST_COVARIANCE // self.dim**2)


DATE = {"leave_out": ["date"]}
SETS: Mapping[str, Set] = {
    "sines": Set(file="", channels=5, windows=10_000, dim=20),
    "stocks": Set(file="stock_data.csv", channels=6, windows=3_662, dim=40),
    "etth1": Set(file="ETTh1.csv", channels=7, windows=17_397, dim=120, columns=DATE),
    "energy": Set(
        file="energy_data.npz",
        channels=28,
        windows=19_711,
        dim=100,
        columns={"series": ["data"], "rows": "steps"},
    ),
    "fmri": Set(
        file="fmri_sim4.npz",
        channels=50,
        windows=9_977,
        dim=1200,  # every number is nearly news: nothing is left out
        columns={"series": ["ts"], "rows": "steps"},
    ),
    **{
        f"etth1_{steps}": Set(
            file="ETTh1.csv", channels=7, windows=17_300, dim=dim, steps=steps, columns=DATE
        )
        for steps, dim in {64: 240, 128: 360, 256: 600}.items()
    },
}
# Labelled sets, all steps of one length: how many numbers a latent has, and components.
CLASSES: Mapping[str, tuple[int, int]] = {
    "ItalyPowerDemand": (12, 8),
    "GunPoint": (12, 8),
    "ECG200": (16, 8),
    "Trace": (16, 8),
    "BasicMotions": (16, 8),
}
MODELS = {
    "mixture": "latent_mixture",
    "flow": "latent_flow",
    "gan": "latent_gan",
    "tokens": "tokens",
    "vae": "vae",
}


def sized(source: Path, model: str, name: str, seed: int, *, held: bool = False) -> Tree:
    """A packaged recipe on one of the sets.

    Args:
        source: The folder of the data.
        model: Which recipe.
        name: Which set.
        seed: Of everything random.
        held: Whether whole stretches of time are held out; otherwise nine in ten windows, at
            random, are learned from, as in the published tables.
    """
    from latentloom.recipes.text import read

    tree: Tree = copy.deepcopy(dict(read(LIBRARY / f"{MODELS[model]}.yaml")))
    data, one = tree["data"], SETS[name]
    if one.file:
        data.pop("simulate")
        data["source"] = str(source / "tsg" / one.file)
        data["windows"] = {"length": one.steps, "blocks": HELD if held else 1}
        if one.columns:
            data["columns"] = dict(one.columns)
    else:
        data["simulate"] = {"kind": "sines", "records": one.windows}
    if held:
        data["split"] = {"kind": "groups", "train": 0.6, "validation": 0.2}
    else:
        data["split"] = {"kind": "fractions", "train": 0.9, "validation": 0.05}
    _size(tree["parts"], one)
    return tree | {"random_seed": seed, "logging": {"progress": "off"}}


def _size(parts: Tree, one: Set) -> None:
    representation = parts["representation"]
    bottleneck = representation["bottleneck"]
    if bottleneck["kind"] == "pooled" and one.dim == one.steps * one.channels:
        bound = bottleneck["bound"]
        representation["bottleneck"] = {"kind": "free", "dim": one.channels, "bound": bound}
        parts["generator"]["latent_steps"] = one.steps
    elif bottleneck["kind"] == "pooled":
        _pool(bottleneck, one.dim, one.steps)
    if parts["generator"]["kind"] == "gaussian_mixture":
        parts["generator"]["components"] = one.components


def _pool(bottleneck: Tree, dim: int, steps: int) -> None:
    """Has a window of so many steps kept in so many numbers."""
    bottleneck |= {"dim": dim, "steps": steps}
    for part in ("pool", "expand"):
        bottleneck[part] = {"kind": "own_time", "points": steps}


def labelled(file: Path, name: str, seed: int) -> Tree:
    """The packaged mixture on a labelled set, whose test part was marked.

    Args:
        file: Where the set is, with the mark.
        name: Which set.
        seed: Of everything random.
    """
    from latentloom.data.formats import read as read_data
    from latentloom.recipes.text import read

    tree: Tree = copy.deepcopy(dict(read(LIBRARY / "latent_mixture.yaml")))
    steps, (dim, components) = read_data(file).steps, CLASSES[name]
    tree["data"] = {
        "source": str(file),
        "split": {"kind": "given_test", "mark": MARK, "validation": 0.15, "keep": "samples"},
        "transforms": [
            {"kind": "one_hot", "condition": "label"},
            {"kind": "standard", "arrays": ["series"]},
        ],
    }
    _pool(tree["parts"]["representation"]["bottleneck"], dim, steps)
    tree["parts"]["generator"]["components"] = components
    for phase in tree["phases"]:
        phase["batch_size"] = 32  # of a few dozen samples
    return tree | {"random_seed": seed, "logging": {"progress": "off"}}
