import math

import pytest
import torch

from latentloom.quantize.clusters import Start, centres, far_apart, totals
from latentloom.quantize.codebook import Codebook, LearnedCodebook, misfits
from latentloom.quantize.search import nearest, pass_through

BOOKS = [Codebook, LearnedCodebook]


def settled(book, x):
    """The book after its first vectors, which fill what it starts from."""
    for _ in range(20):
        book(x)
    return book


@pytest.mark.parametrize("book", BOOKS)
def test_entries_are_their_own_nearest(book):
    book = book(4, size=16).eval()
    rounded, codes = book(book.entries)
    assert torch.equal(codes, torch.arange(16))
    assert torch.equal(rounded, book.entries)


@pytest.mark.parametrize("book", BOOKS)
def test_rounding_twice_is_rounding_once(book):
    book = settled(book(4, size=8), torch.randn(64, 4)).eval()
    rounded, codes = book(torch.randn(50, 4))
    again, codes_again = book(rounded)
    assert torch.equal(rounded, again)
    assert torch.equal(codes, codes_again)


def test_nearest_is_what_all_distances_say():
    x, entries = torch.randn(3, 50, 4), torch.randn(3, 20, 4)
    expected = torch.cdist(x, entries).argmin(-1)
    assert torch.equal(nearest(x, entries), expected)
    assert torch.equal(nearest(x[1], entries[1]), expected[1])


def test_averages_agree_with_one_hot_ones():
    book, x = Codebook(4, size=8, decay=0.9, revive_below=0.0), torch.randn(80, 4)
    settled(book, x)
    uses, sums = book.uses.clone(), book.sums.clone()
    for _ in range(3):
        x = torch.randn(80, 4)
        _, codes = book(x)
        chosen = torch.nn.functional.one_hot(codes, 8).float()
        uses = 0.9 * uses + 0.1 * chosen.sum(0)
        sums = 0.9 * sums + 0.1 * chosen.T @ x
        smoothed = (uses + 1e-5) / (uses.sum() + 8e-5) * uses.sum()
        torch.testing.assert_close(book.uses, uses)
        torch.testing.assert_close(book.entries, sums / smoothed[:, None])


def test_a_moving_average_by_hand():
    book = Codebook(1, size=1, decay=0.5, revive_below=0.0)
    settled(book, torch.tensor([[2.0]]))
    book(torch.tensor([[4.0]]))
    assert book.entries.item() == pytest.approx(3.0)


@pytest.mark.parametrize("book", BOOKS)
def test_entries_start_in_the_clusters_of_the_data(book):
    places = 10.0 * torch.eye(4)
    x = places.repeat(20, 1) + 0.01 * torch.randn(80, 4)
    book = book(4, size=4)
    book(x)
    assert torch.cdist(places, book.entries).min(1).values.max() < 0.1


@pytest.mark.parametrize("book", BOOKS)
def test_dead_entries_come_back_where_vectors_are(book):
    book = settled(book(2, size=4, decay=0.5, revive_below=0.2), torch.randn(64, 2))
    with torch.no_grad():
        book.entries[2:] = 1e3
    for _ in range(8):
        book(torch.randn(64, 2))
    assert book.entries.abs().max() < 10


@pytest.mark.parametrize("book", BOOKS)
def test_without_revival_dead_entries_stay(book):
    book = settled(book(2, size=4, decay=0.5, revive_below=0.0), torch.randn(64, 2))
    with torch.no_grad():
        book.entries[2:] = 1e3
        if book.__class__ is Codebook:
            book.sums[2:] = 1e3 * book.uses[2:, None]
    book(torch.randn(64, 2))
    assert book.entries[2:].min() > 100


def test_all_codes_are_used_after_a_while():
    book = Codebook(2, size=32)
    for _ in range(60):
        book(torch.randn(256, 2) * torch.tensor([1.0, 0.1]) + 3.0)
    _, codes = book.eval()(torch.randn(4096, 2) * torch.tensor([1.0, 0.1]) + 3.0)
    counts = torch.bincount(codes, minlength=32)
    share = counts[counts > 0] / counts.sum()
    assert (counts > 0).all()
    assert math.exp(-(share * share.log()).sum()) > 16


def test_no_vectors_are_no_harm():
    rounded, codes = Codebook(2, size=4)(torch.zeros(0, 2))
    assert rounded.shape == (0, 2)
    assert codes.shape == (0,)


def test_fewer_vectors_than_entries_are_no_harm():
    book = Codebook(2, size=8)
    book(torch.randn(3, 2))
    assert book.entries.isfinite().all()


def test_equal_vectors_are_no_harm():
    book = Codebook(2, size=8)
    for _ in range(3):
        book(torch.ones(30, 2))
    nearest_entry = book.entries[book.nearest(torch.ones(1, 2))]
    torch.testing.assert_close(nearest_entry, torch.ones(1, 2), atol=1e-4, rtol=0)


def test_a_start_takes_what_it_needs():
    start = Start(2, 10)
    assert start.add(torch.randn(6, 2)).shape == (6, 2)
    assert not start.done
    assert start.add(torch.randn(6, 2)).shape == (10, 2)
    assert start.done


def test_shares_of_clusters_sum_to_one():
    _, shares = centres(torch.randn(100, 3), 7)
    assert shares.sum().item() == pytest.approx(1.0)


def test_vectors_far_apart_are_all_different_while_there_are_any():
    picked = far_apart(torch.arange(6.0)[:, None], 6)
    assert picked.flatten().sort().values.tolist() == [0, 1, 2, 3, 4, 5]


def test_totals_leave_unused_codes_empty():
    counts, sums = totals(torch.ones(2, 3), torch.tensor([2, 2]), 4)
    assert counts.tolist() == [0, 0, 2, 0]
    assert sums[2].tolist() == [2, 2, 2]


def test_misfits_are_the_vectors_that_fit_badly():
    x = torch.tensor([[0.0], [0.0], [5.0]])
    picked = misfits(x, torch.zeros(3, 1), 200)
    assert (picked == 5.0).float().mean() > 0.95


def test_what_passes_through_is_exactly_the_rounded():
    x = torch.randn(5, 2, requires_grad=True)
    rounded = pass_through(torch.full((5, 2), 0.1), x)
    assert torch.equal(rounded, torch.full((5, 2), 0.1))


def test_an_impossible_decay_is_refused():
    with pytest.raises(ValueError, match=r"decay must be in \[0, 1\), got 1.0"):
        Codebook(2, size=4, decay=1.0)


def test_an_empty_book_is_refused():
    with pytest.raises(ValueError, match="size of a codebook must be at least 1, got 0"):
        LearnedCodebook(2, size=0)
