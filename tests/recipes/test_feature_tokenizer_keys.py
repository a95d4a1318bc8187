"""Every key of a feature tokenizer's YAML does what it says: changing it changes the run."""

import json
import sys
from importlib.util import find_spec

import numpy as np
import pytest
import torch
from documented import EXAMPLE, SMALL, simulated, stored
from torch import nn

from latentloom.cli.main import main
from latentloom.core.errors import RecipeError
from latentloom.recipes.asked import Asked
from latentloom.recipes.conduct import Conduct, train
from latentloom.recipes.feature_tokenizer.sections import (
    EncoderParams,
    Family,
    FeatureTokenizer,
    Logging,
    Model,
    Training,
)
from latentloom.recipes.models import settings
from latentloom.recipes.plan import Plan
from latentloom.recipes.text import read
from latentloom.training.observers import Observer
from latentloom.training.run_folder import RunFolder, read_tensors

CPU = Conduct(device="cpu")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def tree(place):
    return read(EXAMPLE) | {"dataset_path": str(simulated(place / "features.h5"))}


def weights(tree, folder, changes):
    run = train(Plan.of(tree, [*SMALL, *changes]), folder, CPU)
    return read_tensors(run.folder.model, kind="model")["weights"]


def rows_of(tree, folder, changes):
    run = train(Plan.of(tree, [*SMALL, *changes]), folder, CPU)
    return json.loads(run.folder.history.read_text())


@pytest.fixture(scope="module")
def small(tree, place):
    """The weights of the example, made small."""
    return weights(tree, place / "small", [])


