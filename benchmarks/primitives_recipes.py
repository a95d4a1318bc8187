"""The recipes of the runs behind docs/results/primitives.md: packaged ones, and what is changed."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

SEEDS = (0, 1, 2)
LIBRARY = Path("src/latentloom/recipes/library")
CONFIGS = (
    "conv1d_base",
    "conv1d_beta0.5",
    "conv1d_512d",
    "conv1d_512d_beta0.5",
    "conv1d_512d_beta0.1",
    "conv1d_512d_beta0",
    "resnet_conv1d_512d",
)
SETS = {"digits": "samples", "patches": "groups"}  # what validation takes: no photograph's parts
Tree = dict[str, Any]
Change = Callable[[Tree], None]


def source(files: Path, data: str) -> dict[str, Any]:
    """The section of the data, the test split as the file marks it."""
    split = {"kind": "given_test", "validation": 0.1, "keep": SETS[data]}
    return {"source": str(files / f"{data}.npz"), "split": split}


def original(files: Path, name: str, seed: int) -> Tree:
    """One of the original's seven configurations on the patches, as an ordinary recipe."""
    from latentloom.recipes.gaussian_vae.translation import translated
    from latentloom.recipes.text import read

    placed = ("data.dataset_path", str(files / "patches.npz"))
    tree = translated(read(LIBRARY / f"{name}.yaml"), [placed])
    tree["data"] |= source(files, "patches")
    return _quiet(tree, seed)


def packaged(files: Path, data: str, seed: int, changes: tuple[Change, ...] = ()) -> Tree:
    """The packaged recipe on one of the sets, and changed."""
    from latentloom.recipes.text import read

    tree = copy.deepcopy(dict(read(LIBRARY / "gaussian_sets.yaml")))
    tree["data"].pop("simulate")
    tree["data"] |= source(files, data)
    ADAPTED[data](tree)
    for change in changes:
        change(tree)
    return _quiet(tree, seed)


def _quiet(tree: Tree, seed: int) -> Tree:
    return tree | {"random_seed": seed, "logging": {**tree.get("logging", {}), "progress": "off"}}


def _digits(tree: Tree) -> None:
    """Sets fitted from a lattice have an order already."""
    tree["data"]["transforms"] = [
        step for step in tree["data"]["transforms"] if step["kind"] != "slot_order"
    ]


def _patches(tree: Tree) -> None:
    """512 slots, placed by quantiles: a latent step for each 64 of them, 512 numbers in all."""
    _digits(tree)
    phase, representation = tree["phases"][0], tree["parts"]["representation"]
    for part in ("encoder", "decoder"):
        representation[part]["steps"] = 64
    representation["bottleneck"]["dim"] = 64
    terms = phase["updates"][0]["objective"]
    bound = phase["probes"]["bound"]["criterion"]["terms"]
    for name, weight in PATCH_WEIGHTS.items():
        terms[name]["weight"] = bound[name]["weight"] = weight
    for named in (terms, bound, phase["probes"]):
        named.pop("image")
    phase |= {"epochs": 30, "batch_size": 32}


def drop_generator(tree: Tree) -> None:
    """Leaves out what draws new sets."""
    del tree["parts"]["generator"]
    tree["phases"] = tree["phases"][:1]


def drawing(kind: str) -> Change:
    """A generator alone, on the latent of a model that is trained."""

    def change(tree: Tree) -> None:
        tree["parts"] |= copy.deepcopy(GENERATORS[kind])
        tree["phases"] = [_adversarial()] if kind == "gan" else tree["phases"][1:]

    return change


def _adversarial() -> Tree:
    """The phase of the GAN of movements, without what it has for conditions."""
    from latentloom.recipes.text import read

    phase: Tree = copy.deepcopy(dict(read(LIBRARY / "trajectories.yaml")["phases"][1]))
    phase.pop("stratify")
    for update in phase["updates"]:
        update["objective"].pop("condition")
    drawn = {"forward_pass": "draw_latents", "batch": 1024}
    scores = {"mmd": "latent_mmd", "spread": "latent_spread"}
    probes = {name: drawn | {"criterion": criterion} for name, criterion in scores.items()}
    return phase | {"probes": probes, "select": "mmd"}


def weighed(name: str, weight: float) -> Change:
    """Another weight of a term; none at all for 0."""

    def change(tree: Tree) -> None:
        phase = tree["phases"][0]
        bound = phase["probes"]["bound"]["criterion"]["terms"]
        for terms in (phase["updates"][0]["objective"], bound):
            terms[name]["weight"] = weight
            if not weight:
                del terms[name]

    return change


def told_as(form: str, sizes: str = "log") -> Change:
    """Another form of the shapes."""

    def change(tree: Tree) -> None:
        tree["data"]["transforms"][0] |= {"form": form, "sizes": sizes}

    return change


def ordered(order: str) -> Change:
    """Slots in another order."""

    def change(tree: Tree) -> None:
        tree["data"]["transforms"].insert(1, {"kind": "slot_order", "order": order})

    return change


def network(kind: str) -> Change:
    """Another encoder and decoder, as wide as they are by themselves."""

    def change(tree: Tree) -> None:
        for part in ("encoder", "decoder"):
            tree["parts"]["representation"][part] = {"kind": kind, "steps": 64}

    return change


def likely(tree: Tree) -> None:
    """A learned variance for each type in place of a weight."""
    phase = tree["phases"][0]
    bound = phase["probes"]["bound"]["criterion"]["terms"]
    for terms in (phase["updates"][0]["objective"], bound):
        for name in PATCH_WEIGHTS:
            inner = {"kind": "span", "name": name, "criterion": "likelihood"}
            terms[name] = {"criterion": inner, "weight": 1.0}


def half(tree: Tree) -> None:
    """Half as long, and nothing drawn."""
    drop_generator(tree)
    tree["phases"][0]["epochs"] //= 2


PATCH_WEIGHTS = {"xy": 20_000.0, "scale": 2560.0, "rot": 7000.0, "feat": 7000.0}
ADAPTED: dict[str, Change] = {"digits": _digits, "patches": _patches}
GENERATORS: dict[str, Tree] = {
    "flow": {},
    "mixture": {"generator": {"kind": "gaussian_mixture", "components": 10, "rank": None}},
    "gan": {"generator": {"kind": "gan", "bound": "none"}, "critic": {"kind": "mlp"}},
}
DRAWS = tuple(GENERATORS)
ABLATIONS: dict[str, tuple[Change, ...]] = {
    "as it is": (half,),
    "form: raw, reciprocal": (told_as("raw", "reciprocal"), half),
    "form: canonical": (told_as("canonical"), half),
    "order: Morton": (ordered("morton"), half),
    "no rendered error": (weighed("image", 0.0), half),
    "weight of KL 3": (weighed("kl", 3.0), half),
    "weight of KL 0.03": (weighed("kl", 0.03), half),
    "learned variances": (likely, half),
    "pooled network": (network("pooled_conv1d"), half),
    "set transformer": (network("set_transformer"), half),
}
