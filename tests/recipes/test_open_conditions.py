"""What a run makes where conditions are left open, and as long as its latents tell."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

import latentloom
from latentloom.cli.main import main
from latentloom.core.errors import DataError, RecipeError, RunError
from latentloom.core.system import System
from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.formats import read
from latentloom.data.simulate.pointing import Pointing, simulate
from latentloom.recipes import conditions, text
from latentloom.recipes.conditions import completed, keep_conditions
from latentloom.recipes.drawing import drawn_like
from latentloom.recipes.library import find
from latentloom.recipes.plan import Plan
from latentloom.recipes.run import Run

OWN_TIME = {"kind": "own_time", "points": 6, "width": 6, "layers": 1}
SMALL = {
    "data.simulate.records": 40,
    "data.simulate.distance": [50.0, 200.0],
    "parts.representation.bottleneck.dim": 6,
    "parts.representation.bottleneck.pool": OWN_TIME,
    "parts.representation.bottleneck.expand": OWN_TIME,
    "parts.generator.widths": [8],
    "parts.critic.widths": [8],
    "phases.0.iterations": 4,
    "phases.0.convergence": None,
    "phases.1.iterations": 1,
    "phases.1.guard": None,
}
DISTANCE = {"distance": 100.0}
RIGHT = {"direction_cos": 1.0, "direction_sin": 0.0}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of the recipe for movements, trained for a moment; not to be changed."""
    folder = tmp_path_factory.mktemp("movements") / "run"
    return latentloom.train("trajectories", folder, changes=SMALL, device="cpu")


@pytest.fixture
def copy(run, tmp_path):
    """The same run in a folder of its own, to be damaged."""
    return Run.open(shutil.copytree(run.folder.path, tmp_path / "copy"), device="cpu")


@pytest.fixture(scope="module")
def learned(run):
    """The conditions of the train split."""
    known = simulate(Pointing(records=40, distance=(50.0, 200.0)), run.plan.random_seed)
    rows = np.load(run.folder.split, allow_pickle=False)["train"]
    return {tuple(row) for row in known.condition.numpy()[rows].tolist()}


def rows_of(given):
    return list(zip(*(np.ravel(column).tolist() for column in given.values()), strict=True))


def labelled(size=12):
    """Samples of one number and one label that go together."""
    places = torch.arange(size) % 3
    return Dataset(
        schema=Schema(
            series=(Quantity("x"),),
            condition=(Quantity("level"), Quantity("letter")),
            categories={"letter": ("a", "b", "c")},
        ),
        series=torch.randn(size, 8, 1),
        condition=torch.stack([10.0 * places, places], 1).float(),
    )


def test_the_conditions_of_the_train_split_alone_are_kept(run, learned):
    kept = np.load(run.folder.conditions)["condition"]
    assert {tuple(row) for row in kept.tolist()} == learned


def test_of_very_many_conditions_some_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(conditions, "MOST", 5)
    train, path = labelled(9), tmp_path / "some.npz"
    train = replace(train, condition=torch.arange(18.0).view(9, 2))
    keep_conditions(train, path, 0)
    kept = np.load(path)["condition"]
    assert len(np.unique(kept[:, 0])) == 5
    assert (kept[:, 1] == kept[:, 0] + 1).all()
    keep_conditions(replace(train, condition=None, schema=Schema()), tmp_path / "none.npz", 0)
    assert not (tmp_path / "none.npz").exists()


def test_conditions_left_out_are_drawn_as_they_were_together(run, learned):
    drawn, each = completed(run, None, 50, seed=0)
    assert each == 1
    rows = rows_of({name: drawn[name] for name in run.schema.names("condition")})
    assert len(rows) == 50
    assert set(rows) <= learned
    assert len(set(rows)) > 10


def test_what_is_given_stays_and_the_rest_keeps_together(run, learned):
    drawn, each = completed(run, {"distance": [60.0, 90.0]}, 20, seed=0)
    assert each == 1
    assert drawn["distance"].tolist() == [60.0] * 20 + [90.0] * 20
    directions = {(cosine, sine) for _, cosine, sine in learned}
    del drawn["distance"]
    assert set(rows_of(drawn)) <= directions
    assert len(set(rows_of(drawn))) > 10


