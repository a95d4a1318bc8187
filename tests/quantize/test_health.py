import pytest
import torch

from latentloom.quantize.health import CodeUse, Health


def test_an_even_book_is_healthy():
    health = Health.of(torch.full((8,), 3))
    assert health == Health(utilisation=1.0, perplexity=8.0, evenness=1.0, top_share=0.125)


def test_a_collapsed_book_is_not():
    health = Health.of(torch.tensor([9, 0, 0, 0]))
    assert health == Health(utilisation=0.25, perplexity=1.0, evenness=0.25, top_share=1.0)


def test_perplexity_by_hand():
    health = Health.of(torch.tensor([2, 1, 1]))
    assert health.perplexity == pytest.approx(2**1.5)


def test_uses_add_up_over_an_epoch_without_padding():
    use = CodeUse([3, 2])
    codes = torch.tensor([[[0, 1], [2, 0]], [[2, 1], [1, 1]]])
    use.add(codes)
    use.add(codes, torch.tensor([[True, False], [True, True]]))
    assert [counts.tolist() for counts in use.counts] == [[2, 2, 3], [1, 6]]


def test_codes_of_other_books_are_refused():
    with pytest.raises(ValueError, match="codes must come from 2 books, got 1"):
        CodeUse([3, 2]).add(torch.zeros(1, 4, 1, dtype=torch.long))


def test_an_unused_book_has_no_health():
    with pytest.raises(ValueError, match="at least one use, got none"):
        Health.of(torch.zeros(4, dtype=torch.long))
