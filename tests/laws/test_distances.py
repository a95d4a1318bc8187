"""Laws of every distance between populations, and of the sheets made of them."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from latentloom.evaluation.corruptions import LADDER, Rung
from latentloom.evaluation.distances import (
    DISTANCES,
    ContextFid,
    Discriminative,
    InapplicableError,
    LegacyDiscriminative,
    LegacyPredictive,
    Mmd,
    Predictive,
    PredictiveRatio,
    value,
)
from latentloom.evaluation.distances.kinematic import kinematics_of
from latentloom.evaluation.distances.role import ones
from latentloom.evaluation.judges.cases import equally_long
from latentloom.evaluation.judges.convolution import ConvJudge
from latentloom.evaluation.judges.gru import GruJudge
from latentloom.evaluation.judges.training import Training
from latentloom.evaluation.judges.trees import TreeJudge
from latentloom.evaluation.judges.views import with_changes
from latentloom.evaluation.population import Population, Trial

SHORT = Training(steps=60, batch=32, rate=1e-2)
QUICK = {
    "legacy_discriminative": LegacyDiscriminative(repeats=2, steps=60, batch=32),
    "legacy_predictive": LegacyPredictive(repeats=1, steps=800, batch=32),
    "context_fid": ContextFid(dimensions=8, repeats=2, steps=10),
    "discriminative_gru": Discriminative(judge=GruJudge(units=8, training=SHORT), repeats=1),
    "discriminative_cnn": Discriminative(judge=ConvJudge(training=SHORT), repeats=1),
    "discriminative_trees": Discriminative(judge=TreeJudge(), repeats=1),
    "predictive": Predictive(repeats=1, training=SHORT),
    "predictive_ratio": PredictiveRatio(repeats=1, training=SHORT),
    "predictive_ratio_far": PredictiveRatio(repeats=1, ahead=8, training=SHORT),
    "mmd": Mmd(permutations=50),
    "discriminative_paths": Discriminative(
        judge=GruJudge(units=8, training=SHORT, reading=with_changes),
        repeats=1,
        chosen=equally_long,
    ),
    "discriminative_kinematics": Discriminative(
        judge=TreeJudge(trees=20, describe=kinematics_of), repeats=1
    ),
}
LEARNED = set(QUICK) - {"mmd"}
UNIVARIATE = {
    "legacy_discriminative",
    "legacy_predictive",
    "legacy_correlational",
    "correlational",
    "cross_correlation",
    "dependence_mmd",
}
RAGGED = {"length", "points_ks"}
PATHS = {name for name in DISTANCES if name.endswith("_ks")} | {
    "discriminative_kinematics",
    "duration_law",
}
every = pytest.mark.parametrize("name", DISTANCES)


def distance(name):
    return QUICK.get(name) or DISTANCES[name].make()


def waves(size, seed, channels=2, steps=20, ragged=False):
    rng = np.random.default_rng(seed)
    angle = 0.7 * np.arange(steps) + rng.uniform(0, 6, (size, 1))
    x = np.stack([np.sin(angle + k) for k in range(channels)], -1)
    x = 0.5 + 0.2 * x + 0.05 * rng.normal(size=x.shape)
    lengths = rng.integers(steps // 2, steps + 1, size) if ragged else None
    known = Population(values=x.astype(np.float32), lengths=lengths)
    return replace(known, values=known.values * known.mask[..., None])


@cache
def trial(channels=2, ragged=False):
    kind = {"channels": channels, "ragged": ragged}
    return Trial(train=waves(60, 0, **kind), held=waves(60, 1, **kind), made=waves(60, 2, **kind))


@cache
def paths(ragged=False):
    """Movements to places at random, at paces at random."""
    parts = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        far, pace = rng.uniform(50, 500, (60, 1, 2)), rng.uniform(5, 12, (60, 1))
        share = np.linspace(0, 1, 20)[None, :, None] ** rng.uniform(1, 2, (60, 1, 1))
        places = far * share + rng.normal(size=(60, 20, 2))
        lengths = rng.integers(10, 21, 60) if ragged else None
        values = np.concatenate([(pace * np.arange(20))[..., None], places], -1)
        known = Population(values=values.astype(np.float32), lengths=lengths)
        parts.append(replace(known, values=known.values * known.mask[..., None]))
    return Trial(train=parts[0], held=parts[1], made=parts[2])


def suited(name, *, ragged=False):
    """Signals that a score is about."""
    ragged = ragged or name in RAGGED
    return paths(ragged) if name in PATHS else trial(ragged=ragged)


def wider(population, more=4):
    values = np.pad(population.values, ((0, 0), (0, more), (0, 0)))
    return replace(population, values=values, lengths=population.extent)


def badness(name, found):
    return abs(found - DISTANCES[name].ideal)


@every
def test_a_number_is_finite_and_comes_again_with_its_seed(name):
    kind = suited(name)
    first, second = value(distance(name), kind, seed=3), value(distance(name), kind, seed=3)
    assert np.isfinite(first)
    assert first == pytest.approx(second, abs=1e-6)


@every
def test_one_channel_has_a_number_or_a_reason(name):
    if name in UNIVARIATE | RAGGED | PATHS:
        with pytest.raises(InapplicableError, match=r"\w+ \w+"):
            value(distance(name), trial(channels=1))
    else:
        assert np.isfinite(value(distance(name), trial(channels=1)))


@every
def test_signals_of_different_lengths_have_a_number(name):
    if name.startswith("legacy_d") or name == "legacy_predictive":
        pytest.skip("the field's judges know no lengths; see their own tests")
    assert np.isfinite(value(distance(name), suited(name, ragged=True)))


@pytest.mark.parametrize("name", [name for name in DISTANCES if name not in LEARNED])
def test_padding_does_not_matter(name):
    known = suited(name, ragged=True)
    padded = Trial(train=wider(known.train), held=wider(known.held), made=wider(known.made))
    assert value(distance(name), padded) == pytest.approx(
        value(distance(name), known), rel=1e-4, abs=1e-6
    )


@pytest.mark.parametrize("name", [name for name in DISTANCES if name not in LEARNED])
def test_order_does_not_matter(name):
    if DISTANCES[name].make().repeats > 1:
        pytest.skip("draws signals by their place; its expectation does not depend on order")
    known = suited(name)
    order = np.random.default_rng(0).permutation(60)
    mixed = Trial(
        train=known.train, held=known.held.take(order), made=known.made.take(order[::-1])
    )
    assert value(distance(name), mixed) == pytest.approx(value(distance(name), known), abs=1e-6)


@every
def test_counting_every_signal_twice_changes_nothing(name):
    known = suited(name)
    compared = distance(name).compare(known, seed=0)
    held, made = ones(known)
    once, twice = compared.weighed(held, made), compared.weighed(2 * held, 2 * made)
    assert twice == pytest.approx(once, rel=1e-6, abs=1e-6)


SEEN_BY = {
    "duplicates": "memorised copies",
    "memorisation": "memorised copies",
    "length": "truncation",
    "points_ks": "truncation",
    "displacement_ks": "truncation",
    "time_to_peak_ks": "truncation",
    "legacy_marginal": "mode drop",
    "skewness": "mode drop",
    "kurtosis": "noise",
    "autocorrelation": "time shuffle",
    "predictive": "time shuffle",
    "predictive_ratio": "time shuffle",
    "predictive_ratio_far": "time shuffle",
    "legacy_predictive": "time shuffle",
    "correlational": "channel mix",
    "legacy_correlational": "channel mix",
    "dependence_mmd": "channel mix",
    "recall": "mode drop",
    "coverage": "mode drop",
}


@every
def test_the_damage_that_a_score_is_for_moves_it_away_from_the_ideal(name):
    known = crooked() if name in ("skewness", "kurtosis") else suited(name)
    rung = LADDER[SEEN_BY.get(name, "noise")][-1]
    damaged = Rung(name=rung.name, strength=max(rung.strength, 0.9), corruption=rung.corruption)
    worse = replace(known, made=damaged(known, seed=0))
    assert badness(name, value(distance(name), worse)) > badness(
        name, value(distance(name), known)
    )


@cache
def crooked():
    """Signals whose values are skewed and far from normal."""
    parts = [np.random.default_rng(k).exponential(size=(400, 12, 1)) for k in range(3)]
    return Trial(
        **{
            name: Population(values=x.astype(np.float32))
            for name, x in zip(("train", "held", "made"), parts, strict=True)
        }
    )


@pytest.mark.parametrize("ladder", LADDER)
def test_every_rung_gives_signals_that_can_be_scored(ladder):
    for rung in LADDER[ladder]:
        damaged = rung(trial(), seed=0)
        assert np.isfinite(value(DISTANCES["marginal"].make(), replace(trial(), made=damaged)))
