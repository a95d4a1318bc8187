"""What is written can be read again, and other people's files with a word about their columns."""

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from latentloom.data.dataset import Quantity
from latentloom.data.formats import Columns, detect, read, read_many, recoded, write

COLUMNS = Columns(
    series=("voltage [V]",),
    drive=("current [A]",),
    condition=("frequency [Hz]",),
    label="kind",
    extras=("held_out",),
    group="shape",
    periodic=True,
)


def assert_same(a, b):
    assert a.schema == b.schema
    assert a.arrays().keys() == b.arrays().keys()
    for name, array in a.arrays().items():
        assert torch.equal(array, b.arrays()[name]), name


@pytest.fixture
def raw():
    return {
        "voltage": np.random.default_rng(0).normal(size=(4, 5)),
        "current": np.ones((4, 5), np.float32),
        "frequency": np.array([1, 2, 3, 4]),
        "kind": np.array(["b", "a", "b", "c"]),
        "held_out": np.array([True, False, False, True]),
        "shape": np.array(["x", "y", "x", "y"]),
    }


@pytest.mark.parametrize("name", ["a.npz", "a.h5", "a.parquet", "folder"])
def test_a_written_dataset_reads_as_it_was(full, tmp_path, name):
    write(full, tmp_path / name)
    assert_same(full, read(tmp_path / name))


@pytest.mark.parametrize("name", ["a.tsv", "a.ts"])
def test_written_series_with_labels_read_as_they_were(labelled, tmp_path, name):
    write(labelled, tmp_path / name)
    assert_same(labelled, read(tmp_path / name))


@pytest.mark.parametrize("name", ["a.npz", "a.h5", "a.parquet"])
def test_the_content_decides_the_format_not_the_ending(full, tmp_path, name):
    write(full, tmp_path / name)
    (tmp_path / name).rename(tmp_path / "plain.dat")
    assert_same(full, read(tmp_path / "plain.dat"))


def test_text_formats_are_told_apart_by_their_first_line(tmp_path):
    for text, name in (("@problemName x", "ts"), ("1\t2.5", "ucr"), ("a,b\n1,2", "csv")):
        (tmp_path / "text").write_text(text)
        assert detect(tmp_path / "text") == name


def written(raw, path):
    if path.suffix == ".npz":
        np.savez(path, **raw)
    elif path.suffix == ".h5":
        with h5py.File(path, "w") as file:
            for name, array in raw.items():
                file[name] = array.astype("S") if array.dtype.kind == "U" else array
    else:
        pq.write_table(pa.table({name: array.tolist() for name, array in raw.items()}), path)


@pytest.mark.parametrize("name", ["a.npz", "a.h5", "a.parquet"])
def test_columns_give_plain_arrays_their_roles(raw, tmp_path, name):
    written(raw, tmp_path / name)
    dataset = read(tmp_path / name, columns=COLUMNS)
    assert dataset.schema.series == (Quantity("voltage", "V"),)
    assert dataset.schema.names("condition") == ("frequency", "kind")
    assert dataset.schema.categories == {"kind": ("a", "b", "c")}
    assert dataset.condition.tolist() == [[1, 1], [2, 0], [3, 1], [4, 2]]
    assert dataset.extras["held_out"][:, 0].tolist() == [1, 0, 0, 1]
    assert dataset.group[0] == dataset.group[2] != dataset.group[1]
    assert np.allclose(dataset.series[..., 0], raw["voltage"])


def test_channels_and_columns_of_wide_arrays_are_numbered(tmp_path):
    np.savez(tmp_path / "a.npz", pca=np.zeros((3, 4, 2)), params=np.ones((3, 2)))
    columns = Columns(series=("pca",), condition=("params [m]",))
    dataset = read(tmp_path / "a.npz", columns=columns)
    assert dataset.schema.names("series") == ("pca_0", "pca_1")
    assert dataset.schema.condition[1] == Quantity("params_1", "m")
    assert dataset.condition.shape == (3, 2)


@pytest.mark.parametrize("name", ["a.npz", "a.h5"])
def test_rows_can_be_the_steps_of_one_long_series(tmp_path, name):
    arrays = {"table": np.arange(12.0).reshape(4, 3), "load": np.arange(4.0), "net": np.eye(3)}
    if name == "a.npz":
        np.savez(tmp_path / name, **arrays)
    else:
        with h5py.File(tmp_path / name, "w") as file:
            file.update(arrays)
    columns = Columns(series=("table [K]", "load [W]"), rows="steps")
    dataset = read(tmp_path / name, columns=columns)
    assert [str(q) for q in dataset.schema.series] == [
        "table_0 [K]",
        "table_1 [K]",
        "table_2 [K]",
        "load [W]",
    ]
    assert dataset.series.shape == (1, 4, 4)
    assert dataset.series[0, :, 1].tolist() == [1, 4, 7, 10]
    assert dataset.series[0, :, 3].tolist() == [0, 1, 2, 3]


def test_a_table_of_steps_can_be_parquet(tmp_path):
    pq.write_table(pa.table({"a": [1.0, 2.0, 3.0], "b": [4.0, 5.0, 6.0]}), tmp_path / "a.parquet")
    columns = Columns(series=("a",), drive=("b",), rows="steps")
    dataset = read(tmp_path / "a.parquet", columns=columns)
    assert dataset.series[0, :, 0].tolist() == [1, 2, 3]
    assert dataset.drive[0, :, 0].tolist() == [4, 5, 6]


