"""Channels of wide arrays have names, and those that never move can be conditions."""

import h5py
import numpy as np
import pytest

from latentloom.core.errors import DataError
from latentloom.data.formats import Columns, read


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    signal = rng.normal(size=(4, 6, 3))
    signal[..., 1] = np.arange(4.0)[:, None]  # constant within every sample
    return {"pca": signal.astype(np.float32), "params": rng.random((4, 2)).astype(np.float32)}


def put(path, arrays):
    if path.suffix == ".npz":
        np.savez(path, **arrays)
    else:
        with h5py.File(path, "w") as file:
            file.update(arrays)
    return path


@pytest.mark.parametrize("name", ["a.npz", "a.h5"])
def test_single_channels_are_read_by_their_names(arrays, tmp_path, name):
    path = put(tmp_path / name, arrays)
    dataset = read(path, columns=Columns(series=("pca_2 [m]", "pca_0"), condition=("params_1",)))
    assert list(map(str, dataset.schema.series)) == ["pca_2 [m]", "pca_0"]
    assert np.array_equal(dataset.series, arrays["pca"][..., [2, 0]])
    assert np.array_equal(dataset.condition[:, 0], arrays["params"][:, 1])


@pytest.mark.parametrize("name", ["a.npz", "a.h5"])
def test_constant_channels_become_conditions_where_that_is_asked(arrays, tmp_path, name):
    path = put(tmp_path / name, arrays)
    kept = read(path, columns=Columns(series=("pca",)))
    assert kept.schema.names("series") == ("pca_0", "pca_1", "pca_2")
    asked = Columns(series=("pca",), condition=("params",), constants="conditions")
    dataset = read(path, columns=asked)
    assert dataset.schema.names("series") == ("pca_0", "pca_2")
    assert dataset.schema.names("condition") == ("params_0", "params_1", "pca_1")
    assert dataset.condition[:, 2].tolist() == [0, 1, 2, 3]
    assert np.array_equal(dataset.series, arrays["pca"][..., [0, 2]])


def test_a_channel_that_is_named_as_a_condition_has_one_value_a_sample(arrays, tmp_path):
    path = put(tmp_path / "a.npz", arrays)
    dataset = read(path, columns=Columns(series=("pca_0",), condition=("pca_1",)))
    assert dataset.condition[:, 0].tolist() == [0, 1, 2, 3]
    with pytest.raises(DataError, match=r"pca_2 must be the same in all steps, .* in sample 0"):
        read(path, columns=Columns(series=("pca_0",), condition=("pca_2",)))


def test_padding_does_not_make_a_constant_move(arrays, tmp_path):
    arrays["pca"][1:, 4:] = 0
    path = put(tmp_path / "a.npz", arrays | {"lengths": np.array([6, 4, 4, 4])})
    asked = Columns(series=("pca",), lengths="lengths", constants="conditions")
    assert read(path, columns=asked).schema.names("condition") == ("pca_1",)


@pytest.mark.parametrize("beside", ["columns", "channels", "pca_columns"])
def test_an_archive_names_its_channels(arrays, tmp_path, beside):
    path = put(tmp_path / "a.npz", arrays | {beside: np.array(["u [V]", "kind", "i"])})
    dataset = read(path, columns=Columns(series=("pca",), leave_out=("kind",)))
    assert list(map(str, dataset.schema.series)) == ["u [V]", "i"]
    assert np.array_equal(dataset.series, arrays["pca"][..., [0, 2]])
    alone = read(path, columns=Columns(series=("i",)))
    assert np.array_equal(alone.series[..., 0], arrays["pca"][..., 2])


@pytest.mark.parametrize("names", [["u", "u", "i"], ["u", "v [", "i"], ["u", "i"]])
def test_names_that_do_not_fit_are_not_taken(arrays, tmp_path, names):
    path = put(tmp_path / "a.npz", arrays | {"columns": np.array(names)})
    assert read(path, columns=Columns(series=("pca",))).schema.names("series")[1] == "pca_1"


def test_a_channel_that_is_not_there(arrays, tmp_path):
    path = put(tmp_path / "a.npz", arrays)
    with pytest.raises(DataError, match=r"has no 'pca_3', it has .*; did you mean 'pca'"):
        read(path, columns=Columns(series=("pca_3",)))


def test_signals_one_after_the_other_have_channels_too(tmp_path):
    table = np.column_stack([np.arange(7.0), [5.0] * 3 + [6.0] * 4])
    names = np.array(["x", "unit"])
    path = put(tmp_path / "a.npz", {"values": table, "offsets": [0, 3, 7], "columns": names})
    whole = Columns(series=("values",), offsets="offsets", constants="conditions")
    named = Columns(series=("x",), condition=("unit",), offsets="offsets")
    for columns in (whole, named):
        dataset = read(path, columns=columns)
        assert dataset.schema.names("series") == ("x",)
        assert dataset.schema.names("condition") == ("unit",)
        assert dataset.condition[:, 0].tolist() == [5, 6]
        assert dataset.series[1, :, 0].tolist() == [3, 4, 5, 6]


def test_simulated_components_have_four_conditions(shared_data):
    columns = Columns(series=("pca",), condition=("params", "c0", "noise"))
    path = shared_data / "phasefield" / "cahn_hilliard_pca_simulated.npz"
    dataset = read(path, columns=columns)
    assert dataset.series.shape == (500, 151, 5)
    assert dataset.schema.names("condition") == ("params_0", "params_1", "c0", "noise")


def test_engines_run_for_different_times_and_some_of_their_sensors_never_move(shared_data):
    columns = Columns(series=("values",), offsets="offsets", constants="conditions")
    dataset = read(shared_data / "phasefield" / "cmapss_fd001.npz", columns=columns)
    assert (dataset.lengths.min(), dataset.lengths.max()) == (128, 362)
    assert len(dataset.schema.series) + len(dataset.schema.condition) == 24
    assert "setting3" in dataset.schema.names("condition")
    assert not dataset.condition.var(0).any()  # they say the same of all engines
