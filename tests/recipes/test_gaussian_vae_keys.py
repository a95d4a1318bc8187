"""Every key of a Gaussian VAE's YAML does what it says: changing it changes the run."""

import re
from pathlib import Path

import pytest
import torch
from gaussian_sets import TREE, played, simulated

from latentloom.recipes.conduct import Conduct, train
from latentloom.recipes.gaussian_vae.keys import GROUPS, HOME, SEED
from latentloom.recipes.plan import Plan
from latentloom.training import precision

PAGE = Path(__file__).parents[2] / "docs" / "gaussian_vae.md"
# A changed value of every key.
CHANGES = {
    "data.dataset_path": "other.h5",
    "data.form": "canonical",
    "data.sizes": "log",
    "data.slot_order": "hilbert",
    "data.normalization": "type",
    "model.architecture": "resnet_conv1d",
    "model.latent_dim": 5,
    "model.encoder_filters": [4],
    "model.decoder_filters": [6, 5],
    "training.epochs": 1,
    "training.batch_size": 16,
    "training.learning_rate": 0.01,
    "training.max_beta": 0.5,
    "training.beta_warmup_epochs": 2,
    "training.weighted_loss": True,
    "training.mixed_precision": True,
    "callbacks.monitor": "reconstruction",
    "callbacks.early_stopping_patience": 3,
    "callbacks.reduce_lr_factor": 0.1,
    "callbacks.reduce_lr_patience": 2,
    "callbacks.min_lr": 1e-4,
    "callbacks.checkpoint_every": 1,
    "random_seed": 1,
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("sets")


@pytest.fixture(scope="module")
def tree(place):
    return {**TREE, "data": {"dataset_path": str(simulated(place / "sets.h5"))}}


def test_every_key_is_looked_at():
    assert CHANGES.keys() == {f"{group}.{key}" for key, group in HOME.items()} | {SEED}


def test_every_key_is_documented():
    section = PAGE.read_text(encoding="utf-8").split("\n## The keys\n")[1].split("\n## ")[0]
    cells = re.findall(r"^\| ([^|]+) \|", section, re.MULTILINE)
    assert {name for cell in cells for name in re.findall(r"`(\w+)`", cell)} == {
        *HOME,
        *GROUPS,
        SEED,
    }


@pytest.mark.parametrize("key", CHANGES)
def test_changing_a_key_changes_the_plan(key, tree):
    assert Plan.of(tree, [(key, CHANGES[key])]).text != Plan.of(tree).text


WEIGHTS = [
    key
    for key in CHANGES
    if key.startswith(("data.", "model.", "training.", "random"))
    and key not in ("data.dataset_path", "training.mixed_precision")
]


def same(one, other):
    return one.keys() == other.keys() and all(
        value.shape == other[name].shape and torch.equal(value, other[name])
        for name, value in one.items()
    )


@pytest.fixture(scope="module")
def usual(tree):
    """The weights that the keys lead to as they are."""
    weights = played(tree)[1]
    assert same(weights, played(tree)[1])
    return weights


@pytest.mark.parametrize("key", WEIGHTS)
def test_changing_a_key_changes_the_weights(key, tree, usual):
    assert not same(usual, played(tree, [(key, CHANGES[key])])[1])


def test_another_file_gives_another_run(tree, usual, place):
    other = simulated(place / "other.h5", seed=6)
    assert not same(usual, played(tree, [("dataset_path", str(other))])[1])


def test_mixed_precision_rounds_where_the_hardware_does(tree, usual, monkeypatch):
    for computes in (False, True):
        monkeypatch.setattr(precision, "_computes_in_bfloat16", lambda device, yes=computes: yes)
        rows, weights = played(tree, [("mixed_precision", True)])
        assert same(usual, weights) != computes
    assert all(value.dtype != torch.bfloat16 for value in weights.values())
    assert all(torch.tensor(row["validation/kl"]).isfinite() for row in rows)


def test_the_best_model_is_the_best_by_what_is_monitored(tree):
    """Late in a warm-up to a great beta the bound still falls, and the errors rise."""
    changes = [("epochs", 8), ("learning_rate", 0.01), ("max_beta", 10.0)]
    rows, bound = played(tree, [*changes, ("beta_warmup_epochs", 8)])
    best = [
        min(range(8), key=lambda epoch: rows[epoch][f"validation/{score}"])
        for score in ("bound", "reconstruction")
    ]
    assert best[0] != best[1]
    monitored = ("monitor", "reconstruction")
    other = played(tree, [*changes, ("beta_warmup_epochs", 8), monitored])[1]
    assert not same(bound, other)


NOTHING_IS_BETTER = ("phases.0.min_delta", 1e6)


@pytest.mark.parametrize(("patience", "epochs"), [(1, 2), (3, 4), (0, 6)])
def test_training_stops_after_so_many_epochs(tree, patience, epochs):
    changes = [NOTHING_IS_BETTER, ("epochs", 6), ("early_stopping_patience", patience)]
    assert len(played(tree, changes)[0]) == epochs


def rates(tree, **keys):
    changes = [NOTHING_IS_BETTER, ("epochs", 6), *keys.items()]
    return [row["schedule/learning_rate"] for row in played(tree, changes)[0]]


def test_the_learning_rate_falls_on_a_plateau(tree):
    quarter = rates(tree, reduce_lr_patience=2, reduce_lr_factor=0.25)
    assert quarter == [1e-3] * 3 + [1e-3 / 4] * 2 + [1e-3 / 16]
    assert rates(tree, reduce_lr_patience=4) == [1e-3] * 5 + [1e-3 / 2]
    assert rates(tree, reduce_lr_patience=0) == [1e-3] * 6
    floor = rates(tree, reduce_lr_patience=1, reduce_lr_factor=0.1, min_lr=4e-4)
    assert floor == [1e-3] * 2 + [4e-4] * 4


@pytest.mark.parametrize(("every", "epochs"), [(0, []), (1, [1, 2]), (2, [2])])
def test_models_are_kept_every_so_many_epochs(tree, tmp_path, every, epochs):
    plan = Plan.of(tree, [("checkpoint_every", every)])
    folder = train(plan, tmp_path / "run", Conduct(device="cpu")).folder.path
    kept = {f"checkpoint_epoch_{epoch}.pt" for epoch in epochs}
    assert {path.name for path in folder.glob("checkpoint_epoch_*.pt")} == kept


# Keys that are seen elsewhere than in the weights, with the test that shows what they do.
SHOWN = {
    "data.dataset_path": test_another_file_gives_another_run,
    "training.mixed_precision": test_mixed_precision_rounds_where_the_hardware_does,
    "callbacks.monitor": test_the_best_model_is_the_best_by_what_is_monitored,
    "callbacks.early_stopping_patience": test_training_stops_after_so_many_epochs,
    "callbacks.reduce_lr_factor": test_the_learning_rate_falls_on_a_plateau,
    "callbacks.reduce_lr_patience": test_the_learning_rate_falls_on_a_plateau,
    "callbacks.min_lr": test_the_learning_rate_falls_on_a_plateau,
    "callbacks.checkpoint_every": test_models_are_kept_every_so_many_epochs,
}


def test_what_every_key_does_is_shown():
    assert {*WEIGHTS} | SHOWN.keys() == CHANGES.keys()
