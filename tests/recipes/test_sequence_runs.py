"""What a sequence training leaves behind, how it is stopped, and how it goes on."""

import csv
import json
import shlex

import pytest
import torch
from sequence_files import COMPONENTS, NAMES, TREE, foldered, stored

from latentloom.cli.main import main
from latentloom.core.errors import RecipeError, RunError
from latentloom.objectives.functional import lag_ratio
from latentloom.recipes.asked import Asked
from latentloom.recipes.conduct import Conduct, resume, train
from latentloom.recipes.plan import Plan
from latentloom.recipes.preparation import prepare
from latentloom.recipes.run import Run
from latentloom.recipes.text import write
from latentloom.training.observers import Observer
from latentloom.training.run_folder import RunFolder, read_tensors

CPU = Conduct(device="cpu")
PURE = "Epoch,Train Loss,Validation Loss,Test Loss,Learning Rate"
BOTH = (
    "Epoch,Train Loss,Train MAE Loss,Train Autocorr Loss,Validation Loss,Validation MAE Loss,"
    "Validation Autocorr Loss,Test Loss,Test MAE Loss,Test Autocorr Loss,Learning Rate"
)
DOCUMENTED = {"best_model.pt", "final_model.pt", "best_model_combined.pt", "args.json"}


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return {**TREE, "data_dir": str(stored(tmp_path_factory.mktemp("data") / "series.npz"))}


@pytest.fixture(scope="module")
def run(tree, tmp_path_factory):
    """A run of three phases; not to be changed."""
    return train(Plan.of(tree), tmp_path_factory.mktemp("runs") / "combined", CPU)


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_phase_has_the_documented_files(run):
    kept = {1: {2}, 2: {2}, 3: set()}  # every two epochs, counted within the phase
    for number, name in enumerate(NAMES, start=1):
        files = {f"checkpoint_epoch_{epoch}.pt" for epoch in kept[number]}
        files |= DOCUMENTED | {"training_metrics.csv"}
        assert {path.name for path in run.folder.phase(name).iterdir()} == files
    assert not list(run.folder.path.glob("checkpoint*"))


def test_the_columns_are_the_documents_to_the_letter(run, tree, tmp_path):
    path = run.folder.phase(NAMES[0]) / "training_metrics.csv"
    assert path.read_text(encoding="utf-8").splitlines()[0] == BOTH
    for strategy in ("pure_mae", "pure_autocorr"):
        pure = Plan.of(tree, [("strategy", strategy), ("phases", [{"epochs": 1}])])
        folder = train(pure, tmp_path / strategy, CPU).folder
        path = folder.phase("phase_1_1") / "training_metrics.csv"
        assert path.read_text(encoding="utf-8").splitlines()[0] == PURE


def test_the_columns_hold_what_they_say(run):
    history = json.loads(run.folder.history.read_text(encoding="utf-8"))
    for name in NAMES:
        rows = table(run.folder.phase(name) / "training_metrics.csv")
        own = [row for row in history if row["phase"] == name]
        assert [int(row["Epoch"]) for row in rows] == [*range(1, len(own) + 1)]
        for row, kept in zip(rows, own, strict=True):
            assert float(row["Learning Rate"]) == kept["schedule/learning_rate"]
            for split in ("Validation", "Test"):
                mae, autocorr = (float(row[f"{split} {n} Loss"]) for n in ("MAE", "Autocorr"))
                assert mae == kept[f"{split.lower()}/mae"]
                assert float(row[f"{split} Loss"]) == pytest.approx((mae + autocorr) / 2)
    last = table(run.folder.phase(NAMES[2]) / "training_metrics.csv")[0]
    parts = [float(last[f"Train {n} Loss"]) for n in ("MAE", "Autocorr")]
    assert float(last["Train Loss"]) == pytest.approx(0.2 * parts[0] + 0.8 * parts[1], rel=1e-5)


def test_the_test_split_is_scored_apart_and_chooses_nothing(run, tree, tmp_path):
    plan = Plan.of(tree, [("test_every_epoch", False)])
    blind = train(plan, tmp_path / "blind", CPU)
    ours, theirs = (read_tensors(r.folder.model, kind="model")["weights"] for r in (run, blind))
    assert all(torch.equal(value, theirs[name]) for name, value in ours.items())
    row = table(blind.folder.phase(NAMES[0]) / "training_metrics.csv")[0]
    assert row["Test Loss"] == ""
    seen = table(run.folder.phase(NAMES[0]) / "training_metrics.csv")[0]
    assert seen["Test MAE Loss"] != seen["Validation MAE Loss"]


