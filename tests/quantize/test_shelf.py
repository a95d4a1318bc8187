import math

import pytest
import torch

from latentloom.quantize.codebook import Codebook, LearnedCodebook
from latentloom.quantize.shelf import Shelf

DIMS, SIZES = (2, 5, 3), (8, 3, 6)
BOOKS = {"ema": Codebook, "gradient": LearnedCodebook}


def padded(vectors):
    """Vectors of each book, stacked with zeros behind the short ones."""
    stack = torch.zeros(len(vectors), len(vectors[0]), max(DIMS))
    for book, own in enumerate(vectors):
        stack[book, :, : own.shape[1]] = own
    return stack


def vectors(rows=200):
    return [torch.randn(rows, dim) for dim in DIMS]


def settled(shelf, rows=200):
    for _ in range(12):
        shelf(padded(vectors(rows)))
    return shelf


def separate(shelf, kind):
    """A book for each of the shelf, in the state that the shelf is in."""
    books = []
    for book, (dim, size) in enumerate(zip(DIMS, SIZES, strict=True)):
        alone = BOOKS[kind](dim, size=size, decay=shelf.decay, revive_below=shelf.revive_below)
        with torch.no_grad():
            alone.entries.copy_(shelf.entries[book, :size, :dim])
            alone.uses.copy_(shelf.uses[book, :size])
            if kind == "ema":
                alone.sums.copy_(shelf.sums[book, :size, :dim])
        alone.start.filled.fill_(len(alone.start.rows))
        books.append(alone)
    return books


@pytest.mark.parametrize("kind", BOOKS)
def test_a_shelf_does_what_separate_books_do(kind):
    shelf = settled(Shelf(DIMS, SIZES, decay=0.8, revive_below=0.0, update=kind))
    books = separate(shelf, kind)
    for _ in range(4):
        x = vectors()
        rounded, codes = shelf(padded(x))
        for place, book in enumerate(books):
            alone, chosen = book(x[place])
            assert torch.equal(codes[place], chosen)
            torch.testing.assert_close(rounded[place, :, : DIMS[place]], alone)
            assert rounded[place, :, DIMS[place] :].eq(0).all()
            size = SIZES[place]
            torch.testing.assert_close(shelf.uses[place, :size], book.uses)
            torch.testing.assert_close(shelf.entries[place, :size, : DIMS[place]], book.entries)


@pytest.mark.parametrize("kind", BOOKS)
def test_entries_of_every_book_start_in_the_clusters_of_the_data(kind):
    places = [10.0 * torch.eye(size, dim) for dim, size in zip((4, 3), (4, 3), strict=True)]
    shelf = Shelf([4, 3], [4, 3], update=kind)
    x = torch.zeros(2, 120, 4)
    x[0] = places[0].repeat(30, 1)
    x[1, :, :3] = places[1].repeat(40, 1)
    shelf(x + 0.01 * torch.randn(x.shape) * (x.abs().sum((0, 1)) > 0))
    for book, own in enumerate(places):
        near = torch.cdist(own, shelf.entries[book, : len(own), : own.shape[1]])
        assert near.min(1).values.max() < 0.1


def test_an_absent_entry_is_never_chosen_and_never_moves():
    shelf = settled(Shelf(DIMS, SIZES, revive_below=0.9))
    _, codes = shelf(padded(vectors(2000)))
    assert (codes.amax(1) < torch.tensor(SIZES)).all()
    assert shelf.uses[~shelf.there].eq(0).all()
    assert shelf.entries[~shelf.there].eq(0).all()


def test_look_up_gives_the_entries_that_were_rounded_to():
    shelf = settled(Shelf(DIMS, SIZES)).eval()
    rounded, codes = shelf(padded(vectors()))
    assert torch.equal(shelf.look_up(codes), rounded)


