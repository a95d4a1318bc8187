"""Laws of every surrogate."""

from dataclasses import replace

import numpy as np
import pytest

from latentloom.evaluation.population import Population
from latentloom.evaluation.surrogates import SURROGATES


def population(size=40, steps=24, channels=3, *, ragged=False):
    rng = np.random.default_rng(0)
    time = np.arange(steps)[None, :, None]
    values = np.sin(0.5 * time + rng.uniform(0, 6, (size, 1, channels)))
    values = values + 0.1 * rng.normal(size=values.shape)
    lengths = rng.integers(9, steps + 1, size) if ragged else None
    real = np.ones((size, steps)) if lengths is None else time[..., 0] < lengths[:, None]
    return Population(
        values=(values * real[..., None]).astype(np.float32),
        lengths=lengths,
        group=np.arange(size) // 4,
        drive=(np.cumsum(np.ones_like(values), 1) * real[..., None])[..., :1],
        scalars={"row": np.arange(size, dtype=float)},
        labels={"kind": np.arange(size) % 2},
    )


every = pytest.mark.parametrize("make", SURROGATES.values(), ids=SURROGATES)
of_all_sorts = pytest.mark.parametrize(
    "train",
    [population(), population(ragged=True), population(channels=1), population(10, 30, 4)],
    ids=["equal", "ragged", "one channel", "wide"],
)


@every
@of_all_sorts
def test_signals_are_finite_and_as_many_as_asked_for(make, train):
    for size in (1, train.size, 3 * train.size + 1):
        made = make().draw(train, size, seed=1)
        assert made.values.shape == (size, train.steps, train.width)
        assert made.values.dtype == np.float32
        assert np.isfinite(made.values).all()


@every
@of_all_sorts
def test_padding_is_zero(make, train):
    made = make().draw(train, 60, seed=1)
    assert not made.values[~made.mask].any()


@every
@of_all_sorts
def test_lengths_and_conditions_are_those_of_a_signal(make, train):
    made = make().draw(train, 60, seed=1)
    rows = made.scalars["row"].astype(int)
    assert (made.extent == train.extent[rows]).all()
    assert (made.labels["kind"] == train.labels["kind"][rows]).all()
    assert (made.drive == train.drive[rows]).all()


@every
def test_a_seed_gives_the_same_signals_and_another_seed_others(make):
    one, again, other = (make().draw(population(), 20, seed=seed) for seed in (1, 1, 2))
    assert (one.values == again.values).all()
    assert (one.values != other.values).any()


@every
def test_train_is_left_as_it_was(make):
    train, before = population(ragged=True), population(ragged=True)
    make().draw(train, 60, seed=0)
    assert (train.values == before.values).all()
    assert (train.lengths == before.lengths).all()


@every
def test_what_lies_in_the_padding_does_not_matter(make):
    train = population(ragged=True)
    soiled = replace(train, values=np.where(train.mask[..., None], train.values, 1e3))
    one, other = (make().draw(p, 30, seed=0).values for p in (train, soiled))
    assert np.allclose(one, other, atol=1e-5)


@every
def test_units_do_not_matter(make):
    train = population()
    larger = replace(train, values=1000 * train.values)
    one, other = (make().draw(p, 30, seed=0).values for p in (train, larger))
    assert np.allclose(1000 * one, other, rtol=1e-3, atol=0.1)


@every
def test_a_constant_channel_stays_constant(make):
    train = population()
    train.values[..., 1] = 5.0
    made = make().draw(train, 30, seed=0)
    assert np.allclose(made.values[..., 1], 5.0, atol=1e-5)


@every
def test_every_signal_is_a_group_of_its_own(make):
    assert len(set(make().draw(population(), 30, seed=0).members)) == 30


@every
def test_none_is_not_a_size(make):
    with pytest.raises(ValueError, match="size must be at least 1"):
        make().draw(population(), 0, seed=0)
