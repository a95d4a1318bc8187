"""Every rung of the ladder does more damage than the one before, and only its own kind."""

from dataclasses import replace

import numpy as np
import pytest

from latentloom.evaluation.corruptions import LADDER, Rung
from latentloom.evaluation.distances.role import InapplicableError
from latentloom.evaluation.population import Population, Trial


def population(seed, *, ragged=False):
    rng = np.random.default_rng(seed)
    time = np.arange(20)[None, :, None]
    values = np.sin(0.6 * time + rng.uniform(0, 6, (60, 1, 1)) + [0.0, 1.0])
    values = (values * [1.0, 4.0] + 0.3 * rng.normal(size=values.shape)).astype(np.float32)
    lengths = rng.integers(8, 21, 60) if ragged else None
    if lengths is not None:
        values = np.where(time < lengths[:, None, None], values, np.float32(0))
    labels = {"kind": rng.integers(0, 3, 60)}
    return Population(values=values, lengths=lengths, labels=labels, drive=values[..., :1])


def trial(*, ragged=False):
    train, held, made = (population(seed, ragged=ragged) for seed in (0, 1, 2))
    return Trial(train=train, held=held, made=made)


def rung(name, strength):
    return replace(LADDER[name][0], strength=strength)


def damage(real, made):
    return np.abs(made.values - real.values).mean() + np.abs(made.extent - real.extent).mean()


every = pytest.mark.parametrize("name", LADDER)
both = pytest.mark.parametrize("ragged", [False, True], ids=["equal", "ragged"])


@every
@both
def test_no_strength_is_no_damage(name, ragged):
    real = trial(ragged=ragged)
    made = rung(name, 0.0)(real, seed=0)
    assert np.allclose(made.values, real.made.values, atol=1e-6)
    assert (made.extent == real.made.extent).all()
    assert (made.labels["kind"] == real.made.labels["kind"]).all()


@every
@both
def test_each_rung_does_more_damage(name, ragged):
    real = trial(ragged=ragged)
    done = [damage(real.made, step(real, seed=0)) for step in LADDER[name]]
    assert done[0] > 0
    assert (np.diff(done) > 0).all()


@every
@both
def test_signals_stay_whole_and_padding_zero(name, ragged):
    real = trial(ragged=ragged)
    for step in LADDER[name]:
        made = step(real, seed=0)
        assert made.values.shape == real.made.values.shape
        assert made.values.dtype == np.float32
        assert not made.values[~made.mask].any()
        assert not made.drive[~made.mask].any()


@every
def test_a_seed_repeats_and_what_was_real_is_left_alone(name):
    real, before = trial(), trial()
    one, again = (LADDER[name][-1](real, seed=3).values for _ in range(2))
    assert (one == again).all()
    assert (real.made.values == before.made.values).all()


def test_the_rungs_are_named_as_their_ladder_and_rise():
    for name, rungs in LADDER.items():
        assert {step.name for step in rungs} == {name}
        assert all(isinstance(step, Rung) for step in rungs)
        assert (np.diff([step.strength for step in rungs]) > 0).all()


def test_noise_is_a_share_of_the_deviation_of_each_channel():
    real = trial()
    added = rung("noise", 0.1)(real, seed=0).values - real.made.values
    expected = 0.1 * real.made.values.std((0, 1))
    assert added.std((0, 1)) == pytest.approx(expected, rel=0.1)


@both
def test_a_shuffle_moves_steps_and_changes_none(ragged):
    real = trial(ragged=ragged)
    made = rung("time shuffle", 1.0)(real, seed=0)
    for row, steps in enumerate(real.made.extent):
        before, after = (set(map(tuple, p.values[row, :steps])) for p in (real.made, made))
        assert before == after


def test_a_shuffle_leaves_the_other_steps_where_they_are():
    real = trial()
    made = rung("time shuffle", 0.3)(real, seed=0)
    moved = (made.values != real.made.values).any(2).sum(1)
    assert moved.max() == 6
    assert moved.mean() > 4


