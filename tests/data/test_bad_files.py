"""A file that cannot be used is refused in one line that says what is wrong with it."""

import errno
import pickle
from contextlib import suppress

import h5py
import numpy as np
import pytest
import torch

from latentloom.core.errors import DataError
from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.formats import Columns, check_compatible, check_steps, read, read_many, write
from latentloom.data.formats.writing import fresh

X = Columns(series=("x",))


def refused(words):
    return pytest.raises(DataError, match=words)


def saved(path, **arrays):
    np.savez(path, **arrays)
    return path


def folder(path, *, sample="a,b\n1,2\n", conditions=None):
    (path / "s0.csv").write_text(sample)
    if conditions is not None:
        (path / "conditions.csv").write_text(conditions)
    return path


def test_a_file_that_is_not_there(tmp_path):
    saved(tmp_path / "voltage.npz", x=[1])
    with refused(r"voltag\.npz: does not exist; did you mean 'voltage\.npz'\?"):
        read(tmp_path / "voltag.npz")


def test_a_column_of_words_in_a_csv_file(tmp_path):
    (tmp_path / "a.csv").write_text("day,load\nMonday,1\nTuesday,2\n")
    words = r"a\.csv: day: must be a number, got 'Monday'; if it is no signal, name those that"
    with refused(words):
        read(tmp_path / "a.csv")


def test_a_csv_file_of_dates_alone(tmp_path):
    (tmp_path / "a.csv").write_text("date\n2016-07-01\n")
    with refused(r"must hold series, got only the dates \['date'\]"):
        read(tmp_path / "a.csv")


def test_rows_that_are_steps_have_no_conditions():
    words = r"rows must be samples where something is known of each, got steps with \['label'\]"
    with pytest.raises(ValueError, match=words):
        Columns(series=("x",), label="y", rows="steps")


def test_an_empty_file(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"")
    with refused("is empty"):
        read(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (pickle.dumps([1]), "is a pickle, which can run code"),
        (b"\x1f\x8b\x08", "is compressed by gzip"),
        (b"\x93NUMPY\x01", "is a single array"),
        (b"\xff\xfe\x00\x01", "has none of the known formats: csv, npz, hdf5"),
        (b"some prose", "has none of the known formats"),
    ],
)
def test_a_file_of_another_kind(tmp_path, content, words):
    (tmp_path / "a").write_bytes(content)
    with refused(words):
        read(tmp_path / "a")


@pytest.mark.parametrize("name", ["a.npz", "a.h5", "a.parquet"])
def test_a_file_cut_short(full, tmp_path, name):
    write(full, tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    with refused("is cut short or damaged"):
        read(tmp_path / name)


@pytest.mark.parametrize("place", range(-60, 0))
def test_an_archive_whose_directory_is_damaged_is_read_rightly_or_refused(full, tmp_path, place):
    """The last bytes are its directory; whatever becomes of one, all that comes is a line."""
    write(full, tmp_path / "a.npz")
    damaged = bytearray((tmp_path / "a.npz").read_bytes())
    damaged[place] ^= 0x55
    (tmp_path / "a.npz").write_bytes(damaged)
    with suppress(DataError):
        assert torch.equal(read(tmp_path / "a.npz").series, full.series)


def test_a_way_of_packing_that_nobody_knows_is_damage(tmp_path):
    path = saved(tmp_path / "a.npz", x=[1])
    damaged = bytearray(path.read_bytes())
    damaged[damaged.index(b"PK\x01\x02") + 10] = 77  # the compression method of the directory
    path.write_bytes(damaged)
    with refused(r"a\.npz: is cut short or damaged, write or copy it again: That compression"):
        read(path, columns=X)


def test_pickled_arrays_are_not_opened(tmp_path):
    path = saved(tmp_path / "a.npz", x=np.array([{"a": 1}], dtype=object))
    with refused("array 'x' holds pickled objects or is damaged; store it as numbers"):
        read(path, columns=X)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("kind", ["npz", "h5"])
def test_values_that_are_not_finite(tmp_path, value, kind):
    x = np.zeros((3, 4))
    x[1, 2] = x[2, 0] = value
    if kind == "npz":
        saved(tmp_path / "a", x=x)
    else:
        with h5py.File(tmp_path / "a.npz", "w") as file:
            file["x"] = x
    where = r"series has 2 values that are not finite, the first \(%s\) in sample 1, step 2 of x"
    with refused(where % value):
        read(tmp_path / "a.npz", columns=X)


def test_a_condition_that_is_not_finite(tmp_path):
    path = saved(tmp_path / "a.npz", x=np.zeros((2, 3)), f=[1.0, np.nan])
    with refused("condition has a value that is not finite.* in sample 1, f; mend it"):
        read(path, columns=Columns(series=("x",), condition=("f",)))


def test_an_array_that_is_not_there(tmp_path):
    path = saved(tmp_path / "a.npz", voltage=np.zeros((2, 3)))
    with refused(r"has no 'voltge', it has \['voltage'\]; did you mean 'voltage'\?"):
        read(path, columns=Columns(series=("voltge",)))


def test_arrays_whose_roles_nobody_knows(tmp_path):
    path = saved(tmp_path / "a.npz", x=np.zeros((2, 3)))
    with refused(r"has no schema of its own; say which column is what. It has x \(2, 3\)"):
        read(path)


def test_images_in_place_of_sets_of_gaussians(tmp_path):
    path = saved(tmp_path / "a.npz", images=np.zeros((2, 8, 8)))
    with refused("to make sets of Gaussians of images: latentloom data fit-gaussians"):
        read(path)


@pytest.mark.parametrize("name", ["a.npz", "a.tsv"])
def test_roles_where_they_are_known(labelled, tmp_path, name):
    write(labelled, tmp_path / name)
    with refused("leave the columns out"):
        read(tmp_path / name, columns=X)


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.full((2, 3), "a"), "x must be real numbers, got <U1"),
        (np.zeros((2, 3), complex), "x must be real numbers, got complex128"),
        (np.zeros((0, 3)), "must hold at least one sample, got none"),
    ],
)
def test_arrays_that_are_no_signals(tmp_path, array, words):
    with refused(words):
        read(saved(tmp_path / "a.npz", x=array), columns=X)


