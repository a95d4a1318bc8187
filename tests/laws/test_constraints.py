"""Laws of every constraint."""

import pytest
import torch

from latentloom.core.batch import Context
from latentloom.representations.constraints import FluxSwing, ZeroMean

CONSTRAINTS = [ZeroMean(), FluxSwing("circular", swing=1.5)]


def name(constraint):
    return type(constraint).__name__


def signals():
    return torch.randn(4, 32, 2, dtype=torch.double)


CONTEXT = Context(size=4, steps=32)


@pytest.mark.parametrize("constraint", CONSTRAINTS, ids=name)
def test_what_obeys_is_left_as_it_is(constraint):
    once = constraint(signals(), CONTEXT)
    assert torch.allclose(constraint(once, CONTEXT), once)


@pytest.mark.parametrize("constraint", CONSTRAINTS, ids=name)
def test_rolls_and_signs_pass_through(constraint):
    values = signals()
    made = constraint(values, CONTEXT)
    assert torch.allclose(constraint(values.roll(5, 1), CONTEXT), made.roll(5, 1))
    assert torch.allclose(constraint(-values, CONTEXT), -made)


@pytest.mark.parametrize("constraint", CONSTRAINTS, ids=name)
def test_gradients_pass(constraint):
    values = signals().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: constraint(x, CONTEXT), values)


def test_the_mean_is_that_of_real_steps_and_padding_stays_zero():
    context = Context(size=4, steps=32, lengths=torch.tensor([32, 20, 8, 1]))
    made = ZeroMean()(signals(), context)
    assert made.sum(1).abs().max() < 1e-12
    assert made[~context.mask].abs().max() == 0


def test_the_flux_swings_as_told():
    flux = FluxSwing("circular", swing=1.5)(signals(), CONTEXT).cumsum(1) / 32
    assert torch.allclose(flux.amax(1) - flux.amin(1), torch.tensor(1.5, dtype=torch.double))


def test_a_signal_that_is_constant_stays_finite():
    assert FluxSwing("circular")(torch.ones(1, 8, 1), Context(size=1, steps=8)).isfinite().all()


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="swing must be positive, got 0"):
        FluxSwing("circular", swing=0)
    with pytest.raises(ValueError, match="flux_swing is for signals of one period"):
        FluxSwing("zeros")
