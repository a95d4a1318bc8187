"""Where a recipe's samples come from, and how long series become samples."""

import pytest

from latentloom.core.errors import RecipeError
from latentloom.data.splits import Groups
from latentloom.data.windows import Windows
from latentloom.recipes.assess import splits
from latentloom.recipes.conduct import Conduct, train
from latentloom.recipes.plan import Plan
from latentloom.recipes.sections import Data
from latentloom.recipes.sourcing import open_source, split_source


@pytest.fixture
def long(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text("\n".join(["x", *map(str, range(200))]) + "\n")
    return str(path)


def test_windows_are_the_samples_of_a_recipe(long):
    source = open_source(Data(source=long, windows=Windows(length=5, stride=5, blocks=4)), 0)
    assert (source.size, source.steps) == (40, 5)
    assert source.take([11]).series[0, :, 0].tolist() == [55, 56, 57, 58, 59]


def test_a_split_by_groups_shares_no_step(long):
    data = Data(source=long, windows=Windows(length=6), split=Groups())
    source = open_source(data, 0)
    split = split_source(data, source, 0)
    parts = [
        set(source.take(rows).series.flatten().tolist()) for rows in (split.train, split.test)
    ]
    assert not parts[0] & parts[1]


def test_windows_longer_than_the_series_are_refused_by_their_place(long):
    with pytest.raises(RecipeError, match=r"data\.windows: length must be at most 10 steps"):
        open_source(Data(source=long, windows=Windows(length=11)), 0)


def test_windows_of_periods_are_no_periods():
    with pytest.raises(RecipeError, match="roll needs signals of one period, and these are not"):
        Plan.read("voltage_demo", [("data.windows", {"length": 64})])


def test_a_run_learns_from_windows_and_finds_them_again(tree, tmp_path):
    changes = [("data.windows", {"length": 16, "stride": 16}), ("data.split", "groups")]
    run = train(Plan.of(tree, changes), tmp_path / "run", Conduct(device="cpu"))
    parts = splits(run)
    assert [part.size for part in parts] == [192, 24, 24]
    assert {part.steps for part in parts} == {16}


def test_windows_are_not_streamed():
    with pytest.raises(ValueError, match="streaming must be off where windows are cut; cut them"):
        Data(source="a.h5", windows=Windows(length=5), streaming="on")
