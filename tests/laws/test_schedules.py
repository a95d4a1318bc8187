"""Laws of every schedule."""

from itertools import pairwise

import pytest

from latentloom.schedules import (
    Constant,
    Cosine,
    Cyclical,
    Exponential,
    InverseSigmoid,
    Joined,
    Linear,
    warm_up_cosine,
)

FROM_ONE_TO_A_TENTH = [
    Linear(1.0, 0.1),
    Exponential(1.0, 0.1),
    InverseSigmoid(1.0, 0.1),
    Cosine(1.0, 0.1),
    Joined([Linear(1.0, 0.5), Linear(0.5, 0.1)], [0.3]),
]


def name(schedule):
    return type(schedule).__name__


@pytest.mark.parametrize("schedule", FROM_ONE_TO_A_TENTH, ids=name)
def test_it_starts_and_ends_where_it_says(schedule):
    assert schedule(0.0) == pytest.approx(1.0)
    assert schedule(1.0) == pytest.approx(0.1)


@pytest.mark.parametrize("schedule", FROM_ONE_TO_A_TENTH, ids=name)
def test_it_falls_all_the_way(schedule):
    values = [schedule(p / 100) for p in range(101)]
    assert all(b < a for a, b in pairwise(values))


def test_a_line_is_held_once_it_has_arrived():
    assert Linear(0.0, 2.0, by=0.5)(0.25) == 1.0
    assert Linear(0.0, 2.0, by=0.5)(0.9) == 2.0


def test_a_joined_schedule_starts_each_part_afresh():
    ramp = Linear(0.0, 1.0)
    joined = Joined([ramp, ramp], [0.5])
    assert [joined(p) for p in (0.0, 0.25, 0.5, 0.75, 1.0)] == [0.0, 0.5, 0.0, 0.5, 1.0]


def test_a_cycle_rises_is_held_and_begins_again():
    wave = Cyclical(0.0, 1.0, cycles=2, rise=0.5)
    values = [wave(p) for p in (0.0, 0.125, 0.25, 0.4, 0.5, 0.625, 0.75, 1.0)]
    assert values == [0.0, 0.5, 1.0, 1.0, 0.0, 0.5, 1.0, 1.0]


def test_one_cycle_that_rises_to_its_end_is_a_line():
    wave, line = Cyclical(2.0, 0.5, cycles=1, rise=1.0), Linear(2.0, 0.5)
    assert [wave(p / 7) for p in range(8)] == pytest.approx([line(p / 7) for p in range(8)])


def test_the_inverse_sigmoid_is_slow_then_fast_then_slow():
    curve = InverseSigmoid(1.0, 0.0)
    steps = [curve(p / 10) - curve((p + 1) / 10) for p in range(10)]
    assert max(steps) > 3 * steps[0]
    assert max(steps) > 3 * steps[-1]


def test_warm_up_peaks_where_it_says():
    rate = warm_up_cosine(1e-3, 1e-5, warm_up=0.2)
    assert (rate(0.1), rate(0.2), rate(1.0)) == pytest.approx((5e-4, 1e-3, 1e-5))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Linear(0, 1, by=0), r"by must be in \(0, 1\], got 0"),
        (lambda: Exponential(0.0, 1.0), "start and end must be positive, got 0.0 and 1.0"),
        (lambda: InverseSigmoid(1, 0, steepness=0.5), "steepness must be above 1, got 0.5"),
        (lambda: Cyclical(0, 1, cycles=0), "cycles must be at least 1, got 0"),
        (lambda: Cyclical(0, 1, rise=1.5), r"rise must be in \(0, 1\], got 1.5"),
        (lambda: Joined([Constant(1.0)], [0.5]), "1 parts need 0 cuts, got 1"),
        (
            lambda: Joined([Constant(1.0)] * 3, [0.5, 0.5]),
            r"cuts must increase inside \(0, 1\), got \[0.5, 0.5\]",
        ),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()
