"""A folder of runs, a CSV file each, is read as what it is; no counter or constant is learned."""

import csv

import numpy as np
import pytest
import torch

from latentloom.core.errors import DataError
from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.fields.runs_folder import write_runs
from latentloom.data.formats import Columns, read, write
from latentloom.data.inspect import inspect
from latentloom.data.splits import Counts, Fractions

HEADER = ["step", "comp_1", "comp_2", "mobility", "gradient_coefficient"]
NUMBERS = (1, 2, 3, 10, 11)  # with a gap, and in another order by letters


def values_of(number, steps=6):
    """What the file of a run holds: every number of it differs from those of others."""
    step = np.arange(steps)
    comps = np.sin(np.outer(step + number, (1.0, 0.3)))
    fixed = np.tile([1 + number / 16, 0.5 + number / 32], (steps, 1))
    return np.column_stack([200 * step, comps, fixed])


def put(path, table, header=HEADER):
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows([f"{x:.17g}" for x in row] for row in table)


@pytest.fixture
def runs(tmp_path):
    folder = tmp_path / "runs"
    folder.mkdir()
    for number in NUMBERS:
        put(folder / f"{number}.csv", values_of(number))
    return folder


def refused(words):
    return pytest.raises(DataError, match=words)


def test_constants_are_conditions_and_the_counter_is_left_out(runs):
    dataset = read(runs)
    assert dataset.schema.names("series") == ("comp_1", "comp_2")
    assert dataset.schema.names("condition") == ("mobility", "gradient_coefficient")
    assert dataset.series.shape == (5, 6, 2)
    assert dataset.lengths is None


def test_samples_are_in_the_order_of_their_numbers(runs):
    dataset = read(runs)
    for row, number in enumerate(NUMBERS):
        table = torch.from_numpy(values_of(number)).float()
        assert torch.equal(dataset.series[row], table[:, 1:3])
        assert torch.equal(dataset.condition[row], table[0, 3:])


def test_constants_can_stay_in_the_signal(runs):
    dataset = read(runs, columns=Columns(constants="series"))
    assert dataset.schema.names("series") == tuple(HEADER[1:])
    assert dataset.condition is None
    assert dataset.series[3, :, 2].unique().tolist() == [1.625]


def test_columns_can_be_left_out(runs):
    dataset = read(runs, columns=Columns(leave_out=("comp_2", "step")))
    assert dataset.schema.names("series") == ("comp_1",)
    assert dataset.schema.names("condition") == ("mobility", "gradient_coefficient")


def test_said_roles_are_kept_and_conditions_come_from_the_files(runs):
    asked = Columns(series=("step", "comp_2"), condition=("mobility",))
    dataset = read(runs, columns=asked)
    assert dataset.schema.names("series") == ("step", "comp_2")
    assert dataset.series[0, :, 0].tolist() == [0, 200, 400, 600, 800, 1000]
    assert dataset.condition[:, 0].tolist() == [1 + number / 16 for number in NUMBERS]


def test_said_series_that_are_constant_become_conditions_where_that_is_asked(runs):
    asked = Columns(series=("comp_1", "mobility"), constants="conditions")
    assert read(runs, columns=asked).schema.names("condition") == ("mobility",)


def test_one_file_alone_keeps_its_constants(runs):
    dataset = read(runs / "2.csv")
    assert dataset.schema.names("series") == tuple(HEADER[1:])


def test_what_conditions_csv_says_stands_beside_the_constants(runs):
    rows = "".join(f"{number},{number / 100}\n" for number in reversed(NUMBERS))
    (runs / "conditions.csv").write_text("run,c0\n" + rows)
    dataset = read(runs)
    assert dataset.schema.names("condition") == ("c0", "mobility", "gradient_coefficient")
    assert torch.allclose(dataset.condition[:, 0], torch.tensor(NUMBERS) / 100)


def test_conditions_csv_and_the_files_must_agree(runs):
    rows = [f"{number},{1 + number / 16}\n" for number in NUMBERS]
    (runs / "conditions.csv").write_text("run,mobility\n" + "".join(rows))
    assert read(runs).schema.names("condition") == ("mobility", "gradient_coefficient")
    rows[3] = "10,1.5\n"
    (runs / "conditions.csv").write_text("run,mobility\n" + "".join(rows))
    with refused(r"10\.csv: mobility must be 1\.5 as conditions\.csv says, got 1\.625"):
        read(runs)


def test_files_of_constants_alone_are_series(tmp_path):
    put(tmp_path / "1.csv", np.ones((3, 2)), ["a", "b"])
    assert read(tmp_path).schema.names("series") == ("a", "b")


def test_runs_of_different_lengths_are_padded(runs):
    put(runs / "3.csv", values_of(3, steps=4))
    dataset = read(runs)
    assert dataset.lengths.tolist() == [6, 6, 4, 6, 6]
    assert not dataset.series[2, 4:].any()
    assert dataset.schema.names("condition") == ("mobility", "gradient_coefficient")