def test_a_mode_drop_keeps_neighbours_and_repeats_them():
    real = trial()
    made = rung("mode drop", 0.9)(real, seed=0)
    known = {row.tobytes() for row in real.made.values}
    kept = {row.tobytes() for row in made.values}
    assert len(kept) <= 6
    assert kept <= known
    assert made.values.std(0).mean() < 0.8 * real.made.values.std(0).mean()


@both
def test_copies_are_train_signals_with_all_that_is_known_of_them(ragged):
    real = trial(ragged=ragged)
    made = rung("memorised copies", 0.5)(real, seed=0)
    known = {row.tobytes(): place for place, row in enumerate(real.train.values)}
    places = [known.get(row.tobytes()) for row in made.values]
    copies = [(row, place) for row, place in enumerate(places) if place is not None]
    assert len(copies) == len({place for _, place in copies}) == 30
    for row, place in copies:
        assert made.labels["kind"][row] == real.train.labels["kind"][place]
        assert made.extent[row] == real.train.extent[place]
        assert (made.drive[row] == real.train.drive[place]).all()


def test_near_copies_are_a_hundredth_of_the_deviation_away():
    real = trial()
    exact, near = (rung(n, 1.0)(real, seed=0).values for n in ("memorised copies", "near copies"))
    expected = 0.01 * real.train.values.std((0, 1))
    assert (near - exact).std((0, 1)) == pytest.approx(expected, rel=0.1)


def test_a_scale_stretches_about_the_mean():
    real = trial()
    made = rung("scale", 0.5)(real, seed=0).values
    assert made.mean((0, 1)) == pytest.approx(real.made.values.mean((0, 1)), abs=1e-5)
    assert made.std((0, 1)) == pytest.approx(1.5 * real.made.values.std((0, 1)), rel=1e-5)


@both
def test_a_shift_and_a_phase_keep_the_spectrum(ragged):
    real = trial(ragged=ragged)
    for name in ("time shift", "phase"):
        made = rung(name, 1.0)(real, seed=0)
        for row, steps in enumerate(real.made.extent):
            one, other = (
                np.abs(np.fft.rfft(p.values[row, :steps], axis=0)) for p in (real.made, made)
            )
            assert other == pytest.approx(one, abs=1e-3)


def test_mixed_channels_keep_their_values_and_lose_one_another():
    real = trial()
    made = rung("channel mix", 1.0)(real, seed=0).values
    for channel in range(2):
        before, after = (np.sort(x[..., channel].ravel()) for x in (real.made.values, made))
        assert (before == after).all()
    one, other = (np.corrcoef(x.reshape(-1, 2).T)[0, 1] for x in (real.made.values, made))
    assert abs(other) < 0.5 * abs(one)


def test_one_channel_cannot_be_mixed():
    real = trial()
    one = Population(values=real.made.values[..., :1])
    with pytest.raises(InapplicableError, match="among at least 2, got 1"):
        rung("channel mix", 0.5)(Trial(train=one, held=one, made=one), seed=0)


def test_smoothing_is_a_running_mean_that_ends_where_signals_end():
    values = np.zeros((1, 6, 1), dtype=np.float32)
    values[0, :4, 0] = [3, 0, 6, 9]
    real = Population(values=values, lengths=np.array([4]))
    made = rung("smoothing", 1.0)(Trial(train=real, held=real, made=real), seed=0)
    assert made.values[0, :, 0].tolist() == [1.5, 3.0, 5.0, 7.5, 0.0, 0.0]


def test_truncation_cuts_off_a_share_but_leaves_a_step():
    real = trial()
    assert (rung("truncation", 0.3)(real, seed=0).extent == 14).all()
    assert (rung("truncation", 1.0)(real, seed=0).extent == 1).all()


@pytest.mark.parametrize("name", ["time shuffle", "mode drop", "phase", "truncation"])
def test_a_share_above_one_is_refused(name):
    with pytest.raises(ValueError, match=r"strength must be in \[0, 1\], got 1.5"):
        rung(name, 1.5)(trial(), seed=0)