CATEGORIES = {"one": ["summary_0", "summary_1"], "two": ["architecture_2"]}
# A changed value of every key, with what must stand beside it.
CHANGES = {
    "dataset_path": "other.h5",
    "max_samples": 50,
    "families": {"summary": {}},
    "families.*.encoder": "IdentityEncoder",
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
    "training.max_variance": 1.1,
    "training.max_cv": 50.0,
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
CNN = [("families.temporal.encoder", "TemporalCNNEncoder")]
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
    family = "temporal" if BESIDE.get(key) is CNN else "summary"
    return [*BESIDE.get(key, []), (key.replace("*", family), CHANGES[key])]


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


SCALED = [("model.levels", [])]
VARIED = [("training.max_variance", 1.1), ("training.max_cv", 1e-3)]
# Keys that change the weights of a short run, with what else it needs for that.
WEIGHTS = {
    "max_samples": [],
    "families": [],
    "families.*.encoder": [],
    "families.*.encoder_params.hidden_dims": [],
    "families.*.encoder_params.output_dim": [],
    "families.*.encoder_params.dropout": [],
    "families.*.encoder_params.activation": [],
    "families.*.encoder_params.batch_norm": [],
    "families.*.encoder_params.num_blocks": [],
    "families.*.encoder_params.kernel_size": [],
    "model.group_embedding_dim": [],
    "model.group_hidden_dim": [],
    "model.levels": [("model.levels", [{"latent_dim": 4, "num_tokens": 9}])],
    "model.compression_ratios": SCALED,
    "model.uniform_codebook_init": SCALED,
    "model.quantization": [("model.levels", [{"latent_dim": 4, "num_tokens": 8}] * 2)],
    "model.commitment_cost": [],
    "model.use_ema": [],
    "model.decay": [],
    "model.dropout": [],
    "model.decoder": [],
    "model.orthogonality_weight": [],
    "model.informativeness_weight": [],
    "training.batch_size": [],
    "training.learning_rate": [],
    "training.num_epochs": [],
    "training.optimizer": [],
    "training.scheduler": [],
    "training.warmup_epochs": [],
    "training.category_mapping": [],
    "training.num_categories_auto": [],
    "training.orthogonality_target": [],
    "training.min_features_per_category": [],
    "training.max_clusters": [],
    "training.isolated_families": [],
    "training.normalization_method": [],
    "training.variance_threshold": [],
    "training.max_variance": VARIED[1:],
    "training.max_cv": VARIED,
    "training.deduplicate_threshold": [],
    "training.use_intelligent_dedup": [("training.deduplicate_threshold", 0.93)],
    "training.outlier_method": [],
    "training.outlier_threshold": [],
    "training.reconstruction_weight": [],
    "training.vq_weight": [],
    "training.orthogonality_weight": [],
    "training.informativeness_weight": [],
    "training.topo_weight": [],
    "training.topo_samples": [],
    "random_seed": [],
}


def same(one, other):
    return one.keys() == other.keys() and all(
        torch.equal(value, other[name]) for name, value in one.items()
    )


@pytest.mark.parametrize("key", WEIGHTS)
def test_changing_a_key_changes_the_weights(key, tree, small, tmp_path):
    beside = [*BESIDE.get(key, []), *WEIGHTS[key]]
    before = weights(tree, tmp_path / "before", beside) if beside else small
    assert not same(before, weights(tree, tmp_path / "after", [*WEIGHTS[key], *changes_of(key)]))


def test_another_file_gives_another_run(tree, small, place, tmp_path):
    other = simulated(place / "other.h5", seed=6)
    assert not same(small, weights(tree, tmp_path / "run", [("dataset_path", str(other))]))


def test_refined_categories_are_others(tree, tmp_path):
    random = np.random.default_rng(0)
    factors = random.normal(size=(100, 5))
    tangled = {
        name: factors @ random.normal(size=(5, count)) + random.normal(size=(100, count))
        for name, count in {"summary": 12, "architecture": 6}.items()
    }
    beside = [
        ("dataset_path", str(stored(tmp_path / "tangled.h5", tangled))),
        ("training.num_categories_auto", 6),
    ]
    found = [
        train(Plan.of(tree, [*SMALL, *beside, *more]), tmp_path / str(len(more)), CPU)
        for more in ([], changes_of("training.category_assignment"))
    ]
    one, other = (run.pipeline.transforms[1].state()["order"] for run in found)
    assert not torch.equal(one, other)


def test_the_folder_of_the_run_is_the_recipes_unless_the_command_line_says(tree, tmp_path):
    own = [*SMALL, ("training.checkpoint_dir", str(tmp_path / "own"))]
    plan = Plan.of(tree, own)
    assert Asked(device="cpu").train(plan, []).folder.path == tmp_path / "own"
    asked = Asked(output=tmp_path / "other", device="cpu")
    assert asked.train(plan, []).folder.path == tmp_path / "other"


@pytest.mark.parametrize(("every", "epochs"), [(None, []), (1, [1, 2, 3, 4]), (2, [2, 4])])
def test_models_are_kept_every_so_many_epochs(tree, tmp_path, every, epochs):
    changes = [*SMALL, ("training.num_epochs", 4), ("training.save_every", every)]
    folder = train(Plan.of(tree, changes), tmp_path / "run", CPU).folder.path
    kept = {f"checkpoint_epoch_{epoch}.pt" for epoch in epochs}
    assert {path.name for path in folder.glob("checkpoint_epoch_*.pt")} == kept


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


@pytest.mark.parametrize(("every", "epochs"), [(1, [1, 2, 3, 4, 5]), (2, [2, 4, 5]), (9, [5])])
def test_validation_comes_every_so_many_epochs(tree, tmp_path, every, epochs):
    changes = [("training.num_epochs", 5), ("training.val_every_n_epochs", every)]
    rows = rows_of(tree, tmp_path / "run", changes)
    assert [row["epoch"] for row in rows if "validation/reconstruction" in row] == epochs


def replaced(tree, folder, **changes):
    """How many codes are replaced after each of four epochs."""
    often = {"num_epochs": 4, "dead_code_reset_interval": 1, "dead_code_threshold": 100.0}
    often |= {"dead_code_max_reset_fraction": 1.0} | changes
    books = [("model.levels", [{"latent_dim": 4, "num_tokens": 60}])]
    rows = rows_of(tree, folder, [*books, *[(f"training.{n}", v) for n, v in often.items()]])
    return [row.get("codes/replaced", 0) for row in rows]


def test_codes_are_replaced_as_often_and_as_many_as_is_said(tree, tmp_path):
    each = replaced(tree, tmp_path / "each")
    second = replaced(tree, tmp_path / "second", dead_code_reset_interval=2)
    assert min(each[1], each[2]) > 0
    assert second[1] > 0 == second[0] == second[2]
    assert not any(replaced(tree, tmp_path / "never", dead_code_reset_interval=0))
    assert sum(replaced(tree, tmp_path / "low", dead_code_threshold=5.0)) < sum(each)
    few = replaced(tree, tmp_path / "few", dead_code_max_reset_fraction=0.05)
    assert few[1:3] == [15, 15]  # 3 of 60 codes in each of 5 books
    adaptive = replaced(tree, tmp_path / "adaptive", dead_code_adaptive=True)
    assert adaptive[1:3] == [each[1], 0]  # from the second on only each second time


def compiled(monkeypatch):
    """Notes which modules the compiler would be given."""
    asked = []
    monkeypatch.setattr(nn.Module, "compile", lambda module: asked.append(module))
    return asked


@pytest.mark.parametrize("wanted", [True, False])
def test_the_model_is_compiled_if_asked(tree, tmp_path, monkeypatch, wanted):
    asked = compiled(monkeypatch)
    weights(tree, tmp_path / "run", [("training.use_torch_compile", wanted)])
    assert bool(asked) == wanted


WANDB = """
import json, pathlib
def init(*, project, name, dir):
    return Run(pathlib.Path(dir) / "told.json")
class Run:
    def __init__(self, path):
        self.path, self.rows = path, []
    def log(self, row):
        self.rows.append(row)
    def finish(self):
        self.path.write_text(json.dumps(self.rows))
"""


def test_weights_and_biases_is_told_if_asked(tree, tmp_path, monkeypatch):
    plan = Plan.of(tree, [*SMALL, ("logging.wandb", True)])
    if find_spec("wandb") is None:
        with pytest.raises(RecipeError, match=r"logging.wandb: needs the package wandb; install"):
            train(plan, tmp_path / "none", CPU)
    (tmp_path / "wandb.py").write_text(WANDB)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "wandb", raising=False)
    run = train(plan, tmp_path / "run", CPU)
    del sys.modules["wandb"]
    rows = json.loads((run.folder.path / "told.json").read_text())
    assert [row["epoch"] for row in rows] == [1, 2]


