"""The YAML of feature tokenizers is a recipe, and every key in it does what it says."""

import json
import re
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from latentloom.api import train as api_train
from latentloom.core.errors import LatentLoomError, RecipeError
from latentloom.data.formats import read as read_data
from latentloom.data.formats import write
from latentloom.recipes.asked import Asked, one_recipe, planned
from latentloom.recipes.conduct import Conduct, resume, train
from latentloom.recipes.feature_tokenizer.sections import (
    EncoderParams,
    Family,
    FeatureTokenizer,
    Logging,
    Model,
    Training,
)
from latentloom.recipes.feature_tokenizer.translation import is_feature_tokenizer, translated
from latentloom.recipes.models import settings
from latentloom.recipes.plan import Plan
from latentloom.recipes.run import Run
from latentloom.recipes.text import read
from latentloom.training.run_folder import RunFolder, read_tensors

CPU = Conduct(device="cpu")
EXAMPLE = Path(__file__).parent / "feature_tokenizer.yaml"
SMALL = [
    ("training.num_epochs", 2),
    ("training.batch_size", 32),
    ("training.use_torch_compile", False),
    ("training.checkpoint_dir", ""),
    ("logging.eval_interval", 0),
    ("families.summary.encoder_params.hidden_dims", [6]),
    ("families.summary.encoder_params.output_dim", 4),
    ("families.architecture.encoder", "IdentityEncoder"),
    ("families.architecture.encoder_params", {}),
    ("model.group_embedding_dim", 6),
    ("model.group_hidden_dim", 8),
    ("model.levels", [{"latent_dim": 4, "num_tokens": 8}]),
]


def simulated(path, size=100):
    """Families of features that five hidden factors make, in the layout of an HDF5 file."""
    random = np.random.default_rng(5)
    factors = random.normal(size=(size, 5))
    with h5py.File(path, "w") as file:
        for name, count in {"summary": 12, "architecture": 6}.items():
            rows = factors[:, random.integers(0, 5, count)] + 0.3 * random.normal(
                size=(size, count)
            )
            file[f"features/{name}/aggregated/features"] = rows.astype(np.float32)
        series = random.normal(size=(size, 8, 2)).astype(np.float32)
        file["features/temporal/features"] = series


@pytest.fixture(scope="module")
def features(tmp_path_factory):
    path = tmp_path_factory.mktemp("features") / "features.h5"
    simulated(path)
    return path


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


