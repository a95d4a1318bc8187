"""When a measured state of a run's sequences occurred."""

import csv
import re
from xml.etree import ElementTree

import numpy as np
import pytest
import torch

import latentloom
from latentloom.cli.main import main
from latentloom.core.errors import DataError, RunError
from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.evaluation.locating import LocatingCard
from latentloom.recipes.assess import assess
from latentloom.recipes.locating import baselines_of, located
from latentloom.recipes.reporting import report_of
from latentloom.report import render

STEPS = 24
MAE = {"absolute": {"criterion": "absolute"}}


def decays(size=70, seed=0, spread=0.0):
    """Two components that run apart, the faster the larger their speed."""
    rng = np.random.default_rng(seed)
    speed = rng.uniform(1, 2, (size, 1))
    time = np.linspace(0, 1, STEPS)[None] * speed
    series = np.stack([time, 1 - time**2], -1) + 0.01 * rng.normal(size=(size, STEPS, 2))
    series += spread * rng.normal(size=(size, 1, 1))
    return Dataset(
        schema=Schema(
            series=(Quantity("one"), Quantity("two", "mm")), condition=(Quantity("speed"),)
        ),
        series=torch.tensor(series).float(),
        condition=torch.tensor(speed).float(),
    )


def trained(folder, data, epochs=1):
    phases = [
        {
            "name": f"part_{number}",
            "epochs": epochs,
            "batch_size": 4,
            "updates": [
                {
                    "trains": ["base"],
                    "forward_pass": {"kind": "guided", "forcing": 0.2},
                    "objective": MAE,
                    "learning_rate": 1e-2,
                }
            ],
            "probes": {"mae": {"forward_pass": "predict", "criterion": "absolute"}},
        }
        for number in (1, 2)
    ]
    tree = {
        "random_seed": 0,
        "data": {
            "split": {"kind": "fractions", "train": 0.6, "validation": 0.2},
            "transforms": [
                {"kind": "standard", "arrays": ["series", "condition"]},
                {"kind": "first_rows"},
            ],
        },
        "parts": {"base": {"kind": "lstm", "width": 12, "layers": 1, "dropout": 0.0}},
        "phases": phases,
        "evaluation": {"samples": 0},
        "logging": {"progress": "off"},
    }
    return latentloom.train(tree, folder, data=data, device="cpu")


@pytest.fixture(scope="module")
def stepwise(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("locating") / "run", decays(), epochs=4)


@pytest.fixture
def state(tmp_path):
    path = tmp_path / "state.csv"
    path.write_text("one,two\n0.75,\n")
    return path


def test_the_time_of_a_state_is_told(stepwise):
    (found,) = latentloom.locate(stepwise, {"one": 0.75}, {"speed": 1.5})
    assert abs(found.frame - 0.5 * (STEPS - 1)) <= 3
    assert found.probabilities.sum() == pytest.approx(1)
    assert found.probabilities[0] == 0
    assert found.inside[found.frame]
    assert np.isnan(found.residual[1])


def test_a_faster_sequence_is_there_sooner(stepwise):
    states = {"one": [0.9, 0.9], "two": [0.19, 0.19], "speed": [1.1, 1.9]}
    slow, fast = latentloom.locate(stepwise, states)
    assert fast.frame < slow.frame


def test_a_prior_can_rule_frames_out(stepwise):
    prior = np.where(np.arange(STEPS) < 5, 1.0, 0.0)
    (found,) = latentloom.locate(stepwise, {"one": 0.75}, {"speed": 1.5}, prior=prior)
    assert found.probabilities[5:].sum() == 0
    with pytest.raises(DataError, match=f"prior: must be {STEPS} numbers that are not negative"):
        latentloom.locate(stepwise, {"one": 0.75}, {"speed": 1.5}, prior=-prior)


def test_the_run_tells_the_time_beside_its_baselines(stepwise):
    card = located(stepwise).card
    assert [row.name for row in card.rows[:3]] == ["run", "ridge", "mean curve"]
    assert card.rows[0].median.value <= 3
    assert card.states == card.records * (STEPS - 1)
    assert list(baselines_of(stepwise)) == ["ridge", "mean curve"]


