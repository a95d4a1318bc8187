from functools import partial

import pytest
import torch

from latentloom.nn.own_time import OwnTimePooling
from latentloom.nn.pooling import (
    AttentionPooling,
    HybridPooling,
    LinearPooling,
    greatest_step,
    last_step,
    mean_step,
)

POOLINGS = {
    "last": partial(LinearPooling, one=last_step),
    "mean": partial(LinearPooling, one=mean_step),
    "attention": AttentionPooling,
    "hybrid": HybridPooling,
    "own time": partial(OwnTimePooling, points=5, hidden=6, layers=1),
}

X = torch.tensor([[[1.0, -1.0], [3.0, -5.0], [8.0, 2.0]], [[4.0, -9.0], [0.0, 0.0], [7.0, 7.0]]])
REAL = torch.arange(3) < torch.tensor([2, 1])[:, None]


def test_last_mean_and_greatest_by_hand():
    assert last_step(X, REAL).tolist() == [[3, -5], [4, -9]]
    assert mean_step(X, REAL).tolist() == [[2, -3], [4, -9]]
    assert greatest_step(X, REAL).tolist() == [[3, -1], [4, -9]]
    assert last_step(X, None).tolist() == [[8, 2], [7, 7]]
    assert greatest_step(X, None).tolist() == [[8, 2], [7, 7]]


def test_attention_without_preference_is_the_mean():
    pooling = AttentionPooling(2, 2).eval()
    pooling.score[-1].weight.data.zero_()
    torch.testing.assert_close(pooling(X, REAL), pooling.project(mean_step(X, REAL)))


def test_attention_can_look_at_one_step_alone():
    pooling = AttentionPooling(2, 2).eval()
    pooling.score[0].weight.data = torch.tensor([[1.0, 0.0]])
    pooling.score[0].bias.data = torch.tensor([-2.0])
    pooling.score[-1].weight.data.fill_(1e4)
    torch.testing.assert_close(pooling(X, REAL)[0], pooling.project(X[0, 1]))


@pytest.mark.parametrize("name", POOLINGS)
def test_more_padding_changes_nothing(name):
    pooling = POOLINGS[name](2, 3).eval()
    longer = torch.cat((X, torch.full((2, 4, 2), 99.0)), 1)
    real = torch.cat((REAL, torch.zeros(2, 4, dtype=torch.bool)), 1)
    torch.testing.assert_close(pooling(longer, real), pooling(X, REAL))


@pytest.mark.parametrize("name", POOLINGS)
def test_every_real_step_that_counts_gets_a_gradient(name):
    x = torch.randn(1, 5, 4, requires_grad=True)
    POOLINGS[name](4, 3)(x).square().sum().backward()
    moved = x.grad.abs().sum(-1)[0].ne(0)
    assert moved[-1]
    assert moved.all() == (name != "last")