def test_args_say_what_the_phase_was_told(run):
    args = json.loads((run.folder.phase(NAMES[1]) / "args.json").read_text(encoding="utf-8"))
    told = {"epochs": 3, "max_lag": 5, "start_lr": 0.01, "hidden_size": 4, "strategy": "combined"}
    assert {key: args[key] for key in told} == told


def test_the_standard_name_is_a_copy_of_the_best(run):
    best = run.folder.best(NAMES[1])
    assert best.with_name("best_model_combined.pt").read_bytes() == best.read_bytes()


def test_the_best_score_never_rises_from_phase_to_phase(run):
    scores = [read_tensors(run.folder.best(name), kind="model")["score"] for name in NAMES]
    assert scores == sorted(scores, reverse=True)


class Stops(Observer):
    def __init__(self, epochs):
        self.left = epochs

    def epoch_ends(self, row, rows):
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


@pytest.mark.parametrize("epochs", [1, 2, 4])
def test_a_stopped_run_ends_with_the_same_files(run, tree, tmp_path, epochs):
    folder = tmp_path / "stopped"
    with pytest.raises(KeyboardInterrupt):
        train(Plan.of(tree), folder, Conduct(device="cpu", observers=[Stops(epochs)]))
    resume(folder, CPU)
    whole, pieces = (RunFolder(path).path for path in (run.folder.path, folder))
    for path in whole.glob("phase_*/*"):
        other = pieces / path.relative_to(whole)
        if path.suffix == ".pt":
            one, two = (read_tensors(p, kind="model")["weights"] for p in (path, other))
            assert all(torch.equal(value, two[name]) for name, value in one.items()), path
        elif path.is_file():
            assert path.read_bytes() == other.read_bytes(), path


def test_the_command_that_goes_on_is_told_and_works(tree, tmp_path, capsys):
    """Phase 2 by the command that phase 1 ends with is phase 2 of the whole run."""
    config, folder = tmp_path / "my run.yaml", tmp_path / "one"
    config.write_text(write(tree))
    command = ["train", str(config), "--phases", "1", "-o", str(folder), "--device", "cpu"]
    assert main([*command, "--noise_level", "0.1"]) == 0
    (said,) = [line for line in capsys.readouterr().err.splitlines() if "to train on" in line]
    assert said.startswith("phase_1_2 is over; to train on from its weights: latentloom train ")
    words = shlex.split(said.partition(": latentloom ")[2])
    model = str(folder / "phase_1_2" / "best_model.pt")
    assert words[words.index("--existing-model") + 1] == model
    assert main(words) == 0
    after = RunFolder(tmp_path / "one_phase_3_5")
    started = read_tensors(RunFolder(folder).best("phase_1_2"), kind="model")["score"]
    assert read_tensors(after.best("phase_3_5"), kind="model")["score"] <= started
    assert Plan.of(tree).tree["phases"][1] == Run.open(after.path).plan.tree["phases"][0]
    told = capsys.readouterr().err
    assert "phase_3_5 is over; to train on from its weights: " in told
    assert "--phases 3 " in told


def test_a_resumed_run_tells_it_too(tree, tmp_path):
    asked = Asked(recipe="", resume_from=tmp_path / "run")
    commands = asked.continuing(Plan.of(tree))
    assert list(commands) == NAMES[:2]
    start = f"latentloom train {tmp_path}/run/config.yaml --phases 2 --existing-model"
    assert commands[NAMES[0]].startswith(start)


@pytest.mark.parametrize(("phases", "carried"), [("1", False), ("", True)])
def test_flags_for_one_phase_do_not_reach_the_next(tree, tmp_path, phases, carried):
    recipe = tmp_path / "mine.yaml"
    recipe.write_text(write(tree))
    settings = {"start_lr": 0.5, "max_lag": 4, "hidden_size": 6}
    asked = Asked(recipe=str(recipe), output=tmp_path / "run", settings=settings, phases=phases)
    command = asked.continuing(asked.plan())[NAMES[0]]
    assert ("--start-lr" in command) == carried
    assert ("--max-lag" in command) == carried
    assert "--hidden-size 6" in command


