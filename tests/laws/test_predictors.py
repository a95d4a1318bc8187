"""Laws of every predictor."""

from dataclasses import replace

import pytest
import torch

from .kinds_representations import (
    ON_THE_WAY,
    PADDINGS,
    PERIODIC,
    PREDICTORS,
    awake,
    make_batch,
    rolled,
)

MADE = {
    **{f"{name}, {p}": (make, (p,)) for name, make in PREDICTORS.items() for p in PADDINGS},
    **{name: (make, ()) for name, make in PERIODIC.items()},
    **{f"{name}, zeros": (make, ("zeros",)) for name, make in ON_THE_WAY.items()},
}


@pytest.fixture(params=MADE)
def predictor(request):
    make, given = MADE[request.param]
    return awake(make(*given)).eval()


@pytest.fixture(params=[name for name in MADE if "zeros" not in name])
def periodic(request):
    make, given = MADE[request.param]
    return awake(make(*given)).eval()


@pytest.fixture(params=[name for name in MADE if "zeros" in name])
def on_a_line(request):
    make, given = MADE[request.param]
    return awake(make(*given)).eval()


def test_a_signal_is_as_long_as_its_context(predictor):
    assert predictor(make_batch().context).shape == (4, 32, 2)


def test_padding_does_not_leak(on_a_line):
    lengths = torch.tensor([33, 24, 9, 1])
    context = make_batch(steps=33, lengths=lengths).context
    gone = ~context.mask[..., None]
    other = replace(context, drive=context.drive.masked_fill(gone, 99.0))
    made = on_a_line(context)
    assert torch.equal(made, on_a_line(other))
    assert made.masked_select(gone).eq(0).all()


def test_every_parameter_gets_a_gradient(predictor):
    predictor.train()(make_batch().context).square().mul(torch.rand(32, 1)).sum().backward()
    assert not [n for n, p in predictor.named_parameters() if p.grad is None or not p.grad.any()]


def test_rolling_the_drive_by_whole_folds_rolls_the_signal(periodic):
    context = make_batch().context
    made = periodic(rolled(context, 8))
    torch.testing.assert_close(made, periodic(context).roll(8, 1), atol=1e-5, rtol=1e-4)


def test_batch_order_commutes(predictor):
    context = make_batch().context
    flipped = replace(context, drive=context.drive.flip(0), condition=context.condition.flip(0))
    made = predictor(context).flip(0)
    torch.testing.assert_close(predictor(flipped), made, atol=1e-5, rtol=1e-4)
