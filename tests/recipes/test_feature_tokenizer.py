"""The YAML of feature tokenizers is a recipe; what its keys do is in the file beside this one."""

import json
import re
from pathlib import Path

import pytest
import torch
from documented import EXAMPLE, SMALL, simulated
from torch import nn

from latentloom.api import train as api_train
from latentloom.cli.main import main
from latentloom.core.errors import LatentLoomError, RecipeError
from latentloom.data.formats import read as read_data
from latentloom.data.formats import write
from latentloom.recipes.asked import Asked, one_recipe, planned
from latentloom.recipes.conduct import Conduct, resume, train
from latentloom.recipes.feature_tokenizer.translation import is_feature_tokenizer, translated
from latentloom.recipes.plan import Plan
from latentloom.recipes.run import Run
from latentloom.recipes.text import read
from latentloom.recipes.text import write as write_text
from latentloom.training.run_folder import read_tensors

CPU = Conduct(device="cpu")
CATEGORIES = {"one": ["summary_0", "summary_1"], "two": ["architecture_2"]}


@pytest.fixture(scope="module")
def features(tmp_path_factory):
    return simulated(tmp_path_factory.mktemp("features") / "features.h5")


@pytest.fixture(scope="module")
def tree(features):
    return read(EXAMPLE) | {"dataset_path": str(features)}


@pytest.fixture(scope="module")
def small(tree, tmp_path_factory):
    """A run of the example, made small."""
    return train(Plan.of(tree, SMALL), tmp_path_factory.mktemp("runs") / "small", CPU)


def test_the_example_plans_as_printed():
    plan = Plan.of(read(EXAMPLE))
    assert Plan.of(plan.tree).text == plan.text
    phase = plan.tree["phases"][0]
    assert (phase["epochs"], phase["batch_size"], phase["compile"]) == (500, 512, "on")
    objective = phase["updates"][0]["objective"]
    assert {name: term["weight"] for name, term in objective.items()} == {
        "reconstruction": 1.0,
        "commitment": 0.25,
        "orthogonality": 0.1,
        "informativeness": 0.1,
        "topography": 0.3,
    }


def test_the_example_trains_and_leaves_what_is_expected(tree, tmp_path):
    changes = {"training.num_epochs": 3, "training.save_every": 2}
    changes |= {"training.use_torch_compile": False, "logging.eval_interval": 1}
    folder = tmp_path / "checkpoints" / "mine"
    run = api_train(tree, folder, changes=changes, device="cpu")
    names = {path.name for path in folder.iterdir()}
    assert names >= {
        "best_model.pt",
        "normalization_stats.npz",
        "training_history.json",
        "config.yaml",
        "checkpoint_epoch_2.pt",
    }
    assert "checkpoint_epoch_3.pt" not in names
    ready = run.pipeline.apply(read_data(tree["dataset_path"], columns=run.plan.data.columns))
    output, latent = run.system.reconstruct(ready.batch())
    assert output.shape == ready.series.shape
    assert latent.codes.shape == (100, 1, len(run.system.representation.levels))


def as_printed(features, folder):
    """The example as a file, which is changed in nothing but where its data lie."""
    config = folder / "tokens.yaml"
    printed = EXAMPLE.read_text()
    assert printed.count("datasets/baseline_10k.h5") == 1
    config.write_text(printed.replace("datasets/baseline_10k.h5", str(features)))
    return ["train", "--config", str(config), "--epochs", "2", "--device", "cpu"]


