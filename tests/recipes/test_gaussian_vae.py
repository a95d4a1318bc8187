"""The YAML of Gaussian VAEs is a recipe; what its keys do is in the file beside this one."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from gaussian_sets import TREE, played, simulated

from latentloom.api import diagnose
from latentloom.api import train as api_train
from latentloom.cli.main import main
from latentloom.core.errors import DataError, LatentLoomError, RecipeError
from latentloom.data.formats import read as read_data
from latentloom.recipes.asked import Asked, planned
from latentloom.recipes.conduct import Conduct, train
from latentloom.recipes.foreign import form_of
from latentloom.recipes.gaussian_vae.terms import SETTINGS
from latentloom.recipes.gaussian_vae.translation import is_gaussian_vae, translated
from latentloom.recipes.library import find
from latentloom.recipes.overrides import parse_override
from latentloom.recipes.plan import Plan
from latentloom.recipes.preparation import prepare
from latentloom.recipes.text import read, write
from latentloom.schedules import Linear
from latentloom.training.observers import Observer
from latentloom.training.run_folder import read_tensors

CPU = Conduct(device="cpu")
SEVEN = {
    "conv1d_base": (256, 1.0),
    "conv1d_beta0.5": (256, 0.5),
    "conv1d_512d": (512, 1.0),
    "conv1d_512d_beta0.5": (512, 0.5),
    "conv1d_512d_beta0.1": (512, 0.1),
    "conv1d_512d_beta0": (512, 0.0),
    "resnet_conv1d_512d": (512, 0.0),
}
WEIGHTS = {256: "1 595 416", 512: "1 989 144"}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("sets")


@pytest.fixture(scope="module")
def tree(place):
    return {**TREE, "data": {"dataset_path": str(simulated(place / "sets.h5"))}}


@pytest.fixture(scope="module")
def documented(place):
    """Sets of the documented form: 512 x 8."""
    return str(simulated(place / "documented.h5", gaussians=(512, 512), mode="colour"))


@pytest.mark.parametrize("name", SEVEN)
def test_the_seven_configurations_are_those_of_the_document(name):
    written = read(find(name))
    latent, beta = SEVEN[name]
    is_resnet = name.startswith("resnet")
    assert (written["model"]["latent_dim"], written["training"]["max_beta"]) == (latent, beta)
    shared = {"batch_size": 32, "epochs": 100, "learning_rate": 1e-3, "beta_warmup_epochs": 50}
    assert {key: written["training"][key] for key in shared} == shared
    assert written["training"]["weighted_loss"] == is_resnet
    assert written["model"]["architecture"] == ("resnet_conv1d" if is_resnet else "conv1d")
    if not is_resnet:
        assert written["model"]["encoder_filters"] == [32, 64, 128]
        assert written["model"]["decoder_filters"] == [64, 32, 16]


@pytest.mark.parametrize("name", SEVEN)
def test_the_weights_are_told_at_the_start(name, documented):
    prepared = prepare(Plan.read(name, [("dataset_path", documented)]), None)
    count = "12 241 784" if name.startswith("resnet") else WEIGHTS[SEVEN[name][0]]
    assert prepared.told[0].startswith(f"representation: {count} weights, ")


def test_the_documented_command_works(tree, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(write(tree))
    command = ["train", "--config", "small.yaml", "--output", "experiments/run_004"]
    assert main([*command, "--verbose", "--device", "cpu"]) == 0
    told = capsys.readouterr().err
    assert told.startswith("representation: ")
    assert "validation/kl_mean" in told
    names = {path.name for path in Path("experiments/run_004").iterdir()}
    assert names >= {"config.yaml", "best_model.pt", "logs", "training_history.json"}
    assert main([*command, "--resume", "experiments/run_004", "--device", "cpu"]) == 2
    assert "is finished; there is nothing to go on with" in capsys.readouterr().err
    elsewhere = ["train", "--output", "other", "--resume", "experiments/run_004"]
    assert main(elsewhere) == 2
    assert "must come without -o, unless it is the same run" in capsys.readouterr().err


def test_a_packaged_name_is_a_config(documented, tmp_path, capsys):
    path = ["--set", f"data.dataset_path={documented}"]
    assert main(["train", "--config", "conv1d_512d_beta0.1", *path, "--dry-run"]) == 0
    said = capsys.readouterr()
    assert said.err.startswith("representation: 1 989 144 weights")
    (tmp_path / "told.yaml").write_text(said.out)
    assert read(tmp_path / "told.yaml")["parts"]["representation"]["bottleneck"]["dim"] == 512


def test_keys_may_stand_in_their_group_in_another_or_in_none(tree):
    flat = {"dataset_path": tree["data"]["dataset_path"], **tree["model"], **tree["training"]}
    flat |= tree["callbacks"]
    moved = {"data": {"dataset_path": flat["dataset_path"]}, "model": {**flat}}
    del moved["model"]["dataset_path"]
    assert Plan.of(flat).text == Plan.of(moved).text == Plan.of(tree).text
    changed = Plan.of(tree, [("training.max_beta", 0.3)]).text
    assert Plan.of(tree, [("max_beta", 0.3)]).text == changed
    assert Plan.of(flat, [("model.max_beta", 0.3)]).text == changed != Plan.of(tree).text


@pytest.mark.parametrize("epochs", [3, 10, 100])
@pytest.mark.parametrize("rise", [0, 1, 2, 50, 120])
def test_beta_rises_as_documented(tree, epochs, rise):
    changes = [("epochs", epochs), ("beta_warmup_epochs", rise), ("max_beta", 0.4)]
    term = translated(tree, changes)["phases"][0]["updates"][0]["objective"]["kl"]
    for epoch in range(epochs):
        expected = 0.4 * min((epoch + 1) / max(rise, 1), 1)
        weight = term["weight"]
        if isinstance(weight, dict):
            line = {name: value for name, value in weight.items() if name != "kind"}
            weight = Linear(**line)(epoch / epochs)
        assert weight == pytest.approx(expected)


@pytest.mark.parametrize(("weighted", "expected"), [(False, 1 + 4 + 9 + 16), (True, 22.333333)])
def test_the_loss_is_the_documented_one(documented, weighted, expected):
    """Errors of 1, 2, 3 and 4 by type; xy/2 + scale/2 + rot/1 + feat/3 where it is weighted."""
    changes = [("dataset_path", documented), ("weighted_loss", weighted), ("max_beta", 0.5)]
    plan = Plan.read("conv1d_base", changes)
    _, phases = plan.build(prepare(plan, None).pipeline.apply(read_data(documented)).schema)
    output = torch.tensor([1.0, 1, 2, 2, 3, 4, 4, 4]).expand(5, 512, 8)
    outputs = {"output": output, "target": torch.zeros(5, 512, 8), "kl_mean": torch.ones(5)}
    outputs["mask"] = torch.ones(5, 512, dtype=torch.bool)
    expected = 1 / 2 + 4 / 2 + 9 + 16 / 3 if weighted else expected
    objective = phases[0].updates[0].objective
    assert objective(outputs, 1.0).total == pytest.approx(expected + 0.5)
    for score, beta in {"reconstruction": 0.0, "bound": 0.5}.items():
        scores = phases[0].probes[score].criterion(outputs, 0.0)
        assert torch.allclose(scores, torch.full((5,), expected + beta))


def test_the_parameterisation_is_the_documents(documented):
    """Centres, reciprocal deviations, angle and colours as filed, by Morton code, z-scored."""
    plan = Plan.read("conv1d_base", [("dataset_path", documented)])
    ready = prepare(plan, None)
    dataset = read_data(documented)
    values = ready.pipeline.apply(dataset).series
    train = values[ready.split.train].flatten(0, 1).double()
    assert torch.allclose(train.mean(0), torch.zeros(8, dtype=torch.double), atol=1e-5)
    assert torch.allclose(train.std(0), torch.ones(8, dtype=torch.double), atol=1e-3)
    back = ready.pipeline.invert(ready.pipeline.apply(dataset)).series
    own, filed = (x.flatten(0, 1).sort(0).values for x in (back, dataset.series))
    assert torch.allclose(own, filed, atol=1e-4)
    step = (values[:, 1:, :2] - values[:, :-1, :2]).norm(dim=-1).mean()
    assert step < 0.8 * (values[:, 256:, :2] - values[:, :256, :2]).norm(dim=-1).mean()


@pytest.mark.parametrize(
    ("slots", "architecture", "steps"),
    [(13, "conv1d", 16), (16, "conv1d", 16), (17, "conv1d", 20), (17, "resnet_conv1d", 32)],
)
def test_slots_are_counted_and_padded_until_they_can_be_halved(
    tmp_path, slots, architecture, steps
):
    path = simulated(tmp_path / "sets.npz", gaussians=(slots, slots), records=9)
    named = {"data": {"dataset_path": str(path)}, "model": {"architecture": architecture}}
    plan = Plan.of(named)
    parts = plan.tree["parts"]["representation"]
    assert parts["encoder"]["steps"] == parts["decoder"]["steps"] == steps
    ready = prepare(plan, None)
    batch = ready.pipeline.apply(ready.source.take(slice(0, 2))).batch()
    assert ready.system.reconstruct(batch)[0].shape == (2, slots, 6)


def test_a_folder_of_documented_files_is_data_too(tree, tmp_path):
    for number, values in enumerate(read_data(tree["data"]["dataset_path"]).series):
        quality = {"psnr": np.float32(30), "ssim": np.float32(0.9), "lpips": np.float32(0.1)}
        np.savez(tmp_path / f"{number:03d}.npz", gaussians=values.numpy() + 0.1, **quality)
    changes = [("dataset_path", str(tmp_path)), ("epochs", 1)]
    run = train(Plan.of(tree, changes), tmp_path.with_name("run"), CPU)
    assert {"psnr", "ssim", "lpips"} <= prepare(run.plan, None).source.extras.keys()


def test_data_in_memory_take_the_place_of_the_file(tree, tmp_path):
    data = read_data(tree["data"]["dataset_path"])
    run = api_train(tree, tmp_path / "run", data=data, device="cpu")
    assert run.plan.data.sources == (f"{tmp_path / 'run'}.npz",)


def test_the_settings_of_the_command_line_reach_it(tree):
    told = {"epochs": 7, "batch_size": 5, "learning_rate": 1e-4}
    phase = planned(tree, settings=told, phases=["represent"]).tree["phases"][0]
    assert (phase["epochs"], phase["batch_size"]) == (7, 5)
    assert phase["updates"][0]["learning_rate"] == 1e-4


@pytest.mark.parametrize(("path", "own"), SETTINGS.items())
def test_a_setting_and_its_own_name_change_the_same(tree, path, own):
    value = {"select": "reconstruction", "form": "cholesky"}.get(path.rpartition(".")[2], 9)
    training = {**tree["training"], "beta_warmup_epochs": 1}
    plain = {**tree, "training": training}
    told, known = (Plan.of(plain, [(name, value)]).tree for name in (own, path))
    for place in path.split("."):
        told, known = (node[int(place) if place.isdigit() else place] for node in (told, known))
    assert told == known == value


def test_a_collapsed_run_is_cured_in_its_own_terms(tree, tmp_path):
    wild = {**tree, "training": {"max_beta": 50.0, "beta_warmup_epochs": 1, "epochs": 9}}
    run = train(Plan.of(wild), tmp_path / "run", CPU)
    found = {one.illness: one for one in diagnose(run).findings}["posterior_collapse"]
    assert found.also.startswith("training.max_beta=")
    wanted = [Plan.of(wild, [parse_override(said)]) for said in (found.also, found.cure)]
    also, cure = (plan.tree["phases"][0]["updates"] for plan in wanted)
    assert also == cure != run.plan.tree["phases"][0]["updates"]


def test_settings_of_the_recipe_behind_it_can_be_changed_too(tree):
    changes = [("phases.represent.ema", 0.9), ("data.most", 9), ("logging.progress", "off")]
    plan = Plan.of(tree, changes)
    assert (plan.tree["phases"][0]["ema"], plan.tree["data"]["most"]) == (0.9, 9)
    assert plan.tree["logging"]["progress"] == "off"


def test_forms_are_told_apart(tree):
    assert is_gaussian_vae(tree)
    assert form_of(Plan.of(tree).tree) is None
    tokenizer = form_of({"dataset_path": "x.h5", "model": {"levels": []}, "training": {}})
    assert tokenizer.source == "dataset_path"
    assert not is_gaussian_vae({"data": {"simulate": "splats"}, "parts": {}, "phases": []})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"latent_dimm": 3}, "^latent_dimm: unknown key; did you mean 'latent_dim'"),
        ({"training.epoch": 3}, "^training.epoch: unknown key; did you mean 'epochs'"),
        ({"callbacks.patience": 3}, "^callbacks.patience: unknown key"),
        ({"data.dataset": "x"}, "^data.dataset: unknown key; did you mean 'dataset_path'"),
        ({"modl.latent_dim": 3}, "^modl: unknown key; did you mean 'model'"),
        ({"model": 3}, "^model: must be a mapping, got 3"),
        ({"latent_dim": 0}, "^model.latent_dim: must be at least 1, got 0"),
        ({"max_beta": -0.1}, "max_beta: must be at least 0, got -0.1"),
        ({"training.epochs": "many"}, "epochs: must be a whole number, got 'many'"),
        ({"encoder_filters": []}, "encoder_filters: must name at least one grid, .* got"),
        ({"decoder_filters": [4, 0]}, r"decoder_filters: must name .* positive, got \[4, 0\]"),
        ({"architecture": "lstm"}, "architecture: must be one of 'conv1d' or 'resnet_conv1d'"),
        ({"data.form": "polar"}, "data.form: must be one of 'raw', 'canonical', .*'polar'"),
        ({"dataset_path": ""}, "data.dataset_path: must name a file or folder of sets"),
        ({"reduce_lr_factor": 1.0}, r"reduce_lr_factor: must be in \[0, 1\), got 1.0"),
        ({"min_lr": -1.0}, "min_lr: must be at least 0, got -1.0"),
        ({"monitor": "total"}, "monitor: must be one of 'bound' or 'reconstruction'"),
    ],
)
def test_what_is_wrong_is_said_in_its_own_terms(tree, changes, words):
    with pytest.raises(RecipeError, match=words):
        Plan.of(tree, list(changes.items()))


def test_an_error_lies_where_its_key_was_written(tree):
    with pytest.raises(RecipeError, match=r"^epochs: must be at least 1, got 0"):
        Plan.of({"data": tree["data"], "latent_dim": 4, "epochs": 0})
    twice = {"data": tree["data"], "latent_dim": 4, "model": {"latent_dim": 5}}
    words = "^model.latent_dim: must be what latent_dim is, got 4 there and 5 here; leave one out"
    with pytest.raises(RecipeError, match=words):
        Plan.of(twice)


def test_data_that_are_no_gaussians_are_refused(tmp_path):
    np.savez(tmp_path / "images.npz", images=np.zeros((3, 28, 28)))
    named = {"data": {"dataset_path": str(tmp_path / "images.npz")}, "latent_dim": 4}
    with pytest.raises(DataError, match="has no schema of its own"):
        Plan.of(named)
    named["data"]["dataset_path"] = str(tmp_path)
    with pytest.raises(DataError, match="must have an array 'gaussians'"):
        Plan.of(named)
    assert main(["data", "simulate", "sines", "--records", "9", "-o", f"{tmp_path}/s.h5"]) == 0
    named["data"]["dataset_path"] = f"{tmp_path}/s.h5"
    with pytest.raises(DataError, match=r"must hold sets of Gaussians, .* data fit-gaussians"):
        Plan.of(named)


def test_too_few_sets_are_refused_in_its_own_terms(tmp_path, tree):
    few = simulated(tmp_path / "few.h5", records=2)
    with pytest.raises(RecipeError, match=r"^data.dataset_path: must have validation samples"):
        prepare(Plan.of(tree, [("dataset_path", str(few))]), None)


def test_the_warm_up_does_not_move_the_stop(tree):
    """Weights that stand still score the same whatever beta is on its way to max_beta."""
    still = [("learning_rate", 0.0), ("max_beta", 50.0), ("epochs", 9)]
    still += [("early_stopping_patience", 3), ("phases.0.min_delta", 1e3)]
    found = [played(tree, [*still, ("beta_warmup_epochs", rise)])[0] for rise in (0, 4, 50)]
    assert [len(rows) for rows in found] == [4, 4, 4]
    bounds = [[row["validation/bound"] for row in rows] for rows in found]
    assert bounds[0] == bounds[1] == bounds[2]
    totals = [[row["train/total"] for row in rows] for rows in found]
    assert all(a < b for a, b in pairwise(totals[1]))  # what the original watched
    assert totals[0] != totals[1] != totals[2]


def test_a_rising_total_stops_nothing_while_the_bound_falls(tree):
    changes = [("learning_rate", 3e-4), ("max_beta", 100.0), ("epochs", 8)]
    changes += [("beta_warmup_epochs", 8), ("early_stopping_patience", 3)]
    rows, _ = played(tree, changes)
    assert len(rows) == 8
    bounds = [row["validation/bound"] for row in rows]
    assert all(a > b for a, b in pairwise(bounds))
    totals = [row["train/total"] for row in rows]
    assert min(totals[4:7]) > min(totals[:4])  # it would have ended the run after 7 epochs


def test_the_kept_model_is_the_best_by_the_score(tree, tmp_path):
    run = train(Plan.of(tree, [("epochs", 4)]), tmp_path / "run", CPU)
    rows = json.loads(run.folder.history.read_text())
    model = read_tensors(run.folder.model, kind="model")
    assert model["val_loss"] == min(row["validation/bound"] for row in rows)


class Stops(Observer):
    def epoch_ends(self, row, rows):
        raise KeyboardInterrupt


def test_a_stopped_run_goes_on_by_the_documented_command(tree, tmp_path):
    config = tmp_path / "vae.yaml"
    small = Plan.of(tree, [("reduce_lr_patience", 1), ("phases.0.min_delta", 1e6)])
    config.write_text(small.text)
    whole = train(small, tmp_path / "whole", CPU)
    folder = tmp_path / "stopped"
    with pytest.raises(KeyboardInterrupt):
        train(small, folder, Conduct(device="cpu", observers=[Stops()]))
    asked = Asked(recipe=str(config), output=folder, resume_from=folder, device="cpu")
    run = asked.train(asked.plan(), [])
    ours, theirs = (read_tensors(r.folder.model, kind="model")["weights"] for r in (run, whole))
    assert all(torch.equal(value, theirs[name]) for name, value in ours.items())
    with pytest.raises(LatentLoomError, match="must come without -o, unless"):
        Asked(output=tmp_path / "other", resume_from=folder).plan()


def test_the_weight_that_warms_up_is_in_the_history(tree):
    rows, _ = played(tree, [("epochs", 8)])
    told = [row["schedule/weight/kl"] for row in rows]
    assert told == pytest.approx([min((epoch + 2) / 5, 1.0) for epoch in range(8)])
    assert not any(name.startswith("schedule/weight/xy") for name in rows[0])
