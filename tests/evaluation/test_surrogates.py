"""Surrogates keep what they promise to keep, and lose the rest."""

import numpy as np
import pytest

from latentloom.evaluation.population import Population
from latentloom.evaluation.surrogates import (
    BlockBootstrap,
    GaussianSampler,
    IidBootstrap,
    Jitter,
    NearestNeighbour,
    Noise,
    PhaseRandomised,
    VectorAutoregression,
)
from latentloom.evaluation.surrogates.autoregression import fit


def of(values, **known):
    return Population(values=np.asarray(values, dtype=np.float32), **known)


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def matched(made, train):
    """The row of `train` that each made signal equals."""
    equal = (made.values[:, None] == train.values[None]).all((2, 3))
    assert equal.any(1).all()
    return equal.argmax(1)


def test_the_bootstrap_holds_only_real_signals_and_some_twice():
    train = of(normal(200, 4, 2))
    rows = matched(IidBootstrap().draw(train, 200, seed=0), train)
    assert len(set(rows)) / 200 == pytest.approx(1 - np.exp(-1), abs=0.06)


def test_blocks_keep_their_place_in_time_and_their_channels_together():
    code = 100 * np.arange(30)[:, None, None] + np.arange(12)[None, :, None] + [0.0, 0.5]
    made = BlockBootstrap(length=4).draw(of(code), 50, seed=0).values
    assert (made[..., 0] % 100 == np.arange(12)).all()
    assert (made[..., 1] == made[..., 0] + 0.5).all()


def test_a_block_is_as_long_as_was_said():
    code = np.broadcast_to(np.arange(1000.0)[:, None, None], (1000, 20, 1))
    made = BlockBootstrap(length=5).draw(of(code), 400, seed=0).values[..., 0]
    joins = [np.flatnonzero(np.diff(row)) + 1 for row in made]
    places = [set((row % 5).tolist()) for row in joins]  # joins of one signal are 5 apart
    assert {len(found) for found in places} == {1}
    assert set.union(*places) == {0, 1, 2, 3, 4}


def test_blocks_come_from_signals_of_the_same_label():
    train = of(np.repeat([0.0, 1.0], 10)[:, None, None] * np.ones((20, 8, 1)))
    labelled = of(train.values, labels={"kind": np.repeat([0, 1], 10)})
    made = BlockBootstrap(length=2).draw(labelled, 40, seed=0)
    assert (made.values == made.labels["kind"][:, None, None]).all()


def test_jitter_is_a_share_of_the_deviation_of_each_channel():
    train = of(normal(2000, 5, 2) * [1.0, 50.0], scalars={"row": np.arange(2000.0)})
    made = Jitter(share=0.2).draw(train, 2000, seed=0)
    added = made.values - train.values[made.scalars["row"].astype(int)]
    assert added.std((0, 1)) == pytest.approx([0.2, 10.0], rel=0.05)


@pytest.mark.parametrize("steps", [23, 24])
def test_phase_surrogates_keep_spectra_and_cross_spectra(steps):
    train = of(3 + normal(1, steps, 3) @ normal(3, 3, seed=1))
    made = PhaseRandomised().draw(train, 1, seed=0)
    one, other = (np.fft.rfft(p.values[0].astype(float), axis=0) for p in (train, made))
    for a in range(3):
        for b in range(3):
            kept, got = one[:, a] * one[:, b].conj(), other[:, a] * other[:, b].conj()
            assert got == pytest.approx(kept, abs=1e-3)
    assert np.abs(made.values - train.values).max() > 0.5


def test_phase_surrogates_keep_the_spectrum_of_each_length():
    values, lengths = np.zeros((2, 10, 1)), np.array([10, 7])
    for row, length in enumerate(lengths):
        values[row, :length] = normal(length, 1, seed=row)
    train = of(values, lengths=lengths)
    made = PhaseRandomised().draw(train, 2, seed=0)
    for length in lengths:
        one, other = (
            np.abs(np.fft.rfft(p.values[p.extent == length][0, :length, 0])) for p in (train, made)
        )
        assert other == pytest.approx(one, abs=1e-4)


@pytest.fixture
def oscillation():
    """Signals of a law of two channels that looks back two steps."""
    laws = np.array([[[0.6, 0.3], [-0.2, 0.5]], [[-0.3, 0.0], [0.1, -0.2]]])
    values, errors = np.zeros((400, 60, 2)), normal(400, 60, 2)
    for step in range(2, 60):
        past = sum(values[:, step - lag] @ laws[lag - 1].T for lag in (1, 2))
        values[:, step] = [0.5, -1.0] + past + errors[:, step]
    return laws, values[:, 20:]


