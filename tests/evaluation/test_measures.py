import numpy as np
import pytest

from latentloom.evaluation import measures

TAU = 2 * np.pi


def wave(cycles, steps=64, phase=0.0, size=1.0):
    return (size * np.cos(TAU * cycles * np.arange(steps) + phase))[None, :, None]


def all_real(x):
    return np.ones(x.shape[:2], dtype=bool)


def test_an_error_is_counted_in_deviations_of_each_channel():
    truth = np.array([[[1.0, 100.0], [-1.0, -100.0]]])
    made = truth + np.array([0.5, 10.0])
    assert measures.nrmse(truth, made, all_real(truth)) == pytest.approx([(0.5 + 0.1) / 2])


def test_a_constant_truth_has_no_nrmse():
    truth = np.full((1, 5, 1), 3.0)
    assert np.isnan(measures.nrmse(truth, truth, all_real(truth))).all()


@pytest.mark.parametrize("cycles", [1 / 64, 0.11, 0.4])
def test_the_fundamental_is_exact_whether_cycles_are_whole_or_not(cycles):
    x = wave(cycles, phase=0.7, size=3.0) + 5.0
    found = measures.fundamental(x, np.array([cycles]), all_real(x))
    assert found == pytest.approx(np.array([[3.0 * np.exp(0.7j)]]))


def test_a_quarter_period_late_is_ninety_degrees():
    truth, late = wave(1 / 64), np.roll(wave(1 / 64), 16, axis=1)
    a, b = (measures.fundamental(x, np.array([1 / 64]), all_real(x)) for x in (truth, 2 * late))
    assert measures.phase_error(a, b) == pytest.approx([90.0])
    assert measures.amplitude_ratio(a, b) == pytest.approx([2.0])


def test_energy_in_another_octave_counts_twice():
    truth, made = wave(1 / 64), wave(4 / 64)
    assert measures.band_energy(truth, made, all_real(truth), True) == pytest.approx([2.0])


def test_energy_in_the_same_octave_does_not_count():
    truth, made = wave(2 / 64), wave(3 / 64)
    assert measures.band_energy(truth, made, all_real(truth), True) == pytest.approx([0.0])


def test_silence_lacks_all_energy():
    x = np.random.default_rng(0).normal(size=(3, 50, 2))
    assert measures.band_energy(x, 0 * x, all_real(x), False) == pytest.approx([1.0] * 3)


def test_a_law_fits_up_to_factor_and_offset():
    law = wave(3 / 64)
    assert measures.law_residual(7 - 2 * law, law, all_real(law)) == pytest.approx([0.0], abs=1e-7)
    other = wave(5 / 64)
    assert measures.law_residual(law + other, law, all_real(law)) == pytest.approx([0.5**0.5])


def test_the_crps_of_two_samples_by_hand():
    truth = np.array([[[-1.0], [1.0]]])
    samples = truth[:, None] + np.array([1.0, 3.0])[None, :, None, None]
    assert measures.crps(truth, samples, all_real(truth)) == pytest.approx([2.0 - 1.0])


def test_the_mean_crps_does_not_depend_on_the_number_of_samples():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(200, 50, 1))
    few, many = (
        measures.crps(truth, rng.normal(size=(200, k, 50, 1)), all_real(truth)).mean()
        for k in (2, 40)
    )
    assert few == pytest.approx(many, rel=0.02)
    assert many == pytest.approx(1 / np.sqrt(np.pi), rel=0.03)


def test_one_sample_has_no_crps():
    truth = wave(0.1)
    with pytest.raises(ValueError, match=r"at least 2 samples of each record, got 1"):
        measures.crps(truth, truth[:, None], all_real(truth))
