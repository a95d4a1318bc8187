"""Runs as they begin, stop, go on and are built upon."""

import errno
import json
import shutil
import signal
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from latentloom.core.errors import RecipeError, RunError
from latentloom.recipes.adoption import adopt
from latentloom.recipes.asked import Asked, StoppedError
from latentloom.recipes.conduct import Conduct, resume, train
from latentloom.recipes.plan import Plan
from latentloom.recipes.preparation import prepare
from latentloom.recipes.simulators import sketch
from latentloom.training.observers import Observer

CPU = Conduct(device="cpu")


class StopAfter(Observer):
    """Asks the run to stop when some epochs are over."""

    def __init__(self, epochs):
        self.epochs = epochs

    def epoch_ends(self, row, rows):
        if len(rows) == self.epochs:
            signal.raise_signal(signal.SIGINT)


def equal(one, other):
    pairs = zip(one.system.state_dict().values(), other.system.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_the_config_repeats_the_run(run, tmp_path):
    again = train(Plan.read(run.folder.config), tmp_path / "again", CPU)
    assert equal(run, again)


@pytest.mark.parametrize("epochs", [1, 2, 3])
def test_a_stopped_run_goes_on_to_the_same_weights(run, tmp_path, epochs):
    assert threading.current_thread() is threading.main_thread()
    folder = tmp_path / "stopped"
    asked = Asked(recipe=str(run.folder.config), output=folder, device="cpu")
    with pytest.raises(StoppedError, match=f"go on with: latentloom train --resume-from {folder}"):
        asked.train(asked.plan(), [StopAfter(epochs)])
    assert equal(run, resume(folder, CPU))


def test_a_finished_run_is_not_resumed(run):
    with pytest.raises(RunError, match="is finished; there is nothing to go on with; to train"):
        resume(run.folder.path, CPU)


def test_an_output_folder_that_exists_is_left_alone(tree, tmp_path):
    (tmp_path / "note").write_text("mine")
    with pytest.raises(RunError, match="must be new or empty"):
        train(Plan.of(tree), tmp_path, CPU)
    assert [path.name for path in tmp_path.iterdir()] == ["note"]


def test_data_that_fails_leaves_no_folder(tree, tmp_path):
    plan = Plan.of(tree, [("data.split", {"kind": "groups"})])
    with pytest.raises(RecipeError, match=r"data.split: the data must have groups, got none"):
        train(plan, tmp_path / "run", CPU)
    assert not (tmp_path / "run").exists()


def test_a_full_disk_before_the_first_step_leaves_no_folder(tree, tmp_path, monkeypatch):
    def full(path, value):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr("latentloom.recipes.conduct.write_json", full)
    asked = Asked(output=tmp_path / "run", device="cpu")
    with pytest.raises(OSError, match="No space left"):
        asked.train(Plan.of(tree), [])
    assert not (tmp_path / "run").exists()


def test_a_stop_before_the_first_step_promises_nothing(tree, tmp_path, monkeypatch):
    def stop(path, value):
        raise KeyboardInterrupt

    monkeypatch.setattr("latentloom.recipes.conduct.write_json", stop)
    with pytest.raises(KeyboardInterrupt):
        Asked(output=tmp_path / "run", device="cpu").train(Plan.of(tree), [])
    assert not (tmp_path / "run").exists()


def test_a_run_killed_before_its_first_step_is_not_resumed(run, tmp_path):
    shutil.copy(run.folder.config, tmp_path)
    with pytest.raises(RunError, match="stopped before its first step; remove it, and train"):
        resume(tmp_path, CPU)


def test_probes_need_validation_samples(tree, tmp_path):
    plan = Plan.of(tree, [("data.split.validation", 0.0)])
    with pytest.raises(RecipeError, match=r"phases.1.probes: must have validation samples"):
        train(plan, tmp_path / "run", CPU)


def test_phases_build_upon_another_run(run, tree, tmp_path):
    kept = [phase for phase in tree["phases"] if phase["name"] == "generate"]
    plan = Plan.of(tree, [("phases", kept)])
    built = train(plan, tmp_path / "run", Conduct(device="cpu", existing_model=run.folder.path))
    assert torch.equal(
        built.system.representation.encoder.downs[0].state_dict().popitem()[1],
        run.system.representation.encoder.downs[0].state_dict().popitem()[1],
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            ("random_seed", 5),
            r"knows other units: .* \(random_seed is 0 there and 5 here\)",
        ),
        (
            ("data.split.validation", 0.3),
            r"would be judged by samples that it was trained on there: the split is another;",
        ),
        (("data.transforms.0.interval", 4e-6), r"knows other units: data.transforms learned"),
    ],
)
def test_parts_that_stay_frozen_need_the_split_and_units_that_they_know(
    run, tree, tmp_path, change, words
):
    model = Conduct(device="cpu", existing_model=run.folder.path)
    kept = [phase for phase in tree["phases"] if phase["name"] == "generate"]
    told = rf"base stays frozen, and {words}.*take data and random_seed as there, or train base"
    with pytest.raises(RunError, match=told):
        train(Plan.of(tree, [("phases", kept), change]), tmp_path / "run", model)
    assert not (tmp_path / "run").exists()
    assert prepare(Plan.of(tree, [change]), run.folder.path)  # all parts are trained


