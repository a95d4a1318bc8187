"""Files of measured states, and what is said of those that are none."""

import json
import re

import numpy as np
import pytest

from latentloom.core.errors import DataError
from latentloom.data.dataset import Quantity, Schema
from latentloom.recipes.states import read_states

SCHEMA = Schema(
    series=(Quantity("one"), Quantity("two", "mm")),
    condition=(Quantity("speed"), Quantity("alloy")),
    categories={"alloy": ("A", "B")},
)
WANTED = [[1.5, np.nan], [np.nan, -2.0]]


def written(path, kind):
    if kind == "csv":
        path.write_text("two [mm],one,speed\n,1.5,3\n-2,nan,4\n")
    elif kind == "json":
        told = [{"one": 1.5, "two": None, "speed": 3}, {"two": -2.0, "speed": 4}]
        path.write_text(json.dumps(told))
    elif kind == "npy":
        np.save(path, np.array(WANTED))
    else:
        np.savez(path, one=[1.5, np.nan], two=[np.nan, -2.0], speed=[3.0, 4.0])
    return path


@pytest.mark.parametrize("kind", ["csv", "json", "npz", "npy"])
def test_a_file_of_each_kind_is_read(kind, tmp_path):
    states = read_states(written(tmp_path / f"states.{kind}", kind), SCHEMA)
    np.testing.assert_array_equal(states.values, WANTED)
    if kind != "npy":
        assert [float(value) for value in states.condition["speed"]] == [3.0, 4.0]


def test_one_object_is_one_state(tmp_path):
    path = tmp_path / "state.json"
    path.write_text('{"one": 1.5, "alloy": "B"}')
    states = read_states(path, SCHEMA)
    np.testing.assert_array_equal(states.values, [[1.5, np.nan]])
    assert states.condition["alloy"].tolist() == ["B"]


def test_an_array_named_state_has_all_components_in_order(tmp_path):
    np.savez(tmp_path / "state.npz", state=np.array([1.5, np.nan]), speed=3.0)
    states = read_states(tmp_path / "state.npz", SCHEMA)
    np.testing.assert_array_equal(states.values, WANTED[:1])
    assert states.condition["speed"].tolist() == [3.0]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("state.txt", "", "must be one of .csv, .json, .npz, .npy, got 'state.txt'"),
        ("state.csv", "one\n", "must have a header and at least one row"),
        ("state.csv", "ona\n1\n", "got 'ona'; did you mean 'one'?"),
        ("state.csv", "one,one\n1,2\n", "must name each column once, got ['one'] twice"),
        ("state.csv", "one\nfast\n", "one: must be a number, got 'fast'"),
        ("state.csv", "one,two\n1,\n,\n", "components ['one', 'two'], and state 1 has none"),
        ("state.csv", "one\ninf\n", "must hold finite numbers, or blanks"),
        ("state.csv", "two [m]\n1\n", "two must be in mm, got m"),
        ("state.csv", "speed\n3\n", "and state 0 has none"),
        ("state.json", "{", "is not JSON"),
        ("state.json", "[1, 2]", "must be an object of numbers by name, or a list of such"),
        ("state.npy", "no array", "cannot be read as NumPy arrays"),
    ],
)
def test_what_is_no_state_is_refused(name, text, words, tmp_path):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(DataError, match=re.escape(words)):
        read_states(path, SCHEMA)


def test_an_absent_file_is_said_to_be(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        read_states(tmp_path / "state.csv", SCHEMA)


def test_an_array_of_another_width_is_refused(tmp_path):
    np.save(tmp_path / "state.npy", np.zeros(3))
    with pytest.raises(DataError, match=r"must be states x 2 components .* got shape \(3,\)"):
        read_states(tmp_path / "state.npy", SCHEMA)


def test_states_are_as_many_in_every_array(tmp_path):
    np.savez(tmp_path / "state.npz", one=np.zeros(2), two=np.zeros(3))
    with pytest.raises(DataError, match="one must be of 3 states, got 2"):
        read_states(tmp_path / "state.npz", SCHEMA)


def test_whole_curves_are_no_states(tmp_path):
    np.savez(tmp_path / "state.npz", one=np.zeros((2, 2)))
    with pytest.raises(DataError, match=r"one must be one number a state, got \(2, 2\)"):
        read_states(tmp_path / "state.npz", SCHEMA)
