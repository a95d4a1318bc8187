"""Windows from the command line: files that any tool can be trained on and judged by."""

import numpy as np
import pytest

from latentloom.cli.main import main
from latentloom.data.formats import read


@pytest.fixture
def table(tmp_path):
    """A table of 200 steps with their dates."""
    rows = [f"2020-01-01 00:{step % 60:02d}:00,{step},{2 * step}" for step in range(200)]
    path = tmp_path / "long.csv"
    path.write_text("\n".join(["date,load [W],oil", *rows]) + "\n")
    return path


def test_a_table_becomes_windows(table, tmp_path, capsys):
    made = tmp_path / "made.h5"
    command = ["data", "windows", str(table), "--length", "8", "--stride", "4", "--blocks", "1"]
    assert main([*command, "-o", str(made)]) == 0
    assert capsys.readouterr().out == f"wrote 49 windows to {made}\n"
    dataset = read(made)
    assert [str(q) for q in dataset.schema.series] == ["load [W]", "oil"]
    assert dataset.series[3, :, 0].tolist() == list(range(12, 20))


def test_what_is_held_out_lies_beside_and_shares_no_step(table, tmp_path):
    made = tmp_path / "made.npz"
    command = ["data", "windows", str(table), "--length", "5", "--hold-out", "0.2", "--seed", "3"]
    assert main([*command, "--gap", "1", "-o", str(made)]) == 0
    train, held = read(made), read(tmp_path / "made_held.npz")
    assert (len(train.group.unique()), len(held.group.unique())) == (16, 4)
    learned, kept = (set(part.series[..., 0].flatten().tolist()) for part in (train, held))
    assert min(abs(a - b) for a in learned for b in kept) == 2


def test_an_array_of_steps_by_channels_is_one_series(tmp_path):
    source, made = tmp_path / "long.npz", tmp_path / "made.npz"
    np.savez(source, data=np.arange(60.0).reshape(20, 3))
    command = ["data", "windows", str(source), "--series", "data", "--rows", "steps"]
    assert main([*command, "--length", "4", "--blocks", "1", "-o", str(made)]) == 0
    assert tuple(read(made).series.shape) == (17, 4, 3)


def test_nothing_is_written_if_a_part_has_no_windows(table, tmp_path, capsys):
    made = tmp_path / "made.npz"
    command = ["data", "windows", str(table), "--length", "11", "--hold-out", "0.2"]
    assert main([*command, "-o", str(made)]) == 2
    assert "length must be at most 10 steps, the longest block" in capsys.readouterr().err
    assert not made.exists()


def test_a_held_file_that_exists_is_not_touched(table, tmp_path, capsys):
    (tmp_path / "made_held.npz").write_text("precious")
    command = ["data", "windows", str(table), "--length", "5", "--hold-out", "0.2"]
    assert main([*command, "-o", str(tmp_path / "made.npz")]) == 2
    assert "made_held.npz: must be a new file, and it exists" in capsys.readouterr().err
    assert not (tmp_path / "made.npz").exists()


def test_inspection_says_which_columns_are_dates(table, capsys):
    assert main(["data", "inspect", str(table)]) == 0
    assert capsys.readouterr().out.endswith("left out     date: dates\n")


def test_sines_are_as_many_as_usual(tmp_path):
    made = tmp_path / "sines.npz"
    assert main(["data", "simulate", "sines", "-o", str(made)]) == 0
    assert tuple(read(made).series.shape) == (10_000, 24, 5)
