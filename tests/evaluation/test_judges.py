import numpy as np
import pytest
import torch

from latentloom.core.errors import TrainingError
from latentloom.evaluation.judges.adam import Adam
from latentloom.evaluation.judges.cases import cross_fitted, halted, shared_out, windowed
from latentloom.evaluation.judges.convolution import ConvJudge
from latentloom.evaluation.judges.features import features
from latentloom.evaluation.judges.gru import GruJudge, LegacyGruJudge
from latentloom.evaluation.judges.role import Lineup, together
from latentloom.evaluation.judges.training import (
    Draws,
    Training,
    few_threads,
    train,
    train_until_worse,
)
from latentloom.evaluation.judges.trees import TreeJudge
from latentloom.evaluation.judges.views import Plain, Standardised, padded, with_changes
from latentloom.evaluation.population import Population
from latentloom.nn.stacked import StackedLinear, sources

SHORT = Training(steps=30, batch=16, rate=1e-2, every=10)
JUDGES = {
    "gru": GruJudge(training=SHORT),
    "convolution": ConvJudge(training=SHORT),
    "trees": TreeJudge(trees=5),
    "legacy": LegacyGruJudge(steps=10, batch=16),
}
every = pytest.mark.parametrize("judge", JUDGES.values(), ids=JUDGES)


def population(size=60, steps=10, width=2, *, seed=0, ragged=False, **columns):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(2, steps + 1, size) if ragged else None
    values = rng.normal(size=(size, steps, width)).astype(np.float32)
    return Population(values=values, lengths=lengths, **columns)


@every
def test_padding_does_not_leak(judge):
    held, made = (population(seed=s, ragged=True) for s in (1, 2))
    cases = cross_fitted(held, made, folds=3, most=99, seed=0)
    soiled = np.where(made.mask[..., None], made.values, np.float32(99))
    other = Population(values=soiled, lengths=made.lengths)
    seems = judge.judge(Lineup.of(held, made), cases)
    assert np.array_equal(seems, judge.judge(Lineup.of(held, other), cases), equal_nan=True)


@every
def test_a_judge_speaks_only_of_what_it_is_asked(judge):
    held, made = population(seed=1), population(seed=2)
    cases = cross_fitted(held, made, folds=3, most=99, seed=0)
    for seems, case in zip(judge.judge(Lineup.of(held, made), cases), cases, strict=True):
        assert sorted(case.test) == np.flatnonzero(~np.isnan(seems)).tolist()


@pytest.mark.parametrize("kind", ["gru", "convolution", "legacy"])
def test_what_one_network_says_does_not_depend_on_the_others(kind):
    held, made = population(seed=1), population(seed=2)
    cases = cross_fitted(held, made, folds=3, most=60, seed=0)
    together = JUDGES[kind].judge(Lineup.of(held, made), cases)
    alone = JUDGES[kind].judge(Lineup.of(held, made), cases[1:2])
    np.testing.assert_allclose(alone[0], together[1], atol=1e-4)


def test_every_signal_is_judged_once_and_no_group_is_on_two_sides():
    group = np.repeat(np.arange(12), 5)
    held, made = population(seed=1, group=group), population(seed=2)
    cases = cross_fitted(held, made, folds=3, most=99, seed=0)
    assert sorted(np.concatenate([case.test for case in cases])) == list(range(120))
    for case in cases:
        sides = [set(group[rows[rows < 60]]) for rows in (case.fit, case.stop, case.test)]
        assert len(set.union(*sides)) == sum(map(len, sides))
        assert all(sides)


def test_as_many_real_as_made_signals_take_part():
    cases = cross_fitted(population(90), population(40), folds=3, most=30, seed=0)
    tested = np.concatenate([case.test for case in cases])
    assert ((tested < 90).sum(), (tested >= 90).sum()) == (30, 30)


def test_a_copy_is_judged_beside_its_original():
    held = population(60)
    cases = cross_fitted(held, held, folds=3, most=99, seed=0)
    for case in cases:
        assert set(case.test[case.test < 60]) == set(case.test[case.test >= 60] - 60)