CATEGORIES = {"one": ["summary_0", "summary_1"], "two": ["architecture_2"]}
# A changed value of every key, with what must stand beside it.
CHANGES = {
    "dataset_path": "other.h5",
    "max_samples": 50,
    "families": {"architecture": {}},
    "families.*.encoder": "TemporalCNNEncoder",
    "families.*.encoder_params.hidden_dims": [32],
    "families.*.encoder_params.output_dim": 32,
    "families.*.encoder_params.dropout": 0.3,
    "families.*.encoder_params.activation": "gelu",
    "families.*.encoder_params.batch_norm": False,
    "families.*.encoder_params.num_blocks": 2,
    "families.*.encoder_params.kernel_size": 3,
    "model.group_embedding_dim": 32,
    "model.group_hidden_dim": 64,
    "model.levels": [{"latent_dim": 4, "num_tokens": 8}],
    "model.compression_ratios": [0.5, 1.0, 1.5],
    "model.uniform_codebook_init": True,
    "model.quantization": "residual",
    "model.commitment_cost": 0.35,
    "model.use_ema": False,
    "model.decay": 0.9,
    "model.dropout": 0.3,
    "model.decoder": "per_category",
    "model.orthogonality_weight": 0.2,
    "model.informativeness_weight": 0.2,
    "training.batch_size": 16,
    "training.learning_rate": 0.01,
    "training.num_epochs": 3,
    "training.optimizer": "adamw",
    "training.scheduler": "cosine",
    "training.warmup_epochs": 1,
    "training.category_assignment": "gradient",
    "training.category_mapping": CATEGORIES,
    "training.num_categories_auto": 2,
    "training.orthogonality_target": 0.05,
    "training.min_features_per_category": 5,
    "training.max_clusters": 2,
    "training.isolated_families": ["architecture"],
    "training.normalization_method": "mad",
    "training.variance_threshold": 1.05,
    "training.max_variance": 1e3,
    "training.max_cv": 10.0,
    "training.deduplicate_threshold": 0.9,
    "training.use_intelligent_dedup": False,
    "training.outlier_method": "mad",
    "training.outlier_threshold": 5.0,
    "training.reconstruction_weight": 2.0,
    "training.vq_weight": 3.0,
    "training.orthogonality_weight": 0.2,
    "training.informativeness_weight": 0.2,
    "training.topo_weight": 0.5,
    "training.topo_samples": 9,
    "training.checkpoint_dir": "elsewhere",
    "training.save_every": 1,
    "training.early_stopping_patience": 10,
    "training.early_stopping_min_delta": 0.1,
    "training.dead_code_reset_interval": 50,
    "training.dead_code_threshold": 8.0,
    "training.dead_code_max_reset_fraction": 0.1,
    "training.dead_code_adaptive": True,
    "training.val_every_n_epochs": 1,
    "training.use_torch_compile": False,
    "logging.wandb": True,
    "logging.log_interval": 7,
    "logging.eval_interval": 7,
    "logging.verbose": False,
    "random_seed": 1,
}
CNN = [
    ("families.summary.encoder", "TemporalCNNEncoder"),
    ("families.summary.encoder_params", {}),
]
BESIDE = {
    "families.*.encoder": [("families.summary.encoder_params", {})],
    "families.*.encoder_params.num_blocks": CNN,
    "families.*.encoder_params.kernel_size": CNN,
    "training.category_mapping": [
        ("training.category_assignment", "manual"),
        ("training.category_mapping", {"all": ["summary_3"]}),
    ],
    "model.orthogonality_weight": [("training.orthogonality_weight", None)],
    "model.informativeness_weight": [("training.informativeness_weight", None)],
    "training.orthogonality_weight": [("model.orthogonality_weight", None)],
    "training.informativeness_weight": [("model.informativeness_weight", None)],
}


def changes_of(key):
    return [*BESIDE.get(key, []), (key.replace("*", "summary"), CHANGES[key])]


def every_key():
    sections = {
        "": FeatureTokenizer,
        "families.*.": Family,
        "families.*.encoder_params.": EncoderParams,
        "model.": Model,
        "training.": Training,
        "logging.": Logging,
    }
    own = {f"{place}{name}" for place, root in sections.items() for name in settings(root)}
    return own - {"model", "training", "logging", "families.*.encoder_params"}


def test_every_key_is_looked_at():
    assert CHANGES.keys() == every_key()


@pytest.mark.parametrize("key", CHANGES)
def test_changing_a_key_changes_the_plan(key, tree):
    beside = Plan.of(tree, BESIDE.get(key, []))
    assert Plan.of(tree, changes_of(key)).text != beside.text


# Keys whose effect on a short run is seen at once, with what makes it so.
SEEN = {
    "max_samples": [],
    "model.commitment_cost": [],
    "model.use_ema": [],
    "model.decay": [],
    "model.dropout": [],
    "model.quantization": [("model.levels", [{"latent_dim": 4, "num_tokens": 8}] * 2)],
    "model.decoder": [],
    "training.learning_rate": [],
    "training.num_epochs": [],
    "training.optimizer": [],
    "training.scheduler": [],
    "training.warmup_epochs": [],
    "training.category_mapping": [],
    "training.num_categories_auto": [],
    "training.isolated_families": [],
    "training.normalization_method": [],
    "training.variance_threshold": [],
    "training.outlier_method": [],
    "training.reconstruction_weight": [],
    "training.vq_weight": [],
    "training.orthogonality_weight": [],
    "training.informativeness_weight": [],
    "training.topo_weight": [],
    "training.topo_samples": [],
    "random_seed": [],
}


def weights(tree, folder, changes):
    run = train(Plan.of(tree, changes), folder, CPU)
    return read_tensors(run.folder.model, kind="model")["weights"]


