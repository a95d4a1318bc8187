"""A recipe whose second phase must converge: what is said, and how a run goes on."""

from pathlib import Path

import pytest
import torch

from latentloom.cli.main import main
from latentloom.core.errors import RecipeError, RunError
from latentloom.recipes.asked import Asked
from latentloom.recipes.plan import Plan
from latentloom.recipes.text import read, write
from latentloom.recipes.unconverged import check_converged
from latentloom.training.run_folder import RunFolder, read_json, read_tensors

CPU = ["--device", "cpu"]
GO_ON = "phases.represent.convergence.otherwise=go_on"


@pytest.fixture
def recipe(tree, tmp_path):
    """A recipe whose tokens must come back better than they can."""
    tree["phases"][1]["convergence"] = {"below": 0.001}
    path = tmp_path / "strict.yaml"
    path.write_text(write(tree))
    return str(path)


@pytest.fixture
def refused(recipe, tmp_path, capsys):
    """A run that was stopped before its last phase, and what was said."""
    folder = tmp_path / "run"
    assert main(["train", recipe, "-o", str(folder), *CPU]) == 2
    return folder, capsys.readouterr().err.strip().splitlines()


def rows_of(folder):
    told = {"absent": "no history", "damaged": "no history"}
    return read_json(RunFolder(folder).history, lambda rows: rows, **told)


def test_a_run_stops_before_what_would_build_on_nothing(refused):
    folder, lines = refused
    best = min(row["validation/relative"] for row in rows_of(folder) if row["phase"] != "direct")
    resume = f"latentloom train --resume-from {folder} --set"
    far = f"relative must be below 0.001, and is {best:.4g} at best after 6 iterations"
    assert lines[-1] == (
        f"represent: did not converge: {far}; generate would build on that and did not begin;"
        f" all is saved; train it longer with: {resume} phases.1.epochs=4; or begin generate all"
        f" the same with: {resume} phases.1.convergence.otherwise=go_on"
    )
    assert len([line for line in lines if "did not converge" in line]) == 2  # a notice, an error


def test_it_goes_on_as_it_says(refused, capsys):
    folder, _ = refused
    resume = ["train", "--resume-from", str(folder), *CPU]
    assert main(resume) == 2
    assert main([*resume, "--set", "phases.1.epochs=4"]) == 2
    assert "at best after 12 iterations" in capsys.readouterr().err
    assert main([*resume, "--set", "phases.1.convergence.otherwise=go_on"]) == 0
    played = [(row["phase"], row["epoch"]) for row in rows_of(folder)]
    assert played == [
        ("direct", 1),
        *(("represent", epoch) for epoch in (1, 2, 3, 4)),
        ("generate", 1),
    ]
    phases = read(folder / "config.yaml")["phases"]
    assert phases[1]["epochs"] == 4
    assert phases[1]["convergence"]["otherwise"] == "go_on"
    again = Plan.read(folder / "config.yaml")
    assert again.tree["phases"] == phases


def test_a_kill_while_the_settings_change_is_made_good_by_repeating(refused, monkeypatch):
    folder, _ = refused
    module = "latentloom.recipes.prolonging.write_atomically"
    change = ["--set", "phases.1.convergence.otherwise=go_on"]
    resume = ["train", "--resume-from", str(folder), *CPU]

    def fails(path, write):
        raise OSError(5, "killed", str(path))

    with monkeypatch.context() as killed:
        killed.setattr(module, fails)
        assert main([*resume, *change]) == 2
    assert main([*resume, *change]) == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("phases.1.batch_size=3", r"for how long phases last: epochs, .* got phases.1.batch_size"),
        ("random_seed=3", r"--resume-from: must keep its recipe.* got random_seed"),
        ("phases.1.epochs=0", r"phases.1.epochs: must be at least 1, got 0"),
        ("phases.1.iterations=9", r"phases.1: a phase must have either epochs or iterations"),
    ],
)
def test_nothing_else_changes_on_the_way(refused, change, words):
    folder, _ = refused
    with pytest.raises(RecipeError, match=words):
        Asked(resume_from=folder, changes=[change]).plan()


def test_a_phase_that_is_over_stays_as_it_was(refused):
    folder, _ = refused
    asked = Asked(resume_from=folder, changes=["phases.0.epochs=9"], device="cpu")
    with pytest.raises(RecipeError, match=r"phases.0: must stay as it was, for direct is over"):
        asked.train(asked.plan(), [])


def test_what_a_dotted_name_says_of_a_phase_that_is_over_stays_too(recipe, tmp_path):
    tree = read(Path(recipe))
    tree["phases"][0]["probes"] = {"error": {"forward_pass": "predict", "criterion": "squared"}}
    tree["phases"][0]["guard"] = {"probe": "error", "most": 1e9}
    path, folder = tmp_path / "guarded.yaml", tmp_path / "run"
    path.write_text(write(tree))
    assert main(["train", str(path), "-o", str(folder), *CPU]) == 2
    change = ["phases.0.guard.most_often=7"]
    asked = Asked(resume_from=folder, changes=change, device="cpu")
    with pytest.raises(RecipeError, match=r"phases.0: must stay as it was, for direct is over"):
        asked.train(asked.plan(), [])


