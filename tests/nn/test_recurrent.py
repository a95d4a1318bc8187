import contextlib

import pytest
import torch

from latentloom.nn.recurrent import Recurrent, plain_kernels

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


def test_padding_does_not_leak_backwards():
    model, x = Recurrent(2, 6, directions="both"), torch.randn(2, 7, 2)
    alone = model(x[1:, :4])
    together = model(x, torch.tensor([7, 4]))
    torch.testing.assert_close(together[1, :4], alone[0])


def test_both_directions_see_both_ends():
    x = torch.randn(1, 5, 2, requires_grad=True)
    Recurrent(2, 6, directions="both")(x)[0, 2].sum().backward()
    assert x.grad[0].abs().sum(-1).all()


def test_one_direction_sees_no_future():
    x = torch.randn(1, 5, 2, requires_grad=True)
    Recurrent(2, 6)(x)[0, 2].sum().backward()
    assert x.grad[0, 3:].eq(0).all()


def test_an_odd_width_cannot_be_shared():
    with pytest.raises(ValueError, match="width must be even for both directions, got 5"):
        Recurrent(2, 5, directions="both")


@pytest.mark.parametrize("device", DEVICES)
def test_a_frozen_memory_hands_gradients_on(device):
    """Which cuDNN alone does not."""
    model = Recurrent(2, 6, directions="both").to(device).eval().requires_grad_(False)
    x = torch.randn(1, 5, 2, device=device, requires_grad=True)
    model(x).sum().backward()
    assert x.grad.abs().sum(-1).all()


def test_plain_kernels_are_for_a_while():
    before = torch.backends.cudnn.enabled
    with plain_kernels():
        assert not torch.backends.cudnn.enabled
    with contextlib.suppress(KeyError), plain_kernels():
        raise KeyError
    assert torch.backends.cudnn.enabled is before
