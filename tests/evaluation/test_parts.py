import numpy as np
import pytest
from sklearn.metrics import r2_score

from latentloom.evaluation.parts import (
    error_by_subset,
    r2_by_family,
    r2_by_part,
    r2_by_subset,
)


@pytest.fixture
def signals():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(40, 15, 2)) * [1, 100] + [5, -2000]
    made = truth + rng.normal(size=truth.shape) * [0.5, 10]
    mask = np.arange(15) < rng.integers(3, 16, 40)[:, None]
    return truth, made, mask


def test_share_of_each_channel_is_that_of_scikit_learn(signals):
    truth, made, mask = signals
    found = r2_by_part(truth, made, mask, names=["a", "b"])
    wanted = r2_score(truth[mask], made[mask], multioutput="raw_values")
    assert [found[name].value for name in "ab"] == pytest.approx(wanted)


def test_padding_does_not_leak(signals):
    truth, made, mask = signals
    soiled = np.where(mask[..., None], made, np.nan)
    found = r2_by_part(truth, soiled, mask, names=["a", "b"])
    assert found == r2_by_part(truth, made, mask, names=["a", "b"])


def test_the_best_constant_explains_nothing(signals):
    truth, _, mask = signals
    made = np.broadcast_to(truth[mask].mean(0), truth.shape)
    assert r2_by_part(truth, made, mask, names=["a", "b"])["b"].value == pytest.approx(0)


def test_a_constant_channel_has_no_share():
    truth = np.full((4, 5, 1), 0.1)
    found = r2_by_part(truth, truth, np.ones((4, 5), dtype=bool), names=["a"])["a"]
    assert np.isnan(found.value)
    assert found.low is None


def test_interval_holds_the_truth_about_as_often_as_it_promises():
    rng, inside = np.random.default_rng(1), 0
    for seed in range(60):
        truth = rng.normal(size=(60, 1, 1))
        made = 0.8 * truth + 0.4 * rng.normal(size=truth.shape)
        mask = np.ones((60, 1), dtype=bool)
        found = r2_by_part(truth, made, mask, names=["a"], seed=seed)["a"]
        inside += found.low < 0.8 < found.high  # 1 - 0.2 ** 2 - 0.4 ** 2
    assert 50 <= inside <= 60


def test_records_of_one_group_are_drawn_together(signals):
    truth, made, mask = (x.repeat(3, axis=0) for x in signals)
    made = made.copy()
    made[:30] += 3
    group = np.arange(40).repeat(3)
    grouped, alone = (
        r2_by_part(truth, made, mask, names=["a", "b"], group=g)["a"] for g in (group, None)
    )
    assert grouped.high - grouped.low > 1.3 * (alone.high - alone.low)


def test_one_group_has_no_interval(signals):
    truth, made, mask = signals
    found = r2_by_part(truth, made, mask, names=["a", "b"], group=np.zeros(40, dtype=int))
    assert found["a"].low is None


def test_a_family_is_the_mean_over_its_features(signals):
    truth, made = (x[:, 0] for x in signals[:2])
    found = r2_by_family({"f": truth, "g": truth}, {"f": made, "g": truth})
    assert found["f"].value == pytest.approx(r2_score(truth, made))
    assert found["g"].value == 1


def test_constant_features_do_not_count():
    truth = np.array([[0.0, 0.3], [2.0, 0.3]])
    assert r2_by_family({"f": truth}, {"f": truth + 0.5})["f"].value == pytest.approx(0.75)


def test_each_channel_must_have_a_name(signals):
    with pytest.raises(ValueError, match=r"a name for each of 2 channels, got \['a'\]"):
        r2_by_part(*signals, names=["a"])


def test_families_must_fit():
    with pytest.raises(ValueError, match=r"must have shapes \{'f': \(2, 1\)\}, got \{\}"):
        r2_by_family({"f": np.zeros((2, 1))}, {})


def test_sets_of_features_are_told_as_families_are():
    rng = np.random.default_rng(3)
    truth = rng.normal(size=(50, 4))
    made = truth + 0.5 * rng.normal(size=truth.shape)
    sets = {"a": [0, 1], "b": [2, 3]}
    found = r2_by_subset(truth, made, sets)
    families = [{name: x[:, own] for name, own in sets.items()} for x in (truth, made)]
    assert found == r2_by_family(*families)


def test_errors_of_sets_are_their_mean_squares():
    rng = np.random.default_rng(4)
    truth, made = rng.normal(size=(2, 50, 3))
    found = error_by_subset(truth, made, {"one": [1], "all": [0, 1, 2]})
    assert found["one"].value == pytest.approx(((made - truth)[:, 1] ** 2).mean())
    assert found["all"].value == pytest.approx(((made - truth) ** 2).mean())
    assert found["all"].low < found["all"].value < found["all"].high


def test_an_interval_holds_its_number_even_where_one_record_makes_the_variance():
    truth = np.zeros((40, 2))
    truth[0, 0], truth[:, 1] = 30.0, np.arange(40)
    made = truth + 0.5 * np.random.default_rng(5).normal(size=truth.shape)
    found = r2_by_subset(truth, made, {"both": [0, 1]})["both"]
    assert found.low < found.value < found.high <= 1