def test_a_generator_of_one_signal_still_fills_every_part():
    held = population(60)
    made = Population(values=np.repeat(held.values[:1], 60, axis=0))
    for case in cross_fitted(held, made, folds=3, most=99, seed=0):
        assert all((rows >= 60).sum() >= 6 for rows in (case.fit, case.stop, case.test))


def test_two_groups_are_too_few_for_three_folds():
    held = population(60, group=np.repeat([0, 1], 30))
    with pytest.raises(ValueError, match="must be of at least 3 groups, one for each fold, got 2"):
        cross_fitted(held, population(60), folds=3, most=99, seed=0)


def test_groups_are_dealt_evenly():
    members = np.repeat(np.arange(40), np.arange(40) % 7 + 1)
    sizes = np.bincount(shared_out(members, 4, np.random.default_rng(0)))
    assert sizes.max() - sizes.min() <= 7


def test_the_published_split_holds_four_fifths_of_each_kind():
    case = windowed(population(50), population(70), share=0.8, seed=0)
    assert ((case.fit < 50).sum(), (case.fit >= 50).sum()) == (40, 40)
    assert not set(case.fit) & set(case.test)


def test_who_learns_to_forecast_stops_by_other_groups():
    group = np.repeat(np.arange(10), 6)
    case = halted(population(group=group), most=99, seed=0)
    assert not set(group[case.fit]) & set(group[case.stop])
    assert len(case.stop) == 12


def test_draws_are_different_signals_uniformly():
    draws = Draws([np.arange(10)], batch=4, seeds=[0])
    drawn = np.stack([draws().numpy()[0] for _ in range(2000)])
    assert all(len(set(row)) == 4 for row in drawn)
    assert np.bincount(drawn.flatten()) == pytest.approx(np.full(10, 800), rel=0.12)


def test_adam_is_that_of_pytorch():
    one, other = (StackedLinear(3, 2, random=sources([0, 1])) for _ in range(2))
    mine, theirs = Adam(one, rate=0.1), torch.optim.Adam(other.parameters(), lr=0.1)
    for _ in range(5):
        x = torch.randn(2, 4, 3)
        for network, optimizer in ((one, mine), (other, theirs)):
            optimizer.clear() if optimizer is mine else optimizer.zero_grad()
            network(x).square().mean().backward()
            optimizer.step()
    torch.testing.assert_close(one.weight, other.weight)


def test_each_network_is_left_where_its_check_was_lowest():
    network = StackedLinear(1, 1, random=sources([0, 1]))
    goal = torch.tensor([0.5, -0.5])
    with torch.no_grad():
        network.bias.zero_()

    def bias():
        return network.bias[:, 0, 0]

    def losses():  # pulls both past their goals
        return (bias() - 4 * goal).abs()

    training = Training(steps=200, batch=1, rate=0.01, every=1, patience=3)
    train_until_worse(network, losses, training, check=lambda: (bias() - goal).abs())
    assert bias().tolist() == pytest.approx([0.5, -0.5], abs=0.011)


def test_an_infinite_loss_is_not_learned_from():
    network = StackedLinear(1, 1, random=sources([0]))
    before = network.weight.clone()
    with pytest.raises(TrainingError, match="must be finite, got inf at step 1"):
        train(network, lambda: network.bias.sum() + torch.tensor([np.inf]), SHORT)
    assert torch.equal(network.weight, before)


def test_each_network_sees_what_it_fits_standardised():
    signals, fits = population(40, ragged=True), [np.arange(10), np.arange(10, 40)]
    seen = Standardised(signals, fits)(torch.from_numpy(np.stack([f[:10] for f in fits])))
    real = seen.values[0][seen.mask[0, ..., 0] > 0]
    torch.testing.assert_close(real.mean(0), torch.zeros(2), atol=1e-5, rtol=0)
    torch.testing.assert_close(real.std(0, correction=0), torch.ones(2))
    assert seen.values.mul(1 - seen.mask).eq(0).all()