def test_a_signal_that_is_called_step_is_a_signal(tmp_path):
    for number in (1, 2):
        table = np.column_stack([[0, 0, 0, 1, 1, 1], np.arange(6.0) ** number])
        put(tmp_path / f"{number}.csv", table, ["step", "answer"])
    assert read(tmp_path).schema.names("series") == ("step", "answer")


def test_counters_that_begin_elsewhere_in_each_file_are_left_out(tmp_path):
    for number in (1, 2, 3):
        table = np.column_stack([100 * number + np.arange(6), np.sin(number * np.arange(6))])
        put(tmp_path / f"{number}.csv", table, ["frame", "x"])
    assert read(tmp_path).schema.names("series") == ("x",)


def test_an_inspection_says_what_was_decided_and_why(runs):
    rows = dict(inspect(runs).rows())
    assert rows["left out"] == "step: no signal, it only counts the steps"
    assert rows["conditions"].startswith("mobility, gradient_coefficient: constant within every")
    asked = Columns(constants="series", leave_out=("comp_1",))
    rows = dict(inspect(runs, columns=asked).rows())
    assert "conditions" not in rows
    assert rows["left out"].endswith("; comp_1: as was asked")


def test_plain_and_odd_files_say_the_same(runs):
    plain = read(runs)
    for file in runs.glob("*.csv"):  # quotes and blank lines are read file by file
        lines = file.read_text().splitlines()
        first, *others = lines[1].split(",")
        lines[1] = ",".join([f'"{first}"', *others])
        file.write_text("\ufeff" + "\r\n\r\n".join(lines))
    odd = read(runs)
    assert odd.schema == plain.schema
    assert torch.equal(odd.series, plain.series)
    assert torch.equal(odd.condition, plain.condition)


def test_splits_by_file_know_no_gaps(runs):
    dataset = read(runs)
    split = Counts(train=3, validation=1)(dataset, 7)
    assert len(split.test) == 1
    assert sorted([*split.train, *split.validation, *split.test]) == list(range(5))
    assert len(Fractions(train=0.6, validation=0.2)(dataset, 7).test) == 1
    words = r"must be at most 5 samples, got 4950 \(4400 and 550\); lower them, or take fractions"
    with pytest.raises(ValueError, match=words):
        Counts()(dataset, 7)


def test_a_missing_column(runs):
    put(runs / "3.csv", values_of(3)[:, :4], ["step", "comp_1", "comp2", "mobility"])
    with refused(r"3\.csv: has no 'comp_2', it has .*; did you mean 'comp2'\?"):
        read(runs)


def test_a_column_too_many(runs):
    table = np.column_stack([values_of(10), np.zeros(6)])
    put(runs / "10.csv", table, [*HEADER, "comp_3"])
    with refused(r"10\.csv: has the column 'comp_3', and 1\.csv has none such; did you mean"):
        read(runs)
    asked = Columns(series=("comp_1",), condition=("mobility",))
    assert read(runs, columns=asked).size == 5


def test_columns_in_another_order_are_found_by_name(runs):
    plain = read(runs)
    put(runs / "2.csv", values_of(2)[:, ::-1], HEADER[::-1])
    assert torch.equal(read(runs).series, plain.series)


def test_a_column_that_is_there_twice(tmp_path):
    put(tmp_path / "1.csv", np.eye(2), ["a", "a"])
    for columns in (None, Columns(series=("a",))):
        with refused(r"1\.csv:1: must name each column once, got \['a'\] twice; rename them"):
            read(tmp_path, columns=columns)


def test_extras_stay_with_their_runs(tmp_path):
    """Runs that are taken out take theirs along; so do samples that are written as a folder."""
    dataset = Dataset(
        schema=Schema(series=(Quantity("a"),)),
        series=torch.rand(12, 3, 1),
        extras={"number": torch.arange(1.0, 13)[:, None], "wide": torch.rand(12, 3)},
    )
    write_runs(dataset, tmp_path / "runs")
    write(dataset, tmp_path / "samples")
    for folder, gone in (("runs", "1.csv"), ("samples", "sample_00.csv")):
        path = tmp_path / folder
        (path / gone).unlink()
        if (path / "conditions.csv").exists():
            lines = (path / "conditions.csv").read_text().splitlines()
            (path / "conditions.csv").write_text("\n".join(lines[:1] + lines[2:]))
        found = read(path)
        assert found.extras["number"][:, 0].tolist() == [*range(2, 13)]
        assert torch.allclose(found.extras["wide"], dataset.extras["wide"][1:])
        assert torch.allclose(found.series, dataset.series[1:])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "mass\n1\n2\n3\n4\n5\n6",
            r"mass\.csv: must have a row for each of the 5 samples, got 6, and does not say whose"
            r" they are; name their files in a first column 'sample'",
        ),
        ("sample,mass\n1,0\n2,0\n3,0\n10,0", "has no row for 1 samples, the first is '11'"),
        ("sample,mass\n1,0\n1,0", "names a sample twice: '1' in row 2 below the header too"),
        ("sample,mass,mass\n1,0,0", r"mass\.csv:1: must name each column once"),
    ],
)
def test_extras_of_other_runs_are_refused(runs, text, words):
    (runs / "extras").mkdir()
    (runs / "extras" / "mass.csv").write_text(text)
    with refused(words):
        read(runs)