@pytest.mark.parametrize("name", ["a.npz", "a.h5", "a.parquet", "a"])
def test_a_full_disk_leaves_nothing(full, tmp_path, monkeypatch, name):
    def none(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("latentloom.data.formats.writing.shutil.disk_usage", none)
    for place in (
        "npz.np.savez_compressed",
        "parquet.pq.ParquetWriter",
        "csv_folder._write_sample",
    ):
        monkeypatch.setattr(f"latentloom.data.formats.{place}", none)
    with refused(rf"{name}: cannot be written: No space left on device"):
        write(full, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_arrays_of_different_sizes(tmp_path):
    path = saved(tmp_path / "a.npz", x=np.zeros((2, 3)), y=np.zeros((3, 3)), z=np.zeros((2, 4)))
    with refused(r"its arrays differ in their samples: \{'x': 2, 'y': 3\}"):
        read(path, columns=Columns(series=("x",), drive=("y",)))
    with refused(r"its signals differ in their steps: \{'x': 3, 'z': 4\}"):
        read(path, columns=Columns(series=("x", "z")))
    with refused(r"x must be samples x steps \(x channels\), got shape \(2,\)"):
        read(saved(tmp_path / "b.npz", x=np.zeros(2)), columns=X)


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        ("a,b\n1,2\n3\n", r"s0\.csv:3: must have 2 fields as the header has, got 1"),
        ("a,b\n1,x\n", r"s0\.csv: b: must be a number, got 'x'"),
        ("a,b\n", "is empty; it must have a header and at least one row"),
        ("a,b\n1,2\n3,\n", r"b has a value that is not finite, the first \(nan\) in row 2"),
        ("a,b [V\n1,2\n", r"s0\.csv:1: a quantity must be written as name or name \[unit\]"),
    ],
)
def test_a_bad_sample_of_a_csv_folder(tmp_path, sample, words):
    with refused(words):
        read(folder(tmp_path, sample=sample))


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ("sample,f\n", "is empty"),
        ("sample,f\ns1,2\n", "has no row for 1 samples, the first is 's0'"),
        ("sample,f\ns0,1\ns1,2\n", "has no file for 1 samples, the first is 's1'"),
        ("sample,f\ns0,1\ns0,2\n", "names a sample twice"),
    ],
)
def test_bad_conditions_of_a_csv_folder(tmp_path, conditions, words):
    with refused(words):
        read(folder(tmp_path, conditions=conditions))


