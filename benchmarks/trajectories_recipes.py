"""The recipes of the runs behind docs/results/trajectories.md: packaged ones, and what is changed."""

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

SEEDS = (0, 1, 2)
LIBRARY = Path("src/latentloom/recipes/library")
Tree = dict[str, Any]
Change = Callable[[Tree], None]

MOVES = {"series": ["t [ms]", "x [px]", "y [px]"], "channels": {"points": ["t", "x", "y"]}}
SETS: Mapping[str, Tree] = {
    "mice": {
        "source": "sapimouse_users_01_60.npz",
        "columns": MOVES | {"condition": ["distance [px]"], "offsets": "offsets", "group": "user"},
        "split": {"kind": "groups", "train": 0.7, "validation": 0.15},
    },
    "clicks": {
        "source": "click_targets.npz",
        "columns": MOVES | {"condition": ["distance [px]"], "offsets": "offsets"},
        "split": {"kind": "fractions", "train": 0.6, "validation": 0.2},
    },
    "letters": {
        "source": "uci_characters_train.npz",
        "columns": {
            "channels": {"points": ["t", "x", "y", "force"]},
            "series": ["t [ms]", "x", "y", "force"],
            "condition": ["distance"],
            "label": "label",
            "label_names": "letters",
            "offsets": "offsets",
        },
        "split": {"kind": "fractions", "train": 0.7, "validation": 0.15},
    },
    "pointing": {
        "simulate": {"kind": "pointing", "records": 5000},
        "split": {"kind": "fractions", "train": 0.7, "validation": 0.15},
    },
}


def packaged(source: Path, data: str, seed: int, changes: tuple[Change, ...] = ()) -> Tree:
    """The packaged recipe on one of the sets, and changed."""
    return _of("trajectories", source, data, seed, changes)


def joint(source: Path, seed: int) -> Tree:
    """The joint TimeGAN, on the same movements in the same units."""
    return _of("timegan", source, "mice", seed, ())


def _of(name: str, source: Path, data: str, seed: int, changes: tuple[Change, ...]) -> Tree:
    from latentloom.recipes.text import read

    tree: Tree = copy.deepcopy(dict(read(LIBRARY / f"{name}.yaml")))
    own = copy.deepcopy(dict(SETS[data]))
    tree["data"].pop("simulate")
    if "source" in own:
        own["source"] = str(source / "trajectories" / own["source"])
    tree["data"] |= own
    if data == "letters":
        _labelled(tree)
    for change in changes:
        change(tree)
    return tree | {"random_seed": seed, "logging": {"progress": "off"}}


def _labelled(tree: Tree) -> None:
    """Letters are a label, which parts read as columns."""
    scale = tree["data"]["transforms"].pop()
    tree["data"]["transforms"] += [{"kind": "one_hot", "condition": "label"}, scale]


def represent(tree: Tree) -> None:
    """The autoencoder alone."""
    tree["parts"] = {"representation": tree["parts"]["representation"]}
    tree["phases"] = tree["phases"][:1]


def draw(tree: Tree) -> None:
    """The generator alone, in the latent space of a run that it is given."""
    tree["phases"] = tree["phases"][1:]


def by_flow(tree: Tree) -> None:
    """A flow in place of the GAN."""
    _by(tree, {"kind": "flow"}, iterations=8000)


def by_mixture(tree: Tree) -> None:
    """A mixture of normal distributions in place of the GAN."""
    _by(tree, {"kind": "gaussian_mixture", "components": 20}, iterations=2000)


def _by(tree: Tree, generator: Tree, *, iterations: int) -> None:
    draw(tree)
    tree["parts"]["generator"] = generator
    tree["parts"].pop("critic")
    probe = {"forward_pass": "draw_latents", "criterion": "latent_mmd", "batch": 1024}
    tree["phases"] = [
        {
            "name": "draw",
            "iterations": iterations,
            "batch_size": 256,
            "updates": [
                {
                    "trains": ["generator"],
                    "forward_pass": "latents",
                    "objective": {"surprise": {"criterion": "surprise"}},
                    "learning_rate": {"kind": "cosine", "start": 1e-3, "end": 1e-5},
                }
            ],
            "probes": {"mmd": probe},
            "select": "mmd",
            "validate_every": 20,
            "ema": 0.998,
        }
    ]


GENERATORS: Mapping[str, Change] = {"gan": draw, "flow": by_flow, "mixture": by_mixture}


def _pool(kind: str) -> Change:
    def change(tree: Tree) -> None:
        tree["parts"]["representation"]["bottleneck"]["pool"] = kind

    return change


def _expand(kind: str) -> Change:
    def change(tree: Tree) -> None:
        tree["parts"]["representation"]["bottleneck"]["expand"] = kind

    return change


def _recurrent(tree: Tree) -> None:
    """An LSTM of one layer as encoder and as decoder."""
    for part in ("encoder", "decoder"):
        sees = tree["parts"]["representation"][part]["sees"]
        tree["parts"]["representation"][part] = {"kind": "lstm", "layers": 1, "sees": sees}


def _length_by_head(tree: Tree) -> None:
    tree["parts"]["representation"]["bottleneck"]["length"] = "head"
    penalty = {"criterion": {"kind": "penalty", "name": "length"}}
    tree["phases"][0]["updates"][0]["objective"]["length"] = penalty


def _length_untold(tree: Tree) -> None:
    tree["parts"]["representation"]["bottleneck"]["length"] = "off"


def _without(name: str) -> Change:
    def change(tree: Tree) -> None:
        tree["phases"][1]["updates"][1]["objective"].pop(name)

    return change


def _unturned(tree: Tree) -> None:
    tree["data"]["transforms"] = [
        step for step in tree["data"]["transforms"] if step["kind"] != "rotated"
    ]


def _unmirrored(tree: Tree) -> None:
    tree["phases"][0].pop("vary")


def briefly(tree: Tree) -> None:
    """As many iterations for all, and on even without convergence."""
    tree["phases"][0]["iterations"] = 3000
    tree["phases"][0]["convergence"]["otherwise"] = "go_on"
    tree["phases"][1]["iterations"] = 2000


def early(tree: Tree) -> None:
    """Stopped after less than a third of the seconds."""
    tree["phases"][0]["iterations"] = 3000
    tree["phases"][1]["iterations"] = 1000


ABLATIONS: Mapping[str, tuple[Change, ...]] = {
    "as packaged": (),
    "pool: hybrid of LSTM": (_recurrent, _pool("hybrid")),
    "pool: attention of LSTM": (_recurrent, _pool("attention")),
    "pool: mean of LSTM": (_recurrent, _pool("mean")),
    "expand: mlp to LSTM": (_recurrent, _expand("mlp")),
    "expand: lstm to LSTM": (_recurrent, _expand("lstm")),
    "LSTM around own time": (_recurrent,),
    "without matching": (_without("matching"),),
    "without condition loss": (_without("condition"),),
    "length by a head": (_length_by_head,),
    "length drawn from train": (_length_untold,),
    "not turned": (_unturned,),
    "not mirrored": (_unmirrored,),
}