@pytest.mark.parametrize(
    "date", ["2016-07-01 00:00:00", "2016-07-01", "2016-07-01T00:00Z", " 2016-07-01 "]
)
def test_dates_of_a_csv_file_are_left_out(tmp_path, date):
    (tmp_path / "a.csv").write_text(f"date,load [W],20160701\n{date},1,2\n{date},3,4\n")
    dataset = read(tmp_path / "a.csv")
    assert [str(q) for q in dataset.schema.series] == ["load [W]", "20160701"]
    assert dataset.series.tolist() == [[[1, 2], [3, 4]]]


def test_offsets_cut_signals_that_lie_one_after_the_other(tmp_path):
    np.savez(tmp_path / "a.npz", points=np.arange(10.0).reshape(5, 2), offsets=[0, 2, 5])
    dataset = read(tmp_path / "a.npz", columns=Columns(series=("points",), offsets="offsets"))
    assert dataset.lengths.tolist() == [2, 3]
    assert dataset.series[0].tolist() == [[0, 1], [2, 3], [0, 0]]
    assert dataset.series[1].tolist() == [[4, 5], [6, 7], [8, 9]]


def test_lists_of_different_lengths_are_padded(tmp_path):
    table = pa.table({"x": [[1.0, 2.0], [3.0], [4.0, 5.0]]})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=2)
    dataset = read(tmp_path / "a.parquet", columns=Columns(series=("x",)))
    assert dataset.series[..., 0].tolist() == [[1, 2], [3, 0], [4, 5]]
    assert dataset.lengths.tolist() == [2, 1, 2]


def test_a_plain_csv_folder_needs_no_schema(tmp_path):
    (tmp_path / "a.csv").write_text("voltage [V],current\n1,2\n3,4\n")
    (tmp_path / "b.csv").write_text("voltage [V],current\n5,6\n")
    (tmp_path / "conditions.csv").write_text("file,f [Hz],group\nb.csv,50,2\na.csv,60,1\n")
    dataset = read(tmp_path)
    assert dataset.schema.series == (Quantity("voltage", "V"), Quantity("current"))
    assert dataset.series.tolist() == [[[1, 2], [3, 4]], [[5, 6], [0, 0]]]
    assert dataset.lengths.tolist() == [2, 1]
    assert dataset.condition.tolist() == [[60], [50]]
    assert dataset.group.tolist() == [1, 2]


def test_columns_give_a_csv_folder_its_roles(tmp_path):
    (tmp_path / "a.csv").write_text("t,u,i\n0,1,2\n1,3,4\n")
    (tmp_path / "conditions.csv").write_text("sample,steel\na,M4\n")
    dataset = read(tmp_path, columns=Columns(series=("u [V]",), drive=("i",), label="steel"))
    assert dataset.drive[0, :, 0].tolist() == [2, 4]
    assert dataset.schema.categories == {"steel": ("M4",)}


def test_missing_values_are_allowed_on_request(tmp_path):
    np.savez(tmp_path / "a.npz", x=[[1.0, np.nan]])
    dataset = read(tmp_path / "a.npz", columns=Columns(series=("x",)), missing="allow")
    assert dataset.series.isnan().sum() == 1


def test_several_files_become_one_dataset_with_their_names_as_a_label(raw, tmp_path):
    np.savez(tmp_path / "steel.npz", **raw)
    np.savez(tmp_path / "iron.npz", **{name: array[:2, ...] for name, array in raw.items()})
    paths = [tmp_path / "steel.npz", tmp_path / "iron.npz"]
    dataset = read_many(paths, columns=COLUMNS, label="material")
    assert dataset.size == 6
    assert dataset.schema.categories["material"] == ("iron", "steel")
    assert dataset.schema.categories["kind"] == ("a", "b", "c")
    assert dataset.condition[:, 1].tolist() == [1, 0, 1, 2, 1, 0]
    assert dataset.condition[:, 2].tolist() == [1, 1, 1, 1, 0, 0]
    assert dataset.group[0] == dataset.group[4]


def test_shorter_files_are_padded(tmp_path):
    for name, steps in (("a", 3), ("b", 2)):
        np.savez(tmp_path / f"{name}.npz", x=np.ones((2, steps)))
    paths = [tmp_path / "a.npz", tmp_path / "b.npz"]
    dataset = read_many(paths, columns=Columns(series=("x",)))
    assert dataset.lengths.tolist() == [3, 3, 2, 2]
    assert dataset.series.sum() == 10


def test_labels_keep_their_names_in_another_order(labelled):
    other = recoded("drive", labelled, {"label": ("2", "10", "-1")})
    assert other.condition[:, 0].tolist() == [1, 2, 0]


def test_trailing_gaps_of_a_ucr_line_are_padding(tmp_path):
    (tmp_path / "a.tsv").write_text("1.0\t1\t2\t3\n2\t4\tNaN\tNaN\n")
    dataset = read(tmp_path / "a.tsv")
    assert dataset.lengths.tolist() == [3, 1]
    assert dataset.schema.categories == {"label": ("1", "2")}
