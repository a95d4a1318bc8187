"""Transforms of paths: their start, their direction, their time, their whole pixels."""

import math
from dataclasses import replace

import pytest
import torch
from paths import path, paths

from latentloom.core.errors import DataError
from latentloom.data.transforms import (
    FromStart,
    Increasing,
    Pipeline,
    ProductScale,
    Rotated,
    Standard,
    Undo,
    WholeNumbers,
)

DIRECTION = ["direction_cos", "direction_sin"]
KINDS = {
    "increasing": lambda: Increasing(names=["t"]),
    "whole numbers": WholeNumbers,
    "whole numbers by name": lambda: WholeNumbers(names=["x"]),
    "rotated": lambda: Rotated(names=["x", "y"], by=DIRECTION),
    "some divided": lambda: ProductScale(powers={"distance": 0.7}, names=["x", "y"]),
    "all": lambda: Pipeline(
        [
            Increasing(names=["t"]),
            WholeNumbers(),
            Rotated(names=["x", "y"], by=DIRECTION),
            ProductScale(powers={"distance": 0.7}, names=["x", "y"]),
            Standard(arrays=["series"]),
        ]
    ),
}


@pytest.fixture(params=KINDS)
def transform(request):
    made = KINDS[request.param]()
    made.fit(paths())
    return made


def test_inverse_undoes(transform):
    other = paths(seed=1)
    back = transform.invert(transform.apply(other))
    assert back.schema == other.schema
    torch.testing.assert_close(back.series, other.series, rtol=1e-5, atol=1e-4)


def test_padding_stays_zero_both_ways(transform):
    there = transform.apply(paths(seed=1))
    back = transform.invert(there)
    padding = ~there.context().mask
    assert not there.series[padding].any()
    assert not back.series[padding].any()


def test_samples_do_not_see_each_other(transform):
    other, rows = paths(seed=1), torch.tensor([5, 2, 17])
    alone, together = transform.apply(other.take(rows)), transform.apply(other).take(rows)
    assert torch.equal(alone.series, together.series)


def test_series_need_not_be_there(transform):
    known = replace(paths(seed=1), series=None)
    assert transform.invert(transform.apply(known)).series is None


def test_paths_begin_at_the_origin_on_the_way_in_and_out():
    start = FromStart(names=["x", "y"])
    other = paths(seed=1)
    start.fit(other)
    there = start.apply(other)
    assert not there.series[:, 0, 1:].any()
    assert torch.equal(there.series[..., 0], other.series[..., 0])
    steps = other.series.diff(dim=1)[:, :4]
    assert torch.equal(there.series.diff(dim=1)[:, :4], steps)
    assert torch.equal(start.invert(there).series, there.series)
    moved = replace(there, series=there.series + 3)
    assert not start.invert(moved).series[:, 0, 1:].any()


def test_all_paths_come_to_lead_along_the_first_series():
    turned = Pipeline(
        [
            FromStart(names=["x", "y"]),
            Rotated(names=["x", "y"], by=["direction_cos", "direction_sin"]),
        ]
    )
    other = paths(seed=1)
    turned.fit(other)
    there = turned.apply(other).series
    ends = there[torch.arange(other.size), other.lengths - 1]
    torch.testing.assert_close(ends[:, 1], other.condition[:, 0], rtol=1e-5, atol=1e-4)
    torch.testing.assert_close(ends[:, 2], torch.zeros(other.size), rtol=0, atol=1e-3)


def test_a_direction_of_another_length_turns_as_far():
    whole = paths()
    turned = Rotated(names=["x", "y"], by=["direction_cos", "direction_sin"])
    turned.fit(whole)
    scale = torch.tensor([1.0, 7.0, 7.0])
    longer = turned.apply(replace(whole, condition=whole.condition * scale))
    torch.testing.assert_close(longer.series, turned.apply(whole).series, rtol=1e-5, atol=1e-3)


def test_no_direction_is_refused():
    whole = paths()
    whole.condition[3, 1:] = 0
    told = "direction_cos and direction_sin: must tell a direction, got 0 and 0 in sample 3"
    with pytest.raises(DataError, match=told):
        Rotated(names=["x", "y"], by=["direction_cos", "direction_sin"]).fit(whole)


def test_only_what_is_named_is_divided():
    scale = ProductScale(powers={"distance": 1.0}, names=["y"])
    whole = paths()
    scale.fit(whole)
    there = scale.apply(whole)
    assert torch.equal(there.series[..., :2], whole.series[..., :2])
    wanted = whole.series[..., 2] / whole.condition[:, :1]
    torch.testing.assert_close(there.series[..., 2], wanted)
    assert [str(quantity) for quantity in there.schema.series] == ["t [ms]", "x [px]", "y"]


