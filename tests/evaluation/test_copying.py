import numpy as np
import pytest

from latentloom.evaluation.distances.copying import Duplicates, Memorisation
from latentloom.evaluation.distances.role import InapplicableError, ones, value
from latentloom.evaluation.population import Population, Trial


def signals(size, seed=0, scale=1.0):
    noise = np.random.default_rng(seed).normal(size=(size, 5, 2))
    return Population(values=(scale * noise).astype(np.float32))


def trial(made, train=None):
    return Trial(train=signals(200) if train is None else train, held=signals(150, 1), made=made)


def jittered(noise, share=1.0):
    values = signals(150, 2).values.copy()
    upto = int(150 * share)
    rng = np.random.default_rng(3)
    values[:upto] = signals(200).values[:upto] + noise * rng.normal(size=(upto, 5, 2))
    return Population(values=values.astype(np.float32))


def test_new_signals_of_the_same_kind_score_one_and_zero():
    fresh = trial(signals(150, 2))
    assert value(Memorisation(), fresh) == pytest.approx(1, abs=0.1)
    assert value(Duplicates(), fresh) == 0


def test_copies_score_zero_and_one():
    assert value(Memorisation(), trial(jittered(0.0))) == 0
    assert value(Duplicates(), trial(jittered(0.0))) == 1


def test_the_more_is_copied_the_lower_the_ratio():
    found = [value(Memorisation(), trial(jittered(noise))) for noise in (0.01, 0.1, 0.5)]
    assert found == sorted(found)
    assert found[0] < 0.05


def test_a_share_of_copies_is_that_share_of_duplicates():
    assert value(Duplicates(), trial(jittered(1e-4, 0.3))) == pytest.approx(0.3, abs=0.01)


def test_duplicates_among_real_signals_are_subtracted():
    train = Population(values=np.concatenate([signals(100).values, signals(150, 1).values[:30]]))
    assert value(Duplicates(), trial(signals(150, 2), train)) == pytest.approx(-0.2)


def test_straying_signals_are_above_one():
    assert value(Memorisation(), trial(signals(150, 2, 3.0))) > 2


def test_weights_count_as_copies():
    pair = trial(signals(150, 2, 1.3))
    weighed = Memorisation().compare(pair, seed=0).weighed
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 4, (2, 150))
    repeated = Trial(
        train=pair.train,
        held=pair.held.take(np.repeat(np.arange(150), a)),
        made=pair.made.take(np.repeat(np.arange(150), b)),
    )
    expected = Memorisation().compare(repeated, seed=0).weighed(*ones(repeated))
    assert weighed(a.astype(float), b.astype(float)) == pytest.approx(expected)


def test_held_out_signals_must_not_be_in_train():
    train = signals(200)
    with pytest.raises(InapplicableError, match="held-out signals that are not in the train"):
        value(Memorisation(), Trial(train=train, held=train, made=signals(9, 1)))


def test_it_says_how_many_it_used():
    compared = Memorisation(most=50).compare(trial(signals(20, 2)), seed=0)
    assert (compared.real, compared.made, compared.dimensions) == (50, 20, 11)  # and length
