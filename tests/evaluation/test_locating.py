"""When a state occurred: laws of probabilities, and how often intervals hold the truth."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import multivariate_normal, multivariate_t

from latentloom.evaluation.locating import (
    Deduction,
    Judged,
    LocatingCard,
    Locator,
    Sequences,
    calibrated,
    confidence,
    expected,
    fixed_weights,
    judge,
    modes,
    reach_for,
    region,
)
from latentloom.evaluation.locating.density import log_density, spread, squared_distances

FRAMES, COMPONENTS = 40, 3
NOISE = np.array([[0.04, 0.02, 0.0], [0.02, 0.05, -0.01], [0.0, -0.01, 0.02]])


def sequences(size, seed, noise=NOISE, per_record=0.0):
    """Curves that a predictor knows but for Gaussian errors."""
    rng = np.random.default_rng(seed)
    time = np.linspace(0, 1, FRAMES)
    speed = rng.uniform(1, 2, size)[:, None]
    curves = np.stack([np.sin(3 * speed * time), speed * time**2, np.exp(-speed * time)], -1)
    errors = rng.multivariate_normal(np.zeros(COMPONENTS), noise, (size, FRAMES))
    errors *= np.exp(per_record * rng.normal(size=(size, 1, 1)))
    mask = np.ones((size, FRAMES), dtype=bool)
    mask[:, 0] = False
    return Sequences(truth=curves + errors, predicted=curves, mask=mask)


def some_locator(tails=math.inf, temperature=1.0):
    return Locator(
        covariance=np.broadcast_to(NOISE, (FRAMES, COMPONENTS, COMPONENTS)),
        tails=tails,
        temperature=temperature,
    )


@pytest.fixture(scope="module")
def validation():
    return sequences(60, seed=1)


@pytest.fixture(scope="module")
def fitted(validation):
    return calibrated(validation)


@pytest.mark.parametrize("tails", [3.0, 10.0, math.inf])
def test_the_density_is_that_of_scipy(tails):
    rng = np.random.default_rng(0)
    states, predicted = rng.normal(size=(1, 4, 3)), rng.normal(size=(1, 2, 3))
    covariance = np.stack([NOISE, 2 * NOISE])
    squared = squared_distances(states, predicted, covariance)
    found = log_density(squared, covariance, tails)
    for s in range(4):
        for t in range(2):
            if math.isinf(tails):
                law = multivariate_normal(predicted[0, t], covariance[t])
            else:
                scale = covariance[t] * (tails - 2) / tails
                law = multivariate_t(predicted[0, t], scale, df=tails)
            assert found[0, s, t] == pytest.approx(law.logpdf(states[0, s]))


def test_probabilities_sum_to_one_and_keep_away_from_what_may_not_be():
    known = sequences(3, seed=0)
    found = some_locator(5.0).probabilities(known.truth, known.predicted, known.mask.astype(float))
    assert np.allclose(found.sum(2), 1)
    assert (found[:, :, 0] == 0).all()


def test_a_prior_multiplies():
    known = sequences(1, seed=0)
    flat = np.ones((1, FRAMES))
    prior = np.arange(1.0, FRAMES + 1)[None]
    locator = some_locator()
    plain = locator.probabilities(known.truth, known.predicted, flat)
    told = locator.probabilities(known.truth, known.predicted, prior)
    product = plain * prior[:, None]
    assert np.allclose(told, product / product.sum(2, keepdims=True))


def test_without_noise_every_frame_is_found():
    known = sequences(20, seed=0, noise=0 * NOISE)
    locator = calibrated(known)
    found = locator.probabilities(known.truth, known.predicted, known.mask.astype(float))
    wanted = np.arange(1, FRAMES)
    assert (expected(found)[:, 1:] == wanted).all()
    assert (found[:, wanted, wanted] > 0.99).all()
    assert (locator.regions(found).sum(2)[:, 1:] == 1).all()


@pytest.mark.parametrize("tails", [4.0, math.inf])
def test_what_was_not_measured_is_integrated_out(tails):
    known = sequences(1, seed=3)
    locator = some_locator(tails)
    state = known.truth[:, [17]].copy()
    flat = np.ones((1, FRAMES))
    grid = np.linspace(-30, 30, 24_001)
    whole = np.repeat(state, len(grid), 1)
    whole[0, :, 1] = grid
    squared = squared_distances(whole, known.predicted, locator.covariance)
    density = np.exp(log_density(squared, locator.covariance, tails)[0]).sum(0)
    state[0, 0, 1] = np.nan
    found = locator.probabilities(state, known.predicted, flat)[0, 0]
    np.testing.assert_allclose(found, density / density.sum(), rtol=1e-3, atol=1e-9)


def test_states_with_different_blanks_are_each_held_against_what_they_have():
    known = sequences(2, seed=4)
    states = known.truth[:, [5, 20]].copy()
    states[0, 1, 0] = states[1, 0, 2] = np.nan
    flat, locator = np.ones((2, FRAMES)), some_locator()
    together = locator.probabilities(states, known.predicted, flat)
    alone = locator.probabilities(states[1:, :1], known.predicted[1:], flat[1:])
    assert np.allclose(together[1, 0], alone[0, 0])


def test_a_state_of_nothing_is_refused():
    known = sequences(1, seed=0)
    with pytest.raises(ValueError, match="must have a component that was measured, got none"):
        some_locator().probabilities(
            np.full((1, 1, 3), np.nan), known.predicted, np.ones((1, FRAMES))
        )


def test_a_sequence_without_a_frame_that_may_be_is_refused():
    known = sequences(1, seed=0)
    with pytest.raises(ValueError, match="prior must have a frame that may be"):
        some_locator().probabilities(known.truth, known.predicted, np.zeros((1, FRAMES)))


def test_intervals_hold_as_many_as_they_promise(fitted):
    test = sequences(150, seed=2)
    found = fitted.probabilities(test.truth, test.predicted, test.mask.astype(float))
    frames = np.arange(1, FRAMES)
    assert fitted.regions(found)[:, frames, frames].mean() == pytest.approx(0.9, abs=0.03)


def test_records_that_err_more_than_others_widen_the_intervals():
    validation, test = (sequences(80, seed=s, per_record=0.8) for s in (5, 6))
    locator = calibrated(validation)
    found = locator.probabilities(test.truth, test.predicted, test.mask.astype(float))
    frames = np.arange(1, FRAMES)
    assert locator.tails < math.inf
    assert locator.regions(found)[:, frames, frames].mean() == pytest.approx(0.9, abs=0.05)


def test_calibration_finds_the_noise(fitted):
    assert fitted.temperature == pytest.approx(1.0, abs=0.3)
    np.testing.assert_allclose(fitted.covariance[20], NOISE, atol=0.01)


def test_a_unit_does_not_matter(validation):
    test, units = sequences(4, seed=7), np.array([1.0, 1e3, 1e-3])
    scaled, wanted = (
        replace(known, truth=known.truth * units, predicted=known.predicted * units)
        for known in (validation, test)
    )
    found = [
        calibrated(v).probabilities(t.truth, t.predicted, t.mask.astype(float))
        for v, t in ((validation, test), (scaled, wanted))
    ]
    np.testing.assert_allclose(*found, atol=1e-6)


def test_one_window_over_all_frames_pools_them():
    errors = np.array([[[1.0, 0.0], [0.0, 2.0]], [[-1.0, 0.0], [0.0, 0.0]]])
    mask = np.ones((2, 2), dtype=bool)
    found = spread(errors, mask, window=math.inf, shrinkage=0.0, floor=np.zeros(2))
    np.testing.assert_allclose(found, np.array([[[0.5, 0.0], [0.0, 1.0]]] * 2), atol=1e-9)


def test_what_is_padding_is_no_error():
    errors = np.ones((1, 3, 1))
    errors[0, 2] = 99.0
    mask = np.array([[True, True, False]])
    found = spread(errors, mask, window=1.0, shrinkage=0.0, floor=np.zeros(1))
    np.testing.assert_allclose(found, 1.0)


def test_errors_of_no_frame_have_no_spread():
    with pytest.raises(ValueError, match="must have a frame that was predicted, got none"):
        spread(
            np.ones((1, 2, 1)),
            np.zeros((1, 2), dtype=bool),
            window=1.0,
            shrinkage=0.0,
            floor=np.zeros(1),
        )


def test_regions_reach_as_far_as_nine_records_in_ten_need():
    before = np.linspace(0, 0.99, 100)[:, None]
    reach = reach_for(before, 0.9)
    assert (before < reach).mean() >= 0.9 + 0.9 / 100
    assert (before < reach - 0.02).mean() < 0.9 + 0.9 / 100


def test_few_records_cannot_promise_much():
    with pytest.raises(ValueError, match=r"at least 9 validation records, got 8"):
        reach_for(np.zeros((8, 2)), 0.9)


def test_a_region_is_the_smallest_that_holds_enough():
    p = np.random.default_rng(0).dirichlet(np.ones(12))
    inside = region(p, 0.8)
    assert p[inside].sum() >= 0.8
    assert p[inside].sum() - p[inside].min() < 0.8
    assert p[inside].min() >= p[~inside].max()


def test_the_answer_has_the_least_expected_error():
    p = np.random.default_rng(1).dirichlet(np.ones(30))
    frames = np.arange(30)
    cost = (np.abs(frames[:, None] - frames) * p).sum(1)
    assert cost[expected(p)] == pytest.approx(cost.min())


def test_two_hills_are_two_answers():
    p = np.exp(-((np.arange(50) - 10) ** 2) / 4) + np.exp(-((np.arange(50) - 40) ** 2) / 4)
    p /= p.sum()
    inside = region(p, 0.9)
    assert modes(p, inside) == 2
    found = Deduction(
        components=("a", "b"),
        state=np.array([1.0, np.nan]),
        predicted=np.zeros((50, 2)),
        deviation=np.ones((50, 2)),
        probabilities=p,
        inside=inside,
        frame=10,
    )
    assert found.ambiguous
    assert [frame for frame, _ in found.best(2)] == [10, 40]
    assert "ambiguous" in found.sentence()
    assert found.sentence().endswith("without b")


def test_confidence_is_the_width_of_the_interval_not_the_ratio_of_two_frames():
    assert [confidence(np.arange(100) < width) for width in (5, 15, 16)] == [
        "high",
        "moderate",
        "low",
    ]


def test_fixed_weights_are_those_that_were_set_by_hand():
    states, predicted = np.ones((1, 1, 5)), np.zeros((1, 2, 5))
    predicted[0, 1, 0] = 1.0
    found = fixed_weights(states, predicted)[0, 0]
    assert found[0] / found[1] == pytest.approx(math.exp(-0.85 / 0.1))


@pytest.fixture(scope="module")
def judged(validation):
    test = sequences(30, seed=8)
    flat = [replace(s, predicted=0 * s.predicted) for s in (validation, test)]
    return judge(
        {
            "run": Judged(validation=validation, test=test),
            "flat": Judged(validation=flat[0], test=flat[1]),
        }
    )


def test_who_knows_less_tells_the_time_less_well(judged):
    run, flat, *plain = judged.card.rows
    assert run.median.value < flat.median.value
    assert run.median.low <= run.median.value <= run.median.high
    assert flat.width > run.width
    assert [(row.name, row.distance) for row in plain] == [("run", "nearest frame")]


def test_every_state_is_judged(judged):
    assert judged.card.states == len(judged.errors) == 30 * (FRAMES - 1)
    assert judged.card.rows[0].median.value == np.sort(judged.errors)[len(judged.errors) // 2]


def test_a_card_is_read_as_it_was_written(judged, tmp_path):
    judged.card.write(tmp_path / "locating.json")
    assert LocatingCard.read(tmp_path / "locating.json") == judged.card


def test_sequences_and_predictions_are_of_one_shape(validation):
    with pytest.raises(ValueError, match="predicted must be of the truth's shape"):
        replace(validation, predicted=validation.predicted[:, 1:])
    with pytest.raises(ValueError, match="must have a frame that was predicted"):
        replace(validation, mask=np.zeros_like(validation.mask))
