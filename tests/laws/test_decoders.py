"""Laws of every decoder."""

import pytest
import torch

from latentloom.core.batch import Context

from .kinds_representations import DECODERS, ORDERED, PADDINGS, awake, make_batch, rolled

LENGTHS = torch.tensor([32, 24, 9, 1])


@pytest.fixture(params=DECODERS)
def kind(request):
    return DECODERS[request.param]


@pytest.fixture(params=PADDINGS)
def decoder(request, kind):
    return awake(kind(request.param)).eval()


def latents(decoder, steps=32):
    return torch.randn(4, -(-steps // decoder.stride), 5)


def test_a_signal_is_as_long_as_its_context(decoder):
    assert decoder(latents(decoder), make_batch().context).shape == (4, 32, 2)


def test_a_line_may_end_inside_a_stride(kind):
    decoder = kind("zeros")
    context = make_batch(steps=33).context
    assert decoder(latents(decoder, steps=33), context).shape == (4, 33, 2)


def test_padding_does_not_leak(decoder):
    context = make_batch(lengths=LENGTHS).context
    z = latents(decoder)
    real = context.mask[:, :: decoder.stride, None]
    other = Context(
        size=4,
        steps=32,
        lengths=LENGTHS,
        drive=context.drive.masked_fill(~context.mask[..., None], 99.0),
        condition=context.condition,
    )
    noisy = z.masked_fill(~real, 99.0)
    torch.testing.assert_close(decoder(z, context), decoder(noisy, other), atol=0, rtol=0)


def test_padding_is_zero(decoder):
    made = decoder(latents(decoder), make_batch(lengths=LENGTHS).context)
    assert made[2, 9:].eq(0).all()


def test_every_parameter_gets_a_gradient(decoder):
    decoder(latents(decoder), make_batch().context).square().sum().backward()
    assert not [n for n, p in decoder.named_parameters() if p.grad is None or not p.grad.any()]


@pytest.mark.parametrize("name", [name for name in DECODERS if name not in ORDERED])
def test_rolling_by_a_step_rolls_the_signal_by_a_stride(name):
    decoder = awake(DECODERS[name]("circular")).eval()
    context, z = make_batch().context, latents(decoder)
    other = decoder(z.roll(3, 1), rolled(context, 3 * decoder.stride))
    expected = decoder(z, context).roll(3 * decoder.stride, 1)
    torch.testing.assert_close(other, expected, atol=1e-5, rtol=1e-4)


def test_batch_order_commutes(decoder):
    context, z = make_batch().context, latents(decoder)
    flipped = Context(
        size=4, steps=32, drive=context.drive.flip(0), condition=context.condition.flip(0)
    )
    made = decoder(z, context).flip(0)
    torch.testing.assert_close(decoder(z.flip(0), flipped), made, atol=1e-5, rtol=1e-4)
