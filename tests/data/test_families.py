"""Families of features, from every file that may hold them."""

import json

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from latentloom.cli.main import main
from latentloom.core.errors import DataError
from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.formats import Columns, read, read_many, write
from latentloom.data.inspect import inspect
from latentloom.data.splits import Fractions
from latentloom.data.stream import StreamedDataset

EDGE = np.array([[0.5, 2.0], [1.5, np.nan], [2.5, -4.0]], np.float32)
COURSE = np.arange(24, dtype=np.float32).reshape(3, 4, 2)


@pytest.fixture
def layout(tmp_path):
    """A file in the layout, with names in both places and one family of time steps."""
    path = tmp_path / "layout.h5"
    with h5py.File(path, "w") as file:
        file["features/edge/features"] = EDGE
        file["features/edge/names"] = np.array(["area [m]", "skew"], "S")
        file["features/summary/aggregated/features"] = np.ones((3, 3), np.float32)
        file["features/summary/per_trajectory/features"] = np.ones((3, 5, 3), np.float32)
        registry = {"late": {"c": 2}, "early": {"a": 0, "b": 1}}
        file["features/summary"].attrs["feature_registry"] = json.dumps(registry)
        file["features/temporal/features"] = COURSE
        file["parameters/params"] = np.zeros((3, 7))
        file["label"] = np.array([4, 0, 4])
    return path


@pytest.fixture
def families():
    """A dataset of families alone."""
    names = {
        "edge": (Quantity("area", "m"), Quantity("skew")),
        "temporal": (Quantity("u"), Quantity("v")),
    }
    return Dataset(
        schema=Schema(families=names),
        families={"edge": torch.from_numpy(EDGE), "temporal": torch.from_numpy(COURSE)},
        extras={"label": torch.tensor([[4.0], [0.0], [4.0]])},
        group=torch.tensor([1, 1, 2]),
    )


def table(path, columns):
    """Columns as a CSV or Parquet file."""
    if path.suffix == ".parquet":
        pq.write_table(pa.table(columns), path)
    else:
        fields = zip(*columns.values(), strict=True)
        rows = [",".join(columns), *(",".join(map(str, row)) for row in fields)]
        path.write_text("\n".join(rows) + "\n")
    return path


def test_the_layout_is_read_without_a_word(layout):
    dataset = read(layout)
    shapes = {name: tuple(family.shape) for name, family in dataset.families.items()}
    assert shapes == {"edge": (3, 2), "summary": (3, 3), "temporal": (3, 4, 2)}
    assert dataset.schema.families["edge"] == (Quantity("area", "m"), Quantity("skew"))
    assert [q.name for q in dataset.schema.families["summary"]] == ["a", "b", "c"]
    assert [q.name for q in dataset.schema.families["temporal"]] == ["temporal_0", "temporal_1"]
    assert dataset.extras["label"][:, 0].tolist() == [4, 0, 4]
    assert (dataset.series, dataset.condition, dataset.size) == (None, None, 3)


def test_parameters_and_label_are_conditions_if_asked(layout):
    dataset = read(layout, columns=Columns(condition=("parameters/params",), label="label"))
    assert dataset.schema.names("condition")[-2:] == ("parameters/params_6", "label")
    assert dataset.schema.categories == {"label": ("0", "4")}
    assert list(dataset.families) == ["edge", "summary", "temporal"]
    assert not dataset.extras


