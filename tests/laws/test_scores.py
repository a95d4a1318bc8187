"""Laws of every score."""

from dataclasses import replace

import numpy as np
import pytest

from latentloom.evaluation.calibration import calibrate
from latentloom.evaluation.records import Prediction, Records
from latentloom.evaluation.scores import SCORES


def made(records, noise):
    rng = np.random.default_rng(1)
    size, steps, channels = records.truth.shape
    samples = records.truth[:, None] + noise * rng.normal(size=(size, 9, steps, channels))
    calibration = calibrate(records.truth, samples, records.mask)
    return Prediction(values=samples[:, 0], samples=samples, calibration=calibration)


@pytest.fixture
def records():
    rng = np.random.default_rng(0)
    time = np.arange(24)
    truth = np.sin(0.6 * time)[None, :, None] + 0.3 * rng.normal(size=(12, 24, 2))
    lengths = np.array([24] * 6 + [17] * 6)
    return Records(truth=truth, lengths=lengths, cycles=np.full(12, 0.6 / 2 / np.pi), law=truth)


every = pytest.mark.parametrize("score", SCORES.values(), ids=SCORES)


@every
def test_what_is_perfect_gets_the_ideal(score, records):
    prediction = Prediction(
        values=records.truth,
        samples=np.repeat(records.truth[:, None], 3, axis=1),
        calibration=calibrate(
            records.truth, np.repeat(records.truth[:, None], 3, axis=1), records.mask
        ),
    )
    found = score.measure(records, prediction)
    ideal = 1.0 if "coverage" in score.name else score.ideal
    assert found == pytest.approx(np.full(12, ideal), abs=1e-5)


@every
def test_order_does_not_matter(score, records):
    prediction, rows = made(records, 0.3), np.random.default_rng(2).permutation(12)
    found = score.measure(records, prediction)
    assert score.measure(records.take(rows), prediction.take(rows)) == pytest.approx(found[rows])


@every
def test_units_do_not_matter(score, records):
    prediction = made(records, 0.3)
    thousand = replace(records, truth=1000 * records.truth, law=1000 * records.law)
    larger = replace(
        prediction, values=1000 * prediction.values, samples=1000 * prediction.samples
    )
    found = score.measure(records, prediction)
    assert score.measure(thousand, larger) == pytest.approx(found, rel=1e-6)


@every
def test_padding_does_not_leak(score, records):
    prediction = made(records, 0.3)
    empty = ~records.mask[..., None]
    soiled = replace(
        prediction,
        values=np.where(empty, 99.0, prediction.values),
        samples=np.where(empty[:, None], 99.0, prediction.samples),
    )
    found = score.measure(records, prediction)
    assert score.measure(records, soiled) == pytest.approx(found)


@every
def test_worse_is_farther_from_the_ideal(score, records):
    if "coverage" in score.name or score.name == "amplitude_ratio":
        pytest.skip("honest at every noise")
    near, far = (score.measure(records, made(records, noise)).mean() for noise in (0.05, 1.0))
    assert abs(far - score.ideal) > abs(near - score.ideal)


def test_keys_are_names():
    assert all(name == score.name for name, score in SCORES.items())