@pytest.mark.parametrize("kind", BOOKS)
def test_dead_entries_come_back_as_vectors_and_stay_there(kind):
    shelf = settled(Shelf(DIMS, SIZES, decay=0.5, revive_below=0.2, update=kind))
    with torch.no_grad():
        shelf.entries[0, 4:] = 1e3
        shelf.uses[0, 4:] = 0
        if kind == "ema":
            shelf.sums[0, 4:] = 0
    for _ in range(8):
        shelf(padded(vectors()))
        assert shelf.entries.abs().max() < 10


def test_an_entry_that_comes_back_is_the_vector_itself():
    shelf = Shelf([1], [2], decay=0.5, revive_below=0.0)
    for _ in range(4):
        shelf(torch.randn(1, 16, 1))
    shelf.condemned[0, 1] = True
    shelf(torch.full((1, 16, 1), 7.0))
    assert shelf.entries[0, 1].item() == 7.0
    torch.testing.assert_close(shelf.sums[0, 1, 0], 7.0 * shelf.uses[0, 1])
    assert not shelf.condemned.any()


def test_all_codes_of_all_books_are_used_evenly_after_a_while():
    shelf = Shelf([16, 8], [24, 12])
    narrow = torch.tensor([[1.0], [0.3]])[:, None] + torch.zeros(2, 1, 16)
    narrow[1, :, 8:] = 0
    for _ in range(60):
        shelf(torch.randn(2, 256, 16) * narrow + narrow)
    _, codes = shelf.eval()(torch.randn(2, 4096, 16) * narrow + narrow)
    for own, size in zip(codes, shelf.sizes, strict=True):
        share = torch.bincount(own, minlength=size) / len(own)
        assert (share > 0).all()
        assert math.exp(torch.special.entr(share).sum()) > 0.5 * size


@pytest.mark.parametrize("rows", [0, 2])
def test_few_vectors_are_no_harm(rows):
    shelf = Shelf(DIMS, SIZES)
    rounded, codes = shelf(padded(vectors(rows)))
    assert rounded.shape == (3, rows, 5)
    assert codes.shape == (3, rows)
    assert shelf.entries.isfinite().all()


def test_only_the_least_used_codes_are_condemned():
    shelf = Shelf([1, 1], [8, 4], revive_below=0.0)
    shelf.uses[0] = torch.tensor([1.0, 2, 0.1, 3, 0.2, 2, 1, 3])
    both = torch.tensor([True, True])
    assert shelf.condemn(both, percentile=50, below=0.5, most=1.0) == 2
    assert shelf.condemned.nonzero().tolist() == [[0, 2], [0, 4]]


@pytest.mark.parametrize(
    ("limits", "count"),
    [
        ({"percentile": 100, "below": 0.5, "most": 0.125}, 1),
        ({"percentile": 10, "below": 0.5, "most": 1.0}, 1),
        ({"percentile": 100, "below": 0.1, "most": 1.0}, 1),
        ({"percentile": 100, "below": 9.0, "most": 0.5}, 4),
        ({"percentile": 100, "below": 9.0, "most": 1.0}, 8),
    ],
)
def test_condemning_keeps_to_every_limit(limits, count):
    shelf = Shelf([1, 1], [8, 4])
    shelf.uses[0] = torch.tensor([1.0, 2, 0.1, 3, 0.2, 2, 1, 3])
    assert shelf.condemn(torch.tensor([True, False]), **limits) == count


def test_a_healthy_book_keeps_all_its_codes():
    shelf = Shelf([1], [10])
    assert shelf.condemn(torch.tensor([True]), percentile=10, below=0.5, most=0.25) == 0


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"sizes": []}, "books must be at least 1, got 0"),
        ({"sizes": [4, 0]}, "size must be at least 1, got 0"),
        ({"dims": [0, 2]}, "dim must be at least 1, got 0"),
        ({"decay": 1.0}, r"decay must be in \[0, 1\), got 1.0"),
        ({"revive_below": -1.0}, "revive_below must be at least 0, got -1.0"),
    ],
)
def test_a_shelf_that_cannot_be_is_refused(settings, problem):
    with pytest.raises(ValueError, match=problem):
        Shelf(**{"dims": [2, 2], "sizes": [4, 4]} | settings)
