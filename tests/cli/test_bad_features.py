"""Features that cannot become tokens are refused in one line, before anything is trained."""

import json

import numpy as np
import pytest
from documented import EXAMPLE, families, stored

from latentloom.cli.main import main

SMALL = {
    "training.num_epochs": "1",
    "training.batch_size": "32",
    "training.use_torch_compile": "false",
    "logging.eval_interval": "0",
    "families.summary": "{}",
    "families.architecture": "{}",
    "model.group_embedding_dim": "4",
    "model.group_hidden_dim": "6",
    "model.levels": "[{latent_dim: 3, num_tokens: 8}]",
}
MANUAL = {"training.category_assignment": "manual"}


@pytest.fixture
def features(tmp_path):
    return stored(tmp_path / "features.h5", families())


def trained(path, folder, *more, **changes):
    """The exit code of a training on a file, with some keys changed."""
    sets = SMALL | {"dataset_path": str(path)} | changes
    command = ["train", "--config", str(EXAMPLE), "-o", str(folder), "--device", "cpu", *more]
    for key, value in sets.items():
        command += ["--set", f"{key}={value}"]
    return main(command)


def mapping(**categories):
    return MANUAL | {"training.category_mapping": json.dumps(categories)}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"training.num_epoch": "3"}, "training.num_epoch: unknown key; did you mean 'num_ep"),
        ({"dataset_path": "fetures.h5"}, "fetures.h5: does not exist"),
        ({"families.sumary": "{}"}, "no family 'sumary', it has ['architecture', 'summary']; did"),
        (
            {"model.levels": "[{latent_dim: 3, num_tokens: 81}]"},
            "model.levels: must have at most as many codes as the 80 samples that train, got 81 in"
            " a book of every category; take more samples, or set levels of fewer codes",
        ),
        (
            {"max_samples": "20", "model.levels": "[]"},
            "model.levels: must have at most as many codes as the 16 samples that train, got 24 in"
            " a book of category 'category_2'; raise max_samples from 20, or set levels of fewer",
        ),
        (
            {"max_samples": "5"},
            "max_samples: must have validation samples to judge on, and data.split leaves 4 for"
            " train, 0 for validation, 1 for test; take more samples",
        ),
        (
            {"training.min_features_per_category": "50"},
            "training.min_features_per_category: must be at most the 18 features that are left to"
            " sort, got 50",
        ),
        (
            {"training.num_categories_auto": "7"},
            "training.num_categories_auto: must be at most 6, for 18 features are left to sort and"
            " each category needs 3, got 7; or lower min_features_per_category",
        ),
        (
            {"training.isolated_families": "[sumary]"},
            "training.isolated_families: must name families, got 'sumary'; did you mean 'summary'",
        ),
        (
            mapping(a=["summary_0", "sumary_1"], b=["architecture_2"]),
            "training.category_mapping: must name features of the data, got 'sumary_1' in 'a'; did"
            " you mean 'summary_1'?",
        ),
        (
            mapping(a=["summary_0", "summary_1"], b=["summary/summary_1"]),
            "training.category_mapping: must name each feature once, got 'summary/summary_1' in"
            " 'a' and in 'b'",
        ),
        (
            mapping(rest=["summary_0", "summary_1"]),
            "training.category_mapping: must leave the name 'rest' to the 16 features that they",
        ),
        (mapping(), "training.category_mapping: must name at least one category, got none"),
        (mapping(a=[]), "training.category_mapping: must name features of each, got none of 'a'"),
        (
            {"families.summary": "{encoder: TemporalCNNEncoder}"},
            "families.summary: must be a temporal family, one category with all its features at",
        ),
        (
            {"families.summary": "{encoder: MLPEncoder, encoder_params: {hidden_dims: [0]}}"},
            "families.summary.encoder_params.hidden_dims: must be at least 1, got 0",
        ),
        (
            {"model.compression_ratios": "[1.0, 2.0]"},
            "model.compression_ratios: must be three positive numbers, got [1.0, 2.0]",
        ),
    ],
)
@pytest.mark.parametrize("more", [[], ["--dry-run"]], ids=["train", "dry run"])
def test_what_does_not_fit_the_features_is_said(
    features, tmp_path, monkeypatch, capsys, changes, words, more
):
    monkeypatch.chdir(tmp_path)
    missing = more and "fetures.h5" in changes.values()  # its settings can still be checked
    assert trained(features, tmp_path / "run", *more, **changes) == (0 if missing else 2)
    said = capsys.readouterr().err
    assert words in said
    assert len(said.splitlines()) == 1
    assert not (tmp_path / "run").exists()


