import numpy as np
import pytest
import torch

from latentloom.nn.gated import Recurrence
from latentloom.nn.stacked import (
    StackedConv1d,
    StackedGru,
    StackedLinear,
    glorot,
    last,
    sources,
)

BRICKS = {
    "linear": lambda random: StackedLinear(2, 3, random=random),
    "gru": lambda random: StackedGru(2, 3, random=random),
    "convolution": lambda random: StackedConv1d(2, 3, 5, random=random),
}
every = pytest.mark.parametrize("build", BRICKS.values(), ids=BRICKS)


@every
def test_many_networks_are_each_of_them_alone(build):
    x = torch.randn(3, 4, 7, 2)
    together = build(sources([5, 6, 7]))(x)
    for i, seed in enumerate([5, 6, 7]):
        torch.testing.assert_close(build(sources([seed]))(x[i : i + 1])[0], together[i])


@every
def test_no_network_learns_from_what_another_sees(build):
    brick, x = build(sources([0, 1, 2])), torch.randn(3, 4, 7, 2)
    brick(x)[1].square().sum().backward()
    for parameter in brick.parameters():
        assert parameter.grad[[0, 2]].eq(0).all()
        assert parameter.grad[1].ne(0).any()


def cell_by_cell(gru, x):
    """The definition, in NumPy: one signal of one network, one step after the other."""
    read, gates, candidate, bias = (
        getattr(gru, name).detach().double().numpy()[0]
        for name in ("read", "gates", "candidate", "bias")
    )
    width, h = len(candidate), np.zeros(len(candidate))
    kernel_g = np.concatenate((read[:, : 2 * width], gates))
    kernel_c = np.concatenate((read[:, 2 * width :], candidate))
    for step in x.double().numpy():
        opened = 1 / (1 + np.exp(-(np.concatenate((step, h)) @ kernel_g + bias[: 2 * width, 0])))
        r, u = opened[:width], opened[width:]
        c = np.tanh(np.concatenate((step, r * h)) @ kernel_c + bias[2 * width :, 0])
        h = u * h + (1 - u) * c
        yield h


def test_the_cell_is_that_of_its_definition():
    gru, x = StackedGru(3, 4, random=sources([1])), torch.randn(1, 1, 9, 3)
    with torch.no_grad():
        gru.bias.add_(torch.randn_like(gru.bias))
    expected = torch.tensor(np.stack(list(cell_by_cell(gru, x[0, 0]))))
    torch.testing.assert_close(gru(x)[0, 0].double(), expected, atol=1e-6, rtol=1e-5)


SHAPES = ((2, 9, 4, 5), (2, 3, 6), (2, 3, 3), (2, 3, 5))  # drive, gates, candidate, start


def test_the_gradient_is_that_of_finite_differences():
    random = [torch.randn(s, dtype=torch.float64) for s in SHAPES]
    assert torch.autograd.gradcheck(Recurrence.apply, [x.requires_grad_() for x in random])


def test_gates_start_half_open_and_kernels_within_their_limit():
    gru = StackedGru(5, 3, random=sources(range(40)))
    assert gru.bias[0, :, 0].tolist() == [1.0] * 6 + [0.0] * 3
    limit = (6 / (5 + 3 + 6)) ** 0.5
    assert gru.gates.abs().max() <= limit
    assert gru.gates.std().item() == pytest.approx(limit / 3**0.5, rel=0.05)


def test_glorot_draws_each_network_from_its_own_source():
    weights = glorot(sources([1, 2, 1]), 4, 4, before=4, after=4)
    assert torch.equal(weights[0], weights[2])
    assert not torch.equal(weights[0], weights[1])


def test_the_last_state_does_not_see_padding():
    gru, x = StackedGru(2, 3, random=sources([0])), torch.randn(1, 2, 6, 2)
    lengths = torch.tensor([[6, 4]])
    other = x.clone()
    other[0, 1, 4:] = 99.0
    assert torch.equal(last(gru(x), lengths), last(gru(other), lengths))
    torch.testing.assert_close(last(gru(x), lengths)[0, 1], gru(x[:, 1:, :4])[0, 0, -1])


def test_signals_that_are_over_cost_nothing_and_change_nothing():
    gru, x = StackedGru(2, 3, random=sources([0, 1])), torch.randn(2, 7, 30, 2)
    lengths = torch.tensor([[30, 1, 4, 9, 9, 2, 17], [3, 3, 28, 1, 6, 2, 5]])
    whole, cut = last(gru(x), lengths), gru.at_end(x, lengths)
    torch.testing.assert_close(cut, whole)
    slopes = [torch.autograd.grad(y.square().sum(), [*gru.parameters()]) for y in (whole, cut)]
    for one, other in zip(*slopes, strict=True):
        torch.testing.assert_close(other, one)


def test_a_convolution_is_that_of_pytorch():
    stacked, x = StackedConv1d(2, 3, 5, random=sources([0, 1])), torch.randn(2, 4, 7, 2)
    expected = torch.nn.functional.conv1d(
        x[1].mT, stacked.weight[1], stacked.bias[1], padding=2
    ).mT
    torch.testing.assert_close(stacked(x)[1], expected)


def test_even_kernels_are_refused():
    with pytest.raises(ValueError, match="kernel must be odd, got 4"):
        StackedConv1d(1, 1, 4, random=sources([0]))


def test_a_state_without_features_is_refused():
    with pytest.raises(ValueError, match="width must be at least 1, got 0"):
        StackedGru(1, 0, random=sources([0]))