def test_the_example_runs_as_printed(features, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(nn.Module, "compile", lambda module: None)  # it takes two minutes
    assert main(as_printed(features, tmp_path)) == 0
    assert len(json.loads(Path("checkpoints/vqvae/training_history.json").read_text())) == 2


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # of the compiler
def test_the_example_runs_as_printed_and_compiled(features, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(as_printed(features, tmp_path)) == 0


def test_the_documented_commands_work(tree, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("tokens.yaml").write_text(write_text(tree))
    config = ["train", "--config", "tokens.yaml"]
    told = ["--epochs", "200", "--batch-size", "128", "--learning-rate", "0.0005"]
    assert main([*config, *told, "--dry-run", "--verbose"]) == 0
    said = capsys.readouterr()
    Path("told.yaml").write_text(said.out)
    phase = read(Path("told.yaml"))["phases"][0]
    assert (phase["epochs"], phase["batch_size"]) == (200, 128)
    assert phase["updates"][0]["learning_rate"] == 0.0005
    assert said.err.startswith("categories of features: ")
    assert not Path("checkpoints").exists()
    small = [word for path, value in SMALL[:3] for word in ("--set", f"{path}={value}")]
    assert main([*config, *small, "--verbose", "--device", "cpu"]) == 0
    assert main([*config, *small, "--resume-from", "checkpoints/vqvae/best_model.pt"]) == 2
    assert "is finished; there is nothing to go on with" in capsys.readouterr().err


def test_the_model_says_beside_its_weights_what_it_was_made_of(small):
    model = torch.load(small.folder.model, weights_only=True)
    assert model["model_state_dict"].keys() == model["weights"].keys()
    indices = [index for own in model["group_indices"].values() for index in own]
    assert indices == list(range(len(model["feature_names"])))
    assert model["config"] == small.plan.tree
    rows = json.loads(small.folder.history.read_text())
    assert model["val_loss"] == min(row["validation/reconstruction"] for row in rows[1:])
    assert model["metrics"]["validation/reconstruction"] == model["val_loss"]
    assert [row["epoch"] for row in model["history"]] == [1, 2]
    assert any(name.startswith("2.Standard") for name in model["normalization_stats"])


def test_a_kept_model_can_be_started_from(tree, tmp_path):
    keeping = [*SMALL, ("training.save_every", 1)]
    run = train(Plan.of(tree, keeping), tmp_path / "one", CPU)
    kept = read_tensors(run.folder.kept(1), kind="model")
    assert kept["optimizer_state_dict"][0]["state"]
    start = Conduct(device="cpu", existing_model=run.folder.kept(1))
    still = [*SMALL, ("training.num_epochs", 1), ("training.learning_rate", 0.0)]
    again = train(Plan.of(tree, still), tmp_path / "two", start)
    after = read_tensors(again.folder.model, kind="model")["weights"]
    name = next(name for name in after if name.endswith("weight"))
    assert torch.equal(after[name], kept["weights"][name])


def test_samples_are_drawn_from_all_and_keep_their_rows(tree):
    from latentloom.recipes.sourcing import open_source, split_source

    plan = Plan.of(tree, [("max_samples", 20)])
    source = open_source(plan.data, plan.random_seed)
    split = split_source(plan.data, source, plan.random_seed)
    rows = torch.cat([split.train, split.validation, split.test])
    assert len(rows) == 20
    assert rows.max() > 50


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("training.num_epoch", 3, "training.num_epoch: unknown key; did you mean 'num_epochs'"),
        ("training.num_epochs", 0, "training.num_epochs: must be at least 1, got 0"),
        ("training.batch_size", "many", "training.batch_size: must be a whole number"),
        ("training.optimizer", "sgd", "training.optimizer: must be one of 'adam' or 'adamw'"),
        ("training.warmup_epochs", 500, "training.warmup_epochs: must be below num_epochs 500"),
        ("training.dead_code_threshold", 101.0, "dead_code_threshold: must be a percentile"),
        ("training.orthogonality_target", 0.0, "orthogonality_target: must be positive, got 0.0"),
        ("training.category_assignment", "manual", "category_mapping: must give the features"),
        ("training.orthogonality_weight", 0.2, "training.orthogonality_weight: must be what"),
        ("training.category_mapping", CATEGORIES, "category_mapping: must give the features"),
        ("model.decay", 1.0, r"model.decay: must be in \[0, 1\), got 1.0"),
        ("modl", {}, "modl: unknown key; did you mean 'model'"),
        ("logging.eval_interval", -1, "logging.eval_interval: must be at least 0, got -1"),
        ("families", {}, "families: must name at least one family"),
        ("families.summary.encoder", "MLPEncodr", "families.summary.encoder: must be one of"),
        (
            "families.summary.encoder_params.kernel_size",
            3,
            "families.summary.encoder_params: must be of .* for MLPEncoder, got 'kernel_size'",
        ),
        ("max_samples", 0, "max_samples: must be at least 1, got 0"),
    ],
)
def test_what_is_wrong_is_said_in_its_own_terms(path, value, words, tree):
    with pytest.raises(RecipeError, match=words):
        Plan.of(tree, [(path, value)])


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (
            "data.transforms.1.grouping.count",
            7,
            "^data.transforms.1.grouping.count: must be at most 6, .* or lower least_features$",
        ),
        (
            "parts.representation.bottleneck.levels",
            [{"dim": 3, "size": 81}],
            "^parts.representation.bottleneck.levels: must have at most as many codes as the 80",
        ),
        ("data.most", 5, "^data.most: must have validation samples to judge on"),
    ],
)
def test_the_recipe_behind_it_is_refused_in_its_own_terms_too(tree, tmp_path, path, value, words):
    recipe = Plan.of(tree, SMALL).tree
    with pytest.raises(RecipeError, match=words):
        train(Plan.of(recipe, [(path, value)]), tmp_path / "run", CPU)


def test_a_family_that_the_file_lacks_is_named(tree, tmp_path):
    wrong = tree | {"families": {"sumary": {}}}
    with pytest.raises(LatentLoomError, match=r"no family 'sumary'.*did you mean 'summary'"):
        train(Plan.of(wrong), tmp_path / "run", CPU)


