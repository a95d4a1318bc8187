"""What is alike, and what a reader can tell."""

import numpy as np
import pytest

from latentloom.evaluation.diagnosis.likeness import departure, nearest, shares_a_stretch
from latentloom.evaluation.diagnosis.reading import Reader, features, filtered

RNG = np.random.default_rng(0)


def test_the_nearest_of_blocks_is_the_nearest_of_all():
    a, b = RNG.normal(size=(300, 6, 2)), RNG.normal(size=(40, 6, 2)) + 5
    apart = np.sqrt(((a[:, None] - b) ** 2).mean((2, 3))).min(1)
    assert nearest(a, b) == pytest.approx(apart)


def test_a_copy_is_at_no_distance_far_from_zero():
    signals = (1e4 + RNG.normal(size=(5, 8, 1))).astype(np.float32)
    assert nearest(signals[2:3], signals)[0] == 0.0


@pytest.mark.parametrize(("shift", "shared"), [(1, True), (8, True), (9, False)])
def test_windows_share_a_stretch_while_they_overlap_by_half(shift, shared):
    series = RNG.normal(size=(40, 2)).astype(np.float32)
    first, second = series[None, :16], series[None, shift : shift + 16]
    assert shares_a_stretch(second, first)[0] == shared
    assert shares_a_stretch(first, second)[0] == shared


def test_silence_is_no_shared_stretch():
    assert not shares_a_stretch(np.zeros((1, 8, 1)), np.zeros((3, 8, 1))).any()


def test_the_departure_of_equal_uses_is_chance_and_is_taken_off():
    draws = [RNG.integers(0, 16, 200) for _ in range(40)]
    found = [departure(a, b) for a, b in zip(draws[::2], draws[1::2], strict=True)]
    assert np.mean(found) < 0.03
    many = RNG.integers(0, 16, 20_000)
    assert departure(many, many // 2) == pytest.approx(0.5, abs=0.02)


def known(size, seed):
    """Sines whose frequency is what is asked about, and whose drive tells their amplitude."""
    rng = np.random.default_rng(seed)
    frequency, amplitude = rng.uniform(1, 6, (size, 1)), rng.uniform(1, 3, (size, 1))
    angle = 2 * np.pi * frequency * np.arange(32) / 32 + rng.uniform(0, 6, (size, 1))
    signals = (amplitude * np.sin(angle))[..., None]
    drive = np.repeat(amplitude, 32, 1)[..., None]
    return features(signals), features(drive), frequency, amplitude


@pytest.fixture(scope="module")
def halves():
    return known(300, 0), known(100, 1)


def reader(halves, column):
    a, b = halves
    return Reader.of(a[:2], b[:2], a[column], b[column], seed=0)


def test_a_reader_tells_what_signals_show_and_not_what_their_drive_shows(halves):
    assert reader(halves, 2).told > 0.8
    assert reader(halves, 3).told < 0.05


def test_a_reading_follows_a_change_of_the_signals_and_of_nothing_else(halves):
    before, after = halves[1], known(100, 2)
    frequency = reader(halves, 2)
    moved = after[2] - before[2]
    drive = before[1]
    assert frequency.followed((before[0], drive), (after[0], drive), moved) > 0.8
    assert frequency.followed((before[0], drive), (before[0], drive), moved) == 0.0


def test_a_filter_of_the_drive_is_found():
    drive = RNG.normal(size=(60, 40, 2))
    late = np.concatenate([drive[:, :1], drive[:, :-1]], axis=1)
    signals = 0.5 * drive[..., :1] - late[..., 1:]
    said = filtered((drive[:50], signals[:50]), drive[50:])
    assert said == pytest.approx(signals[50:], abs=1e-3)