def test_equal_seeds_draw_equal_conditions(run):
    one, same, other = (completed(run, None, 20, seed=seed)[0] for seed in (1, 1, 2))
    assert rows_of(one) == rows_of(same)
    assert rows_of(one) != rows_of(other)


def test_who_tells_all_conditions_is_asked_for_none(run):
    told = DISTANCE | RIGHT
    assert completed(run, told, 4, seed=0) == (told, 4)
    made = run.generated(condition=told, samples=4)
    assert made.condition.unique(dim=0).tolist() == [[100, 1, 0]]


def test_one_number_goes_with_several_of_another(run):
    some = {"distance": np.array([100.0, 200.0])} | RIGHT
    made = run.generated(condition=some, samples=3)
    assert made.condition[:, 0].tolist() == [100.0] * 3 + [200.0] * 3
    assert made.condition[:, 1].tolist() == [1.0] * 6


@pytest.mark.parametrize("name", RIGHT)
def test_half_a_direction_is_refused(run, tmp_path, capsys, name):
    told = f"direction_cos and direction_sin must be given together, got {name} alone"
    with pytest.raises(DataError, match=f"condition: {told}; give both or neither"):
        run.generated(condition={name: 1.0})
    command = ["generate", str(run.folder.path), "--condition", f"{name}=1"]
    assert main([*command, "-o", str(tmp_path / "made.npz")]) == 2
    assert told in capsys.readouterr().err
    assert run.generated(condition=RIGHT, samples=2).condition[:, 1].tolist() == [1.0] * 2


def test_however_many_are_drawn_of_a_condition_few_are_made_at_a_time(run, monkeypatch):
    sizes, generate = [], System.generate

    def counted(system, context, decoding, samples=1):
        sizes.append(context.size * samples)
        return generate(system, context, decoding, samples)

    monkeypatch.setattr("latentloom.recipes.run.CHUNK", 4)
    monkeypatch.setattr(System, "generate", counted)
    some = {"distance": np.array([100.0, 200.0])} | RIGHT
    made = run.generated(condition=some, samples=5)
    assert sizes == [4, 4, 2]
    assert made.condition[:, 0].tolist() == [100.0] * 5 + [200.0] * 5
    assert len(made.series.flatten(1).unique(dim=0)) == 10


def test_labels_that_nobody_names_are_drawn_as_words(tmp_path):
    part = {"kind": "conv", "widths": [4], "strides": [4]}
    update = {
        "trains": ["representation"],
        "forward_pass": "reconstruct",
        "objective": {"squared": {"criterion": "squared"}},
    }
    tree = {
        "data": {"source": "memory"},
        "parts": {
            "representation": {
                "encoder": part,
                "bottleneck": {"kind": "free", "dim": 2},
                "decoder": part,
            },
            "generator": "standard_normal",
        },
        "phases": [{"name": "all", "epochs": 1, "batch_size": 4, "updates": [update]}],
    }
    run = latentloom.train(tree, tmp_path / "run", data=labelled(), device="cpu")
    drawn, _ = completed(run, None, 12, seed=0)
    assert set(drawn["letter"]) == {"a", "b", "c"}
    assert drawn["level"].tolist() == [10 * "abc".index(letter) for letter in drawn["letter"]]
    assert run.generated(condition={"letter": "b"}, samples=3).condition[:, 1].tolist() == [1] * 3


