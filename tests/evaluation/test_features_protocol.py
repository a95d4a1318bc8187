"""Made samples of features against real ones: signals of one step."""

from dataclasses import replace

import numpy as np
import pytest

from latentloom.evaluation.distances import Correlational, value
from latentloom.evaluation.judges.features import features
from latentloom.evaluation.population import Population, Trial
from latentloom.evaluation.protocols import Extent, Features, measure
from latentloom.evaluation.surrogates import IndependentChannels

QUICK = Extent(scores=("correlational",), baselines=())


def samples(size, seed, *, width=4, tied=1.0):
    """Features that follow the first of them."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(size, width))
    values[:, 1:] += tied * values[:, :1]
    return Population(values=(values * 3 + 10)[:, None].astype(np.float32))


def sheet(made, **more):
    protocol = Features(more.pop("rivals", None))
    arranged = protocol.arrange(samples(100, 1), made, samples(200, 2), seed=0)
    return measure(protocol, arranged, extent=replace(QUICK, **more))


def scores(row):
    return {name: found.estimate.value for name, found in row.scores.items()}


def test_samples_of_one_population_are_as_near_as_real_ones():
    good, bad = (
        scores(sheet(made).rows[0]) for made in (samples(100, 3), samples(100, 3, tied=0))
    )
    assert good["correlational"] < 0.15 < bad["correlational"]


def test_rivals_are_scaled_like_what_was_made_and_stand_among_the_baselines():
    made = samples(100, 3)
    rows = {row.name: row for row in sheet(made, rivals={"twin": made}).rows}
    assert rows["twin"].what == "baseline"
    assert scores(rows["twin"]) == scores(rows["made"])


def test_independent_features_have_the_right_values_and_no_correlation():
    asked = {"scores": ("marginal", "correlational"), "baselines": None}
    rows = {row.name: scores(row) for row in sheet(samples(100, 3), **asked).rows}
    floor = rows["training data"]
    assert rows["independent features"]["marginal"] < 2 * floor["marginal"]
    assert rows["independent features"]["correlational"] > 3 * floor["correlational"]
    assert rows["gaussian"]["correlational"] < 2 * floor["correlational"]


def test_signals_with_a_course_are_refused():
    long = Population(values=np.zeros((40, 8, 4), dtype=np.float32))
    with pytest.raises(ValueError, match="features must be signals of one time step, got 8"):
        Features().arrange(long, long, long, seed=0)


def test_every_score_has_something_to_say_of_features():
    protocol = Features()
    arranged = protocol.arrange(samples(60, 1), samples(60, 3), samples(90, 2), seed=0)
    found = measure(protocol, arranged, extent=Extent(baselines=()))
    assert set(found.rows[0].scores) == set(protocol.distances())


def test_the_features_of_one_step_are_its_values():
    found, names = features(samples(5, 0, width=2))
    assert found == pytest.approx(samples(5, 0, width=2).values[:, 0])
    assert names == ("value of 0", "value of 1")


def test_of_many_pairs_of_channels_some_tell_of_all():
    wide = [samples(300, seed, width=40, tied=tied) for seed, tied in ((1, 1.0), (2, 0.3))]
    trial = Trial(train=wide[0], held=wide[0], made=wide[1])
    every, some = value(Correlational(), trial), value(Correlational(pairs=200), trial)
    assert some == pytest.approx(every, rel=0.1)
    assert some != every


def test_channels_of_different_signals_keep_their_values_and_lose_each_other():
    train = samples(400, 4)
    made = IndependentChannels().draw(train, 400, seed=1).values[:, 0]
    assert np.sort(made, 0) == pytest.approx(np.sort(train.values[:, 0], 0))
    apart = np.corrcoef(made.T)[np.triu_indices(4, 1)]
    assert np.abs(apart).max() < 0.2


def test_channels_of_signals_of_different_lengths_are_not_exchanged():
    train = Population(values=np.ones((3, 4, 2), dtype=np.float32), lengths=np.array([4, 3, 4]))
    with pytest.raises(ValueError, match="between signals of one length only"):
        IndependentChannels().draw(train, 2, seed=0)
