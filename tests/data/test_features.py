"""Cleaning features, sorting them into categories, and joining families to a signal."""

import re

import pytest
import torch

from latentloom.core.errors import DataError
from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.transforms import Categories, CleanFeatures, Pipeline, Standard
from latentloom.data.transforms.capping import MedianDeviations, Percentiles, Quartiles
from latentloom.data.transforms.grouping import (
    ByFamily,
    Discovered,
    Features,
    Given,
    RandomGroups,
)
from latentloom.data.transforms.refinement import Refinement


def rows(*columns):
    return torch.tensor(columns, dtype=torch.float32).T.contiguous()


def families(**arrays):
    return Dataset(schema=Schema(), families=arrays)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def factors(sizes, samples=400, noise=0.3):
    """Features in groups, each group a noisy view of one hidden number."""
    hidden = normal(samples, len(sizes))
    views = [hidden[:, [k]].expand(-1, size) for k, size in enumerate(sizes)]
    return torch.cat(views, 1) + noise * normal(samples, sum(sizes), seed=1)


def features(values, family="a"):
    names = tuple(f"{family}/f{i}" for i in range(values.shape[1]))
    return Features(values=values, names=names, families=(family,) * values.shape[1])


def test_a_constant_and_an_empty_column_are_dropped_and_come_back_as_their_median():
    x = normal(50, 4)
    x[:, 1], x[:, 3] = 7.0, torch.nan
    cleaning = CleanFeatures()
    cleaning.fit(families(a=x))
    cleaned = cleaning.apply(families(a=x)).families["a"]
    torch.testing.assert_close(cleaned, x[:, [0, 2]])
    back = cleaning.invert(families(a=cleaned)).families["a"]
    torch.testing.assert_close(back[:, :3], x[:, :3])
    assert back[:, 3].eq(0).all()


def test_a_gap_is_filled_with_the_median_of_the_train_split():
    cleaning = CleanFeatures()
    cleaning.fit(families(a=rows([1.0, 2.0, 9.0, torch.nan])))
    filled = cleaning.apply(families(a=rows([torch.nan, 5.0])))
    assert filled.families["a"].flatten().tolist() == [2.0, 5.0]


def test_what_varies_wildly_about_nothing_is_dropped():
    x = normal(200, 2)
    x[:, 1] = 1e7 * (x[:, 1] - x[:, 1].mean())
    cleaning = CleanFeatures(greatest_variance=1e6)
    cleaning.fit(families(a=x))
    assert cleaning.apply(families(a=x)).families["a"].shape == (200, 1)


def test_of_two_that_say_the_same_one_is_kept_and_the_other_comes_back_from_it():
    x = normal(100, 3)
    x[:, 2] = 4 - 3 * x[:, 0]
    cleaning = CleanFeatures(keep="first")
    cleaning.fit(families(a=x))
    cleaned = cleaning.apply(families(a=x))
    assert cleaned.families["a"].shape == (100, 2)
    torch.testing.assert_close(cleaning.invert(cleaned).families["a"], x)


def test_the_informative_one_of_two_is_kept():
    smooth = torch.linspace(-1, 1, 200)
    coarse = (smooth * 4).round() / 4
    cleaning = CleanFeatures(duplicates=0.95)
    cleaning.fit(families(a=torch.stack([coarse, smooth], 1)))
    assert cleaning.state()["a/kept"].tolist() == [False, True]


def test_names_go_with_the_features_that_stay():
    schema = Schema(families={"a": (Quantity("flat"), Quantity("area", "m2"))})
    data = Dataset(schema=schema, families={"a": torch.stack([torch.ones(9), normal(9)], 1)})
    cleaning = CleanFeatures()
    cleaning.fit(data)
    assert cleaning.apply(data).schema.families == {"a": (Quantity("area", "m2"),)}
    assert cleaning.invert(cleaning.apply(data)).schema == schema


