"""Laws of every encoder."""

import pytest
import torch

from latentloom.core.batch import Batch

from .kinds_representations import ENCODERS, ORDERED, PADDINGS, STEPWISE, awake, make_batch, rolled

LENGTHS = torch.tensor([32, 24, 9, 1])


@pytest.fixture(params=ENCODERS)
def kind(request):
    return ENCODERS[request.param]


@pytest.fixture(params=PADDINGS)
def encoder(request, kind):
    return awake(kind(request.param)).eval()


def test_width_and_stride_are_what_they_say(encoder):
    assert encoder(make_batch()).shape == (4, 32 // encoder.stride, encoder.width)


def test_a_line_may_end_inside_a_stride(kind):
    encoder = kind("zeros")
    assert encoder(make_batch(steps=33)).shape[1] == -(-33 // encoder.stride)


@pytest.mark.parametrize("name", [name for name in ENCODERS if name not in STEPWISE])
def test_a_circle_must_divide_into_strides(name):
    with pytest.raises(ValueError, match=r"must be a multiple of \d, got 33"):
        ENCODERS[name]("circular")(make_batch(steps=33))


def test_padding_does_not_leak(encoder):
    batch = make_batch(lengths=LENGTHS)
    gone = ~batch.context.mask[..., None]
    other = Batch.of(
        batch.values.masked_fill(gone, 99.0),
        lengths=LENGTHS,
        drive=batch.context.drive.masked_fill(gone, -99.0),
        condition=batch.context.condition,
    )
    assert torch.equal(encoder(batch), encoder(other))


def test_padding_is_as_good_as_absent(kind):
    encoder = awake(kind("zeros")).eval()
    batch = make_batch(lengths=torch.full((4,), 16))
    short = Batch.of(
        batch.values[:, :16],
        drive=batch.context.drive[:, :16],
        condition=batch.context.condition,
    )
    steps = 16 // encoder.stride
    torch.testing.assert_close(encoder(batch)[:, :steps], encoder(short), atol=1e-5, rtol=1e-4)


def test_padding_is_zero(encoder):
    features = encoder(make_batch(lengths=LENGTHS))
    assert features[3, 1:].eq(0).all()
    assert features[3, 0].ne(0).any()


def test_every_parameter_gets_a_gradient(encoder):
    encoder(make_batch()).square().mul(torch.rand(encoder.width)).sum().backward()
    assert not [n for n, p in encoder.named_parameters() if p.grad is None or not p.grad.any()]


def test_batch_order_commutes(encoder):
    batch = make_batch()
    order = torch.tensor([2, 0, 3, 1])
    other = Batch.of(
        batch.values[order],
        drive=batch.context.drive[order],
        condition=batch.context.condition[order],
    )
    torch.testing.assert_close(encoder(batch)[order], encoder(other), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("name", [name for name in ENCODERS if name not in ORDERED])
def test_rolling_by_a_stride_rolls_the_features_by_a_step(name):
    encoder = awake(ENCODERS[name]("circular")).double().eval()
    batch = make_batch()
    batch = Batch.of(
        batch.values.double(),
        drive=batch.context.drive.double(),
        condition=batch.context.condition.double(),
    )
    shift = 3 * encoder.stride
    other = Batch(values=batch.values.roll(shift, 1), context=rolled(batch.context, shift))
    torch.testing.assert_close(encoder(other), encoder(batch).roll(3, 1), atol=1e-6, rtol=1e-5)


def test_a_second_call_gives_the_same(encoder):
    batch = make_batch()
    assert torch.equal(encoder(batch), encoder(batch))
