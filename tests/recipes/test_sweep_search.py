"""What a sweep may say, and what it is told of its mistakes."""

import numpy as np
import pytest
from waves import KEYS, RATE, WAVES

from latentloom.core.errors import RecipeError
from latentloom.recipes.sweep import Search
from latentloom.recipes.sweep.search import briefly
from latentloom.recipes.sweep.spans import Choices, Span, span_of


def of(**said):
    return Search.of({"recipe": WAVES, "keys": KEYS, **said})


def test_a_grid_has_every_combination_once():
    points = list(of().points())
    assert len(points) == of().size == 4
    assert len({tuple(point.values()) for point in points}) == 4


def test_a_search_says_itself():
    keys = {RATE: {"log": [1e-4, 1e-2], "points": 3}, "phases.0.epochs": {"whole": [1, 3]}}
    search = of(keys=keys, seeds=[0, 3], pruning="median", set={"phases.0.batch_size": 4})
    assert Search.of(search.tree) == search


def test_settings_that_share_a_key_have_the_same_value():
    key = "parts.representation.encoder.widths, parts.representation.decoder.widths"
    plan = of(keys={key: [[8], [16]]}).plan({key: [16]})
    parts = plan.tree["parts"]["representation"]
    assert parts["encoder"]["widths"] == parts["decoder"]["widths"] == [16]


def test_a_seed_changes_nothing_but_the_seed():
    search = of()
    one, other = (search.plan({RATE: 1e-3}, seed) for seed in (1, 2))
    assert one.tree | {"random_seed": 2} == other.tree


def test_points_are_even_on_their_scale():
    assert Span(0.0, 1.0, "range", 5).grid == (0.0, 0.25, 0.5, 0.75, 1.0)
    assert np.allclose(np.diff(np.log(Span(1e-5, 1e-1, "log", 5).grid)), np.log(10))
    assert Span(2, 5, "whole").grid == (2, 3, 4, 5)
    assert Span(1, 100, "whole", 3).grid == (1, 50, 100)


@pytest.mark.parametrize(
    "tree", [[1, [2, 3], {"kind": "lstm"}], {"log": [1e-3, 1.0], "points": 2}]
)
def test_a_span_is_read_as_it_is_written(tree):
    assert span_of(tree, "keys.a").tree == tree


def test_keys_are_told_apart_by_their_shortest_ends():
    keys = ["a.0.rate", "b.0.rate", "b.width", "c"]
    assert [*briefly(keys).values()] == ["a.0.rate", "b.0.rate", "width", "c"]


def test_a_choice_is_there_once():
    with pytest.raises(ValueError, match="must have each value once, got 1 again"):
        Choices((1, 2, 1))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"key": {}}, "^key: unknown key; did you mean 'keys'?"),
        ({"recipe": None}, "^recipe: must be given"),
        ({"recipe": "voltage_dmeo"}, "did you mean 'voltage_demo'"),
        ({"keys": {}}, "^keys: must be given"),
        ({"keys": [RATE]}, "^keys: must be a mapping of settings"),
        ({"keys": {RATE: 3}}, "must be a list of values, {range: .*, got 3"),
        ({"keys": {RATE: []}}, "must have at least one value"),
        ({"keys": {RATE: {"logs": [1, 2]}}}, "{log: .LOW, HIGH.}.*got {'logs'"),
        ({"keys": {RATE: {"log": [1]}}}, "{log: .LOW, HIGH.}.*got {'log'"),
        ({"keys": {RATE: {"log": [0, 1]}}}, r"log must go from a number above 0, got \[0, 1\]"),
        ({"keys": {RATE: {"range": [2, 1]}}}, "must go from a number to a greater one"),
        ({"keys": {RATE: {"whole": [1, 2.5]}}}, "whole must go from a whole number to another"),
        ({"keys": {RATE: {"log": [1, 2], "points": 1}}}, "points must be at least 2, got 1"),
        ({"keys": {RATE: {"log": [1, 2], "points": "3"}}}, "points must be a whole number"),
        ({"keys": {RATE: {"log": [1, 2]}}}, "must say in a grid how many values to take"),
        ({"keys": {"a": {"whole": [1, 20000]}}}, "a grid of at most 10000 points, got 20000"),
        ({"keys": {"random_seed": [1, 2]}}, "random_seed: is set by seeds too"),
        ({"set": {RATE: 1.0}}, "is set by set too; leave one of them out"),
        ({"keys": {RATE: [1.0], f"{RATE}, a": [2.0]}}, "is set by another key too"),
        ({"search": "random"}, "^search: must be one of grid, optuna, got 'random'"),
        ({"search": "optuna"}, "^trials: must be how many Optuna is to try, got none"),
        (
            {"search": "optuna", "trials": "ten"},
            "^trials: must be a whole number from 1, got 'ten'",
        ),
        ({"trials": 3}, "^trials: belongs to search: optuna; a grid tries all its points"),
        ({"pruning": "yes"}, "^pruning: must be one of none, median, got 'yes'"),
        ({"seeds": 3}, "^seeds: must be different whole numbers from 0, got 3"),
        ({"seeds": [1, 1]}, "^seeds: must be different whole numbers from 0"),
    ],
)
def test_says_what_cannot_be_searched(said, words):
    with pytest.raises(RecipeError, match=words):
        of(**said)


@pytest.mark.parametrize("text", ["- recipe: waves.yaml", "[]", "", "rates"])
def test_a_file_that_is_no_sweep_is_told_what_a_sweep_has(text, tmp_path):
    path = tmp_path / "rates.yaml"
    path.write_text(text)
    with pytest.raises(RecipeError, match="must be a mapping with recipe and keys, as a sweep"):
        Search.read(path)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            {"keys": {"phases.0.updates.0.learning_rte": [1e-3]}},
            "^keys: phases.0.updates.0.learning_rte: unknown key; did you mean 'learning_rate'",
        ),
        (
            {"keys": {RATE: [1e-3, -1.0, "fast"]}},
            "^keys.phases.0.updates.0.learning_rate: the recipe refuses -1.0: .*\n"
            "keys.phases.0.updates.0.learning_rate: the recipe refuses 'fast': .*unknown kind",
        ),
        ({"score": "eror"}, "^score: unknown probe; did you mean 'error'"),
        ({"set": {"phases.0.select": ""}}, "^score: must name a probe, for no phase selects"),
        ({"recipe": WAVES | {"phasis": []}}, "^phasis: unknown key; did you mean 'phases'"),
    ],
)
def test_says_before_anything_is_trained_what_the_recipe_refuses(said, words):
    with pytest.raises(RecipeError, match=words):
        of(**said).check()
