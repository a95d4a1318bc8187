import numpy as np
import pytest
from scipy.linalg import sqrtm

from latentloom.evaluation.distances.frechet import ContextFid, frechet
from latentloom.evaluation.distances.role import InapplicableError, ones
from latentloom.evaluation.population import Population, Trial


def moments(size, width, seed):
    x = np.random.default_rng(seed).normal(size=(size, width)) * np.linspace(0.5, 2, width)
    return x.mean(0), np.cov(x, rowvar=False)


def by_matrix_root(mean1, cov1, mean2, cov2):
    root = sqrtm(cov1 @ cov2).real
    return ((mean1 - mean2) ** 2).sum() + np.trace(cov1 + cov2 - 2 * root)


def signals(size, seed, scale=1.0, steps=12):
    noise = np.random.default_rng(seed).normal(size=(size, steps, 2))
    return Population(values=(scale * noise).astype(np.float32))


def trial(held, made):
    return Trial(train=held, held=held, made=made)


def test_commuting_gaussians_have_a_closed_form():
    one, other = np.array([1.0, 4.0, 9.0]), np.array([4.0, 4.0, 1.0])
    shift = np.array([1.0, 0.0, 2.0])
    found = frechet(np.zeros(3), np.diag(one), shift, np.diag(other))
    assert found == pytest.approx(5 + ((np.sqrt(one) - np.sqrt(other)) ** 2).sum())


@pytest.mark.parametrize("size", [500, 12])  # covariances of full rank, and singular ones
def test_it_agrees_with_the_matrix_root(size):
    one, other = moments(size, 20, 0), moments(size, 20, 1)
    assert frechet(*one, *other) == pytest.approx(by_matrix_root(*one, *other), rel=1e-5)


def test_it_is_symmetric_and_zero_for_the_same():
    one, other = moments(60, 8, 0), moments(60, 8, 1)
    assert frechet(*one, *other) == pytest.approx(frechet(*other, *one))
    assert frechet(*one, *one) == pytest.approx(0, abs=1e-9)


def test_two_samples_of_one_gaussian_are_as_far_apart_as_the_facts_say():
    draws = np.random.default_rng(0).normal(size=(2, 400, 320))
    one, other = ((x.mean(0), np.cov(x, rowvar=False)) for x in draws)
    assert frechet(*one, *other) == pytest.approx(130, rel=0.05)


@pytest.fixture(scope="module")
def fid():
    return ContextFid(dimensions=16, repeats=2, steps=6)


def test_one_number_a_repeat_and_other_scale_is_farther(fid):
    held = signals(80, 0)
    near, far = (fid.compare(trial(held, signals(80, 1, s)), seed=0) for s in (1.0, 3.0))
    weights = ones(trial(held, held))
    assert near.weighed(*weights).shape == (2,)
    assert (far.weighed(*weights) > 3 * near.weighed(*weights)).all()


def test_real_signals_against_themselves_are_zero_apart(fid):
    held = signals(80, 0)
    found = fid.compare(trial(held, held), seed=0).weighed(np.ones(80), np.ones(80))
    assert found == pytest.approx([0, 0], abs=1e-6)


def test_weights_follow_the_slope_of_the_formula(fid):
    held, made = signals(60, 0), signals(60, 1, 1.5)
    weighed = fid.compare(trial(held, made), seed=0).weighed
    encoders = fid._encoders(held, 12, 0)
    x, y = (encoders.encode(some)[0].astype(float) for some in (held, made))
    rng, step = np.random.default_rng(2), 1e-4
    bump = 1 + step * rng.normal(size=60)

    def exact(w):
        mean, cov = np.average(y, axis=0, weights=w), np.cov(y, rowvar=False, aweights=w, ddof=0)
        return frechet(x.mean(0), np.cov(x, rowvar=False), mean, cov * 60 / 59)

    expected = exact(bump) - exact(np.ones(60))
    assert weighed(np.ones(60), bump)[0] - exact(np.ones(60)) == pytest.approx(expected, rel=0.01)


def test_surplus_made_signals_do_not_count(fid):
    compared = fid.compare(trial(signals(20, 0), signals(70, 1)), seed=0)
    assert (compared.real, compared.made, compared.dimensions) == (20, 20, 16)


def test_signals_of_one_step_are_refused(fid):
    with pytest.raises(InapplicableError, match="at least 2 time steps, got 1"):
        fid.compare(trial(signals(9, 0, steps=1), signals(9, 1, steps=1)), seed=0)
