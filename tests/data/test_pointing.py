"""Simulated pointing movements have the statistics of recorded ones."""

import numpy as np
import pytest
import torch

from latentloom.data.derive import Displacement
from latentloom.data.simulate.pointing import Pointing, simulate
from latentloom.data.transforms.increasing import check_increasing


@pytest.fixture(scope="module")
def recorded():
    return simulate(Pointing(records=4000), seed=0)


def speeds(dataset):
    """Pixels per step, zero after the end, and where a step is."""
    inside = dataset.context().mask[:, 1:]
    return dataset.series[..., 1:].diff(dim=1).norm(dim=-1) * inside, inside


def test_statistics_are_those_of_recorded_movements(recorded):
    length, distance = recorded.lengths.double(), recorded.condition[:, 0].double()
    speed, inside = speeds(recorded)
    ratio = speed.sum(1) / distance
    seconds = recorded.series[..., 0].amax(1).double() / 1e3
    assert length.mean() == pytest.approx(64, abs=2)
    assert distance.median() == pytest.approx(137, abs=8)
    assert np.corrcoef(length, distance)[0, 1] == pytest.approx(0.80, abs=0.02)
    assert seconds.mean() == pytest.approx(0.515, abs=0.015)
    assert ratio.median() == pytest.approx(1.06, abs=0.01)
    assert ((speed == 0) & inside).sum() / inside.sum() == pytest.approx(0.246, abs=0.01)


@pytest.mark.parametrize("law", ["minimum_jerk", "sigma_lognormal"])
def test_a_recorder_sees_whole_pixels_and_rising_whole_milliseconds(law):
    made = simulate(Pointing(records=200, law=law, targets="anywhere"), seed=1)
    assert torch.equal(made.series, made.series.round())
    check_increasing("made", made, ["t"])
    steps = made.series[..., 0].diff(dim=1)[made.context().mask[:, 1:]]
    assert set(steps.unique().tolist()) == {7, 8, 9}
    assert not made.series[~made.context().mask].any()


def test_conditions_are_the_displacement(recorded):
    assert Displacement(names=("x", "y"))(recorded) is recorded
    last = recorded.series[torch.arange(recorded.size), recorded.lengths - 1]
    moved = last[:, 1:] - recorded.series[:, 0, 1:]
    told = recorded.condition[:, :1] * recorded.condition[:, 1:]
    torch.testing.assert_close(told, moved, rtol=0, atol=1e-3)


def test_targets_of_a_grid_have_24_distances_and_8_directions(recorded):
    distance = recorded.extras["target_distance"].unique()
    assert len(distance) == 24
    torch.testing.assert_close(distance[[0, -1]], torch.tensor([27.0, 667.0]))
    far = recorded.condition[recorded.extras["target_distance"][:, 0] > 200]
    octants = torch.atan2(far[:, 2], far[:, 1]) / (torch.pi / 4)
    assert (octants - octants.round()).abs().max() < 0.25


BARE = {"records": 300, "curvature": 0.0, "tremor": 0.0, "corrected": 0.0, "spread": 0.0}


def test_duration_follows_the_law_of_fitts():
    made = simulate(Pointing(**BARE, width=30.0, intercept=0.2, slope=0.1, late=0.0), seed=0)
    distance = made.extras["target_distance"][:, 0].double()
    wanted = 0.2 + 0.1 * torch.log2(distance / 30 + 1)
    told = (made.lengths - 1) * 0.008
    assert (told - wanted).abs().max() <= 0.0041


def test_a_stroke_of_least_jerk_is_fastest_in_the_middle_by_15_eighths():
    far = {"distance": (20_000.0, 20_000.0), "targets": "anywhere"}
    made = simulate(Pointing(**BARE, **far, law="minimum_jerk", late=0.0), seed=0)
    speed, _ = speeds(made)
    peak = speed.amax(1) * (made.lengths - 1) / made.condition[:, 0]
    torch.testing.assert_close(peak, torch.full_like(peak, 1.875), rtol=1e-2, atol=0)
    middle = speed.argmax(1) / (made.lengths - 2)
    assert (middle - 0.5).abs().max() < 0.03


def test_a_lognormal_stroke_is_fastest_before_the_middle():
    far = {"distance": (20_000.0, 20_000.0), "targets": "anywhere"}
    made = simulate(Pointing(**BARE, **far, law="sigma_lognormal"), seed=0)
    middle = speeds(made)[0].argmax(1) / (made.lengths - 2)
    assert 0.15 < middle.min() < middle.max() < 0.5


def test_straight_strokes_are_straight_and_curved_ones_are_arcs():
    far = {"distance": (20_000.0, 20_000.0), "targets": "anywhere"}
    straight = simulate(Pointing(**BARE, **far), seed=0)
    assert (speeds(straight)[0].sum(1) / straight.condition[:, 0]).max() < 1.0005
    rise = 0.1
    made = simulate(Pointing(**BARE | {"curvature": rise}, **far), seed=0)
    ratio = (speeds(made)[0].sum(1) / made.condition[:, 0]).double()
    half = 2 * np.arctan(2 * rise * np.random.default_rng(0).standard_normal(100_000))
    assert ratio.median() == pytest.approx(np.median(half / np.sin(half)), rel=0.01)


def test_equal_seeds_give_equal_movements():
    one, same, other = (simulate(Pointing(records=20), seed=seed) for seed in (3, 3, 4))
    assert torch.equal(one.series, same.series)
    assert one.steps != other.steps or not torch.equal(one.series, other.series)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"records": 0}, "records must be at least 1, got 0"),
        ({"distance": (50.0, 20.0)}, r"distance must rise from above 0, got 50.0 to 20.0"),
        ({"corrected": 1.5}, r"corrected must be in \[0, 1\], got 1.5"),
        ({"width": 0.0}, "width must be positive, got 0.0"),
    ],
)
def test_wrong_settings_are_refused(wrong, told):
    with pytest.raises(ValueError, match=told):
        Pointing(**wrong)
