"""What follows from times and places."""

import numpy as np
import pytest

from latentloom.evaluation.kinematics import (
    STATISTICS,
    Paths,
    described,
    displacement,
    efficiency,
    log_jerk,
    mean_curvature,
    path_length,
    peak_speed,
    time_to_peak,
)
from latentloom.evaluation.population import Population


def paths(*points, lengths=None):
    """Movements of (t, x, y) points."""
    values = np.array(points, dtype=float)
    return Paths.of(
        Population(values=values, lengths=None if lengths is None else np.array(lengths))
    )


CORNER = [[0, 0, 0], [100, 3, 4], [200, 3, 4], [400, 3, 24], [500, 13, 24]]


def least_jerk(distance=500.0, duration=800.0, points=2001):
    time = np.linspace(0, duration, points)
    share = time / duration
    gone = distance * (10 * share**3 - 15 * share**4 + 6 * share**5)
    return paths(np.stack([time, 0.6 * gone, 0.8 * gone], -1))


def test_speeds_and_changes_of_speed_are_those_worked_out_by_hand():
    found = paths(CORNER)
    assert found.speed[0].tolist() == [50, 0, 100, 100]
    assert found.acceleration[0] == pytest.approx([-500, 100 / 0.15, 0])


def test_who_stands_still_keeps_the_heading():
    up = np.arctan2(4, 3)
    found = paths(CORNER)
    assert found.heading[0] == pytest.approx([up, up, np.pi / 2, 0])
    assert found.turn[0] == pytest.approx([0, np.pi / 2 - up, -np.pi / 2])
    assert found.curvature[0] == pytest.approx([0, (np.pi / 2 - up) / 10, -np.pi / 2 / 15])


def test_a_heading_before_the_first_move_is_that_of_it():
    still = [[0, 0, 0], [100, 0, 0], [200, 0, 5], [300, 5, 5], [400, 9, 9]]
    assert paths(still).turn[0] == pytest.approx([0, -np.pi / 2, np.pi / 4])


def test_a_turn_across_half_a_circle_is_small():
    west = [[0, 0, 0], [100, -10, 1], [200, -20, 0]]
    assert paths(west).turn[0] == pytest.approx([2 * np.arctan(0.1)])


def test_the_numbers_of_a_path_are_those_worked_out_by_hand():
    found = paths(CORNER)
    assert path_length(found) == pytest.approx([35])
    assert displacement(found) == pytest.approx([np.hypot(13, 24)])
    assert efficiency(found) == pytest.approx([np.hypot(13, 24) / 35])
    assert peak_speed(found) == pytest.approx([100])
    assert time_to_peak(found) == pytest.approx([300 / 500])
    assert found.duration.tolist() == [500]


def test_the_third_power_of_time_has_a_constant_jerk():
    time = np.arange(9.0) * 10
    found = paths(np.stack([time, (time / 1000) ** 3, 0 * time], -1))
    assert found.jerk[0] == pytest.approx(np.full(6, 6.0))
    mean, seconds, peak = 36.0, 0.08, found.speed.max()
    assert log_jerk(found) == pytest.approx([np.log(mean * seconds**4 / peak**2)])


def test_a_movement_of_least_jerk_peaks_half_way_at_15_eighths_of_its_mean_speed():
    found = least_jerk()
    assert peak_speed(found) == pytest.approx([1.875 * 500 / 0.8], rel=1e-5)
    assert time_to_peak(found) == pytest.approx([0.5], abs=1e-3)
    assert efficiency(found) == pytest.approx([1])
    assert mean_curvature(found) == pytest.approx([0], abs=1e-9)


@pytest.mark.parametrize(("distance", "duration"), [(500, 800), (20, 3000)])
def test_the_least_dimensionless_jerk_does_not_depend_on_size_and_speed(distance, duration):
    assert log_jerk(least_jerk(distance, duration)) == pytest.approx([np.log(204.8)], abs=0.01)