def test_the_next_phase_alone_wants_weights_that_converged(recipe, refused):
    folder, _ = refused
    alone = Asked(recipe=recipe, phases="3", device="cpu")
    words = r"--phases: represent must converge first, and is left out: relative must be below"
    with pytest.raises(RecipeError, match=words):
        alone.plan()
    model = folder / "represent" / "best_model.pt"
    given = Asked(recipe=recipe, phases="3", existing_model=model, device="cpu")
    words = (
        rf"--phases: represent of {folder} did not converge: relative must be below 0.001, and is"
        r" .* at best after 2 epochs; generate would build on that; give weights of a converged"
        rf" run with --existing-model, or play generate all the same with --set {GO_ON}"
    )
    with pytest.raises(RecipeError, match=words):
        given.plan()


def test_or_is_told_to_do_without(recipe, refused, tmp_path):
    folder, _ = refused
    model = str(folder / "represent" / "best_model.pt")
    alone = ["train", recipe, "--phases", "3", "--existing-model", model, *CPU]
    assert main([*alone, "-o", str(tmp_path / "other"), "--set", GO_ON]) == 0
    names = [phase["name"] for phase in read(tmp_path / "other" / "config.yaml")["phases"]]
    assert names == ["generate"]


def test_weights_that_converged_are_built_upon(recipe, tmp_path):
    easy = ["--set", "phases.1.convergence.below=1000", *CPU]
    first = ["train", recipe, "--phases", "1,2", "-o", str(tmp_path / "first"), *easy]
    assert main(first) == 0
    row = rows_of(tmp_path / "first")[-1]
    assert row["convergence/iteration"] == 3
    second = ["train", recipe, "--phases", "3", "--existing-model", str(tmp_path / "first"), *CPU]
    changed = ["--set", "phases.represent.convergence.below=1000"]
    assert main([*second, "-o", str(tmp_path / "second"), *changed]) == 0
    one, other = (
        read_tensors(RunFolder(tmp_path / name).model, kind="model")["weights"]
        for name in ("first", "second")
    )
    frozen = [name for name in one if name.startswith("representation.encoder")]
    assert all(torch.equal(one[name], other[name]) for name in frozen)


def test_weights_that_another_probe_judged_are_not_known_to_have_converged(refused, recipe):
    folder, _ = refused
    tree = read(Path(recipe))
    tree["phases"][1]["probes"] = {"other": tree["phases"][1]["probes"]["relative"]}
    tree["phases"][1]["select"] = "other"
    phases = Plan.of(tree).tree["phases"]
    words = (
        rf"--phases: represent of {folder} is not known to have converged: other must be below"
        r" 0.001, and its history has no validation/other; generate would build on that"
    )
    with pytest.raises(RecipeError, match=words):
        check_converged(phases, phases[2:], folder)


def test_weights_without_a_history_are_taken_as_they_are(recipe, run, tmp_path):
    given = Asked(recipe=recipe, phases="3", existing_model=run.folder.path)
    with pytest.raises(RecipeError, match=r"represent of .* did not converge"):
        given.plan()
    elsewhere = Asked(recipe=recipe, phases="3", existing_model=tmp_path / "foreign.pt")
    assert elsewhere.plan()


def test_a_finished_run_is_not_prolonged(run):
    asked = Asked(resume_from=run.folder.path, changes=["phases.0.epochs=9"], device="cpu")
    with pytest.raises(RunError, match="is finished; there is nothing to go on with"):
        asked.train(asked.plan(), [])


def test_epochs_at_the_command_line_are_those_of_every_phase(tree, tmp_path):
    del tree["phases"][0]["epochs"]
    tree["phases"][0]["iterations"] = 5
    path = tmp_path / "steps.yaml"
    path.write_text(write(tree))
    phases = Asked(recipe=str(path), settings={"epochs": 7}).plan().tree["phases"]
    assert [phase["epochs"] for phase in phases] == [7, 7, 7]
    assert "iterations" not in phases[0]
    assert "epochs" not in Asked(recipe=str(path)).plan().tree["phases"][0]


@pytest.mark.parametrize(
    ("stratify", "words"),
    [
        (
            {"kind": "condition", "condition": "frequncy"},
            r"phases.0.stratify: cannot play on this data: condition must be one of \[.*"
            r"'log_frequency'.*\] after the transforms, got 'frequncy'",
        ),
        ("lengths", r"phases.0.stratify: cannot play on this data: lengths must differ"),
    ],
)
def test_strata_that_the_data_do_not_have_are_refused_before_the_first_step(
    tree, tmp_path, stratify, words
):
    tree["phases"][0]["stratify"] = stratify
    path = tmp_path / "strata.yaml"
    path.write_text(write(tree))
    asked = Asked(recipe=str(path), output=tmp_path / "run", device="cpu")
    with pytest.raises(RecipeError, match=words):
        asked.train(asked.plan(), [])
    assert not (tmp_path / "run").exists()
