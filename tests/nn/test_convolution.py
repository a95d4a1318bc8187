import pytest
import torch
import torch.nn.functional as F

from latentloom.nn.convolution import Conv1d, Down, Residual, Stack, Up, folded, unfolded, wrapped


@pytest.mark.parametrize(("kernel", "dilation"), [(1, 1), (3, 1), (5, 2)])
@pytest.mark.parametrize("padding", ["circular", "zeros"])
def test_it_is_the_convolution_of_the_books(padding, kernel, dilation):
    conv = Conv1d(2, 3, kernel, padding=padding, dilation=dilation)
    x, margin = torch.randn(2, 12, 2), dilation * (kernel // 2)
    mode = "circular" if padding == "circular" else "constant"
    padded = F.pad(x.mT, (margin, margin), mode=mode)
    weight, bias = conv.conv.weight[:, :, 0], conv.conv.bias
    expected = F.conv1d(padded, weight, bias, dilation=dilation).mT
    torch.testing.assert_close(conv(x), expected)


def test_a_margin_may_be_wider_than_the_circle():
    x = torch.arange(3.0)[None, :, None]
    assert wrapped(x, 4).flatten().tolist() == [2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0]


def test_unfolding_undoes_folding():
    x = torch.randn(2, 12, 3)
    assert torch.equal(unfolded(folded(x, 4, "circular"), 4), x)


@pytest.mark.parametrize("kernel", [1, 3])
def test_strides_commute_with_rolls(kernel):
    down = Down(2, 3, 4, padding="circular", kernel=kernel)
    up = Up(3, 2, 4, padding="circular", kernel=kernel)
    x = torch.randn(2, 16, 2)
    y = down(x)
    torch.testing.assert_close(down(x.roll(4, 1)), y.roll(1, 1))
    torch.testing.assert_close(up(y.roll(1, 1)), up(y).roll(4, 1))


def test_a_stack_looks_farther_with_every_block():
    stack = Stack(4, blocks=3, kernel=3, padding="zeros")
    x = torch.randn(1, 31, 4, requires_grad=True)
    stack(x)[0, 15].sum().backward()
    seen = x.grad[0].abs().sum(-1).nonzero().flatten()
    assert (seen.min().item(), seen.max().item()) == (15 - 7, 15 + 7)


def test_a_film_starts_as_the_identity():
    block, x = Residual(4, 3, padding="zeros", known=5), torch.randn(2, 8, 4)
    assert torch.equal(block(x, known=torch.randn(2, 5)), block(x))


def test_even_kernels_are_refused():
    with pytest.raises(ValueError, match="kernel must be odd, got 4"):
        Conv1d(1, 1, 4, padding="zeros")


def test_circles_of_broken_strides_are_refused():
    with pytest.raises(ValueError, match="must be a multiple of 4, got 10; resample"):
        folded(torch.zeros(1, 10, 1), 4, "circular")
