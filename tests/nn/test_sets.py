"""Attention between sets."""

import pytest
import torch

from latentloom.nn.sets import Induced, Pooling, Reader

REAL = torch.arange(6) < torch.tensor([6, 4, 1])[:, None]
ORDER = torch.tensor([3, 0, 5, 1, 4, 2])


def test_a_query_reads_a_set_in_any_order():
    reader, queries, elements = Reader(8, 2), torch.randn(3, 2, 8), torch.randn(3, 6, 8)
    torch.testing.assert_close(
        reader(queries, elements[:, ORDER], REAL[:, ORDER]), reader(queries, elements, REAL)
    )


def test_what_is_not_real_is_not_read():
    reader, queries, elements = Reader(8, 2), torch.randn(3, 2, 8), torch.randn(3, 6, 8)
    noisy = elements.masked_fill(~REAL[..., None], 99.0)
    torch.testing.assert_close(reader(queries, noisy, REAL), reader(queries, elements, REAL))
    torch.testing.assert_close(
        reader(queries[2:], elements[2:, :1]), reader(queries, elements, REAL)[2:]
    )


def test_an_empty_set_gives_finite_numbers():
    none = torch.zeros(3, 6, dtype=torch.bool)
    reader, elements = Reader(8, 2), torch.randn(3, 6, 8, requires_grad=True)
    made = reader(torch.randn(3, 2, 8), elements, none)
    made.sum().backward()
    assert made.isfinite().all()
    assert elements.grad.isfinite().all()


def test_reading_is_attention_by_its_formula():
    reader, queries, elements = Reader(8, 2), torch.randn(1, 2, 8), torch.randn(1, 6, 8)
    asked = reader.ask(reader.before_asking(queries))
    key, value = reader.read(reader.before_reading(elements)).chunk(2, -1)
    heads = [
        (asked[..., own] @ key[..., own].mT / 2).softmax(-1) @ value[..., own]
        for own in (slice(0, 4), slice(4, 8))
    ]
    middle = queries + reader.write(torch.cat(heads, -1))
    wanted = middle + reader.network(reader.before_network(middle))
    torch.testing.assert_close(reader(queries, elements), wanted)


def test_elements_keep_their_order_while_they_read_each_other():
    layer, elements = Induced(8, 2, points=3), torch.randn(3, 6, 8)
    made = layer(elements, REAL)
    torch.testing.assert_close(layer(elements[:, ORDER], REAL[:, ORDER]), made[:, ORDER])


def test_a_pool_is_as_large_as_its_seeds_for_any_set():
    pool = Pooling(8, 2, seeds=3)
    assert pool(torch.randn(2, 5, 8)).shape == pool(torch.randn(2, 50, 8)).shape == (2, 3, 8)


def test_heads_must_fit():
    with pytest.raises(ValueError, match="width must be a multiple of 3 heads, got 8"):
        Reader(8, 3)