def test_a_condition_that_the_run_does_not_have_is_refused(run, tmp_path, capsys):
    with pytest.raises(DataError, match="condition distnce: unknown condition; did you mean"):
        run.generated(condition={"distnce": 100.0})
    command = ["generate", str(run.folder.path), "--condition", "letter=a"]
    assert main([*command, "-o", str(tmp_path / "made.npz")]) == 2
    assert "condition letter: unknown condition" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (b"PK", "is no readable .npz file"),
        ({"other": np.zeros((4, 3))}, "must hold an array condition; copy it"),
        ({"condition": np.zeros((4, 2))}, r"must hold rows of 3 conditions, got an array of \(4"),
        ({"condition": np.zeros((0, 3))}, r"must hold rows of 3 conditions, got an array of \(0"),
        ({"condition": np.array([[None]])}, "is no readable .npz file"),
    ],
)
def test_damaged_conditions_are_named_with_the_way_out(copy, kept, said):
    if isinstance(kept, bytes):
        copy.folder.conditions.write_bytes(kept)
    else:
        np.savez(copy.folder.conditions, **kept)
    with pytest.raises(RunError, match=said) as caught:
        copy.generated(samples=2)
    assert str(caught.value).startswith(str(copy.folder.conditions))
    assert "copy it from where the run was trained, or remove it" in str(caught.value)


def test_a_run_that_kept_none_has_to_be_told_all(copy):
    copy.folder.conditions.unlink()
    with pytest.raises(DataError, match="must have direction_cos, direction_sin as in training"):
        copy.generated(condition=DISTANCE)


def test_signals_are_as_long_as_they_are_told_to_be_in_every_file(run, tmp_path, capsys):
    made = run.generated(condition=DISTANCE, samples=5, seed=3)
    assert len(made.lengths.unique()) > 1
    assert made.series[~made.context().mask].eq(0).all()
    command = ["generate", str(run.folder.path), "-n", "5", "--seed", "3"]
    for name in ("made.npz", "made", "made.parquet"):
        asked = ["--condition", "distance=100", "-o", str(tmp_path / name)]
        assert main([*command, *asked]) == 0
        found = read(tmp_path / name)
        assert found.lengths.tolist() == made.lengths.tolist()
        real = found.context().mask
        torch.testing.assert_close(found.series[real], made.series[made.context().mask])
        assert found.condition[:, 0].tolist() == [100.0] * 5
        assert len(found.condition[:, 1:].unique(dim=0)) > 1
    assert not capsys.readouterr().err


def test_a_condition_beyond_the_training_is_warned_of(run, tmp_path, capsys):
    command = ["generate", str(run.folder.path), "--condition", "distance=3000"]
    assert main([*command, "-o", str(tmp_path / "made.npz")]) == 0
    assert "distance 3000 lies outside what was trained on, " in capsys.readouterr().err


def test_signals_of_different_lengths_have_no_mean(run, tmp_path, capsys):
    with pytest.raises(RunError, match="which have no mean; let `sample` choose"):
        run.generated(decoding="mean")
    command = ["generate", str(run.folder.path), "--decoding", "mean"]
    assert main([*command, "-o", str(tmp_path / "made.npz")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_draws_are_held_against_samples_of_the_same_conditions(run):
    known = simulate(Pointing(records=12, distance=(50.0, 200.0)), 9)
    made = drawn_like(run, known, seed=1)
    assert torch.equal(made.condition, known.condition)
    assert made.schema == known.schema
    assert made.group is None
    assert made.lengths.tolist() != known.lengths.tolist()
    assert torch.equal(made.series, drawn_like(run, known, seed=1).series)
    assert not torch.equal(made.series, drawn_like(run, known, seed=2).series)


def test_a_head_that_nothing_trains_tells_no_lengths():
    head = ("parts.representation.bottleneck.length", "head")
    told = r"bottleneck.length: must come with an objective that trains the head by .*length\}\}"
    tree = text.read(find("trajectories"))
    with pytest.raises(RecipeError, match=f"{told}, got head and none; add it, or take latent"):
        Plan.of(tree, [*SMALL.items(), head])
    term = ("phases.0.updates.0.objective.length.criterion", {"kind": "penalty", "name": "length"})
    assert Plan.of(tree, [*SMALL.items(), head, term])
    later = ("phases", tree["phases"][1:])  # weights of elsewhere have learned it
    kept = [(name, value) for name, value in SMALL.items() if not name.startswith("phases")]
    assert Plan.of(tree, [later, *kept, head])
