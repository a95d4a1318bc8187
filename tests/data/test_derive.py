"""What follows from signals."""

from dataclasses import replace

import pytest
import torch
from paths import path, paths

from latentloom.core.errors import DataError
from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.derive import Displacement, StartAtOrigin, derived

DISPLACEMENT = Displacement(names=("x", "y"))


def test_displacement_goes_to_the_last_real_step():
    lengths = torch.tensor([2])
    told = DISPLACEMENT(path((0, 1, 1), (8, 4, -3), (16, 99, 99), lengths=lengths))
    assert [str(quantity) for quantity in told.schema.condition] == [
        "distance [px]",
        "direction_cos",
        "direction_sin",
    ]
    assert told.condition[0].tolist() == [5, pytest.approx(0.6), pytest.approx(-0.8)]


def test_what_the_data_tell_stays_and_only_the_rest_is_added():
    known = path((0, 0, 0), (8, 0, 2))
    schema = replace(known.schema, condition=(Quantity("distance", "cm"), Quantity("user")))
    told = DISPLACEMENT(replace(known, schema=schema, condition=torch.tensor([[7.0, 3.0]])))
    assert told.schema.names("condition") == ("distance", "user", "direction_cos", "direction_sin")
    assert told.condition[0].tolist() == [7, 3, 0, 1]
    assert DISPLACEMENT(told) is told


def test_no_direction_is_refused_by_the_number_in_the_file():
    still = path((0, 4, 4), (8, 9, 9), (16, 4, 4))
    told = "x and y: must tell a direction, and sample 17 ends where it begins, after 3 steps"
    with pytest.raises(DataError, match=f"{told}, the first of 1 such samples; remove it"):
        DISPLACEMENT(still, rows=[17])


def test_one_point_is_refused_with_the_setting_that_leaves_it_out():
    with pytest.raises(
        DataError, match=r"sample 0 has a single point.*set data.least_steps to 2 or"
    ):
        DISPLACEMENT(path((0, 4, 4)))


def test_signals_begin_at_the_origin_and_done_twice_is_done_once():
    whole = paths()
    begun = StartAtOrigin(names=["t", "x"])(whole)
    assert not begun.series[:, 0, :2].any()
    assert torch.equal(begun.series[..., 2], whole.series[..., 2])
    assert not begun.series[~begun.context().mask].any()
    assert torch.equal(StartAtOrigin(names=["t", "x"])(begun).series, begun.series)
    assert torch.equal(DISPLACEMENT(begun).condition, whole.condition)


def test_data_without_signals_are_left_alone():
    bare = Dataset(schema=Schema(condition=(Quantity("distance"),)), condition=torch.ones(2, 1))
    assert derived(bare, [DISPLACEMENT, StartAtOrigin(names=["x"])]) is bare


def test_a_series_that_is_not_there_is_named():
    with pytest.raises(DataError, match="series: has no 'z'"):
        Displacement(names=("x", "z"))(paths())


def test_names_must_differ():
    with pytest.raises(ValueError, match=r"names must be two different series, got \['x', 'x'\]"):
        Displacement(names=("x", "x"))
    with pytest.raises(ValueError, match="names must name at least one series, got none"):
        StartAtOrigin(names=[])