class Listens(Observer):
    """Notes after which steps there was news, and after which a look at the validation."""

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


@pytest.mark.parametrize(("interval", "steps"), [(2, [2, 4, 6, 8]), (3, [3, 6, 9])])
def test_news_come_every_so_many_steps(tree, tmp_path, interval, steps):
    ears = Listens()
    changes = [*SMALL, ("logging.log_interval", interval), ("logging.eval_interval", 4)]
    conduct = Conduct(device="cpu", observers=[ears])
    changed = train(Plan.of(tree, [*changes, ("training.num_epochs", 3)]), tmp_path / "a", conduct)
    assert ears.steps == 3
    assert ears.heard == steps
    assert ears.judged == [4, 8]
    assert list((changed.folder.logs("tokenize") / "steps").glob("events*"))


def test_looking_does_not_change_the_training(tree, small, tmp_path):
    assert same(small, weights(tree, tmp_path / "looked", [("logging.eval_interval", 1)]))


@pytest.mark.parametrize("wanted", [True, False])
def test_a_verbose_run_tells_how_every_epoch_went(tree, tmp_path, capsys, wanted):
    config = tmp_path / "tokens.yaml"
    config.write_text(Plan.of(tree, [*SMALL, ("logging.verbose", wanted)]).text)
    assert main(["train", str(config), "-o", str(tmp_path / "run"), "--device", "cpu"]) == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if "tokenize" in line]
    assert len(lines) == 2
    assert all(("learning_rate" in line) == wanted for line in lines)


# Keys that are seen elsewhere than in the weights, with the test that shows what they do.
SHOWN = {
    "dataset_path": test_another_file_gives_another_run,
    "training.category_assignment": test_refined_categories_are_others,
    "training.checkpoint_dir": (
        test_the_folder_of_the_run_is_the_recipes_unless_the_command_line_says
    ),
    "training.save_every": test_models_are_kept_every_so_many_epochs,
    "training.early_stopping_patience": test_patience_is_counted_in_epochs,
    "training.early_stopping_min_delta": test_what_is_not_much_better_does_not_count_as_better,
    "training.dead_code_reset_interval": test_codes_are_replaced_as_often_and_as_many_as_is_said,
    "training.dead_code_threshold": test_codes_are_replaced_as_often_and_as_many_as_is_said,
    "training.dead_code_max_reset_fraction": (
        test_codes_are_replaced_as_often_and_as_many_as_is_said
    ),
    "training.dead_code_adaptive": test_codes_are_replaced_as_often_and_as_many_as_is_said,
    "training.val_every_n_epochs": test_validation_comes_every_so_many_epochs,
    "training.use_torch_compile": test_the_model_is_compiled_if_asked,
    "logging.wandb": test_weights_and_biases_is_told_if_asked,
    "logging.log_interval": test_news_come_every_so_many_steps,
    "logging.eval_interval": test_news_come_every_so_many_steps,
    "logging.verbose": test_a_verbose_run_tells_how_every_epoch_went,
}


def test_what_every_key_does_is_shown():
    assert not WEIGHTS.keys() & SHOWN.keys()
    assert WEIGHTS.keys() | SHOWN.keys() == every_key()
