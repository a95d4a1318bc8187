"""Every key and every flag of a sequence training does what it says: it changes the run."""

import re
from pathlib import Path

import pytest
import torch
import typer
import yaml
from sequence_files import TREE, stored

from latentloom.cli.flags import FLAGS
from latentloom.cli.main import app, main
from latentloom.core.errors import RecipeError
from latentloom.core.threads import computing
from latentloom.data.dataset import Dataset
from latentloom.recipes.asked import planned
from latentloom.recipes.plan import Plan
from latentloom.recipes.preparation import prepare
from latentloom.recipes.sequence_training.keys import OF_A_PHASE, OF_ALL
from latentloom.recipes.text import parse, write
from latentloom.training.feed import Feed
from latentloom.training.player import Player

PAGE = Path(__file__).parents[2] / "docs" / "sequences.md"
# A changed value of every key.
CHANGES = {
    "strategy": "pure_mae",
    "data_dir": "other.npz",
    "output_dir": "runs/other",
    "existing_model": "runs/earlier",
    "columns": "document",
    "normalize": "standard",
    "train": 0.5,
    "validation": 0.1,
    "hidden_size": 5,
    "num_layers": 1,
    "dropout": 0.4,
    "batch_size": 5,
    "accumulate": 2,
    "teacher_forcing": False,
    "mixed_precision": True,
    "num_workers": 3,
    "score_lags": [2, 4],
    "save_every": 1,
    "test_every_epoch": False,
    "random_seed": 1,
    "name": "alone",
    "epochs": 3,
    "start_lr": 0.005,
    "min_lr": 0.001,
    "teacher_forcing_start": 0.9,
    "teacher_forcing_end": 0.1,
    "max_lag": 4,
    "alpha": 0.9,
    "alpha_end": 0.1,
    "noise_level": 0.5,
    "weight_decay": 0.9,
    "clip_grad_norm": 0.01,
    "continued": True,
}
ALONE = {**TREE, "phases": [{"epochs": 2}], "data_dir": "not_there_yet"}
ON = {"mixed_precision": True}
# The flags of the document, as it spells them.
DOCUMENTED = [
    "epochs",
    "start_lr",
    "min_lr",
    "hidden_size",
    "num_layers",
    "dropout",
    "batch_size",
    "teacher_forcing",
    "no_teacher_forcing",
    "teacher_forcing_start",
    "teacher_forcing_end",
    "max_lag",
    "alpha",
    "noise_level",
    "weight_decay",
    "clip_grad_norm",
    "mixed_precision",
    "no_mixed_precision",
    "num_workers",
    "existing_model",
    "output_dir",
    "data_dir",
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return {**ALONE, "data_dir": str(stored(tmp_path_factory.mktemp("data") / "series.npz"))}


def test_every_key_is_looked_at():
    assert CHANGES.keys() == OF_ALL | OF_A_PHASE


def test_every_key_is_documented():
    section = PAGE.read_text(encoding="utf-8").split("\n## The keys\n")[1].split("\n## ")[0]
    cells = re.findall(r"^\| ([^|]+) \|", section, re.MULTILINE)
    found = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    assert found == OF_ALL | OF_A_PHASE | {"phases"}


def decided(text):
    """A recipe without what is merely written down in args.json."""
    plain = yaml.safe_load(text)
    del plain["logging"]["arguments"]
    return plain


def of_any_strategy(tree):
    """The same without the keys that not every strategy has."""
    kept = {name: value for name, value in tree.items() if name != "max_lag"}
    return {**kept, "phases": [{"epochs": 2}]}


@pytest.mark.parametrize("key", CHANGES)
def test_changing_a_key_changes_the_plan(key, tree):
    start = of_any_strategy(tree) if key == "strategy" else tree
    changed = Plan.of(start, [(key, CHANGES[key])])
    assert decided(changed.text) != decided(Plan.of(start).text)


@pytest.mark.parametrize(
    ("strategy", "key", "words"),
    [
        (
            "pure_mae",
            "max_lag",
            "max_lag: is a setting of combined or pure_autocorr, got strategy",
        ),
        ("pure_autocorr", "alpha", "alpha: is a setting of combined, got strategy pure_autocorr"),
    ],
)
def test_a_key_of_another_strategy_is_refused(strategy, key, words):
    with pytest.raises(RecipeError, match=words):
        Plan.of({"strategy": strategy, "data_dir": "x", "epochs": 1}, [(key, CHANGES[key])])


def played(tree, changes=()):
    """The weights that the first phase hands on, in a run that leaves no folder behind."""
    plan = Plan.of(tree, changes)
    ready = prepare(plan, None)
    source = ready.source
    assert isinstance(source, Dataset)
    feed = Feed(source=source.take(ready.split.train), prepare=ready.pipeline.apply, seed=0)
    judged = ready.pipeline.apply(source.take(ready.split.validation))
    torch.manual_seed(plan.random_seed)
    cpu = torch.device("cpu")
    player = Player(ready.phases[0], 0, ready.system, feed=feed, validation=judged, device=cpu)
    while not player.finished:
        epoch = player.begin_epoch()
        while player.step < player.steps:
            player.take_step(epoch)
        player.end_epoch()
    return ready.system.state_dict()


def same(one, other):
    return one.keys() == other.keys() and all(
        value.shape == other[name].shape and torch.equal(value, other[name])
        for name, value in one.items()
    )


# Keys that are seen elsewhere than in the weights, with what shows them.
ELSEWHERE = {
    "data_dir": "names the data; the runs of test_sequence_runs.py",
    "output_dir": "test_the_folder_is_that_of_the_yaml_or_of_the_command_line",
    "existing_model": "test_sequence_runs.py",
    "columns": "test_sequence_runs.py",
    "validation": "names the samples that choose",
    "accumulate": "the same gradient but for rounding; tests/training/test_loop.py",
    "mixed_precision": "rounds where the hardware does; tests/training/test_loop.py",
    "num_workers": "test_threads_are_those_that_were_asked_for",
    "score_lags": "test_sequence_runs.py: names the scores, and chooses",
    "save_every": "test_sequence_runs.py: what is kept",
    "test_every_epoch": "test_sequence_runs.py: what is recorded",
    "name": "of a folder",
}


@pytest.fixture(scope="module")
def usual(tree):
    """The weights that the keys lead to as they are."""
    weights = played(tree)
    assert same(weights, played(tree))
    return weights


@pytest.mark.parametrize("key", sorted(CHANGES.keys() - ELSEWHERE.keys()))
def test_changing_a_key_changes_the_weights(key, tree, usual):
    start = of_any_strategy(tree) if key == "strategy" else tree
    before = played(start) if key == "strategy" else usual
    assert not same(before, played(start, [(key, CHANGES[key])]))


def test_threads_are_those_that_were_asked_for(tree):
    before = torch.get_num_threads()
    (phase,) = Plan.of(tree, [("num_workers", before + 1)]).tree["phases"]
    with computing(phase["threads"]):
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before
    assert "threads" not in Plan.of(tree).tree["phases"][0]


def options():
    """Every way of writing an option of `train`."""
    verb = typer.main.get_command(app).commands["train"]
    return {name for p in verb.params for name in (*p.opts, *p.secondary_opts)}


@pytest.mark.parametrize("flag", DOCUMENTED)
def test_every_flag_of_the_document_is_one_here(flag):
    assert f"--{flag.replace('_', '-')}" in options()


def told(flag):
    """A flag of the document with a value that is not the usual one."""
    if flag in ("teacher_forcing", "mixed_precision"):
        return [f"--{flag}"]
    if flag.startswith("no_"):
        return [f"--{flag}"]
    return [f"--{flag}", str(CHANGES[flag])]


@pytest.mark.parametrize("flag", sorted({*DOCUMENTED} - {"output_dir"}))
def test_every_flag_changes_the_plan_in_both_spellings(flag, tmp_path, capsys):
    """What is on is turned off, and what is off is turned on; the data are not there yet."""
    is_off = {"teacher_forcing": {"teacher_forcing": False}, "no_mixed_precision": ON}
    path = tmp_path / "sequence.yaml"
    path.write_text(write({**ALONE, **is_off.get(flag, {})}))
    underscored, dashed = told(flag), [told(flag)[0].replace("_", "-"), *told(flag)[1:]]
    found = [decided(printed(path, words, capsys)) for words in ([], underscored, dashed)]
    assert found[0] != found[1] == found[2]


def printed(path, words, capsys):
    """The settings that a command line leads to."""
    assert main(["train", str(path), *words, "--dry-run"]) == 0
    return capsys.readouterr().out


def test_the_folder_is_that_of_the_yaml_or_of_the_command_line(tree, tmp_path, capsys):
    path = tmp_path / "sequence.yaml"
    path.write_text(write({**tree, "output_dir": str(tmp_path / "told")}))
    short = ["--epochs", "1", "--device", "cpu"]
    assert main(["train", str(path), *short]) == 0
    assert main(["train", str(path), *short, "--output_dir", str(tmp_path / "flag")]) == 0
    capsys.readouterr()
    assert (tmp_path / "told" / "phase_1_1").is_dir()
    assert (tmp_path / "flag" / "phase_1_1").is_dir()


def test_flags_and_documented_flags_are_the_same_but_for_the_general_ones():
    general = {"epochs", "batch_size", "existing_model", "output_dir"}
    listed = {flag.removeprefix("no_") for flag in DOCUMENTED}
    assert {flag.key for flag in FLAGS} == listed - general


def test_a_learning_rate_of_all_phases_is_that_of_their_start(tree):
    plan = planned(tree, settings={"learning_rate": 0.003, "epochs": 4})
    (phase,) = plan.tree["phases"]
    assert (phase["name"], phase["epochs"]) == ("phase_1_4", 4)
    assert phase["updates"][0]["learning_rate"]["parts"][1]["start"] == 0.003


def test_a_flag_of_this_form_is_refused_by_other_recipes(capsys):
    assert main(["train", "voltage_demo", "--start_lr", "0.1", "--dry-run"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(
        "--start-lr: belongs to recipes with the key strategy, and this is none"
    )
    assert len(said.splitlines()) == 1
    with pytest.raises(RecipeError, match="--max-lag: belongs to recipes with the key strategy"):
        planned({"parts": {}}, settings={"max_lag": 3})


def test_numbers_of_phases_work_in_every_recipe(capsys):
    assert main(["train", "voltage_demo", "--phases", "2-3", "--dry-run"]) == 0
    tree = parse(capsys.readouterr().out, "printed")
    assert [phase["name"] for phase in tree["phases"]] == ["represent", "generate"]