def test_some_families_can_be_chosen(layout):
    assert list(read(layout, columns=Columns(families=("temporal",))).families) == ["temporal"]


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
@pytest.mark.parametrize("separator", ["/", "::"])
def test_columns_of_a_table_name_their_family(tmp_path, name, separator):
    columns = {
        f"edge{separator}area": [0.5, 1.5],
        "label": ["cat", "dog"],
        f"shape{separator}of/it [m]": [1.0, 2.0],
        f"edge{separator}skew": [3, 4],
        "group": [7, 7],
    }
    dataset = read(table(tmp_path / name, columns))
    assert dataset.schema.families == {
        "edge": (Quantity("area"), Quantity("skew")),
        "shape": (Quantity("of/it", "m"),),
    }
    assert dataset.families["edge"].tolist() == [[0.5, 3], [1.5, 4]]
    assert dataset.schema.categories == {"label": ("cat", "dog")}
    assert dataset.group.tolist() == [7, 7]


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_patterns_give_columns_their_family(tmp_path, name):
    path = table(tmp_path / name, {"fou_0": [1.0, 2.0], "zer_0": [3.0, 4.0], "fou_1": [5.0, 6.0]})
    dataset = read(path, columns=Columns(families=("low=fou_*", "zer=zer_0")))
    assert dataset.schema.families["low"] == (Quantity("fou_0"), Quantity("fou_1"))
    assert dataset.families["low"].tolist() == [[1, 5], [2, 6]]
    assert dataset.families["zer"].tolist() == [[3], [4]]


def test_a_csv_of_steps_is_still_one_sample(tmp_path):
    path = table(tmp_path / "a.csv", {"speed [m/s]": [1.0, 2.0, 3.0]})
    assert read(path).series.shape == (1, 3, 1)


def test_arrays_of_an_archive_are_families(tmp_path):
    np.savez(tmp_path / "a.npz", fou=EDGE, pix=np.uint8([[1], [2], [3]]), label=[0, 1, 1])
    dataset = read(tmp_path / "a.npz", columns=Columns(families=("fou", "pix")))
    assert dataset.families["pix"].tolist() == [[1], [2], [3]]
    assert dataset.schema.families["fou"] == (Quantity("fou_0"), Quantity("fou_1"))
    assert dataset.extras["label"][:, 0].tolist() == [0, 1, 1]


def test_features_may_be_missing_but_not_infinite(tmp_path, layout):
    assert read(layout).families["edge"].isnan().sum() == 1
    np.savez(tmp_path / "a.npz", edge=np.array([[1.0, 2.0], [3.0, np.inf]]))
    with pytest.raises(DataError, match=r"edge has a value .*\(inf\) in sample 1, edge_1"):
        read(tmp_path / "a.npz", columns=Columns(families=("edge",)))


@pytest.mark.parametrize("name", ["a.npz", "a.h5", "a.parquet"])
def test_written_families_read_as_they_were(families, tmp_path, name):
    write(families, tmp_path / name)
    again = read(tmp_path / name)
    assert again.schema == families.schema
    assert again.arrays().keys() == families.arrays().keys()
    for key, array in families.arrays().items():
        assert torch.equal(array.nan_to_num(99), again.arrays()[key].nan_to_num(99))