def test_a_model_without_its_run_may_be_built_upon_anyhow(run, tree, tmp_path):
    model = shutil.copy(run.folder.model, tmp_path / "alone.pt")
    kept = [phase for phase in tree["phases"] if phase["name"] == "generate"]
    assert prepare(Plan.of(tree, [("phases", kept), ("random_seed", 5)]), Path(model))


def test_units_of_an_earlier_version_are_the_same_units(run, tree, tmp_path):
    earlier = tmp_path / "earlier"
    shutil.copytree(run.folder.path, earlier)
    with np.load(run.folder.statistics) as learned:
        arrays = {name: learned[name] for name in learned.files}
    for name, array in arrays.items():
        if name.endswith("schema"):
            written = json.loads(str(array))
            del written["start"]  # which earlier versions did not write
            arrays[name] = np.array(json.dumps(written))
    np.savez(earlier / run.folder.statistics.name, **arrays)
    kept = [phase for phase in tree["phases"] if phase["name"] == "generate"]
    assert prepare(Plan.of(tree, [("phases", kept)]), earlier)


def built(tree):
    plan = Plan.of(tree)
    pipeline = plan.pipeline()
    ready = sketch(plan.data.simulate)
    pipeline.fit(ready)
    return plan.build(pipeline.apply(ready).schema)[0]


def test_a_part_of_another_size_is_not_adopted(run, tree):
    tree["parts"]["representation"]["bottleneck"]["levels"] = [16]
    with pytest.raises(RunError, match=r"does not fit parts.representation of this recipe"):
        adopt(built(tree), run.folder.path)


def test_a_model_that_is_not_there_is_not_adopted(tree, tmp_path):
    with pytest.raises(RunError, match="no such file exists"):
        adopt(built(tree), tmp_path / "absent.pt")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Asked(), "RECIPE: must be a recipe file or a packaged recipe, got none"),
        (Asked(recipe="absent.yaml"), "absent.yaml: must be a recipe file or a packaged recipe"),
        (Asked(recipe="CONFIG", phases="direkt"), "unknown phase 'direkt'; did you mean 'direct'"),
        (Asked(recipe="CONFIG", settings={"epochs": 0}), "phases.0.epochs: must be at least 1"),
        (Asked(recipe="CONFIG", changes=["a.b"]), "an override must be PATH=VALUE"),
    ],
)
def test_says_what_cannot_be_asked(run, asked, words):
    from dataclasses import replace

    recipe = asked.recipe.replace("CONFIG", str(run.folder.config))
    with pytest.raises(RecipeError, match=words):
        replace(asked, recipe=recipe).plan()


def test_a_resumed_run_keeps_its_settings(run):
    asked = Asked(resume_from=run.folder.path, settings={"epochs": 3})
    with pytest.raises(RecipeError, match="--resume-from: must stand alone"):
        asked.plan()


def test_settings_reach_every_phase_and_changes_win(run):
    asked = Asked(
        recipe=str(run.folder.config),
        settings={"epochs": 7, "batch_size": 5, "learning_rate": 1e-4},
        changes=["phases.1.epochs=9"],
        phases="direct,represent",
    )
    phases = asked.plan().tree["phases"]
    assert [phase["epochs"] for phase in phases] == [7, 9]
    assert [phase["batch_size"] for phase in phases] == [5, 5]
    assert [phase["updates"][0]["learning_rate"] for phase in phases] == [1e-4, 1e-4]


def test_a_full_disk_says_how_to_go_on(run, tmp_path):
    class Fails(Observer):
        def epoch_ends(self, row, rows):
            raise OSError(errno.ENOSPC, "No space left on device")

    folder = tmp_path / "run"
    asked = Asked(recipe=str(run.folder.config), output=folder, device="cpu")
    with pytest.raises(RunError, match=r"no space is left on its disk; free some, then go on"):
        asked.train(asked.plan(), [Fails()])
    assert equal(run, resume(folder, CPU))


def test_a_service_that_is_not_installed_is_named_before_anything_is_written(
    tree, tmp_path, monkeypatch
):
    monkeypatch.setattr("latentloom.recipes.conduct.find_spec", lambda name: None)
    plan = Plan.of(tree, [("logging.services", ["mlflow"])])
    with pytest.raises(RecipeError, match=r"logging.services.0: needs the package mlflow"):
        train(plan, tmp_path / "run", CPU)
    assert not (tmp_path / "run").exists()


def test_only_the_train_split_is_learned_from(run, tree, tmp_path):
    statistics = np.load(run.folder.statistics)
    other = train(
        Plan.of(tree, [("data.split.train", 0.5), ("random_seed", 0)]), tmp_path / "run", CPU
    )
    changed = np.load(other.folder.statistics)
    assert any(
        not np.array_equal(statistics[name], changed[name])
        for name in statistics.files
        if statistics[name].dtype.kind == "f"
    )


def test_what_cannot_play_on_the_data_is_refused_before_anything_is_trained(tmp_path):
    changes = [
        ("parts.representation.encoder.strides", [3, 2]),
        ("parts.representation.decoder.strides", [2, 3]),
    ]
    plan = Plan.read("voltage_demo", changes)
    words = r"phases.1.updates.0.forward_pass: cannot play on this data: steps .* multiple of 3"
    with pytest.raises(RecipeError, match=words):
        train(plan, tmp_path / "run", CPU)
    assert not (tmp_path / "run").exists()
