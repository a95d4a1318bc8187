"""Recipes of sets of Gaussians: refused by their place, trained by type, drawn afterwards."""

import copy
import json

import numpy as np
import pytest
import torch

from latentloom.core.errors import RecipeError
from latentloom.nn.splatting import draw
from latentloom.recipes.conduct import Conduct, train
from latentloom.recipes.kinds import KINDS
from latentloom.recipes.latents import Encoded
from latentloom.recipes.plan import Plan
from latentloom.recipes.preparation import prepare
from latentloom.recipes.simulators import sketch

TYPES = ("xy", "scale", "rot", "feat")
IMAGE = {"kind": "rendered", "height": 28, "width": 28, "shrink": 2}
LIKELY = {
    name: {"criterion": {"kind": "span", "name": name, "criterion": "likelihood"}}
    for name in TYPES
}
PENALTY = {"criterion": {"kind": "penalty", "name": "kl_free"}, "weight": 1.0}
TREE = {
    "data": {
        "simulate": {"kind": "splats", "records": 30, "gaussians": [10, 16]},
        "transforms": [
            {"kind": "gaussian_form", "form": "log_covariance"},
            {"kind": "slot_order", "order": "hilbert"},
            {"kind": "standard", "arrays": ["series"], "per": "span"},
        ],
    },
    "parts": {
        "representation": {
            "encoder": {"kind": "flat_conv1d", "steps": 16, "widths": [8, 8], "dense": 16},
            "bottleneck": {"kind": "gaussian", "dim": 4},
            "decoder": {"kind": "flat_conv1d", "steps": 16, "widths": [8, 8], "dense": 16},
        }
    },
    "phases": [
        {
            "name": "sets",
            "epochs": 2,
            "batch_size": 7,
            "updates": [
                {
                    "trains": ["representation"],
                    "forward_pass": "reconstruct",
                    "objective": {
                        **LIKELY,
                        "kl": PENALTY,
                        "image": {"criterion": IMAGE, "weight": 10.0},
                    },
                }
            ],
            "probes": {
                "bound": {
                    "forward_pass": "reconstruct",
                    "criterion": {"kind": "sum", "terms": {**LIKELY, "kl": PENALTY}},
                },
                "image": {"forward_pass": "reconstruct", "criterion": IMAGE},
            },
            "select": "bound",
        }
    ],
}
OBJECTIVE = "phases.0.updates.0.objective"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "sets"
    return train(Plan.of(TREE), folder, Conduct(device="cpu"))


def test_losses_are_recorded_by_type(run):
    row = json.loads(run.folder.history.read_text(encoding="utf-8"))[0]
    assert {f"train/{name}" for name in (*TYPES, "kl", "image", "total")} <= row.keys()
    assert {"validation/bound", "validation/image"} <= row.keys()


def test_what_is_decoded_can_be_drawn(run):
    latents = np.random.default_rng(0).normal(size=(3, 1, 4)).astype(np.float32) * 5
    sets = torch.from_numpy(run.decode(Encoded(z=latents)))
    assert sets.shape == (3, 16, 6)
    assert (sets[..., 2:4] > 0).all()
    assert draw(sets, size=(28, 28)).isfinite().all()


def test_sets_come_back_in_the_units_of_files(run):
    every = sketch(run.plan.data.simulate)
    made = torch.from_numpy(run.reconstruct(every))
    assert made.shape == every.series.shape
    there = every.context().mask
    assert (made[..., 2:4] > 0)[there].all()
    assert made[~there].eq(0).all()


def test_the_documented_form_is_a_recipe():
    """512 slots of 8 numbers as the original has them, on the pooled parts."""
    tree = copy.deepcopy(TREE)
    tree["data"]["simulate"] |= {"records": 8, "gaussians": [512, 512], "mode": "colour"}
    tree["data"]["transforms"] = [
        {"kind": "gaussian_form", "form": "raw", "sizes": "reciprocal"},
        {"kind": "slot_order", "order": "morton"},
        {"kind": "standard", "arrays": ["series"]},
    ]
    tree["parts"]["representation"] = {
        "encoder": {"kind": "pooled_conv1d", "steps": 512},
        "bottleneck": {"kind": "gaussian", "dim": 256},
        "decoder": {"kind": "pooled_conv1d", "steps": 512},
    }
    prepared = prepare(Plan.of(tree), None)
    numbers = sum(
        x.numel() for x in prepared.system.state_dict().values() if x.is_floating_point()
    )
    assert numbers - prepared.system.trust.numel() == 1_595_416


def test_files_of_others_need_their_columns_named(tmp_path):
    values = TREE["data"]["transforms"]
    names = ["x", "y", "scale_0", "scale_1", "rotation", "red", "green", "blue"]
    data = {
        "source": str(tmp_path / "gaussians.npz"),
        "columns": {"series": names},
        "transforms": values,
    }
    assert Plan.of({**TREE, "data": data}).settings  # the rehearsal makes Gaussians up


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            ("data.transforms.0.form", "polar"),
            "data.transforms.0.form: must be one of 'raw', 'canonical', .*, got 'polar'",
        ),
        (
            (f"{OBJECTIVE}.rot.criterion.name", "rott"),
            rf"{OBJECTIVE}.rot.criterion.name: must be a span of the signal, got 'rott'; did you",
        ),
        (
            (f"{OBJECTIVE}.rot.criterion.criterion", PENALTY["criterion"]),
            "rot.criterion.criterion: must compare output and target, and Penalty does not",
        ),
        (
            (f"{OBJECTIVE}.image.criterion.shrink", 3),
            "image.criterion.shrink: must divide the 28 x 28 pixels of the image, got 3",
        ),
        (
            ("parts.representation.encoder.steps", 15),
            "parts.representation.encoder.steps: must be a multiple of 2, .* got 15",
        ),
        (
            ("parts.representation.decoder.steps", 32),
            "parts.representation: encoder and decoder must have equal strides, got 16 and 32",
        ),
        (
            ("data.transforms", []),
            r"got 'scale'; the spans are|must be a span",
        ),
    ],
)
def test_a_recipe_that_cannot_work_is_refused_by_its_place(change, words):
    tree = copy.deepcopy(TREE)
    if change[0] == "data.transforms":
        tree["data"] = {"simulate": {"kind": "sines", "records": 20}}
    with pytest.raises(RecipeError, match=words):
        Plan.of(tree, [change])


def test_what_is_no_gaussian_is_not_rendered():
    tree = copy.deepcopy(TREE)
    tree["data"] = {"simulate": {"kind": "sines", "records": 20, "steps": 16}}
    tree["phases"][0]["updates"][0]["objective"] = {"image": {"criterion": IMAGE}}
    tree["phases"][0] |= {"probes": {}, "select": ""}
    with pytest.raises(RecipeError, match=f"{OBJECTIVE}.image.criterion: .* with the channels"):
        prepare(Plan.of(tree), None)


def test_the_kinds_of_whole_signals_come_in_pairs():
    roles = {role.__name__: kinds for role, kinds in KINDS.kinds.items()}
    assert roles["Encoder"].keys() == roles["Decoder"].keys()
