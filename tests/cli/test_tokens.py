"""What `evaluate` and `report` say of a run of features."""

import shutil

import numpy as np
import pytest
from provoked_tokenizers import OWN, families, tokenizer

import latentloom
from latentloom.cli.main import main
from latentloom.data.formats import write
from latentloom.evaluation.tokens import TokenCard


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokenizers") / "run"
    few = {"phases.0.epochs": 3}
    latentloom.train(tokenizer(OWN, codes=8), folder, data=families(200), changes=few)
    return folder


def test_the_tokens_are_told_beside_their_baselines(run, capsys):
    assert main(["evaluate", str(run), "--device", "cpu"]) == 0
    said = capsys.readouterr().out
    for words in (
        "40 held-out samples, in the units of the transforms",
        "k-means by category  baseline",
        "tokens against PCA, rounded: median squared error",
        "family_2",
        "codes used: ",
        "perplexity over size: ",
        "categories repeat each other: mean |cosine|",
        "distances kept: inputs to latents",
    ):
        assert words in said
    assert TokenCard.read(run / "scores.json").samples == 40


def test_other_data_is_scored_and_nothing_is_kept(run, tmp_path, capsys):
    write(families(30, seed=2), tmp_path / "other.h5")
    output = tmp_path / "card.json"
    command = ["evaluate", str(run), "--data", str(tmp_path / "other.h5"), "-o", str(output)]
    assert main(command) == 0
    assert "30 held-out samples" in capsys.readouterr().out
    assert TokenCard.read(output).samples == 30


def test_the_report_is_one_file(run, capsys):
    assert main(["report", str(run)]) == 0
    assert f"wrote {run / 'report.html'}" in capsys.readouterr().out
    page = (run / "report.html").read_text()
    assert "<h2>What the tokens keep</h2>" in page
    assert "<script" not in page


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--real", "x.npz"], "--real: must be left out: a run of features knows its columns"),
        (["--train", "x.npz"], "--train: must be left out"),
        (["--rows", "steps"], "--rows: must be left out"),
        (["--label", "digit"], "--series, --drive, --condition, --label: must be left out"),
        (["--scores", "mmd"], "--scores: goes with --protocol features"),
        (["--baselines", "none"], "--baselines: goes with --protocol features"),
        (["--report", "x.html"], "--report: goes with --protocol; write the page with"),
        (["--protocol", "strict"], "must be features for a run of features, got strict"),
        (["--protocol", "features"], "has no generator to draw new samples with"),
        (["--protocol", "features", "--rows", "steps"], "--rows: must be left out"),
    ],
)
def test_what_makes_no_sense_for_features_is_refused_in_a_line(run, capsys, arguments, words):
    assert main(["evaluate", str(run), *arguments]) == 2
    said = capsys.readouterr().err.strip()
    assert words in said
    assert "\n" not in said


def test_data_without_a_family_is_refused_by_its_name(run, tmp_path, capsys):
    np.savez(tmp_path / "other.npz", family_0=np.zeros((5, 5)), family_1=np.zeros((5, 5)))
    assert main(["evaluate", str(run), "--data", str(tmp_path / "other.npz")]) == 2
    assert "family_2" in capsys.readouterr().err


def test_runs_of_features_are_compared_by_what_they_make(run, tmp_path, capsys):
    other = shutil.copytree(run, tmp_path / "other")
    assert main(["compare", str(run), str(other), "-o", str(tmp_path / "page.html")]) == 2
    assert f"run: latentloom evaluate {run} --protocol features" in capsys.readouterr().err
