"""The cache of folders of CSV files says what the files say, or nothing."""

import os

import numpy as np
import pytest
import torch

from latentloom.data.formats import Columns, cache, read, tables


@pytest.fixture
def entries(tmp_path, monkeypatch):
    """The folder of the cache, which takes entries of any size."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv(cache.SWITCH, raising=False)
    monkeypatch.setattr(cache, "LEAST", 0)
    return tmp_path / "home" / "latentloom"


@pytest.fixture
def runs(tmp_path):
    folder = tmp_path / "runs"
    folder.mkdir()
    for number in range(1, 5):
        write(folder / f"{number}.csv", np.arange(8.0).reshape(4, 2) ** number)
    return folder


def write(path, table, age=100.0):
    rows = "\n".join(",".join(map(str, row)) for row in table.tolist())
    path.write_text(f"a,b\n{rows}\n")
    then = path.stat().st_mtime - age
    os.utime(path, (then, then))


def count(monkeypatch):
    """Counts how often files are parsed."""
    parsed = []
    inner = tables._plain
    monkeypatch.setattr(tables, "_plain", lambda *given: parsed.append(1) or inner(*given))
    return parsed


def test_what_was_read_once_is_not_parsed_again(entries, runs, monkeypatch):
    parsed = count(monkeypatch)
    first, again = read(runs), read(runs)
    assert len(parsed) == 1
    assert first.schema == again.schema
    assert torch.equal(first.series, again.series)
    assert len(list(entries.iterdir())) == 1
    assert not any(file.suffix != ".csv" for file in runs.iterdir())


def test_other_columns_are_another_entry(entries, runs):
    read(runs)
    assert read(runs, columns=Columns(series=("b",))).series.shape == (4, 4, 1)
    assert len(list(entries.iterdir())) == 2


def test_a_change_is_read_anew(entries, runs, monkeypatch):
    read(runs)
    parsed = count(monkeypatch)
    write(runs / "2.csv", np.full((4, 2), 7.0), age=50)
    assert (read(runs).series[1] == 7).all()
    (runs / "3.csv").unlink()
    assert read(runs).size == 3
    write(runs / "9.csv", np.zeros((4, 2)))
    assert read(runs).size == 4
    assert len(parsed) == 3


@pytest.mark.parametrize("keep", [0, 10, -20])
def test_a_damaged_entry_is_read_anew(entries, runs, keep):
    whole = read(runs)
    (entry,) = entries.iterdir()
    entry.write_bytes(entry.read_bytes()[:keep])
    assert torch.equal(read(runs).series, whole.series)
    assert torch.equal(read(runs).series, whole.series)


def test_files_that_were_just_written_are_not_kept(entries, runs):
    write(runs / "2.csv", np.ones((4, 2)), age=0)
    read(runs)
    assert not entries.exists()


def test_small_folders_are_not_kept(entries, runs, monkeypatch):
    monkeypatch.setattr(cache, "LEAST", 4 << 20)
    read(runs)
    assert not entries.exists()


def test_values_that_are_missing_are_not_kept(entries, runs):
    write(runs / "2.csv", np.array([[np.nan, 1.0], [2.0, 3.0]]))
    read(runs, missing="allow")
    assert not entries.exists()


def test_the_cache_can_be_switched_off_and_moved(entries, runs, tmp_path, monkeypatch):
    monkeypatch.setenv(cache.SWITCH, "off")
    read(runs)
    assert cache.cache_folder() is None
    monkeypatch.setenv(cache.SWITCH, str(tmp_path / "elsewhere"))
    read(runs)
    assert len(list((tmp_path / "elsewhere").iterdir())) == 1
    assert not entries.exists()


def test_a_cache_that_cannot_be_written_is_none(entries, runs):
    entries.parent.mkdir()
    entries.write_text("a file where the folder should be")
    assert read(runs).size == 4


def test_entries_used_longest_ago_make_room(entries, runs, monkeypatch):
    read(runs)
    (oldest,) = entries.iterdir()
    os.utime(oldest, (1, 1))
    monkeypatch.setattr(cache, "MOST", int(1.5 * oldest.stat().st_size))
    read(runs, columns=Columns(series=("b", "a")))
    assert len(list(entries.iterdir())) == 1
    assert not oldest.exists()


def test_what_is_larger_than_half_the_cache_is_not_kept(entries, runs, monkeypatch):
    monkeypatch.setattr(cache, "MOST", 100)
    read(runs)
    assert not entries.exists()
