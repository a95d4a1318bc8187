"""Features become named tables of codes, and codes become features with units."""

import json

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from provoked_tokenizers import OWN, families, tokenizer

import latentloom
from latentloom.cli.main import main
from latentloom.core.errors import DataError, RunError
from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.formats import read, write
from latentloom.recipes.latents import check_latents
from latentloom.recipes.token_tables import Books, books_of, load_codes, save_codes

GENERATE = {
    "name": "write",
    "epochs": 2,
    "updates": [
        {
            "trains": ["generator"],
            "forward_pass": "next_code",
            "objective": {"nats": {"criterion": "cross_entropy"}},
            "learning_rate": 1e-2,
        }
    ],
}


def measured(size=150):
    """Families of features with units."""
    dataset = families(size)
    names = {
        family: tuple(Quantity(q.name, "m") for q in features)
        for family, features in dataset.schema.families.items()
    }
    return Dataset(schema=Schema(families=names), families=dataset.families)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A tokenizer that can write new tokens, too."""
    tree = tokenizer(OWN)
    tree["parts"]["generator"] = {"kind": "lstm", "width": 8, "layers": 1}
    tree["phases"].append(GENERATE)
    place = tmp_path_factory.mktemp("tokenizers") / "run"
    return latentloom.train(
        tree, place, data=measured(), changes={"phases.0.epochs": 3}, device="cpu"
    )


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "features.h5"
    write(measured(40), path)
    return path


def command(*arguments):
    return main([*map(str, arguments), "--device", "cpu"])


def test_books_are_named_by_category_and_level_and_know_their_features(run):
    books = books_of(run)
    assert books.names[:4] == ("family_0/0", "family_0/1", "family_1/0", "family_1/1")
    assert books.sizes == (16,) * 6
    assert books.features["family_1"] == tuple(f"family_1/x{c} [m]" for c in range(5))


@pytest.mark.parametrize(("size", "kind"), [(32768, "int16"), (32769, "int32")])
def test_codes_take_as_few_bytes_as_hold_them(size, kind):
    assert Books(names=("a",), sizes=(size,), features={}).dtype == np.dtype(kind)


@pytest.mark.parametrize("ending", [".parquet", ".h5"])
def test_a_table_of_codes_comes_back_as_it_was(run, file, tmp_path, ending):
    codes = run.codes(read(file))
    path = tmp_path / f"codes{ending}"
    save_codes(codes, books_of(run), path)
    assert np.array_equal(load_codes(path, books_of(run)), codes)


def test_a_parquet_table_has_a_small_column_for_each_book_and_tells_their_features(run, tmp_path):
    path = tmp_path / "codes.parquet"
    save_codes(np.zeros((3, 2, 6), int), books_of(run), path)
    table = pq.read_table(path)
    assert table.column_names == ["sample", "step", *books_of(run).names]
    assert table["sample"].to_pylist() == [0, 0, 1, 1, 2, 2]
    assert table.schema.field("family_0/0").type == pa.int16()
    told = json.loads(table.schema.metadata[b"latentloom_tokens"])
    assert told["features"]["family_2"][0] == "family_2/x0 [m]"
    assert load_codes(path, books_of(run)).shape == (3, 2, 6)


@pytest.mark.parametrize("ending", [".parquet", ".h5", ".npz"])
def test_the_commands_lead_from_features_to_codes_and_back_with_units(
    run, file, tmp_path, ending, capsys
):
    codes, back = tmp_path / f"codes{ending}", tmp_path / "back.h5"
    assert command("encode", run.folder.path, file, "-o", codes) == 0
    assert command("decode", run.folder.path, codes, "-o", back) == 0
    assert "40 samples of features" in capsys.readouterr().out
    decoded, straight = read(back), run.reconstructed(read(file))
    assert decoded.schema.families == measured().schema.families
    for name, family in straight.families.items():
        torch.testing.assert_close(decoded.families[name], family)


def test_new_features_are_generated_in_their_units(run, tmp_path):
    path = tmp_path / "new.npz"
    assert command("generate", run.folder.path, "-n", 7, "-o", path) == 0
    new = read(path)
    assert {name: tuple(x.shape) for name, x in new.families.items()} == {
        f"family_{index}": (7, 5) for index in range(3)
    }
    assert new.schema.families["family_0"][0] == Quantity("x0", "m")


def test_features_are_reconstructed_by_the_command(run, file, tmp_path):
    path = tmp_path / "again.csv"
    assert command("reconstruct", run.folder.path, file, "-o", path) == 0
    assert read(path).size == 40


def test_features_are_found_by_name_in_any_order(run):
    dataset = measured(20)
    turned = {name: x.flip(1) for name, x in reversed([*dataset.families.items()])}
    names = {name: own[::-1] for name, own in dataset.schema.families.items()}
    other = Dataset(schema=Schema(families=names), families=turned)
    assert np.array_equal(run.codes(other), run.codes(dataset))


def test_a_missing_value_is_read_as_the_median(run):
    dataset = measured(20)
    family = dataset.families["family_0"].clone()
    family[0, 0] = torch.nan
    gap = Dataset(schema=dataset.schema, families={**dataset.families, "family_0": family})
    assert np.array_equal(run.codes(gap)[1:], run.codes(dataset)[1:])


WRONG = {
    "a family is missing": (
        lambda d: Dataset(
            schema=d.schema,
            families={name: x for name, x in d.families.items() if name != "family_1"},
        ),
        "families: must have 'family_1' as in training, got ['family_0', 'family_2']",
    ),
    "a feature has another name": (
        lambda d: Dataset(
            schema=Schema(
                families={**d.schema.families, "family_0": renamed(d.schema.families["family_0"])}
            ),
            families=d.families,
        ),
        "family family_0: has no 'x4', it has ['x0', 'x1', 'x2', 'x3', 'y4']",
    ),
    "there is a feature more": (
        lambda d: Dataset(
            schema=Schema(
                families={
                    **d.schema.families,
                    "family_0": (*d.schema.families["family_0"], Quantity("x44")),
                }
            ),
            families={
                **d.families,
                "family_0": torch.cat((d.families["family_0"], d.families["family_0"][:, :1]), 1),
            },
        ),
        "family family_0: must hold the features of training alone, got 'x44' too",
    ),
    "there are no families": (
        lambda d: Dataset(
            schema=Schema(series=(Quantity("x"),)), series=torch.zeros(d.size, 4, 1)
        ),
        "families: must be given, as in training: family_0, family_1, family_2; got nothing",
    ),
}


def renamed(features):
    return (*features[:-1], Quantity("y4", "m"))


@pytest.mark.parametrize(("wrong", "words"), WRONG.values(), ids=WRONG)
def test_other_features_than_those_of_training_are_refused(run, wrong, words):
    with pytest.raises(DataError) as caught:
        run.codes(wrong(measured(20)))
    assert str(caught.value).startswith(words)


def test_codes_of_another_run_are_refused(run, tmp_path, capsys):
    other = Books(names=("shape/0",), sizes=(16,), features={})
    path = tmp_path / "other.parquet"
    save_codes(np.zeros((3, 1, 1), int), other, path)
    assert command("decode", run.folder.path, path, "-o", tmp_path / "back.h5") == 2
    said = capsys.readouterr().err
    assert "must have the books of the run, 'family_0/0', 'family_0/1'" in said
    assert said.count("\n") == 1


def test_codes_of_other_features_are_refused(run, tmp_path):
    books = books_of(run)
    others = {name: features[::-1] for name, features in books.features.items()}
    path = tmp_path / "codes.h5"
    save_codes(
        np.zeros((3, 1, 6), int),
        Books(names=books.names, sizes=books.sizes, features=others),
        path,
    )
    with pytest.raises(DataError, match=r"category family_0 must have the features that the run"):
        load_codes(path, books)


@pytest.mark.parametrize("ending", [".parquet", ".h5"])
def test_a_file_that_holds_no_codes_is_refused(run, tmp_path, ending):
    path = tmp_path / f"codes{ending}"
    path.write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"must be codes as `encode` writes them"):
        load_codes(path, books_of(run))


def test_a_file_without_codes_is_refused(run, tmp_path):
    path = tmp_path / "empty.h5"
    with h5py.File(path, "w") as empty:
        empty["x"] = np.zeros(3)
    with pytest.raises(DataError, match=r"must be codes as `encode` writes them"):
        load_codes(path, books_of(run))


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        (np.zeros((2, 6), int), r"codes: must be samples x steps x 6 books, got shape \(2, 6\)"),
        (np.full((2, 1, 6), 16), r"codes: must be in \[0, 16\) for book 0, got 16 in sample 0"),
        (np.full((2, 1, 6), -1), r"codes: must be in \[0, 16\) for book 0, got -1 in sample 0"),
    ],
)
def test_codes_that_no_book_has_are_refused(codes, words):
    with pytest.raises(DataError, match=words):
        check_latents(codes, 24, (16,) * 6)


def test_a_run_of_features_says_that_it_has_no_signals(run):
    with pytest.raises(RunError, match=r"tells features, and no signals; take `decoded`"):
        run.reconstruct(measured(20))
