import json

import numpy as np
import pytest

from latentloom.evaluation.calibration import Calibration, calibrate
from latentloom.evaluation.intervals import bounds, coverage, width


def signals(rng, records, noise, samples=30, believed=1.0):
    """Waves of different size with noise that the samples believe to be otherwise."""
    size = rng.uniform(0.5, 5, (records, 1, 1))
    wave = size * np.sin(np.arange(40) / 5)[None, :, None]
    truth = wave + noise * size * rng.normal(size=wave.shape)
    drawn = rng.normal(size=(records, samples, 40, 1))
    return truth, wave[:, None] + believed * noise * size[:, None] * drawn


def all_real(x):
    return np.ones(x.shape[:2], dtype=bool)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9])
def test_honest_samples_cover_what_they_promise(level):
    truth, samples = signals(np.random.default_rng(0), 300, 0.1)
    held = coverage(truth, bounds(samples, level), all_real(truth))
    assert held.mean() == pytest.approx(level, abs=0.01)


@pytest.mark.parametrize("believed", [0.2, 3.0])
@pytest.mark.parametrize("level", [0.5, 0.9])
def test_calibrated_intervals_cover_new_records(believed, level):
    rng = np.random.default_rng(1)
    known, samples = signals(rng, 200, 0.1, believed=believed)
    calibration = calibrate(known, samples, all_real(known))
    truth, samples = signals(rng, 400, 0.1, believed=believed)
    inside = calibration.bounds(samples, level, all_real(truth))
    assert coverage(truth, inside, all_real(truth)).mean() == pytest.approx(level, abs=0.03)


def test_timid_samples_are_narrowed():
    truth, samples = signals(np.random.default_rng(0), 100, 0.1, believed=3.0)
    mask = all_real(truth)
    inside = calibrate(truth, samples, mask).bounds(samples, 0.9, mask)
    assert (inside.low <= inside.high).all()
    assert (
        width(truth, inside, mask).mean() < 0.7 * width(truth, bounds(samples, 0.9), mask).mean()
    )


def test_padding_does_not_move_the_margins():
    truth, samples = signals(np.random.default_rng(0), 50, 0.1)
    wide, more = (
        np.pad(truth, ((0, 0), (0, 9), (0, 0))),
        np.pad(samples, ((0, 0), (0, 0), (0, 9), (0, 0)), constant_values=7.0),
    )
    mask = np.broadcast_to(np.arange(49) < 40, (50, 49))
    short, long = calibrate(truth, samples, all_real(truth)), calibrate(wide, more, mask)
    assert long.margins == pytest.approx(short.margins)


def test_the_margin_by_hand():
    truth = np.arange(1.0, 20.0).reshape(19, 1, 1)
    samples = np.stack([np.full_like(truth, -1.0), np.full_like(truth, 3.0)], 1)
    calibration = calibrate(truth, samples, all_real(truth), [0.9])
    # Of 19 records at most 19 * 0.1 - 0.9 = 1 may be outside: 18 lies 15 above 3, scale is 1.
    assert calibration.margins == pytest.approx((15.0,))


def test_a_calibration_survives_a_file():
    truth, samples = signals(np.random.default_rng(0), 20, 0.1)
    calibration = calibrate(truth, samples, all_real(truth))
    assert Calibration.of(json.loads(json.dumps(calibration.plain()))) == calibration


def test_too_few_records_are_refused():
    truth, samples = signals(np.random.default_rng(0), 8, 0.1)
    with pytest.raises(
        ValueError, match=r"level 0.9 must have at least 9 validation records, got 8"
    ):
        calibrate(truth, samples, all_real(truth))


def test_an_unknown_level_is_refused():
    truth, samples = signals(np.random.default_rng(0), 20, 0.1)
    calibration = calibrate(truth, samples, all_real(truth), [0.5])
    with pytest.raises(ValueError, match=r"level must be one of \[0.5\], got 0.9"):
        calibration.bounds(samples, 0.9, all_real(truth))


def test_a_silent_record_cannot_be_calibrated():
    truth, samples = signals(np.random.default_rng(0), 20, 0.1)
    with pytest.raises(ValueError, match="must not be all zero"):
        calibrate(truth, 0 * samples, all_real(truth))


def test_a_level_is_a_share():
    with pytest.raises(ValueError, match=r"level must be in \(0, 1\), got 90"):
        bounds(np.zeros((1, 2, 3, 1)), 90)