@pytest.mark.parametrize("key", SEEN)
def test_changing_a_key_changes_the_weights(key, tree, small, tmp_path):
    before = read_tensors(small.folder.model, kind="model")["weights"]
    beside = [*SMALL, *SEEN[key]]
    if SEEN[key]:
        before = weights(tree, tmp_path / "before", beside)
    after = weights(tree, tmp_path / "after", [*beside, *changes_of(key)])
    same = before.keys() == after.keys() and all(
        torch.equal(value, after[name]) for name, value in before.items()
    )
    assert not same


def rows_of(tree, folder, changes):
    run = train(Plan.of(tree, [*SMALL, *changes]), folder, CPU)
    return json.loads(run.folder.history.read_text())


def test_patience_is_counted_in_epochs(tree, tmp_path):
    still = [
        ("training.num_epochs", 12),
        ("training.learning_rate", 0.0),
        ("training.val_every_n_epochs", 2),
        ("training.early_stopping_patience", 3),
        ("training.early_stopping_min_delta", 1e3),
    ]
    # judged after 2, 4 and 6 epochs; after 6, four epochs have brought nothing
    assert len(rows_of(tree, tmp_path / "run", still)) == 6


def test_what_is_not_much_better_does_not_count_as_better(tree, tmp_path):
    changes = [
        ("training.num_epochs", 6),
        ("training.learning_rate", 0.01),
        ("training.val_every_n_epochs", 1),
        ("training.early_stopping_patience", 2),
    ]
    patient = [*changes, ("training.early_stopping_min_delta", 0.0)]
    scores = [row["validation/reconstruction"] for row in rows_of(tree, tmp_path / "one", patient)]
    assert min(scores[1:3]) < scores[0]
    strict = [*changes, ("training.early_stopping_min_delta", 10.0)]
    assert len(rows_of(tree, tmp_path / "two", strict)) == 3
    best = read_tensors(RunFolder(tmp_path / "two").model, kind="model")["val_loss"]
    assert best == pytest.approx(min(scores[:3]))  # the best weights are kept all the same


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
        ("training.orthogonality_weight", 0.2, "training.orthogonality_weight must be what"),
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


def test_the_folder_of_the_run_is_the_recipes_unless_the_command_line_says(tree, tmp_path):
    own = [*SMALL, ("training.checkpoint_dir", str(tmp_path / "own"))]
    plan = Plan.of(tree, own)
    assert Asked(device="cpu").train(plan, []).folder.path == tmp_path / "own"
    asked = Asked(output=tmp_path / "other", device="cpu")
    assert asked.train(plan, []).folder.path == tmp_path / "other"


def test_a_recipe_is_named_once():
    assert one_recipe("", "a.yaml") == one_recipe("a.yaml", "") == "a.yaml"
    with pytest.raises(RecipeError, match="--config: must come without RECIPE"):
        one_recipe("a.yaml", "b.yaml")


@pytest.mark.parametrize(("interval", "steps"), [(2, [2, 4, 6, 8]), (3, [3, 6, 9])])
def test_news_come_every_so_many_steps(tree, tmp_path, interval, steps):
    from latentloom.training.observers import Observer

    class Listens(Observer):
        def __init__(self):
            self.heard, self.judged, self.done = [], [], 0

        def phase_begins(self, name, *, epochs, steps, first_step):
            self.steps = steps

        def step_ends(self, step, losses):
            at = self.done + step
            if "total" in losses:
                self.heard.append(at)
            if "validation/reconstruction" in losses:
                self.judged.append(at)

        def epoch_ends(self, row, rows):
            self.done += self.steps

    ears = Listens()
    changes = [*SMALL, ("logging.log_interval", interval), ("logging.eval_interval", 4)]
    conduct = Conduct(device="cpu", observers=[ears])
    changed = train(Plan.of(tree, [*changes, ("training.num_epochs", 3)]), tmp_path / "a", conduct)
    assert ears.steps == 3
    assert ears.heard == steps
    assert ears.judged == [4, 8]
    assert list((changed.folder.logs("tokenize") / "steps").glob("events*"))


def test_looking_does_not_change_the_training(tree, small, tmp_path):
    after = weights(tree, tmp_path / "looked", [*SMALL, ("logging.eval_interval", 1)])
    before = read_tensors(small.folder.model, kind="model")["weights"]
    assert all(torch.equal(value, after[name]) for name, value in before.items())
