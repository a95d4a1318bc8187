"""What codes say, to decoders that can be worked out by hand."""

import numpy as np
import pytest

from latentloom.evaluation.tokens import Layout, Meanings

LAYOUT = Layout(
    features=("a/x", "a/y", "b/z"), spans={"first": 2, "second": 1}, sizes=(4, 4, 3, 3)
)
ENTRIES = [
    np.random.default_rng(book).normal(size=(size, 3)) for book, size in enumerate((4, 4, 3, 3))
]


def drawn(size=200):
    rng = np.random.default_rng(9)
    return np.stack([rng.integers(0, v, size) for v in LAYOUT.sizes], 1)


def added(codes):
    """A decoder that adds up the entries of all books; those of a category write it alone."""
    made = np.zeros((len(codes), 3))
    for book, entries in enumerate(ENTRIES):
        own = [0, 1] if book < 2 else [2]
        made[:, own] += entries[codes[:, book]][:, own]
    return made


def test_a_code_changes_what_its_entry_says_beyond_the_average():
    codes = drawn()
    found = Meanings.of(added, codes, LAYOUT)
    mean = ENTRIES[1][codes[:, 1]].mean(0)
    wanted = (ENTRIES[1] - mean) * [1, 1, 0]
    assert found.changes[found.books == 1] == pytest.approx(wanted)
    assert found.uses[found.books == 1].tolist() == np.bincount(codes[:, 1]).tolist()


def test_categories_write_their_own_features_by_the_spread_of_their_entries():
    codes = drawn()
    written = Meanings.of(added, codes, LAYOUT).written(LAYOUT)
    parts = [ENTRIES[book][codes[:, book]].var(0) for book in range(4)]
    assert written[0] == pytest.approx(np.sqrt((parts[0] + parts[1]) * [1, 1, 0]))
    assert written[1] == pytest.approx(np.sqrt((parts[2] + parts[3]) * [0, 0, 1]))


def test_codes_in_use_are_points_of_a_map():
    codes = drawn()
    codes[codes[:, 0] == 3, 0] = 0
    found = Meanings.of(added, codes, LAYOUT)
    maps = found.maps()
    assert 3 not in found.shown
    assert maps["t-SNE"].shape == (13, 2)
    assert np.isfinite(maps["t-SNE"]).all()


def test_a_handful_of_codes_is_no_map():
    layout = Layout(features=("a/x", "a/y"), spans={"one": 2}, sizes=(3,))
    found = Meanings.of(lambda codes: np.eye(3)[codes[:, 0], :2], drawn()[:, 2:3], layout)
    assert found.maps() == {}