@pytest.mark.parametrize(
    ("cap", "ends"),
    [
        (Percentiles(low=10, high=90), (1.0, 9.0)),
        (Quartiles(times=1.0), (-2.5, 12.5)),
        (MedianDeviations(times=2.0), (-1.0, 11.0)),
    ],
)
def test_ends_are_as_worked_out_by_hand(cap, ends):
    low, high = cap.ends(torch.arange(11.0, dtype=torch.double)[:, None])
    assert (low.item(), high.item()) == ends


@pytest.mark.parametrize("cap", [Quartiles(), MedianDeviations()])
def test_a_rare_mark_is_not_flattened(cap):
    mark = torch.zeros(40, 1, dtype=torch.double)
    mark[:4] = 1
    low, high = cap.ends(mark)
    assert torch.equal(mark.clamp(low, high), mark)


def test_what_strays_is_capped_by_the_train_split():
    cleaning = CleanFeatures(cap=Percentiles(low=0, high=100))
    cleaning.fit(families(a=normal(50, 1)))
    capped = cleaning.apply(families(a=rows([1e9]))).families["a"]
    assert capped.item() == pytest.approx(normal(50, 1).max().item())


def test_a_family_without_a_feature_that_varies_is_refused():
    with pytest.raises(DataError, match="family a: must have features that vary, and none of its"):
        CleanFeatures().fit(families(a=torch.ones(5, 2)))


def test_features_of_one_hidden_number_make_one_category():
    found = Discovered()(features(factors([5, 4, 6])))
    assert list(found.values()) == [[*range(5)], [*range(5, 9)], [*range(9, 15)]]


@pytest.mark.parametrize("linkage", ["ward", "average", "complete"])
def test_discovery_does_not_depend_on_order_sign_or_scale(linkage):
    values = factors([5, 4, 6])
    order = torch.randperm(15)
    signs = torch.where(normal(15) > 0, 3.0, -2.0)
    grouping = Discovered(linkage=linkage)
    found = grouping(features((values * signs)[:, order])).values()
    places = [sorted(order[own].tolist()) for own in found]
    assert sorted(places) == sorted(grouping(features(values)).values())


def test_orphans_join_those_they_correlate_with_best():
    found = Discovered(count=4, least_features=3)(features(factors([5, 4, 6, 1])))
    assert sorted(map(len, found.values())) in ([4, 5, 7], [4, 6, 6], [5, 5, 6])


def test_a_fixed_count_is_kept():
    assert len(Discovered(count=2, least_features=1)(features(factors([5, 4, 6])))) == 2


def test_an_isolated_family_makes_a_category_of_its_own():
    values = factors([4, 4])
    known = Features(
        values=values,
        names=tuple(f"x/{i}" for i in range(8)),
        families=("x",) * 6 + ("y",) * 2,
    )
    found = Discovered(isolated=["y"])(known)
    assert found["y_isolated"] == [6, 7]


def test_refinement_brings_a_stray_feature_home():
    values = factors([6, 6], noise=0.1)
    labels = torch.tensor([1] * 5 + [2] * 7)
    refined = Refinement(steps=600, target=0.01)(values, labels)
    assert refined.tolist() == [1] * 6 + [2] * 6


def test_given_categories_name_features_long_or_short():
    found = Given(categories={"one": ["f2", "a/f0"]})(features(normal(9, 4)))
    assert found == {"one": [0, 2], "rest": [1, 3]}


@pytest.mark.parametrize(
    ("grouping", "message"),
    [
        (
            Discovered(least_features=9),
            "least_features must be at most the 4 features that are left to sort, got 9",
        ),
        (
            Discovered(count=3, least_features=2),
            "count must be at most 2, for 4 features are left .* needs 2, got 3; or lower least_f",
        ),
        (
            Given(categories={"x": ["g7"]}),
            "categories must hold features of the data, got 'x', of whose 1 none was kept; leave",
        ),
        (
            Given(categories={"rest": ["f0"]}),
            "must leave the name 'rest' to the 3 features that they do not name, got a category",
        ),
        (RandomGroups(count=5), "count must not exceed the 4 features, got 5"),
    ],
)
def test_what_cannot_be_sorted_is_said(grouping, message):
    with pytest.raises(ValueError, match=message):
        grouping(features(normal(9, 4)))


