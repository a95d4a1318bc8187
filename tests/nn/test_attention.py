import pytest
import torch

from latentloom.nn.attention import Attention, Block, Cache


def test_the_future_has_no_gradient():
    x = torch.randn(1, 6, 8, requires_grad=True)
    Block(8, 2)(x, causal=True)[0, 2].sum().backward()
    assert x.grad[0, :3].abs().sum(-1).all()
    assert x.grad[0, 3:].eq(0).all()


def test_a_cache_fed_in_pieces_equals_one_pass():
    block, cache, x = Block(8, 2), Cache(6), torch.randn(2, 6, 8)
    pieces = [block(part, causal=True, cache=cache) for part in x.split([3, 1, 2], 1)]
    torch.testing.assert_close(torch.cat(pieces, 1), block(x, causal=True))


def test_a_reordered_cache_continues_the_rows_that_were_kept():
    attention, cache, x = Attention(8, 2), Cache(3), torch.randn(2, 3, 8)
    attention(x[:, :2], causal=True, cache=cache)
    cache.reorder(torch.tensor([1, 1, 0]))
    rows = x[[1, 1, 0]]
    made = attention(rows[:, 2:], causal=True, cache=cache)
    torch.testing.assert_close(made, attention(rows, causal=True)[:, 2:])


def test_steps_that_may_not_be_read_are_not():
    attention, x = Attention(8, 2), torch.randn(2, 6, 8)
    mask = torch.arange(6) < torch.tensor([6, 4])[:, None]
    other = x.masked_fill(~mask[..., None], 9.0)
    torch.testing.assert_close(attention(x, mask=mask)[1, :4], attention(other[1:, :4])[0])
    causal = attention(x, mask=mask, causal=True)
    torch.testing.assert_close(causal[1, :4], attention(x[1:, :4], causal=True)[0])


def test_only_distance_matters_on_a_line():
    attention, pair = Attention(8, 2), torch.randn(1, 2, 2, 3, 4)

    def products(start):
        turned = attention._turn(pair, start)
        return turned[:, 0] @ turned[:, 1].mT

    torch.testing.assert_close(products(0), products(5))


def test_a_roll_round_the_circle_commutes():
    attention, x = Attention(8, 2, around="circle"), torch.randn(2, 7, 8)
    torch.testing.assert_close(attention(x.roll(2, 1)), attention(x).roll(2, 1))


def test_a_circle_knows_distances():
    attention, x = Attention(8, 2, around="circle"), torch.randn(1, 6, 8)
    swapped = x[:, [0, 2, 1, 3, 4, 5]]
    assert not torch.allclose(attention(x)[0, 0], attention(swapped)[0, 0], atol=1e-4)


def test_widths_that_heads_cannot_share_are_refused():
    with pytest.raises(ValueError, match="width must be a multiple of 2 x 3 heads, got 8"):
        Attention(8, 3)


def test_a_full_cache_is_refused():
    attention, cache = Attention(8, 2), Cache(2)
    with pytest.raises(ValueError, match="a cache of 2 steps cannot hold 3"):
        attention(torch.randn(1, 3, 8), causal=True, cache=cache)


def test_a_cache_without_causality_is_refused():
    with pytest.raises(ValueError, match="a cache needs causal attention on a line"):
        Attention(8, 2)(torch.randn(1, 1, 8), cache=Cache(2))
