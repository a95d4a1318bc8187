"""Paths of many lengths, however they lie in files."""

import csv
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from latentloom.core.errors import DataError
from latentloom.data.formats import Columns, read

LENGTHS = np.array([3, 5, 2])
OFFSETS = np.concatenate([[0], LENGTHS.cumsum()])
SERIES = ("t [ms]", "x [px]", "y [px]")
NAMED = Columns(
    channels={"points": ("t", "x", "y")},
    series=SERIES,
    condition=("distance [px]",),
    offsets="offsets",
    group="user",
)


def points():
    return np.arange(30.0).reshape(10, 3)


def written(path, **changes):
    arrays = {
        "points": points(),
        "offsets": OFFSETS,
        "distance": np.array([7.0, 8.0, 9.0]),
        "user": np.array([4, 4, 6]),
        "letter": np.array([2, 0, 2]),
        "letters": np.array(["a", "b", "z"]),
    }
    np.savez(path / "paths.npz", **arrays | changes)
    return path / "paths.npz"


def assert_as_written(dataset):
    assert tuple(map(str, dataset.schema.series)) == SERIES
    assert dataset.lengths.tolist() == LENGTHS.tolist()
    for row, length in enumerate(LENGTHS):
        own = points()[OFFSETS[row] : OFFSETS[row + 1]]
        assert dataset.series[row, :length].tolist() == own.tolist()
    assert not dataset.series[~dataset.context().mask].any()
    assert dataset.condition[:, 0].tolist() == [7, 8, 9]


def test_points_one_after_the_other_with_names_for_their_channels(tmp_path):
    dataset = read(written(tmp_path), columns=NAMED)
    assert_as_written(dataset)
    assert dataset.group.tolist() == [4, 4, 6]


def test_offsets_of_the_usual_name_need_not_be_said(tmp_path):
    assert_as_written(read(written(tmp_path), columns=replace(NAMED, offsets="")))


def test_a_channel_can_be_left_out_or_stand_in_another_order(tmp_path):
    dataset = read(written(tmp_path), columns=replace(NAMED, series=("y", "x")))
    assert dataset.series[0, 1].tolist() == [5.0, 4.0]


def test_labels_that_are_numbers_have_names(tmp_path):
    columns = replace(NAMED, label="letter", label_names="letters")
    dataset = read(written(tmp_path), columns=columns)
    assert dataset.schema.categories == {"letter": ("a", "b", "z")}
    assert dataset.condition[:, 1].tolist() == [2, 0, 2]


def test_labels_without_a_name_are_refused(tmp_path):
    columns = replace(NAMED, label="letter", label_names="letters")
    file = written(tmp_path, letter=np.array([2, 3, 0]))
    with pytest.raises(
        DataError, match="letter must be numbers from 0 to 2, got 3; letters has 3"
    ):
        read(file, columns=columns)


def rows(order):
    """The points of all samples as columns, with what is known of each in every row."""
    ids = np.repeat(["b", "a", "c"], LENGTHS)
    known = np.repeat([7.0, 8.0, 9.0], LENGTHS)
    table = {"id": ids, "distance": known, "user": np.repeat([4, 4, 6], LENGTHS)}
    table |= dict(zip("txy", points().T, strict=True))
    return {name: column[order] for name, column in table.items()}


LONG = replace(NAMED, channels={}, offsets="", id="id")


def test_rows_of_points_that_say_their_sample(tmp_path):
    pq.write_table(pa.table(rows(np.arange(10))), tmp_path / "long.parquet")
    dataset = read(tmp_path / "long.parquet", columns=LONG)
    assert_as_written(dataset)
    assert dataset.group.tolist() == [4, 4, 6]


def test_the_rows_of_samples_may_be_mixed(tmp_path):
    mixed = np.array([0, 3, 8, 1, 4, 2, 5, 9, 6, 7])
    pq.write_table(pa.table(rows(mixed)), tmp_path / "long.parquet")
    assert_as_written(read(tmp_path / "long.parquet", columns=LONG))


def test_one_csv_file_of_rows_that_say_their_sample(tmp_path):
    table = rows(np.arange(10))
    with (tmp_path / "long.csv").open("w", newline="") as file:
        csv.writer(file).writerow(table)
        csv.writer(file).writerows(zip(*table.values(), strict=True))
    assert_as_written(read(tmp_path / "long.csv", columns=LONG))


def test_what_is_known_of_a_sample_must_not_change_within_it(tmp_path):
    table = rows(np.arange(10))
    table["distance"][4] = 1.0
    pq.write_table(pa.table(table), tmp_path / "long.parquet")
    told = "distance must be the same in all rows of a sample, .* got 8.0 and 1.0 in sample 1"
    with pytest.raises(DataError, match=told):
        read(tmp_path / "long.parquet", columns=LONG)


def test_what_is_missing_in_all_rows_of_a_sample_is_the_same_in_all(tmp_path):
    table = rows(np.arange(10))
    table["distance"][3:8] = np.nan
    pq.write_table(pa.table(table), tmp_path / "long.parquet")
    told = r"condition has a value that is not finite, the first \(nan\) in sample 1, distance"
    with pytest.raises(DataError, match=told):
        read(tmp_path / "long.parquet", columns=LONG)
    table["distance"][5] = 8.0
    pq.write_table(pa.table(table), tmp_path / "half.parquet")
    with pytest.raises(DataError, match=r"same in all rows of a sample, .* got nan and 8.0"):
        read(tmp_path / "half.parquet", columns=LONG)