def test_what_the_train_split_has_whole_comes_back_whole():
    whole = WholeNumbers()
    train = paths()
    train.series[..., 2] += 0.25
    whole.fit(train)
    made = whole.invert(path((0.4, 1.5, 0.3), (7.6, 2.5, 0.6)))
    assert made.series[0].tolist() == [[0, 2, pytest.approx(0.3)], [8, 3, pytest.approx(0.6)]]
    assert whole.told == ("series of whole numbers: t, x",)


def test_rounding_lets_the_gradient_through():
    pipeline = Pipeline([WholeNumbers(names=["x"]), Standard(arrays=["series"])])
    pipeline.fit(paths())
    values = torch.randn(2, 3, 3, requires_grad=True)
    made = Undo(pipeline)(values)
    assert torch.equal(made[..., 1], made[..., 1].round())
    made.sum().backward()
    assert (values.grad > 0).all()


@pytest.mark.parametrize("order", [1, -1])
def test_time_still_increases_once_it_is_rounded(order):
    pipeline = Pipeline([Increasing(names=["t"]), WholeNumbers(names=["t"])][::order])
    pipeline.fit(paths())
    made = path(*[(math.sin(step) * 4 + step / 3, 0.0, 0.0) for step in range(40)])
    time = pipeline.invert(made).series[0, :, 0]
    assert torch.equal(time, time.round())
    assert (time.diff() >= 1).all()


def test_time_that_increases_enough_is_left_alone():
    time = Increasing(names=["t"], least=2.0)
    time.fit(path((1.0, 0, 0), (3.0, 0, 0), (6.0, 0, 0)))
    made = path((0.0, 9.0, 9.0), (2.5, 0.0, 0.0), (4.5, 1.0, 1.0), (5.0, 1.0, 1.0))
    assert time.invert(made).series[0, :, 0].tolist() == [0.0, 2.5, 4.5, 6.5]
    assert torch.equal(time.invert(made).series[..., 1:], made.series[..., 1:])


@pytest.mark.parametrize(
    ("interval", "told"), [(8.0, "8"), (0.008, "0.008"), (1 / 60, "0.016667")]
)
def test_time_of_another_unit_names_the_least_that_it_needs(interval, told):
    steps = path(*[(interval * step, 0.0, 0.0) for step in range(200)])
    words = f"least must be at most {told}, the least rise in the train part, got 9; set it to"
    with pytest.raises(DataError, match=f"series t: {words} {told}$"):
        Increasing(names=["t"], least=9.0).fit(steps)
    time = Increasing(names=["t"], least=float(told))
    time.fit(steps)
    torch.testing.assert_close(time.invert(steps).series, steps.series, rtol=1e-4, atol=0)


def test_the_least_rise_is_of_real_steps_and_of_samples_that_rise_at_all():
    time = Increasing(names=["t"], least=3.0)
    time.fit(path((1.0, 0, 0), (4.0, 0, 0), (0.0, 0, 0), lengths=torch.tensor([2])))
    time.fit(path((1.0, 0, 0)))


@pytest.mark.parametrize("later", [3.0, 2.0])
def test_time_that_repeats_or_goes_back_is_refused(later):
    time = Increasing(names=["t"])
    told = (
        rf"series: t must increase from step to step, got {later:g} after 3 at step 2 of sample 0"
    )
    with pytest.raises(DataError, match=f"{told}.*; remove the steps that repeat or go back"):
        time.fit(path((1.0, 0, 0), (3.0, 0, 0), (later, 0, 0)))


def test_what_lies_after_the_end_does_not_have_to_increase():
    time = Increasing(names=["t"])
    short = path((1.0, 0, 0), (3.0, 0, 0), (0.0, 0, 0), lengths=torch.tensor([2]))
    time.fit(short)
    assert torch.equal(time.apply(short).series, short.series)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: FromStart(names=[]), "names must name at least one series, got none"),
        (lambda: Increasing(names=[]), "names must name at least one series, got none"),
        (lambda: Increasing(names=["t"], least=0.0), "least must be positive, got 0.0"),
        (lambda: Rotated(names=["x"], by=["c", "s"]), r"names must be two different names, got"),
        (lambda: Rotated(names=["x", "y"], by=["c", "c"]), r"by must be two different names, got"),
    ],
)
def test_wrong_settings_are_refused(make, told):
    with pytest.raises(ValueError, match=told):
        make()


@pytest.mark.parametrize(
    "transform",
    [
        FromStart(names=["z"]),
        Increasing(names=["z"]),
        Rotated(names=["x", "z"], by=["direction_cos", "direction_sin"]),
        WholeNumbers(names=["z"]),
        ProductScale(powers={"distance": 1.0}, names=["z"]),
    ],
)
def test_a_series_that_is_not_there_is_named(transform):
    with pytest.raises(DataError, match=r"series: has no 'z' at this place of the transforms"):
        transform.fit(paths())