def test_the_law_of_an_autoregression_is_found_again(oscillation):
    laws, values = oscillation
    extent = np.full(400, 40)
    found = fit(values, extent, 2, most=100_000, rng=np.random.default_rng(0))
    assert found.coefficients == pytest.approx(laws, abs=0.03)
    assert found.intercept == pytest.approx([0.5, -1.0], abs=0.05)
    assert np.cov(found.residuals.T) == pytest.approx(np.eye(2), abs=0.05)


def test_an_autoregression_runs_on_like_its_source(oscillation):
    train = of(oscillation[1])
    made = VectorAutoregression(order=2).draw(train, 400, seed=0)
    for lag in (0, 1, 5):
        one, other = (
            np.mean(p.values[:, 10 : -lag or None, 0] * p.values[:, 10 + lag :, 1])
            for p in (train, made)
        )
        assert other == pytest.approx(one, abs=0.12)


def test_roots_that_explode_are_drawn_back_to_the_circle():
    values = 1.2 ** np.arange(12)[None, :, None] * (1 + 0.1 * normal(30, 1, 1))
    law = fit(values, np.full(30, 12), 1, most=1000, rng=np.random.default_rng(0))
    assert law.radius == pytest.approx(1.0)
    assert law.residuals.mean() == pytest.approx(0.0, abs=1e-9)


def test_an_autoregression_refuses_too_few_steps():
    with pytest.raises(ValueError, match=r"order 5 takes at least 7 steps that have 5 .* got 3"):
        VectorAutoregression(order=5).draw(of(normal(3, 6, 1)), 2, seed=0)


def test_the_gaussian_has_the_moments_of_its_source():
    mixed = normal(3000, 6) @ normal(6, 6, seed=1) + 7
    train = of(mixed.reshape(3000, 3, 2))
    made = GaussianSampler().draw(train, 30_000, seed=0)
    one, other = (p.values.reshape(p.size, -1) for p in (train, made))
    assert other.mean(0) == pytest.approx(one.mean(0), abs=0.1)
    assert np.corrcoef(other.T) == pytest.approx(np.corrcoef(one.T), abs=0.03)
    assert other.std(0) == pytest.approx(one.std(0), rel=0.03)


def test_of_few_signals_the_gaussian_stays_in_their_span_but_for_the_shrinkage():
    basis = normal(2, 200)
    train = of((normal(12, 2, seed=1) @ basis)[..., None])
    made = GaussianSampler().draw(train, 300, seed=0).values[..., 0]
    assert np.linalg.matrix_rank(made) > 12
    outside = made - made @ np.linalg.pinv(basis) @ basis
    assert (outside**2).mean() < 0.2 * (made**2).mean()


def test_a_step_that_few_signals_reach_keeps_its_deviation():
    values, lengths = normal(4000, 2, 1), np.where(np.arange(4000) % 10, 1, 2)
    values[lengths == 1, 1] = 0
    made = GaussianSampler().draw(of(values, lengths=lengths), 4000, seed=0)
    assert made.values[made.extent == 2, 1].std() == pytest.approx(1.0, abs=0.12)


def test_mixtures_lie_between_a_signal_and_its_neighbour():
    train = of([[[0.0]], [[1.0]], [[10.0]], [[12.0]]])
    made = NearestNeighbour(neighbours=1).draw(train, 400, seed=0).values.ravel()
    assert (((made >= 0) & (made <= 1)) | ((made >= 10) & (made <= 12))).all()
    assert made[made < 5].std() == pytest.approx(12**-0.5, abs=0.03)


def test_neighbours_have_the_same_label_and_are_long_enough():
    values, lengths = np.zeros((4, 3, 1)), np.array([3, 2, 3, 3])
    values[:, :, 0] = [[0, 0, 0], [1, 1, 0], [2, 2, 2], [3, 3, 3]]
    train = of(values, lengths=lengths, labels={"kind": np.array([0, 0, 0, 1])})
    made = NearestNeighbour(neighbours=2).draw(train, 200, seed=0)
    alone = made.labels["kind"] == 1
    assert (made.values[alone] == 3).all()
    assert (made.values[~alone & (made.extent == 3)] != 1).all()
    assert made.values[made.extent == 2].max() > 1.5


def test_noise_fills_the_range_of_each_channel():
    train = of(normal(50, 10, 2) * [1.0, 9.0])
    made = Noise().draw(train, 2000, seed=0).values
    assert made.min((0, 1)) == pytest.approx(train.values.min((0, 1)), rel=0.01)
    assert made.max((0, 1)) == pytest.approx(train.values.max((0, 1)), rel=0.01)


@pytest.mark.parametrize("kind", [NearestNeighbour, GaussianSampler])
def test_one_signal_is_too_few(kind):
    with pytest.raises(ValueError, match="at least 2 signals, got 1"):
        kind().draw(of(normal(1, 4, 1)), 3, seed=0)