def shorter(arrays):
    arrays["architecture"] = arrays["architecture"][:90]


def few(arrays):
    for name, rows in arrays.items():
        arrays[name] = rows[:4]


def constant(arrays):
    arrays["architecture"][:] = 1.0


def empty(arrays):
    arrays["summary"][:] = np.nan


def infinite(arrays):
    arrays["summary"][3, 2] = np.inf


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (
            shorter,
            "/aggregated/features': 90}; each must have a row for each sample",
        ),
        (constant, "families: family architecture: must have features that vary, and none of its"),
        (empty, "families: family summary: must have features that vary, and none of its 12 does"),
        (few, "dataset_path: must have validation samples to judge on, and data.split leaves 3"),
        (infinite, "families/summary has a value that is not finite, the first (inf) in sample 3"),
    ],
)
def test_a_file_that_holds_no_features_is_said(tmp_path, capsys, spoil, words):
    arrays = families()
    spoil(arrays)
    path = stored(tmp_path / "features.h5", arrays)
    assert trained(path, tmp_path / "run") == 2
    said = capsys.readouterr().err
    assert words in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_a_file_that_is_cut_is_said(features, tmp_path, capsys, share):
    whole = features.read_bytes()
    features.write_bytes(whole[: int(share * len(whole))])
    assert trained(features, tmp_path / "run") == 2
    said = capsys.readouterr().err
    assert "features.h5: is cut short or damaged, write or copy it again" in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (["red"] * 60, "architecture/z must be real numbers, got words such as 'red'; leave it"),
        ([*"1" * 59, "red"], "features.csv: architecture/z: must be a number, got 'red'"),
    ],
)
def test_words_among_the_features_of_a_table_are_said(tmp_path, capsys, fields, words):
    path = tmp_path / "features.csv"
    rows = [f"{i % 7},{i % 5},{i % 3},{field}" for i, field in enumerate(fields)]
    path.write_text("\n".join(["summary/a,summary/b,architecture/y,architecture/z", *rows]))
    assert trained(path, tmp_path / "run") == 2
    said = capsys.readouterr().err
    assert words in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("more", [[], ["--dry-run"]], ids=["train", "dry run"])
def test_what_cleaning_drops_is_said_and_no_error(tmp_path, capsys, more):
    arrays = families()
    arrays["summary"][:, 3], arrays["summary"][:, 7] = np.nan, 5.0
    path = stored(tmp_path / "features.h5", arrays)
    assert trained(path, tmp_path / "run", *more) == 0
    said = capsys.readouterr().err
    words = "family summary: dropped 2 of 12 features: summary_3 (no value); summary_7 (constant)"
    assert said.splitlines()[0] == words
    assert said.splitlines()[1].startswith("categories of features: category_1 ")


def test_features_that_a_mapping_leaves_out_make_the_rest(features, tmp_path, capsys):
    some = mapping(a=["summary_0", "architecture_1"], b=["architecture/architecture_2"])
    assert trained(features, tmp_path / "run", "--dry-run", **some) == 0
    told, *weights = capsys.readouterr().err.splitlines()
    assert told == "categories of features: a 2, b 1, rest 15"
    assert [line.partition(":")[0] for line in weights] == ["representation"]
