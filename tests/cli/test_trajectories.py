"""Simulating and looking into ragged paths from the command line."""

import numpy as np
import pytest

from latentloom.cli.main import main
from latentloom.data.formats import read


def test_pointing_is_simulated_into_a_file_that_knows_itself(tmp_path, capsys):
    file = tmp_path / "pointing.npz"
    asked = ["--records", "12", "--set", "law=minimum_jerk", "-o", str(file)]
    assert main(["data", "simulate", "pointing", *asked]) == 0
    assert main(["data", "inspect", str(file)]) == 0
    said = capsys.readouterr().out
    assert "condition direction_cos" in said
    assert read(file).size == 12


@pytest.fixture
def points(tmp_path):
    file = tmp_path / "paths.npz"
    np.savez(file, points=np.arange(12.0).reshape(4, 3), offsets=[0, 1, 4], distance=[3.0, 4.0])
    return file


def test_channels_get_names_and_offsets_are_found(points, tmp_path, capsys):
    asked = ["--channels", "points=t [ms],x [px],y [px]", "--condition", "distance"]
    assert main(["data", "inspect", str(points), *asked]) == 0
    said = capsys.readouterr().out
    assert "1 to 3, median 1" in said
    assert "series y" in said
    assert main(["data", "convert", str(points), str(tmp_path / "own.npz"), *asked]) == 0
    assert read(tmp_path / "own.npz").lengths.tolist() == [1, 3]


def test_channels_that_are_not_written_so_are_refused(points, capsys):
    assert main(["data", "inspect", str(points), "--channels", "points"]) == 2
    assert "channels: must be ARRAY=NAME,..., got 'points'" in capsys.readouterr().err