def test_blocks_hold_every_row_once():
    rows = [np.arange(300), np.arange(5)]
    found = [[], []]
    for table, there in padded(rows):
        for i in range(2):
            found[i] += table[i][there[i] > 0].tolist()
    assert found == [list(range(300)), list(range(5))]


def test_what_is_nan_in_the_padding_is_not_seen():
    values = np.array([[[1.0], [np.nan]]], dtype=np.float32)
    signals = Population(values=values, lengths=np.array([1]))
    assert Plain(signals).values.flatten().tolist() == [1.0, 0.0]
    assert together(signals, signals).values.flatten().tolist() == [1.0, 0.0, 1.0, 0.0]


def test_features_of_a_ragged_signal_are_those_of_the_signal_alone():
    ragged = population(8, steps=20, width=3, ragged=True)
    found, names = features(ragged)
    assert found.shape == (8, len(names)) == (8, len(set(names)))
    for i, length in enumerate(ragged.extent):
        alone = features(Population(values=ragged.values[i : i + 1, :length]))[0]
        np.testing.assert_allclose(alone[0], found[i], atol=1e-9)


def test_features_are_what_their_names_say():
    time = np.arange(64)
    values = np.stack((np.sin(2 * np.pi * time / 8), 3 + np.cos(2 * np.pi * time / 8)), -1)
    found, names = features(Population(values=values[None], channels=("a", "b")))
    of = dict(zip(names, found[0].tolist(), strict=True))
    assert of["mean of b"] == pytest.approx(3)
    assert of["deviation of a"] == pytest.approx(0.5**0.5)
    assert of["kurtosis of a"] == pytest.approx(-1.5)
    assert of["50% quantile of a"] == pytest.approx(np.quantile(values[:, 0], 0.5), abs=1e-9)
    assert of["power in 0.0625 to 0.125 cycles a step of b"] == pytest.approx(1)
    assert of["autocorrelation at 8 of a"] == pytest.approx(56 / 64)
    assert of["correlation of a and b"] == pytest.approx(0, abs=1e-9)
    assert of["length"] == 64


def test_features_of_a_constant_and_of_one_step_are_finite():
    values = np.ones((2, 5, 2), dtype=np.float32)
    found, _ = features(Population(values=values, lengths=np.array([5, 1])))
    assert np.isfinite(found).all()


def test_a_judge_with_few_units_is_refused():
    with pytest.raises(ValueError, match="units must be at least 8, got 3"):
        GruJudge(units=3)


def test_small_networks_get_one_thread_and_give_it_back():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    with few_threads(StackedLinear(1, 1, random=sources([0]))):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)


def test_training_takes_at_least_a_step():
    with pytest.raises(ValueError, match="steps must be at least 1, got 0"):
        Training(steps=0, batch=1)


@pytest.mark.parametrize("reading", [None, with_changes])
def test_more_padding_changes_nothing_for_a_recurrent_judge(reading):
    judge = GruJudge(training=SHORT, reading=reading)
    held, made = (population(seed=s, ragged=True) for s in (1, 2))
    cases = cross_fitted(held, made, folds=3, most=99, seed=0)
    wide = [
        Population(values=np.pad(p.values, ((0, 0), (0, 7), (0, 0))), lengths=p.lengths)
        for p in (held, made)
    ]
    seems = judge.judge(Lineup.of(held, made), cases)
    np.testing.assert_allclose(judge.judge(Lineup.of(*wide), cases), seems, atol=1e-5)


def test_changes_end_where_the_signal_does():
    values = np.array([[[5.0], [7.0], [0.0]]], dtype=np.float32)
    seen = with_changes(Population(values=values, lengths=np.array([2])))
    assert seen.values[0].tolist() == [[5, 0], [7, 2], [0, 0]]
    assert seen.extent.tolist() == [2]