def test_a_number_of_clusters_that_are_all_too_small_is_not_taken():
    values = features(factors([2] * 6, noise=0.1))
    assert len(Discovered(least_features=2)(values)) == 6
    found = Discovered(least_features=3)(values)
    assert len(found) >= 2
    assert min(map(len, found.values())) >= 3


def test_features_for_one_category_alone_make_one():
    assert Discovered()(features(factors([2, 2, 1]))) == {"category_1": [*range(5)]}


@pytest.mark.parametrize(
    ("grouping", "message"),
    [
        (Discovered(isolated=["aa"]), r"isolated must name families, got 'aa'; did you mean 'a'"),
        (
            Given(categories={"x": ["a/area", "b/mas"]}),
            "categories must name features of the data, got 'b/mas' in 'x'; did you mean 'b/mass'",
        ),
        (
            Given(categories={"x": ["a/area"], "y": ["mass", "area"]}),
            "categories must name one feature by a name, got 'area' in 'y', which several fam.*"
            "write FAMILY/area",
        ),
        (
            Given(categories={"x": ["b/mass"], "y": ["mass"]}),
            "categories must name each feature once, got 'mass' in 'x' and in 'y'",
        ),
        (
            Given(categories={"x": ["mass", "mass"]}),
            "categories must name each feature once, got 'mass' in 'x' and in 'x'",
        ),
    ],
)
def test_what_is_named_wrongly_is_said_before_anything_is_fitted(grouping, message):
    names = {"a": (Quantity("area"),), "b": (Quantity("area"), Quantity("mass"))}
    data = Dataset(
        schema=Schema(families=names), families={"a": normal(9, 1), "b": normal(9, 2, seed=1)}
    )
    with pytest.raises(DataError, match=f"transform 1: {message}"):
        Pipeline([CleanFeatures(), Categories(grouping=grouping)]).fit(data)


def test_a_feature_that_cleaning_drops_may_be_named():
    x = normal(30, 3)
    x[:, 1] = 5.0
    pipeline = Pipeline(
        [CleanFeatures(), Categories(grouping=Given(categories={"one": ["a_0", "a_1"]}))]
    )
    pipeline.fit(families(a=x))
    assert pipeline.apply(families(a=x)).schema.spans == {"one": 1, "rest": 1}


def test_a_category_may_not_be_called_like_a_temporal_family():
    data = families(a=normal(30, 3), b=normal(30, 4, 2))
    grouping = Given(categories={"b": ["a_0"]})
    with pytest.raises(
        ValueError, match="categories must leave temporal families their names, got 'b'"
    ):
        Categories(grouping=grouping).fit(data)
    with pytest.raises(ValueError, match="categories must name features of each, got none of 'x'"):
        Given(categories={"x": []})


def test_a_temporal_family_is_a_category_whether_isolated_or_not():
    data = families(a=factors([3, 4]), b=normal(400, 4, 2))
    for isolated in ([], ["b"]):
        categories = Categories(grouping=Discovered(isolated=isolated))
        categories.fit(data)
        assert categories.apply(data).schema.spans == {"category_1": 3, "category_2": 4, "b": 8}


