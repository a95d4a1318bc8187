"""Channels of a span that share a shift and a scale."""

import pytest
import torch

from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.transforms import MedianDeviation, MinMax, Robust, Standard

NAMES = ("x", "y", "rotation")
PLACE = {"xy": 2, "rot": 1}
KINDS = [Standard, Robust, MedianDeviation, MinMax]


def sets(spans, lengths=None):
    values = torch.tensor([0.0, 10.0, -3.0]) + torch.tensor([1.0, 4.0, 9.0]) * torch.randn(
        30, 6, 3
    )
    schema = Schema(series=tuple(Quantity(name) for name in NAMES), spans=spans)
    return Dataset(schema=schema, series=values, lengths=lengths)


def fitted(transform, dataset):
    transform.fit(dataset)
    return transform


@pytest.mark.parametrize("kind", KINDS)
def test_channels_of_a_span_share_a_shift_and_a_scale(kind):
    first, second, alone = (
        fitted(kind(arrays=["series"], per="span"), sets(PLACE)).state()["series"].unbind(1)
    )
    assert torch.equal(first, second)
    assert not torch.isclose(first, alone).any()


@pytest.mark.parametrize("kind", KINDS)
def test_a_span_of_one_channel_is_scaled_by_itself(kind):
    every = sets(PLACE)
    shared = fitted(kind(arrays=["series"], per="span"), every).apply(every).series
    own = fitted(kind(arrays=["series"]), every).apply(every).series
    assert torch.equal(shared[..., 2], own[..., 2])
    assert not torch.allclose(shared[..., :2], own[..., :2])


def test_a_span_has_unit_spread_as_a_whole():
    every = sets(PLACE)
    made = fitted(Standard(arrays=["series"], per="span"), every).apply(every).series[..., :2]
    torch.testing.assert_close(made.mean(), torch.tensor(0.0), atol=1e-5, rtol=0)
    torch.testing.assert_close(made.std(correction=0), torch.tensor(1.0))


def test_differences_inside_a_span_keep_their_proportion():
    every = sets(PLACE)
    made = fitted(Standard(arrays=["series"], per="span"), every).apply(every).series
    gap = every.series[..., 0] - every.series[..., 1]
    ratio = (made[..., 0] - made[..., 1]) / gap
    torch.testing.assert_close(ratio, ratio[:1, :1].expand_as(ratio))


def test_channels_that_are_not_told_apart_are_one_span():
    state = fitted(Standard(arrays=["series"], per="span"), sets({})).state()["series"]
    assert torch.equal(state, state[:, :1].expand(-1, 3))


def test_padding_is_in_no_span():
    short = torch.full((30,), 3)
    every = sets(PLACE, lengths=short)
    state = fitted(Standard(arrays=["series"], per="span"), every).state()
    cut = Dataset(schema=every.schema, series=every.series[:, :3])
    other = fitted(Standard(arrays=["series"], per="span"), cut).state()
    torch.testing.assert_close(state["series"], other["series"])
