"""Every packaged recipe can work, says what it is for, and trains only whom it names."""

from dataclasses import replace
from functools import cache

import pytest
import torch

from latentloom.api import load
from latentloom.core.errors import RecipeError
from latentloom.data.formats import write
from latentloom.data.simulate import Operators, Spinodal, Splats
from latentloom.data.transforms import GaussianForm
from latentloom.recipes.conduct import Conduct, train
from latentloom.recipes.library import FOLDER, copy_out, find, packaged
from latentloom.recipes.plan import Plan
from latentloom.recipes.simulators import simulate
from latentloom.training.run_folder import read_tensors

RECIPES = [pytest.param(entry, id=entry.name) for entry in packaged()]


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_packaged_recipe_can_work_and_says_what_it_makes(recipe):
    plan = Plan.read(recipe.name)
    assert Plan.of(plan.tree).text == plan.text
    assert 20 < len(recipe.description) < 160


@pytest.mark.parametrize("rival", ["timegan", "timegan_v6"])
def test_rivals_of_movements_read_the_same_samples(rival):
    """What is compared differs in parts and phases alone."""
    assert Plan.read(rival).tree["data"] == Plan.read("trajectories").tree["data"]


@cache
def operators():
    """As many as the largest codebook needs to be trained."""
    return simulate(Operators(records=120, grid=32, steps=8, realisations=2), 0)


def few(data):
    """A few samples like those of a recipe."""
    if isinstance(data.simulate, Operators) or (data.columns and data.columns.families):
        return operators()
    if any(isinstance(transform, GaussianForm) for transform in data.transforms):
        return simulate(Splats(records=24, gaussians=(12, 16), mode="colour"), 0)
    if isinstance(data.simulate, Spinodal):
        return simulate(replace(data.simulate, records=24, grid=32, frames=21), 0)
    if data.simulate is not None:
        return simulate(replace(data.simulate, records=24), 0)
    return load("excerpt:magnet").take(slice(0, None, 20))


def narrow(plan):
    """What makes the network of a tokenizer, a Gaussian VAE or of sequences small."""
    if plan.tree["parts"].get("base", {}).get("kind") == "lstm":
        return [("parts.base.width", 8)]
    encoder = plan.tree["parts"].get("representation", {}).get("encoder", {})
    at = "parts.representation"
    if encoder.get("kind") in ("pooled_conv1d", "resnet_conv1d"):
        return [(f"{at}.encoder.steps", 16), (f"{at}.decoder.steps", 16)]
    if encoder.get("kind") != "categorical":
        return []
    return [
        (f"{at}.encoder.embedding", 8),
        (f"{at}.encoder.hidden", 8),
        *[(f"{at}.encoder.families.{name}", "identity") for name in encoder.get("families", {})],
        ("phases.0.compile", "off"),
        ("logging.judge_every", 0),
    ]


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_packaged_recipe_trains_whom_it_names_and_no_other(recipe, tmp_path):
    plan = Plan.read(recipe.name)
    write(few(plan.data), tmp_path / "few.npz")
    changes = [
        ("data.simulate", None),
        ("data.source", str(tmp_path / "few.npz")),
        ("data.split", {"kind": "fractions", "train": 0.6, "validation": 0.2}),
        *[(f"phases.{index}.epochs", 1) for index in range(len(plan.tree["phases"]))],
        *[
            (f"phases.{index}.{name}", None)
            for index in range(len(plan.tree["phases"]))
            for name in ("iterations", "convergence")
        ],
        *[(f"phases.{index}.batch_size", 7) for index in range(len(plan.tree["phases"]))],
        *narrow(plan),
    ]
    short = Plan.of(plan.tree, changes)
    run = train(short, tmp_path / "run", Conduct(device="cpu"))
    before = None
    for phase in short.tree["phases"]:
        path = run.folder.phase(phase["name"]) / "final_model.pt"
        after = read_tensors(path, kind="model")["weights"]
        assert all(value.isfinite().all() for value in after.values())
        if before is not None:
            moved = {n.split(".")[0] for n in after if not torch.equal(before[n], after[n])}
            trained = {part for update in phase["updates"] for part in update["trains"]}
            assert moved - {"trust"} <= trained
        before = read_tensors(path.with_name("best_model.pt"), kind="model")["weights"]


def test_a_recipe_is_found_by_name_and_by_path(tmp_path):
    name = packaged()[0].name
    assert find(name) == FOLDER / f"{name}.yaml"
    copy_out(name, tmp_path / "mine" / "own.yaml")
    assert find(tmp_path / "mine" / "own.yaml") == tmp_path / "mine" / "own.yaml"


def test_a_recipe_is_not_written_over(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text("mine")
    with pytest.raises(FileExistsError):
        copy_out(packaged()[0].name, path)
    assert path.read_text() == "mine"


def test_a_name_that_is_nearly_right_is_suggested():
    with pytest.raises(RecipeError, match="did you mean 'voltage_magnet'"):
        find("voltage_magnt")