def test_a_table_of_families_reads_as_it_was(families, tmp_path):
    rows = Dataset.of(
        Schema(families={"edge": families.schema.families["edge"]}),
        {k: v for k, v in families.arrays().items() if k != "families/temporal"},
    )
    write(rows, tmp_path / "a.csv")
    again = read(tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text().startswith("group,label,edge/area [m],edge/skew\n")
    assert again.schema == rows.schema
    assert torch.equal(again.families["edge"].nan_to_num(), rows.families["edge"].nan_to_num())
    assert torch.equal(again.extras["label"], rows.extras["label"])
    assert torch.equal(again.group, rows.group)


def test_families_split_stream_and_join(layout):
    dataset, stream = read(layout), StreamedDataset(layout)
    parts = Fractions(train=0.34, validation=0.33)(stream, 0)
    assert sorted(torch.cat([parts.train, parts.validation, parts.test]).tolist()) == [0, 1, 2]
    picked = stream.take([2, 0]).families["temporal"]
    assert torch.equal(picked, dataset.families["temporal"][[2, 0]])
    assert read_many([layout, layout]).families["temporal"].shape == (6, 4, 2)


def test_an_inspection_shows_families_with_their_shapes_and_ranges(layout, capsys):
    rows = dict(inspect(layout).rows())
    assert rows["family edge"] == "3 x 2; -4 to 2.5, mean 0.5; 1 not finite"
    assert rows["family temporal"] == "3 x 4 x 2; 0 to 23, mean 11.5"
    assert main(["data", "inspect", str(layout), "--family", "summary"]) == 0
    assert "family edge" not in capsys.readouterr().out


def test_the_command_line_converts_families(layout, tmp_path):
    arguments = ["data", "convert", str(layout), str(tmp_path / "a.npz"), "--family", "temporal"]
    assert main(arguments) == 0
    assert torch.equal(read(tmp_path / "a.npz").families["temporal"], torch.from_numpy(COURSE))


def test_real_families_are_read_alike_from_both_files(shared_data):
    whole = read(shared_data / "families" / "mfeat.h5")
    columns = Columns(families=tuple(whole.families))
    other = read(shared_data / "families" / "mfeat.npz", columns=columns)
    assert sum(family.shape[1] for family in whole.families.values()) == 649
    assert whole.schema.families == other.schema.families
    assert torch.equal(whole.extras["label"], other.extras["label"])
    for name, family in whole.families.items():
        assert torch.equal(family, other.families[name])


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (("sumary",), r"has no family 'sumary', it has .*; did you mean 'summary'\?"),
        (("low=fou_*",), r"no column matches 'fou_\*' for family 'low'"),
    ],
)
def test_a_family_that_is_not_there_is_named(layout, texts, words):
    with pytest.raises(DataError, match=words):
        read(layout, columns=Columns(families=texts))


def test_families_must_have_the_same_samples(layout):
    with h5py.File(layout, "a") as file:
        file["features/late/features"] = np.zeros((2, 1))
    with pytest.raises(DataError, match=r"arrays differ in their samples: .*late/features': 2"):
        read(layout)


def test_every_feature_needs_its_own_name(layout):
    with h5py.File(layout, "a") as file:
        del file["features/edge/names"]
        file["features/edge/names"] = np.array(["area"], "S")
    with pytest.raises(DataError, match="'edge' must have a name for each of 2 features, got 1"):
        read(layout)
    with h5py.File(layout, "a") as file:
        del file["features/edge/names"]
        file["features/edge/names"] = np.array(["area", "area [m]"], "S")
    with pytest.raises(DataError, match=r"must name each feature once, got \['area'\]"):
        read(layout)


def test_words_are_no_features(tmp_path):
    path = table(tmp_path / "a.csv", {"edge/a": ["x", "y"], "edge/b": [1, 2]})
    with pytest.raises(
        DataError, match="edge/a must be real numbers, got words such as 'x'; leave"
    ):
        read(path)


def test_a_column_twice_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("edge/a,edge/a\n1,2\n")
    with pytest.raises(DataError, match=r"must name each column once, got \['edge/a'\] twice"):
        read(tmp_path / "a.csv")


def test_other_features_are_refused_when_files_are_joined(layout, tmp_path):
    names = Schema(families={"edge": (Quantity("area"), Quantity("skaw"))})
    for name, schema in (("one", read(layout).schema), ("two", names)):
        family = {"edge": torch.from_numpy(EDGE)}
        some = Schema(families={"edge": schema.families["edge"]})
        write(Dataset(schema=some, families=family), tmp_path / f"{name}.h5")
    with pytest.raises(DataError, match=r"edge has no 'skew', .*; did you mean 'skaw'\?"):
        read_many([tmp_path / "one.h5", tmp_path / "two.h5"])


def test_a_folder_holds_signals_and_a_table_rows(families, tmp_path):
    with pytest.raises(DataError, match=r"there are none; end the name in \.csv"):
        write(families, tmp_path / "folder")
    with pytest.raises(DataError, match="no place for the steps of family 'temporal'"):
        write(families, tmp_path / "a.csv")


def test_steps_without_names_are_not_written_in_rows(families, tmp_path):
    nameless = Dataset(schema=Schema(), families=dict(families.families))
    with pytest.raises(DataError, match=r"a name for each feature to be written in rows"):
        write(nameless, tmp_path / "a.parquet")