def test_a_csv_folder_without_what_the_columns_say(tmp_path):
    folder(tmp_path, sample="u [mV],i\n1,2\n", conditions="sample,f\ns0,1\n")
    with refused(r"s0\.csv: u must be in V, got mV"):
        read(tmp_path, columns=Columns(series=("u [V]",)))
    with refused(r"conditions\.csv: has no 'ff', it has \['sample', 'f'\]; did you mean 'f'\?"):
        read(tmp_path, columns=Columns(series=("u",), condition=("ff",)))


def test_a_folder_without_samples(tmp_path):
    with refused("has no CSV files of samples"):
        read(tmp_path)


def test_a_schema_that_is_none(tmp_path):
    folder(tmp_path)
    (tmp_path / "schema.json").write_text("{")
    with refused(r"schema\.json: is no JSON"):
        read(tmp_path)
    (tmp_path / "schema.json").write_text('{"serie": []}')
    with refused("its schema must have only"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("@timeStamps true\n@data\n(0,1)", "has time stamps"),
        ("@problemName x\n", "has no @data line; it may be cut short"),
        (
            "@classLabel true a\n@data\n1,2:3:a\n",
            r":3: channels must be equally long, got \[2, 1\]",
        ),
        ("@data\n1,2\n1:2\n", ":3: must have 1 channels as the lines before, got 2"),
        ("@data\n1,two\n", ":2: must be a number, got 'two'"),
        ("@data\n", "has no series"),
        ("@data\n1,?,2\n", "series has a value that is not finite"),
    ],
)
def test_a_bad_ts_file(tmp_path, text, words):
    (tmp_path / "a.ts").write_text(text)
    with refused(words):
        read(tmp_path / "a.ts")


def test_a_ucr_line_without_values(tmp_path):
    (tmp_path / "a.tsv").write_text("1\t2.5\n2\n")
    with refused("series 1 has no values"):
        read(tmp_path / "a.tsv")


def test_formats_refuse_what_they_cannot_hold(full, tmp_path):
    with refused(r"a UCR file holds one channel, got \['voltage', 'leak'\]"):
        write(full, tmp_path / "a.tsv")
    with refused("this format holds series and one label, got"):
        write(full, tmp_path / "a.ts")
    with refused("its ending must be one of"):
        write(full, tmp_path / "a.xls")


def test_nothing_is_overwritten_and_nothing_half_written_stays(full, tmp_path):
    write(full, tmp_path / "a.npz")
    with refused("exists already; remove it, or choose another name"):
        write(full, tmp_path / "a.npz")
    with refused("cannot be written: no space"), fresh(tmp_path / "b") as partial:
        partial.write_text("half")
        raise OSError("no space")
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_files_that_do_not_fit_each_other(tmp_path):
    for unit in ("V", "mV"):
        dataset = Dataset(schema=schema(unit=unit), series=torch.zeros(2, 3, 1))
        write(dataset, tmp_path / f"{unit}.npz")
    with refused(r"mV\.npz: series u must be in V, got mV"):
        read_many([tmp_path / "V.npz", tmp_path / "mV.npz"])
    with refused("at least one file must be given"):
        read_many([])


def schema(name="u", unit="V", **rest):
    return Schema(series=(Quantity(name, unit),), **rest)


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (schema(unit="mV"), "drive.csv: series u must be in V, got mV"),
        (schema("U"), r"series has no 'u', it has \['U'\]"),
        (Schema(series=(Quantity("u", "V"), Quantity("w"))), r"series must be \['u'\] in this"),
        (
            schema(categories={"steel": ("M4", "M5")}),
            r"steel must be one of \['M4'\], got \['M5'\]",
        ),
    ],
)
def test_incompatible_columns(got, words):
    with refused(words):
        check_compatible("drive.csv", schema(categories={"steel": ("M4",)}), got)


def test_compatible_columns_may_leave_their_units_open():
    check_compatible("drive.csv", schema(), schema(unit=""))
    check_compatible("drive.csv", schema(), schema("other"), roles=["drive"])


def test_signals_of_another_length():
    with refused("drive.csv: signals must have 128 steps, got 100"):
        check_steps("drive.csv", 128, 100)


def test_files_with_other_arrays(tmp_path):
    one = Dataset(schema=schema(), series=torch.zeros(2, 3, 1))
    two = Dataset(schema=schema(), series=torch.zeros(2, 3, 1), group=torch.zeros(2).long())
    for name, dataset in (("one", one), ("two", two)):
        write(dataset, tmp_path / f"{name}.npz")
    with refused(r"two.npz: must hold \['series'\], got \['group', 'series'\]"):
        read_many([tmp_path / "one.npz", tmp_path / "two.npz"])
