"""What tokens keep, beside independent computations."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.spatial.distance import pdist
from scipy.stats import pearsonr
from sklearn.metrics import r2_score

from latentloom.core.errors import RunError
from latentloom.evaluation.tokens import (
    Held,
    Inside,
    Layout,
    Learned,
    Material,
    Overlap,
    TokenCard,
    Usage,
    book_uses,
    judge_tokens,
    topographic,
)
from latentloom.evaluation.tokens.topography import Apart, topography
from latentloom.objectives import geometry

LAYOUT = Layout(
    features=("a/x", "a/y", "b/x", "a/z", "b/y"),
    spans={"first": 2, "second": 3},
    sizes=(4, 2, 8, 2),
)


def material(size=80, noise=0.3, *, layout=LAYOUT, inside=True, codes=True):
    """Features, what noisy tokens make of them, and codes that were drawn by lot."""
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(size, 5))
    drawn = np.stack([rng.integers(0, v, 2 * size) for v in layout.sizes], 1) if codes else None
    seen = Inside(
        rows=np.arange(size // 2),
        embeddings=rng.normal(size=(size // 2, 2, 3)),
        latents=truth[: size // 2] * 2,
        rounded=truth[: size // 2] + 0.1 * rng.normal(size=(size // 2, 5)),
    )
    held = Held(
        truth=truth,
        made=truth + noise * rng.normal(size=truth.shape),
        codes=None if drawn is None else drawn[:size],
        inside=seen if inside else None,
    )
    learned = Learned(truth=rng.normal(size=(200, 5)), codes=drawn)
    return Material(layout=layout, learned=learned, held=held)


@pytest.fixture(scope="module")
def card():
    return judge_tokens(material(), codes={"forced": 0.5, "free": 0.4, "perplexity": 3.0})


def test_a_layout_knows_whose_features_and_books_are_whose():
    assert LAYOUT.categories == {"first": [0, 1], "second": [2, 3, 4]}
    assert LAYOUT.families == {"a": [0, 1, 3], "b": [2, 4]}
    assert LAYOUT.books == [("first", 0), ("first", 1), ("second", 0), ("second", 1)]
    assert (LAYOUT.sizes_of("second"), LAYOUT.bits) == ((8, 2), 7.0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"spans": {"first": 2}}, r"spans must cover the 5 features, got \{'first': 2\}"),
        ({"sizes": (4, 2, 8)}, "sizes must be as many for each of 2 categories, got 3 books"),
    ],
)
def test_a_layout_that_does_not_add_up_is_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        replace(LAYOUT, **changes)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda x: x[:, :4], "held-out samples must have 5 features, got 4"),
        (lambda x: x[:1], "there must be at least 2 held-out samples, got 1"),
    ],
)
def test_material_that_does_not_fit_is_refused(change, words):
    whole = material()
    truth, made = change(whole.held.truth), change(whole.held.made)
    with pytest.raises(ValueError, match=words):
        replace(whole, held=Held(truth=truth, made=made))


def test_quality_is_one_minus_the_mean_squared_error(card):
    held = material().held
    row = card.rows[0]
    assert row.quality.value == pytest.approx(1 - ((held.made - held.truth) ** 2).mean())
    assert row.quality.low < row.quality.value < row.quality.high


def test_quality_is_never_negative():
    row = judge_tokens(material(noise=3.0)).rows[0]
    assert (row.quality.value, row.quality.low, row.quality.high) == (0.0, 0.0, 0.0)


def test_explained_shares_are_those_of_scikit_learn(card):
    held = material().held
    each = r2_score(held.truth, held.made, multioutput="raw_values")
    assert card.rows[0].r2.value == pytest.approx(each.mean())
    assert [part.r2.value for part in card.parts["feature"].values()] == pytest.approx(each)
    assert card.parts["family"]["b"].r2.value == pytest.approx(each[[2, 4]].mean())
    second = card.parts["category"]["second"]
    assert (second.r2.value, second.features) == (pytest.approx(each[2:].mean()), 3)


def test_quality_of_the_whole_is_the_mean_of_its_features(card):
    parts = [part.quality.value for part in card.parts["feature"].values()]
    assert card.rows[0].quality.value == pytest.approx(np.mean(parts))


def test_the_baselines_have_as_many_bits_and_the_mean_has_none(card):
    assert [(row.name, row.kind, row.bits) for row in card.rows] == [
        ("tokens", "tokens", 7.0),
        ("k-means by category", "baseline", 7.0),
        ("PCA, rounded", "baseline", 7.0),
        ("train mean", "floor", 0.0),
    ]
    assert card.rows[3].quality.value < 0.2
    assert card.rows[3].topography.value == 0.0


def test_tokens_that_keep_all_beat_every_baseline():
    found = judge_tokens(material(noise=0.0))
    assert [comparison.sign for comparison in found.comparisons] == [-1, -1, -1]
    assert [comparison.wins for comparison in found.comparisons] == [1, 1, 1]
    assert found.rows[0].topography.value == pytest.approx(1)


def test_tokens_that_keep_little_lose(card):
    poor = judge_tokens(material(noise=2.0)).comparisons
    assert [comparison.sign for comparison in poor[:2]] == [1, 1]


def test_samples_of_one_group_are_drawn_together():
    whole = material()
    grouped = replace(whole, held=replace(whole.held, group=np.arange(80) // 20))
    alone, together = (judge_tokens(m).rows[0].quality for m in (whole, grouped))
    assert alone.value == together.value
    assert alone.low != together.low


def test_the_same_seed_gives_the_same_card():
    assert judge_tokens(material()) == judge_tokens(material())


def test_without_codes_there_is_only_the_mean_to_beat():
    layout = replace(LAYOUT, sizes=())
    found = judge_tokens(material(layout=layout, inside=False, codes=False))
    assert [row.name for row in found.rows] == ["tokens", "train mean"]
    assert found.rows[0].bits is None
    assert (found.books, found.topography, found.overlap) == ((), {}, None)
    assert np.isnan(found.utilisation).all()


def test_a_card_survives_its_file(card, tmp_path):
    card.write(tmp_path / "scores.json")
    assert TokenCard.read(tmp_path / "scores.json") == card
    without = replace(card, overlap=None)
    assert TokenCard.of(json.loads(json.dumps(without.plain()))) == without


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "must be scores of tokens, and no such file exists"),
        ("{}", "must be complete scores of tokens, and it cannot be read"),
    ],
)
def test_a_file_without_a_card_is_refused(tmp_path, text, words):
    path = tmp_path / "scores.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(RunError, match=words):
        TokenCard.read(path)


def test_a_row_of_an_unknown_kind_is_refused(card):
    plain = card.plain()
    plain["rows"] = [{**plain["rows"][0], "kind": "oracle"}]
    with pytest.raises(ValueError, match=r"kind must be one of .*'tokens'.*, got 'oracle'"):
        TokenCard.of(plain)


def test_use_is_that_of_numbers_worked_out_by_hand():
    found = Usage.of(np.array([0, 0, 0, 1, 1, 1]), 4)
    assert found.utilisation == 0.5
    assert found.evenness == pytest.approx(2 / 4)
    assert found.reachable == pytest.approx(1 - 0.75**6)


def test_even_use_reaches_on_average_what_is_said():
    codes = np.random.default_rng(0).integers(0, 16, (4000, 30))
    mean = np.mean([Usage.of(row, 16).utilisation for row in codes])
    assert mean == pytest.approx(Usage.of(codes[0], 16).reachable, abs=0.005)


def test_a_category_reaches_no_more_codes_than_it_has_inputs():
    whole = material()
    truth = whole.held.truth.copy()
    truth[:, :2] = np.eye(2)[np.arange(80) % 2]
    uses = book_uses(replace(whole, held=replace(whole.held, truth=truth)))
    assert uses[0].held.reachable == 2 / 4
    assert uses[2].held.reachable == pytest.approx(1 - (7 / 8) ** 80)


def test_books_are_counted_on_their_own_codes(card):
    whole = material()
    book = card.books[2]
    counts = np.bincount(whole.held.codes[:, 2], minlength=8) / 80
    assert (book.category, book.level, book.size) == ("second", 0, 8)
    perplexity = np.exp(-(counts[counts > 0] * np.log(counts[counts > 0])).sum())
    assert book.held.evenness == pytest.approx(perplexity / 8)
    assert card.evenness[1] <= card.evenness[0] <= 1
    assert (card.samples, card.learned) == (80, 160)


def test_codes_of_other_books_are_refused():
    whole = material()
    held = replace(whole.held, codes=whole.held.codes[:, :3])
    with pytest.raises(ValueError, match="held-out codes must come from 4 books, got 3"):
        judge_tokens(replace(whole, held=held))


def test_topographic_is_pearson_of_the_pairs():
    rng = np.random.default_rng(1)
    one, other = rng.normal(size=(40, 3)), rng.normal(size=(40, 6))
    other[:, :3] += one
    found = topographic(Apart.of(one), Apart.of(other))
    assert found.value == pytest.approx(pearsonr(pdist(one), pdist(other)).statistic)
    assert found.low < found.value < found.high


def test_topographic_is_what_the_objective_holds_up():
    rng = np.random.default_rng(2)
    one, other = rng.normal(size=(30, 4)), rng.normal(size=(30, 4))
    wanted = geometry.topographic(torch.from_numpy(one), torch.from_numpy(other))
    assert topographic(Apart.of(one), Apart.of(other)).value == pytest.approx(float(wanted))


def test_topographic_of_a_constant_is_zero():
    x = np.random.default_rng(3).normal(size=(10, 2))
    found = topographic(Apart.of(x), Apart.of(np.ones((10, 2))))
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)


def test_samples_that_are_all_of_one_group_have_no_interval():
    x = Apart.of(np.random.default_rng(3).normal(size=(10, 2)))
    assert topographic(x, x, group=np.zeros(10, dtype=int)).low is None


def test_distances_are_held_against_each_other_by_station():
    rng = np.random.default_rng(4)
    inputs = rng.normal(size=(30, 3))
    found = topography(
        {"inputs": inputs, "latents": 3 * inputs, "codes": rng.normal(size=(30, 2))}
    )
    assert found["inputs-latents"].value == pytest.approx(1)
    assert abs(found["inputs-codes"].value) < 0.3
    assert found["inputs-codes"].value == pytest.approx(found["latents-codes"].value)


def test_topography_looks_at_the_samples_that_were_seen_inside(card):
    held = material().held
    some = held.truth[:40]
    wanted = pearsonr(pdist(some), pdist(held.inside.rounded)).statistic
    assert card.topography["inputs-codes"].value == pytest.approx(wanted)


def test_overlap_is_the_mean_absolute_correlation():
    rng = np.random.default_rng(5)
    embeddings = rng.normal(size=(50, 3, 2))
    embeddings[:, 1] += embeddings[:, 0]
    found = Overlap.of(embeddings)
    every = np.abs(np.corrcoef(embeddings.reshape(50, 6).T))
    pairs = {
        (g, h): every[2 * g : 2 * g + 2, 2 * h : 2 * h + 2].mean()
        for g in range(3)
        for h in range(3)
    }
    apart = [value for (g, h), value in pairs.items() if g != h]
    assert found.mean == pytest.approx(np.mean(apart), rel=1e-5)
    assert found.maximum == pytest.approx(pairs[0, 1], rel=1e-5)
    assert np.array(found.cosines)[2, 0] == pytest.approx(pairs[2, 0], rel=1e-5)


def test_independent_categories_overlap_by_chance():
    found = Overlap.of(np.random.default_rng(6).normal(size=(400, 4, 8)))
    assert found.mean == pytest.approx(found.chance, rel=0.1)


def test_one_category_overlaps_with_none():
    found = Overlap.of(np.random.default_rng(7).normal(size=(20, 1, 3)))
    assert (found.mean, found.maximum) == (0.0, 0.0)
