from math import erf, sqrt

import numpy as np
import pytest

from latentloom.evaluation.distances.discriminative import (
    Discriminative,
    LegacyDiscriminative,
    accuracy_beyond_chance,
)
from latentloom.evaluation.distances.role import InapplicableError, ones, value
from latentloom.evaluation.judges.convolution import ConvJudge
from latentloom.evaluation.judges.gru import GruJudge
from latentloom.evaluation.judges.training import Training
from latentloom.evaluation.judges.trees import TreeJudge
from latentloom.evaluation.population import Population, Trial

JUDGES = {
    "gru": GruJudge(training=Training(steps=120, batch=64, rate=1e-2)),
    "convolution": ConvJudge(training=Training(steps=80, batch=64, rate=1e-2)),
    "trees": TreeJudge(trees=25),
}
every = pytest.mark.parametrize("judge", JUDGES.values(), ids=JUDGES)


def normal(size=300, steps=6, width=2, *, seed=0, shift=0.0, **columns):
    values = np.random.default_rng(seed).normal(shift, size=(size, steps, width))
    return Population(values=values.astype(np.float32), **columns)


def against(held, made):
    return Trial(train=held, held=held, made=made)


@every
def test_no_judge_beats_the_best_there_can_be_and_each_comes_near(judge):
    trial = against(normal(), normal(seed=1, shift=0.5))
    best = erf(0.5 * sqrt(12) / 2 / sqrt(2)) / 2  # accuracy Phi(d / 2) of two unit Gaussians
    found = value(Discriminative(judge=judge, repeats=2), trial)
    noise = sqrt(0.25 / 600)
    assert best - 0.09 < found < best + 3 * noise


@every
def test_noise_is_told_from_data(judge):
    time = np.arange(16)
    phase = np.random.default_rng(0).uniform(0, 6, size=(200, 1))
    waves = Population(values=np.sin(0.5 * time + phase)[..., None].astype(np.float32))
    assert value(Discriminative(judge=judge, repeats=1), against(waves, normal(200, 16, 1))) > 0.4


@every
def test_two_halves_of_one_population_are_not_told_apart(judge):
    trial = against(*normal(600).halves(seed=0))
    assert value(Discriminative(judge=judge, repeats=2), trial) < 3 * sqrt(0.25 / 600)


@every
def test_a_population_is_not_told_from_itself(judge):
    trial = against(normal(), normal())
    assert value(Discriminative(judge=judge, repeats=1), trial) < 0.02


@every
def test_lengths_alone_give_made_signals_away(judge):
    rng = np.random.default_rng(0)
    held = normal(200, 12, 1, lengths=rng.integers(8, 13, 200))
    made = normal(200, 12, 1, seed=1, lengths=rng.integers(1, 5, 200))
    assert value(Discriminative(judge=judge, repeats=1), against(held, made)) > 0.3


def test_trees_find_one_moved_marginal():
    made = normal(seed=1)
    made.values[..., 1] = np.abs(made.values[..., 1])
    found = value(Discriminative(judge=JUDGES["trees"], repeats=1), against(normal(), made))
    assert found > 0.45


def test_accuracy_counts_both_kinds_alike():
    right = np.array([[True, False, True, True, True]])
    judged = np.array([[True, True, True, True, False]])
    score = accuracy_beyond_chance(right, judged, np.arange(5) < 2)
    assert score(np.ones(2), np.ones(3)).tolist() == [0.25]
    assert score(np.array([0.0, 7.0]), np.ones(3)).tolist() == [0.0]
    assert score(np.array([3.0, 1.0]), np.array([1.0, 1.0, 9.0])).tolist() == [0.375]


def test_a_kind_that_was_not_drawn_is_at_chance():
    score = accuracy_beyond_chance(np.ones((1, 4), bool), np.ones((1, 4), bool), np.arange(4) < 2)
    assert score(np.zeros(2), np.ones(2)).tolist() == [0.25]


def test_what_was_compared_is_stated():
    distance = Discriminative(judge=TreeJudge(trees=2), repeats=1, most=90)
    compared = distance.compare(against(normal(100), normal(120, seed=1)), seed=0)
    assert (compared.real, compared.made) == (90, 90)
    assert compared.dimensions > 40


def test_the_published_judge_finds_what_is_plain():
    distance = LegacyDiscriminative(repeats=2, steps=400, batch=32)
    held, made = normal(steps=5, width=8), normal(steps=5, width=8, seed=1, shift=3.0)
    compared = distance.compare(against(held, made), seed=0)
    assert compared.weighed(*ones(against(held, made))).min() > 0.4
    assert (compared.real, compared.made) == (300, 300)


def test_the_published_judge_refuses_one_channel():
    trial = against(normal(width=1), normal(width=1, seed=1))
    with pytest.raises(InapplicableError, match=r"none for 1 channel.*use the strict"):
        LegacyDiscriminative().compare(trial, seed=0)


def test_too_few_groups_are_refused():
    held = normal(30, group=np.repeat([0, 1], 15))
    with pytest.raises(InapplicableError, match="at least 3 groups, one for each fold, got 2"):
        Discriminative().compare(against(held, normal(30)), seed=0)


def test_repeats_differ_and_a_seed_repeats():
    distance, trial = Discriminative(judge=TreeJudge(trees=3)), against(normal(60), normal(60))
    moved = against(normal(60), normal(60, seed=1, shift=0.2))
    found = distance.compare(moved, seed=0).weighed(*ones(trial))
    assert len(set(found.tolist())) > 1
    again = distance.compare(moved, seed=1).weighed(*ones(trial))
    assert again[:2].tolist() == found[1:].tolist()