def test_extras_that_name_no_runs_are_in_their_order(runs):
    (runs / "extras").mkdir()
    (runs / "extras" / "mass.csv").write_text("mass\n1\n2\n3\n10\n11")
    assert read(runs).extras["mass"][:, 0].tolist() == list(NUMBERS)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("600,0.1,0.2,1.6", r"10\.csv:5: must have 5 fields as the header has, got 4"),
        ("600,,0.2,1.625,0.8", r"10\.csv: comp_1 has a value .* \(nan\) in row 4 below"),
        (
            "600,nan,0.2,1.625,0.8",
            r"10\.csv: comp_1 has a value .* \(nan\) in row 4 below",
        ),
        (
            "600,inf,0.2,1.625,0.8",
            r"10\.csv: comp_1 has a value .* \(inf\) in row 4 below",
        ),
        ("600,0.1,bad,1.625,0.8", r"10\.csv: comp_2: must be a number, got 'bad' in row 4 below"),
        ("700,0.1,0.2,1.625,0.8125", r"10\.csv: step must be 600 in row 4 .*, got 700: a row may"),
    ],
)
def test_a_row_that_cannot_be_used(runs, line, words):
    lines = (runs / "10.csv").read_text().splitlines()
    lines[4] = line
    (runs / "10.csv").write_text("\n".join(lines))
    with refused(words):
        read(runs)


def test_a_row_that_is_missing(runs):
    put(runs / "11.csv", np.delete(values_of(11), 2, axis=0))
    with refused(r"11\.csv: step must be 400 in row 3 below the header as in most files, got 600"):
        read(runs)


def test_steps_that_are_uneven_in_all_files(tmp_path):
    for number in (1, 2):
        put(tmp_path / f"{number}.csv", values_of(number)[[0, 1, 2, 5]])
    words = r"step must rise by 200 from row to row, got 400 in row 3 and 1000 in row 4 below"
    with refused(words):
        read(tmp_path)
    assert read(tmp_path, columns=Columns(leave_out=("step",))).series.shape == (2, 4, 2)


def test_a_condition_that_moves_within_a_file(runs):
    with refused(r"1\.csv: comp_1 must be the same in all rows, as a condition is, got 0\.84147"):
        read(runs, columns=Columns(series=("comp_2",), condition=("comp_1",)))


def test_one_wrong_number_makes_no_signal_of_a_condition(tmp_path):
    for number in range(40):
        rows = [
            f"{step / 8 + number},{2.0 if (number, step) != (7, 3) else 2.1}" for step in range(5)
        ]
        (tmp_path / f"{number}.csv").write_text("height,mobility\n" + "\n".join(rows) + "\n")
    with refused(r"7\.csv: mobility must be the same in all rows, as in 39 of 40 files"):
        read(tmp_path)
    kept = read(tmp_path, columns=Columns(constants="series"))
    assert kept.schema.names("series") == ("height", "mobility")


def test_two_files_of_one_number(runs):
    put(runs / "010.csv", values_of(10))
    with refused(r"10\.csv: is sample '10', and so is 010\.csv; remove one"):
        read(runs)


def test_a_sample_that_conditions_csv_names_twice(runs):
    rows = "".join(f"{number},1\n" for number in (*NUMBERS, 3))
    (runs / "conditions.csv").write_text("run,c0\n" + rows)
    with refused(r"conditions\.csv: names a sample twice: '3' in row 6 below the header too"):
        read(runs)


@pytest.mark.parametrize("text", ["", "step,comp_1\n"])
def test_a_file_without_rows(runs, text):
    (runs / "2.csv").write_text(text)
    with refused(r"2\.csv: is empty; it must have a header and at least one row"):
        read(runs)


def test_a_folder_of_other_files(tmp_path):
    (tmp_path / "time_0.vtk").write_text("# vtk")
    with refused(r"has no CSV files of samples, it has files of \.vtk"):
        read(tmp_path)


def test_a_label_of_numbers_in_the_files(runs):
    dataset = read(runs, columns=Columns(series=("comp_1",), label="mobility"))
    names = ("1.0625", "1.125", "1.1875", "1.625", "1.6875")
    assert dataset.schema.condition == (Quantity("mobility"),)
    assert dataset.schema.categories == {"mobility": names}
    assert dataset.condition[:, 0].tolist() == [0, 1, 2, 3, 4]
