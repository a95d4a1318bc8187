"""Norms over a batch: only real steps count."""

import pytest
import torch
from torch import nn

from latentloom.nn.batch_norm import BatchNorm, ConvUnit, DenseUnit, ResidualUnit

REAL = torch.arange(6) < torch.tensor([6, 4, 1])[:, None]
UNITS = {
    "conv": lambda: ConvUnit(4, 5, 3, padding="zeros", dropout=0.2),
    "residual": lambda: ResidualUnit(4, 5, 3, padding="zeros", dropout=0.2),
    "residual, equal widths": lambda: ResidualUnit(4, 4, 3, padding="zeros"),
    "dense": lambda: DenseUnit(4, 5),
}


def steps():
    return torch.randn(3, 6, 4).masked_fill(~REAL[..., None], 0.0)


def test_real_steps_have_no_mean_and_unit_variance():
    made = BatchNorm(4)(3 + 5 * steps(), REAL)[REAL]
    torch.testing.assert_close(made.mean(0), torch.zeros(4), atol=1e-6, rtol=0)
    torch.testing.assert_close(made.std(0, correction=0), torch.ones(4), atol=1e-3, rtol=0)


def test_without_padding_it_is_the_norm_of_torch():
    ours, theirs, x = BatchNorm(4), nn.BatchNorm1d(4), torch.randn(3, 6, 4)
    torch.testing.assert_close(ours(x), theirs(x.mT).mT)
    torch.testing.assert_close(ours.norm.running_var, theirs.running_var)
    torch.testing.assert_close(ours.eval()(x), theirs.eval()(x.mT).mT)


def test_padding_is_in_no_statistic():
    one, other, x = BatchNorm(4), BatchNorm(4), steps()
    one(x, REAL)
    other(x.masked_fill(~REAL[..., None], 99.0), REAL)
    assert torch.equal(one.norm.running_mean, other.norm.running_mean)
    assert torch.equal(one.norm.running_var, other.norm.running_var)


def test_a_batch_of_one_step_is_normalised_by_what_is_known():
    made = BatchNorm(4)
    for _ in range(3):
        made(torch.randn(8, 2, 4))
    lonely = torch.randn(1, 1, 4)
    before = made.norm.running_mean.clone()
    told = made(lonely)
    assert torch.equal(made.norm.running_mean, before)
    torch.testing.assert_close(told, made.eval()(lonely))


@pytest.mark.parametrize("kind", UNITS)
def test_padding_is_zero_in_and_out(kind):
    unit = UNITS[kind]()
    assert unit(steps(), REAL)[~REAL].eq(0).all()


@pytest.mark.parametrize("kind", UNITS)
def test_a_unit_without_padding_is_as_if_no_mask_was_given(kind):
    unit, x = UNITS[kind]().eval(), torch.randn(3, 6, 4)
    torch.testing.assert_close(unit(x, torch.ones(3, 6, dtype=torch.bool)), unit(x))


def test_the_short_way_is_there_when_the_others_are_silent():
    unit = ResidualUnit(4, 4, 3, padding="zeros").eval()
    nn.init.zeros_(unit.norm.norm.weight)
    x = torch.randn(2, 6, 4)
    torch.testing.assert_close(unit(x), nn.functional.elu(x))