def test_weights_of_another_architecture_are_refused_in_one_line(run, tree, tmp_path):
    model = run.folder.best(NAMES[0])
    before = model.read_bytes()
    plan = Plan.of(tree, [("hidden_size", 5), ("existing_model", str(model))])
    words = (
        r"does not fit parts.base of this recipe: encoder.weight_ih_l0 is 16x5 there and 20x5"
        r" here, and 16 more; train with the settings that it was made with$"
    )
    with pytest.raises(RunError, match=words):
        train(plan, tmp_path / "run", CPU)
    assert not (tmp_path / "run").exists()
    assert model.read_bytes() == before
    deeper = Plan.of(tree, [("num_layers", 3), ("existing_model", str(model))])
    with pytest.raises(RunError, match=r"it has no encoder.weight_ih_l2, and 7 more"):
        prepare(deeper, deeper.existing_model)


@pytest.mark.parametrize("dry", [["--dry-run"], []], ids=["dry run", "training"])
def test_weights_that_are_not_there_are_refused_by_a_dry_run_too(dry, tree, tmp_path, capsys):
    config = tmp_path / "run.yaml"
    config.write_text(write({**tree, "existing_model": str(tmp_path / "gone.pt")}))
    assert main(["train", str(config), "-o", str(tmp_path / "run"), "--device", "cpu", *dry]) == 2
    said = capsys.readouterr().err
    assert "gone.pt" in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("more", "lines"),
    [
        (["--phases", "2"], ["phase_1_2"]),
        (["--phases", "3"], ["phase_1_2 and phase_3_5"]),
        (["--phases", "1,3"], []),
        (["--phases", "2", "--existing-model", "MODEL"], []),
        ([], []),
    ],
)
def test_phases_that_are_left_out_and_not_made_up_for_are_told(
    more, lines, run, tree, tmp_path, capsys
):
    config = tmp_path / "run.yaml"
    config.write_text(write(tree))
    words = [str(run.folder.best(NAMES[0])) if word == "MODEL" else word for word in more]
    assert main(["train", str(config), *words, "--dry-run"]) == 0
    told = [line for line in capsys.readouterr().err.splitlines() if "new weights" in line]
    assert told == [
        f"--phases: new weights for base, which {phases} would have trained;"
        " start from others: --existing-model"
        for phases in lines
    ]


def test_weights_that_training_starts_from_stand_for_choice(run, tree, tmp_path):
    keys = {"existing_model": str(run.folder.best(NAMES[2])), "start_lr": 50.0, "min_lr": 50.0}
    ruined = {**tree, **keys, "phases": [{"epochs": 2, "clip_grad_norm": 100.0}]}
    after = train(Plan.of(ruined), tmp_path / "ruined", CPU)
    ours, theirs = (read_tensors(r.folder.model, kind="model")["weights"] for r in (run, after))
    assert all(torch.equal(v, theirs[n]) for n, v in ours.items() if n != "trust")
    assert read_tensors(after.folder.model, kind="model")["epoch"] == 0


def test_the_documented_folder_is_read_in_both_forms(tree, tmp_path, monkeypatch):
    monkeypatch.setenv("LATENTLOOM_CACHE", "off")
    source = ("data_dir", str(foldered(tmp_path / "sample3")))
    ready = prepare(Plan.of(tree, [source]), None)
    assert len(ready.source.schema.series) == COMPONENTS
    assert ready.source.schema.names("condition") == ("mobility", "gradient_coefficient")
    document = prepare(Plan.of(tree, [source, ("columns", "document")]), None)
    assert len(document.source.schema.series) == COMPONENTS + 2
    assert document.system.channels == COMPONENTS + 2


@pytest.mark.parametrize("normalize", ["scale", "none"])
def test_autocorrelations_are_those_of_the_files(tree, normalize):
    """A scale of a channel does not change them; a shift would."""
    ready = prepare(Plan.of(tree, [("normalize", normalize)]), None)
    some = ready.source.take(slice(0, 4))
    mask = torch.ones(4, 12, dtype=torch.bool)
    filed, seen = (lag_ratio(d.series, mask, 5) for d in (some, ready.pipeline.apply(some)))
    assert torch.allclose(filed, seen, atol=1e-4)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            [("max_lag", 12)],
            r"^phases.0.max_lag: cannot play .* lags must be in \[1, 11\], got 12",
        ),
        ([("score_lags", [3, 40])], r"^score_lags.autocorr_40: cannot play .*, got 40"),
        (
            [("train", 30), ("validation", 4)],
            "^train, validation: train and .* at most 20 samples",
        ),
    ],
)
def test_what_does_not_fit_the_data_is_said_in_its_own_terms(tree, changes, words):
    with pytest.raises(RecipeError, match=words):
        prepare(Plan.of(tree, changes), None)


def test_a_run_generates_and_is_opened_like_any_other(run):
    opened = Run.open(run.folder.path, device="cpu")
    assert opened.starts == 1
    assert opened.plan.existing_model is None