def test_what_is_written_can_be_read(stepwise, state, tmp_path, capsys):
    out = tmp_path / "out"
    words = ["locate", str(stepwise.folder.path), "--state", str(state)]
    assert main([*words, "-c", "speed=1.5", "-o", str(out)]) == 0
    said = capsys.readouterr().out
    assert re.search(r"frame \d+; 90 % interval .* confidence \w+; without two", said)
    with (out / "time_deduction_results.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["rank"] for row in rows] == [str(rank) for rank in range(1, 11)]
    chances = [float(row["probability"]) for row in rows]
    assert chances == sorted(chances, reverse=True)
    with (out / "prediction.csv").open() as file:
        sequence = list(csv.DictReader(file))
    assert len(sequence) == STEPS
    assert list(sequence[0]) == ["step", "one", "two", "probability", "in_interval"]
    texts = "".join(ElementTree.parse(out / "time_deduction.svg").getroot().itertext())
    assert "two, not measured" in texts


def test_scores_are_printed_and_written(stepwise, tmp_path, capsys):
    assert main(["locate", str(stepwise.folder.path), "-o", str(tmp_path / "scores")]) == 0
    assert "nearest frame" in capsys.readouterr().out
    card = LocatingCard.read(tmp_path / "scores" / "locating.json")
    assert card.rows[0].name == "run"


def test_the_report_shows_sequences_and_times(stepwise):
    report = report_of(stepwise, assess(stepwise))
    assert report.stepwise.rows[0].name == "generated"
    assert report.stepwise.course.borders == (4.5,)
    assert report.stepwise.located.card.rows[0].name == "run"
    page = render(report)
    for title in ("Errors by component", "Lag ratios", "Across phases", "Time of a state"):
        assert f"<h2>{title}</h2>" in page


def test_first_rows_that_differ_must_be_told(tmp_path):
    run = trained(tmp_path / "run", decays(50, spread=0.5))
    with pytest.raises(DataError, match="first row: must be given, with --first-row"):
        latentloom.locate(run, {"one": 0.5}, {"speed": 1.5})
    (found,) = latentloom.locate(
        run, {"one": 0.75}, {"speed": 1.5}, start=np.array([[0.0, 1.0]], dtype=np.float32)
    )
    assert found.predicted[0] == pytest.approx([0.0, 1.0], abs=1e-5)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--state", "STATE"], "condition: must have speed as in training, got none"),
        (["--state", "absent.csv", "-c", "speed=1"], "absent.csv: does not exist"),
        (["--state", "STATE", "-c", "sped=1"], "condition sped: unknown condition; did you mean"),
        (["--state", "STATE", "--data", "x"], "--state, --data: must not both be given"),
        (["-c", "speed=1"], "--state: must be given, for --condition and --first-row are of it"),
        (["-o", "FULL"], "must be a new or empty folder; choose another name"),
        (["--state", "STATE", "-c", "speed=1", "--first-row", "one=1"], "and two is missing"),
    ],
)
def test_mistakes_are_one_line(words, said, stepwise, state, tmp_path, capsys):
    names = {"STATE": str(state), "FULL": str(tmp_path)}
    words = [names.get(word, word) for word in words]
    assert main(["locate", str(stepwise.folder.path), *words]) == 2
    found = capsys.readouterr()
    assert said in found.err
    assert len(found.err.splitlines()) == 1


def test_a_run_with_a_drive_is_refused(run):
    with pytest.raises(RunError, match="answers to a drive"):
        latentloom.locate(run, {run.schema.series[0].name: 0.5})


def test_too_few_validation_records_promise_nothing(tmp_path):
    run = trained(tmp_path / "run", decays(24))
    with pytest.raises(ValueError, match="must have at least 9 validation records"):
        latentloom.locate(run, {"one": 0.5}, {"speed": 1.5})
    assert report_of(run, assess(run)).stepwise.located is None