def clocked(time):
    """The points with another time."""
    return np.concatenate([time[:, None], points()[:, 1:]], 1)


def as_offsets(folder, time):
    return written(folder, points=clocked(time)), NAMED


def as_array(folder, time):
    two = clocked(time).reshape(2, 5, 3)
    np.savez(folder / "array.npz", points=two, lengths=np.array([5, 4]))
    columns = replace(NAMED, offsets="", lengths="lengths", condition=(), group="")
    return folder / "array.npz", columns


def as_rows(folder, time):
    pq.write_table(pa.table(rows(np.arange(10)) | {"t": time}), folder / "long.parquet")
    return folder / "long.parquet", LONG


def as_lists(folder, time):
    lists = {"t": [*time.reshape(2, 5)], "x": [*np.arange(10.0).reshape(2, 5)]}
    pq.write_table(pa.table(lists), folder / "lists.parquet")
    return folder / "lists.parquet", Columns(series=("t", "x"))


def as_csv(folder, time):
    for row, own in enumerate(time.reshape(2, 5)):
        lines = [f"{value:.15g},{step}" for step, value in enumerate(own)]
        (folder / f"move_{row}.csv").write_text("\n".join(["t,x", *lines]))
    return folder, Columns(series=("t", "x"))


FILES = pytest.mark.parametrize("kept", [as_offsets, as_array, as_rows, as_lists, as_csv])


@FILES
@pytest.mark.parametrize("since_1970", [1732250000000 + 8 * np.arange(10), 1.7e9 + np.arange(10)])
def test_time_that_single_floats_cannot_tell_is_refused_as_such(kept, since_1970, tmp_path):
    path, columns = kept(tmp_path, since_1970)
    told = r"t needs more digits than are kept \(float32\), .*; let it begin at 0 in every sample$"
    with pytest.raises(DataError, match=told):
        read(path, columns=columns)


@FILES
@pytest.mark.parametrize(
    "series",
    [
        0.008 * np.arange(10),
        1e6 + 8.0 * np.arange(10),
        5 + 1e-12 * np.array([0.0, 2, 1, 3, 0, 2, 1, 4, 2, 3]),
        1 - 0.01 ** np.arange(10),
        np.full(10, 1.7e12),
    ],
    ids=["from 0", "whole", "noise", "saturating", "constant"],
)
def test_what_single_floats_tell_well_enough_is_read(kept, series, tmp_path):
    path, columns = kept(tmp_path, series)
    dataset = read(path, columns=columns)
    own = dataset.series[..., 0][dataset.context().mask].numpy()
    np.testing.assert_array_equal(own, series.astype(np.float32)[: len(own)])


def test_a_channel_that_is_left_out_may_need_any_digits(tmp_path):
    path, columns = as_offsets(tmp_path, 1.7e12 + np.arange(10))
    columns = replace(columns, series=("points",), leave_out=("t",))
    assert read(path, columns=columns).schema.names("series") == ("x", "y")


def test_a_folder_of_csv_files_with_conditions_beside(tmp_path):
    for row, length in enumerate(LENGTHS):
        own = points()[OFFSETS[row] : OFFSETS[row + 1]]
        lines = [",".join(map(str, line)) for line in own]
        assert len(lines) == length
        (tmp_path / f"move_{row}.csv").write_text("\n".join(["t [ms],x [px],y [px]", *lines]))
    (tmp_path / "conditions.csv").write_text(
        "sample,distance,user\nmove_0,7,4\nmove_1,8,4\nmove_2,9,6\n"
    )
    columns = Columns(series=SERIES, condition=("distance [px]",), group="user")
    dataset = read(tmp_path, columns=columns)
    assert_as_written(dataset)
    assert dataset.group.tolist() == [4, 4, 6]


@pytest.mark.parametrize(
    ("changes", "columns", "told"),
    [
        ({}, replace(NAMED, channels={"point": ("t",)}), "has no 'point'.*did you mean 'points'"),
        (
            {},
            replace(NAMED, channels={"points": ("t", "x")}),
            r"points must have a name for each channel, got \['t', 'x'\] for an array of shape",
        ),
        ({}, replace(NAMED, series=("t", "z")), "has no 'z', it has"),
        ({}, replace(LONG, id="number"), "has no 'number', it has"),
        ({"offsets": OFFSETS[:-1]}, NAMED, "t must have 8 rows, where offsets ends, got 10"),
        ({"offsets": OFFSETS[[0, 2, 1, 3]]}, NAMED, "offsets must rise from 0.*falls at sample 1"),
        (
            {"points": np.full((10, 3), np.nan)},
            NAMED,
            r"series has 30 values .* sample 0, step 0 of t",
        ),
    ],
)
def test_files_that_do_not_fit_are_refused(tmp_path, changes, columns, told):
    with pytest.raises(DataError, match=told):
        read(written(tmp_path, **changes), columns=columns)


def test_roles_that_cannot_be_meant_are_refused():
    with pytest.raises(ValueError, match=r"one of lengths, offsets and id says where samples end"):
        Columns(series=("x",), offsets="offsets", id="id")
    with pytest.raises(ValueError, match="label must be given with label_names, 'letters'"):
        Columns(series=("x",), label_names="letters")
    with pytest.raises(ValueError, match="rows must be samples where something is known of each"):
        Columns(series=("x",), rows="steps", id="id")
