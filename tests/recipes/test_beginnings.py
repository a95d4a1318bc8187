"""The first rows that a run has to be told."""

import numpy as np
import pytest
import torch

from latentloom.core.errors import DataError
from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.formats import write
from latentloom.recipes.beginnings import beginnings, begun, parse_beginnings

SCHEMA = Schema(series=(Quantity("height"), Quantity("width")))


def signals(size=3, steps=5, **more):
    series = torch.arange(float(size * steps * 2)).reshape(size, steps, 2)
    return Dataset(schema=SCHEMA, series=series, **more)


def test_they_are_those_of_known_signals():
    known = signals()
    assert torch.equal(beginnings(SCHEMA, 2, known, None), known.series[:, :2])


def test_given_ones_go_before_those_of_signals():
    rows = beginnings(SCHEMA, 1, signals(), np.full((3, 2), 7.0))
    assert torch.equal(rows, torch.full((3, 1, 2), 7.0))


@pytest.mark.parametrize(
    ("known", "given", "words"),
    [
        (Dataset(schema=SCHEMA), None, "must be known in the first 2 steps.*--first-row"),
        (signals(steps=1), None, "must hold the first 2 rows of each signal, got one of 1"),
        (
            signals(lengths=torch.tensor([5, 1, 4])),
            None,
            "must hold the first 2 rows of each signal, got one of 1",
        ),
        (signals(), np.zeros((3, 2)), r"signals x 2 steps x 2 channels .* got shape \(3, 2\)"),
        (signals(), np.full((3, 2, 2), np.nan), "must be finite"),
    ],
)
def test_what_is_no_beginning_is_refused(known, given, words):
    with pytest.raises(DataError, match=words):
        beginnings(SCHEMA, 2, known, given)


def test_one_beginning_serves_all_signals_and_one_signal_all_beginnings():
    rows = torch.ones(1, 1, 2)
    assert begun(signals(), rows).series[:, 0].eq(1).all()
    many = begun(signals(size=1), rows.expand(4, 1, 2))
    assert many.size == 4
    assert torch.equal(many.series[:, 1:], signals(size=1).series[:, 1:].expand(4, 4, 2))


def test_as_many_of_neither_is_refused():
    with pytest.raises(DataError, match="first row: must be as many as the 3 signals, got 2"):
        begun(signals(), torch.ones(2, 1, 2))


def test_numbers_are_read_by_their_names():
    assert parse_beginnings(SCHEMA, 1, "width=2,height=-1.5").tolist() == [[[-1.5, 2.0]]]


def test_the_rows_of_a_csv_file_are_first_rows(tmp_path):
    path = tmp_path / "first.csv"
    path.write_text("height,width\n1,2\n3,4\n5,6\n7,8\n")
    assert parse_beginnings(SCHEMA, 1, str(path)).shape == (4, 1, 2)
    assert parse_beginnings(SCHEMA, 2, str(path))[1].tolist() == [[5, 6], [7, 8]]


def test_other_files_lend_their_first_steps(tmp_path):
    write(signals(), tmp_path / "known.npz")
    rows = parse_beginnings(SCHEMA, 2, str(tmp_path / "known.npz"))
    assert np.array_equal(rows, signals().series[:, :2].numpy())


@pytest.mark.parametrize(
    ("steps", "text", "words"),
    [
        (0, "height=1,width=2", "must be left out: the run was trained without"),
        (1, "first.csw", "first row first.csw: must be a file, or height=VALUE"),
        (1, "height=1", "must name every channel, and width is missing"),
        (1, "height=1,widht=2", "first row widht: .*did you mean 'width'"),
        (1, "height=1,width=wide", "first row width: must be a number, got 'wide'"),
        (2, "height=1,width=2", "must be a file where 2 steps are known, got one row"),
    ],
)
def test_what_says_no_first_row_is_refused(steps, text, words):
    with pytest.raises(DataError, match=words):
        parse_beginnings(SCHEMA, steps, text)
