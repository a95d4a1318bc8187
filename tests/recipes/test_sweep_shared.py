"""Sweeps of later phases, whose trials begin with what one run has trained."""

import csv
import json
from pathlib import Path

import pytest
import torch

from latentloom.cli.main import main
from latentloom.core.errors import RecipeError, RunError
from latentloom.recipes.conduct import Conduct, train
from latentloom.recipes.plan import Plan
from latentloom.recipes.preparation import prepare
from latentloom.recipes.sweep import Search, sweep
from latentloom.training.run_folder import RunFolder, read_tensors

RATE = "phases.generate.updates.0.learning_rate"
PROBES = {"error": {"forward_pass": "next_code", "criterion": "cross_entropy"}}
DEMAND = "phases.represent.convergence"


def later(tree, **fixed):
    """A search over the last phase alone."""
    wanted = {"phases.generate.probes": PROBES, "phases.generate.select": "error"}
    keys = {RATE: [1e-4, 1e-3]}
    return {"recipe": tree, "phases": ["generate"], "keys": keys, "set": wanted | fixed}


def taken(run, *parts):
    return {"existing_model": str(run.folder.path), "existing_parts": [*parts]}


def weights(path, part):
    found = read_tensors(path, kind="model")["weights"]
    return {name: value for name, value in found.items() if name.startswith(f"{part}.")}


def equal(ours, theirs):
    return all(torch.equal(value, theirs[name]) for name, value in ours.items())


@pytest.fixture(scope="module")
def swept(run, tmp_path_factory):
    tree = later(dict(run.plan.tree), **taken(run, "base", "representation"))
    return sweep(Search.of(tree), tmp_path_factory.mktemp("later") / "sweep", device="cpu")


def test_every_trial_has_the_parts_of_the_run_and_no_phase_is_trained_again(swept, run):
    assert [outcome.state for outcome in swept.outcomes] == ["trained"] * 2
    for outcome in swept.outcomes:
        trial = RunFolder(swept.folder.run(outcome.number))
        for part in ("base", "representation"):
            assert equal(weights(run.folder.model, part), weights(trial.model, part))
        rows = json.loads(trial.history.read_text())
        assert {row["phase"] for row in rows} == {"generate"}


def test_a_part_that_is_not_named_begins_anew(run, tree):
    kept = [phase for phase in tree["phases"] if phase["name"] == "generate"]
    parts = ["base", "representation"]
    anew = prepare(Plan.of(tree, [("phases", kept), ("existing_parts", parts)]), run.folder.path)
    all_ = prepare(Plan.of(tree, [("phases", kept)]), run.folder.path)
    fresh = prepare(Plan.of(tree, [("phases", kept)]), None)
    states = [one.system.generator.state_dict() for one in (anew, all_, fresh)]
    assert equal(states[0], states[2])
    assert not equal(states[0], states[1])
    assert equal(anew.system.base.state_dict(), all_.system.base.state_dict())


def test_the_best_recipe_names_what_it_begins_with(swept, tmp_path):
    assert main(["train", str(swept.folder.best), "-o", str(tmp_path / "run")]) == 0
    with swept.folder.table.open(newline="") as file:
        best = next(csv.DictReader(file))["trial"]
    again, trial = (RunFolder(path) for path in (tmp_path / "run", swept.folder.path / best))
    assert equal(weights(again.model, "generator"), weights(trial.model, "generator"))


def test_each_seed_may_begin_with_a_run_of_its_own(run):
    search = Search.of(later(dict(run.plan.tree), existing_model="runs/first-{seed}"))
    plans = [search.plan({RATE: 1e-3}, seed) for seed in (None, 7)]
    assert [plan.existing_model for plan in plans] == [Path("runs/first-0"), Path("runs/first-7")]


def test_a_model_that_is_not_there_is_told_before_anything_is_trained(run):
    search = Search.of(later(dict(run.plan.tree), existing_model="absent-{seed}"))
    words = "^existing_model: must be a finished run or a model, and absent-0 is none$"
    with pytest.raises(RecipeError, match=words):
        search.check()


def test_a_search_says_which_phases_are_played(run):
    search = Search.of(later(dict(run.plan.tree)))
    assert Search.of(search.tree) == search


def test_a_phase_that_has_not_converged_is_not_built_on(run):
    demand = {DEMAND: {"below": 1e-9}}
    tree = dict(run.plan.tree)
    words = (
        r"^phases: represent of .* did not converge: relative must be below 1e-09, and is"
        r" .* at best after 2 epochs; generate would build on that; set existing_model to a"
        r" converged run, or play generate all the same: set"
        r" phases.represent.convergence.otherwise to go_on$"
    )
    with pytest.raises(RecipeError, match=words):
        Search.of(later(tree, **demand, **taken(run))).check()
    forced = {DEMAND: {"below": 1e-9, "otherwise": "go_on"}}
    assert Search.of(later(tree, **forced, **taken(run))).check().phase == "generate"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"keys": {"phases.represent.epochs": [1, 2]}}, "is of a phase that is not played"),
        ({"set": {}}, "^score: must name a probe"),
        ({"phases": ["genrate"]}, "unknown phase 'genrate'; did you mean 'generate'"),
        ({"phases": "generate"}, "^phases: must be a list of names, got 'generate'"),
        ({}, "^phases: must play direct, which trains base, or set existing_model to a run that"),
    ],
)
def test_says_what_cannot_be_played(run, change, words):
    with pytest.raises(RecipeError, match=words):
        Search.of(later(dict(run.plan.tree)) | change).check()


def test_the_search_of_the_benchmark_can_work():
    search = Search.read(Path(__file__).parents[2] / "benchmarks" / "trajectories_sweep.yaml")
    for point in search.points():
        phases = search.plan(point).tree["phases"]
        assert [phase["name"] for phase in phases] == ["draw"]


def test_parts_are_taken_from_somewhere(run, tree, tmp_path):
    with pytest.raises(RecipeError, match="existing_parts: must come with existing_model, got no"):
        prepare(Plan.of(tree, [("existing_parts", ["base"])]), None)
    with pytest.raises(RecipeError, match="existing_parts: unknown part; did you mean 'base'"):
        prepare(Plan.of(tree, [("existing_parts", ["bass"])]), run.folder.path)
    only = [
        ("parts.generator", None),
        ("parts.representation", None),
        ("phases", tree["phases"][:1]),
    ]
    base = train(Plan.of(tree, only), tmp_path / "base", Conduct(device="cpu"))
    with pytest.raises(RunError, match="must hold existing_parts, and has no representation"):
        prepare(Plan.of(tree, [("existing_parts", ["representation"])]), base.folder.path)