def test_a_file_that_knows_its_families_is_read_by_some_of_them(tree, tmp_path):
    write(read_data(tree["dataset_path"]), tmp_path / "own.h5")
    own = [*SMALL, ("dataset_path", str(tmp_path / "own.h5"))]
    run = train(Plan.of(tree, own), tmp_path / "run", CPU)
    assert {*run.schema.families} == {"summary", "architecture"}
    with pytest.raises(LatentLoomError, match="no family 'sumary'"):
        train(Plan.of(tree | {"families": {"sumary": {}}}, own[-1:]), tmp_path / "two", CPU)


def test_data_in_memory_take_the_place_of_the_file(tree, tmp_path):
    data = read_data(tree["dataset_path"])
    run = api_train(tree, tmp_path / "run", data=data, changes=dict(SMALL), device="cpu")
    assert run.plan.data.sources == (f"{tmp_path / 'run'}.npz",)


def test_a_mapping_may_be_a_file(tree, tmp_path):
    path = tmp_path / "categories.json"
    path.write_text(json.dumps(CATEGORIES))
    manual = [("training.category_assignment", "manual")]
    inline = Plan.of(tree, [*manual, ("training.category_mapping", CATEGORIES)])
    assert Plan.of(tree, [*manual, ("training.category_mapping", str(path))]).text == inline.text
    path.write_text('{"one": [0, 1]}')
    with pytest.raises(RecipeError, match="must be a list of feature names for each category"):
        Plan.of(tree, [*manual, ("training.category_mapping", str(path))])
    with pytest.raises(RecipeError, match="must name a JSON file of categories"):
        Plan.of(tree, [*manual, ("training.category_mapping", "absent.json")])


def test_settings_of_the_recipe_behind_it_can_be_changed_too(tree):
    changes = [("training.num_epochs", 4), ("phases.tokenize.precision", "auto")]
    phase = Plan.of(tree, changes).tree["phases"][0]
    assert (phase["epochs"], phase["precision"]) == (4, "auto")


def test_the_settings_of_the_command_line_reach_it(tree):
    told = {"epochs": 7, "batch_size": 5, "learning_rate": 1e-4}
    phase = planned(tree, settings=told, phases=["tokenize"]).tree["phases"][0]
    assert (phase["epochs"], phase["batch_size"]) == (7, 5)
    assert phase["updates"][0]["learning_rate"] == 1e-4


def test_a_warm_up_ends_at_the_learning_rate():
    warm = {"num_epochs": 10, "warmup_epochs": 2, "scheduler": "cosine", "learning_rate": 0.5}
    tree = {"dataset_path": "x.h5", "families": {"a": {}}, "training": warm}
    rate = translated(tree)["phases"][0]["updates"][0]["learning_rate"]
    assert rate == {
        "kind": "joined",
        "parts": [
            {"kind": "linear", "start": 0.0, "end": 0.5},
            {"kind": "cosine", "start": 0.5, "end": 0.0},
        ],
        "cuts": [0.2],
    }


def test_a_recipe_is_not_taken_for_one(tree):
    assert is_feature_tokenizer(tree)
    assert not is_feature_tokenizer(Plan.of(tree).tree)


def test_a_run_goes_on_from_its_folder_or_a_model_in_it(tree, small, tmp_path, monkeypatch):
    from latentloom.training.observers import Observer

    class Stops(Observer):
        def epoch_ends(self, row, rows):
            raise KeyboardInterrupt

    config = tmp_path / "tokens.yaml"
    config.write_text(Plan.of(tree, SMALL).text)
    folder = tmp_path / "checkpoints" / "stopped"
    with pytest.raises(KeyboardInterrupt):
        train(Plan.of(tree, SMALL), folder, Conduct(device="cpu", observers=[Stops()]))
    asked = Asked(recipe=str(config), resume_from=folder / "best_model.pt", device="cpu")
    run = asked.train(asked.plan(), [])
    assert run.folder.path == folder
    ours = read_tensors(run.folder.model, kind="model")["weights"]
    theirs = read_tensors(small.folder.model, kind="model")["weights"]
    assert all(torch.equal(value, theirs[name]) for name, value in ours.items())
    words = re.escape(f"--existing-model {folder} -o")
    with pytest.raises(LatentLoomError, match=f"is finished; .*{words}"):
        resume(folder / "best_model.pt", CPU)
    assert Run.open(folder / "best_model.pt", device="cpu").folder.path == folder


def test_a_run_of_another_recipe_does_not_go_on(tree, small, tmp_path):
    config = tmp_path / "tokens.yaml"
    config.write_text(Plan.of(tree, [*SMALL, ("training.num_epochs", 9)]).text)
    with pytest.raises(RecipeError, match="--resume-from: must be a run of this recipe"):
        Asked(recipe=str(config), resume_from=small.folder.path).plan()
    with pytest.raises(RecipeError, match="--resume-from: must come without -o"):
        Asked(resume_from=small.folder.path, output=tmp_path).plan()


def test_a_recipe_is_named_once():
    assert one_recipe("", "a.yaml") == one_recipe("a.yaml", "") == "a.yaml"
    with pytest.raises(RecipeError, match="--config: must come without RECIPE"):
        one_recipe("a.yaml", "b.yaml")