def test_what_was_dropped_and_sorted_is_told():
    x = normal(200, 9)
    x[:, 1], x[:, 3] = 7.0, torch.nan
    x[:, 4:8] = 2 * x[:, [2]]
    x[:, 8] *= 1e6
    cleaning = CleanFeatures(keep="first", greatest_variance=1e3, greatest_variation=1.0)
    pipeline = Pipeline([cleaning, Categories(grouping=ByFamily())])
    pipeline.fit(families(a=x, b=normal(200, 2, seed=3)))
    assert pipeline.told == (
        "family a: dropped 7 of 9 features: a_3 (no value); a_1 (constant); a_8 (varies"
        " wildly); a_4, a_5, a_6 and 1 more (says what another says)",
        "categories of features: a 2, b 2",
    )
    names = pipeline.apply(families(a=x, b=normal(200, 2))).schema.names("series")
    assert names == ("a/a_0", "a/a_2", "b/b_0", "b/b_1")


@pytest.mark.parametrize(
    "grouping", [Discovered(), ByFamily(), RandomGroups(count=3), Given(categories={"x": ["a_1"]})]
)
def test_families_come_back_from_the_signal_whatever_the_grouping(grouping):
    data = families(a=factors([4, 3]), b=factors([3, 2], noise=0.2), c=normal(400, 5, 2))
    pipeline = Pipeline([Categories(grouping=grouping), Standard(arrays=["series"])])
    pipeline.fit(data)
    signal = pipeline.apply(data)
    assert signal.series.shape == (400, 1, 22)
    assert sum(signal.schema.spans.values()) == 22
    for name, family in pipeline.invert(signal).families.items():
        torch.testing.assert_close(family, data.families[name])


def test_every_feature_is_in_one_category_in_the_order_of_the_channels():
    data = families(a=factors([4, 3]), b=factors([3, 2]))
    categories = Categories(grouping=RandomGroups(count=4))
    categories.fit(data)
    order = categories.state()["order"]
    assert order.sort().values.tolist() == list(range(12))
    first = categories.apply(data).schema.series[0].name
    family, index = re.fullmatch(r"(\w)/\w_(\d+)", first).groups()
    assert order[0] == int(index) + (7 if family == "b" else 0)


def test_what_was_learned_survives_a_file(tmp_path):
    data = families(a=factors([4, 3]), c=normal(400, 5, 2))
    steps = [CleanFeatures(cap=Percentiles()), Categories(), Standard(arrays=["series"])]
    first, second = Pipeline(steps), Pipeline([CleanFeatures(cap=Percentiles()), *steps[1:]])
    first.fit(data)
    first.save(tmp_path / "statistics.npz")
    second.load(tmp_path / "statistics.npz")
    ours, theirs = first.apply(data), second.apply(data)
    assert ours.schema == theirs.schema
    assert torch.equal(ours.series, theirs.series)


def test_other_features_than_in_training_are_refused():
    categories = Categories()
    categories.fit(families(a=normal(30, 6)))
    with pytest.raises(DataError, match=r"family a: must have the shape \[6\] of training, got"):
        categories.apply(families(a=normal(3, 5)))
    with pytest.raises(DataError, match="families: must have 'a', as in training"):
        categories.apply(families(b=normal(3, 6)))


def test_discovery_is_the_same_each_time():
    values = factors([5, 4, 6], samples=2000)
    assert Discovered()(features(values)) == Discovered()(features(values))


def overlap(values, members):
    means = torch.stack([values[:, own].double().mean(1) for own in members.values()], 1)
    alike = torch.corrcoef(means.T).abs()
    return float((alike.sum() - alike.trace()) / (len(means.T) * (len(means.T) - 1)))


def test_a_target_leaves_categories_that_overlap_less():
    # six blocks, each of two halves that are alike, and some alike beyond their block
    values = factors([4, 4, 4, 4, 4, 4])
    values[:, 4:8] += 0.8 * values[:, :4]
    values[:, 12:16] += 0.8 * values[:, 8:12]
    free = Discovered()(features(values))
    assert overlap(values, free) > 0.08
    strict = Discovered(target=0.08)(features(values))
    assert overlap(values, strict) <= 0.08
    least = Discovered(target=0.0)(features(values))
    assert overlap(values, least) <= overlap(values, strict)
