"""Paths as a table: what stands at which point, and what is refused."""

import numpy as np
import pandas as pd
import pytest
import torch

from latentloom.cli.main import main
from latentloom.core.errors import DataError
from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.formats import Columns, read, write
from latentloom.data.simulate.pointing import Pointing, simulate
from latentloom.evaluation.path_table import path_table


def paths(units=("ms", "px", "px"), names=("t", "x", "y")):
    """A path of a corner, in steps of 0.5 s, and one of a single point."""
    corner = [[0.0, 0, 0], [500, 3, 0], [1000, 3, 5], [1500, 3, 15]]
    values = torch.tensor([corner, [[7.0, 1, 2]] + [[0.0, 0, 0]] * 3])
    schema = Schema(series=tuple(map(Quantity, names, units)))
    return Dataset(schema=schema, series=values, lengths=torch.tensor([4, 1]))


def test_every_value_stands_at_its_point():
    table = path_table(paths())
    nan, half = np.nan, np.pi / 2
    wanted = {
        "id": [0, 0, 0, 0, 1],
        "t [ms]": [0, 500, 1000, 1500, 7],
        "x [px]": [0, 3, 3, 3, 1],
        "y [px]": [0, 0, 5, 15, 2],
        "speed [px/s]": [nan, 6, 10, 20, nan],
        "acceleration [px/s2]": [nan, 8, 20, nan, nan],
        "heading [rad]": [nan, 0, half, half, nan],
        "curvature [rad/px]": [nan, half / 4, 0, nan, nan],
    }
    assert list(table.columns) == list(wanted)
    for name, values in wanted.items():
        np.testing.assert_allclose(table[name], values, atol=1e-7, err_msg=name)


def test_speed_is_that_of_the_points_themselves():
    table = path_table(simulate(Pointing(records=5), 0))
    for _, path in table.groupby("id"):
        way = np.hypot(np.diff(path["x [px]"]), np.diff(path["y [px]"]))
        speed = way / np.diff(path["t [ms]"]) * 1000
        np.testing.assert_allclose(path["speed [px/s]"].iloc[1:], speed)
        assert path.iloc[0].isna().sum() == 4


def test_units_are_those_of_the_places():
    assert "curvature [rad/mm]" in path_table(paths(("ms", "mm", "mm")))
    assert {"t", "speed [1/s]"} <= {*path_table(paths(("", "", "")))}


@pytest.mark.parametrize(
    ("dataset", "words"),
    [
        (paths(("s", "px", "px")), "^series t: must be in ms, got s$"),
        (paths(("ms", "px", "")), "^series x and y: must be of one unit, got px and no unit$"),
        (paths(names=("t", "x", "z")), "must have the channels t, x, y, got t, x, z"),
        (
            Dataset(schema=Schema(), condition=torch.ones(2, 0)),
            "^paths: must have the series t, x",
        ),
    ],
)
def test_says_what_is_no_path(dataset, words):
    with pytest.raises(DataError, match=words):
        path_table(dataset)


def test_the_command_writes_what_can_be_read_again(tmp_path, capsys):
    moves = simulate(Pointing(records=6), 1)
    write(moves, tmp_path / "moves.npz")
    for name in ("table.csv", "table.parquet"):
        assert (
            main(["data", "kinematics", str(tmp_path / "moves.npz"), "-o", str(tmp_path / name)])
            == 0
        )
        again = read(tmp_path / name, columns=Columns(id="id", series=("t", "x", "y")))
        assert torch.equal(again.lengths, moves.lengths)
        for one, other, length in zip(again.series, moves.series, moves.lengths, strict=True):
            np.testing.assert_allclose(one[:length], other[:length], rtol=1e-6)
    points = int(moves.lengths.sum())
    assert f"wrote {points} points of 6 paths to" in capsys.readouterr().out
    both = (pd.read_csv(tmp_path / "table.csv"), pd.read_parquet(tmp_path / "table.parquet"))
    np.testing.assert_allclose(*both, rtol=1e-5)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("table.txt", "table.txt: must end in .csv or .parquet, got '.txt'"),
        ("table.csv", "table.csv: must be a new file, and it exists; choose another name"),
    ],
)
def test_the_command_says_where_it_cannot_write(file, words, tmp_path, capsys):
    (tmp_path / "table.csv").touch()
    assert main(["data", "kinematics", "moves.npz", "-o", str(tmp_path / file)]) == 2
    assert words in capsys.readouterr().err