def test_a_circle_has_the_curvature_of_its_radius():
    angle = np.linspace(0, np.pi, 400)
    circle = np.stack([angle * 100, 50 * np.cos(angle), 50 * np.sin(angle)], -1)
    found = paths(circle)
    assert np.abs(found.curvature) == pytest.approx(np.full((1, 398), 1 / 50), rel=1e-3)
    assert mean_curvature(found) == pytest.approx([1 / 50], rel=5e-3)


def test_a_right_angle_turns_by_as_much_over_its_way():
    """Of 16 pieces one lies across the corner, which changes no sum of turns of one sense."""
    bent = paths([[0, 0, 0], [100, 30, 0], [200, 30, 50]])
    assert mean_curvature(bent) == pytest.approx([np.pi / 2 / 15 * 16 / 80])


def test_places_rounded_to_pixels_do_not_bend_a_straight_path():
    straight = least_jerk(points=101)
    rounded = Paths(time=straight.time, place=straight.place.round(), lengths=straight.lengths)
    assert np.abs(rounded.turn).sum() > 5
    assert mean_curvature(rounded) < 0.3 / 500


def test_padding_counts_nowhere():
    rng = np.random.default_rng(0)
    lengths = np.array([1, 2, 3, 4, 9, 20])
    values = rng.normal(size=(6, 20, 3)).cumsum(1)
    values[..., 0] = 8 * np.arange(20)
    soiled = np.where((np.arange(20) < lengths[:, None])[..., None], values, 1e6)
    found, names = described(Population(values=soiled, lengths=lengths))
    assert names == tuple(STATISTICS)
    for row, length in enumerate(lengths):
        alone, _ = described(Population(values=values[row : row + 1, :length]))
        np.testing.assert_allclose(found[row], alone[0])


def test_what_has_no_number_has_none_and_says_nothing_of_the_others():
    still = [[0, 5, 5], [8, 5, 5], [16, 5, 5], [24, 5, 5]]
    stopped = [[0, 0, 0], [0, 5, 5], [0, 7, 5], [0, 9, 5]]
    found, names = described(Population(values=np.array([still, stopped], dtype=float)))
    by_name = dict(zip(names, found.T, strict=True))
    assert by_name["peak_speed"][0] == 0
    assert np.isnan(by_name["efficiency"][0])
    assert np.isnan([by_name[name][1] for name in ("peak_speed", "time_to_peak", "jerk")]).all()
    assert by_name["path_length"][1] == pytest.approx(np.hypot(5, 5) + 4)


def test_a_step_without_time_has_no_speed_and_leaves_the_others_theirs():
    found = paths([[0, 0, 0], [100, 10, 0], [100, 60, 0], [200, 80, 0]])
    assert found.speed[0, [0, 2]] == pytest.approx([100, 200])
    assert np.isnan(found.speed[0, 1])
    assert peak_speed(found) == pytest.approx([200])


def test_channels_are_found_by_name_and_by_place():
    values = np.array([[[1.0, 2.0, 0.0], [5.0, 5.0, 100.0]]])
    named = Paths.of(Population(values=values, channels=("x", "y", "t")))
    placed = Paths.of(Population(values=values), (2, 0, 1))
    assert named.speed.tolist() == placed.speed.tolist() == [[50.0]]


@pytest.mark.parametrize(
    ("signals", "channels", "words"),
    [
        (
            Population(values=np.zeros((1, 2, 3)), channels=("a", "b", "c")),
            ("t", "x", "y"),
            "must have the channels t, x, y, got a, b, c; name its time",
        ),
        (Population(values=np.zeros((1, 2, 2))), ("t", "x", "y"), "at least 3 channels, got 2"),
        (Population(values=np.zeros((1, 2, 3))), (0, 1, 3), "at least 4 channels, got 3"),
        (Population(values=np.zeros((1, 2, 3))), (0, 1), "a time and two coordinates, got"),
    ],
)
def test_signals_that_are_no_paths_are_refused(signals, channels, words):
    with pytest.raises(ValueError, match=words):
        Paths.of(signals, channels)
