"""Archives come back as they were written, or say what is wrong with them."""

import numpy as np
import pytest

from latentloom.core.files import arrays_in


def test_an_archive_comes_back(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", one=np.arange(3), two=np.array("word"))
    found = arrays_in(tmp_path / "a.npz")
    assert found.keys() == {"one", "two"}
    assert found["one"].tolist() == [0, 1, 2]
    assert str(found["two"]) == "word"


def damaged(path):
    """Ways in which an archive can be broken, by what was done to it."""
    np.savez_compressed(path, x=np.random.default_rng(0).normal(size=1000))
    whole = path.read_bytes()
    middle = len(whole) // 2
    return {
        "cut": whole[:middle],
        "changed": whole[:middle] + bytes(40) + whole[middle + 40 :],
        "empty": b"",
        "text": b"time,x\n1,2\n",
    }


@pytest.mark.parametrize("how", ["cut", "changed", "empty", "text"])
def test_damage_is_an_error_of_one_kind(tmp_path, how):
    path = tmp_path / "a.npz"
    path.write_bytes(damaged(path)[how])
    with pytest.raises(ValueError, match=r"\w"):
        arrays_in(path)


def test_nothing_is_executed(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        arrays_in(tmp_path / "a.npz")


def test_a_single_array_is_no_archive(tmp_path):
    with (tmp_path / "a.npz").open("wb") as file:
        np.save(file, np.arange(3))
    with pytest.raises(ValueError, match="it holds a single array without a name"):
        arrays_in(tmp_path / "a.npz")


def test_a_file_that_is_not_there_is_told_apart(tmp_path):
    with pytest.raises(FileNotFoundError):
        arrays_in(tmp_path / "a.npz")
