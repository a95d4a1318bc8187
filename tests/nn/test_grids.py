"""Grids that get coarser and finer."""

import pytest
import torch
from torch import nn

from latentloom.nn.grids import Ascent, Descent, doubled, halved, window_mean


class Same(nn.Module):
    """Gives steps on, and remembers which were real."""

    def forward(self, x, real):
        self.real = real
        return x


def test_halving_is_the_maximum_of_torch():
    x = torch.randn(2, 8, 3)
    torch.testing.assert_close(halved(x), nn.functional.max_pool1d(x.mT, 2).mT)


def test_halving_sees_no_padding():
    x = torch.tensor([[[-1.0], [-2.0], [-3.0], [0.0], [0.0], [0.0]]])
    real = torch.tensor([[True, True, True, False, False, False]])
    assert halved(x, real).flatten().tolist() == [-1.0, -3.0, 0.0]


def test_halving_undoes_doubling():
    x = torch.randn(2, 5, 3)
    assert torch.equal(halved(doubled(x)), x)


def test_the_mean_of_a_window_is_that_of_its_real_steps():
    x = torch.randn(2, 6, 3)
    real = torch.arange(6) < torch.tensor([6, 2])[:, None]
    made = window_mean(x.masked_fill(~real[..., None], 9.0), 3, real)
    wanted = torch.stack((x[0, 3:].mean(0), x[1, :2].mean(0)))
    torch.testing.assert_close(torch.stack((made[0, 1], made[1, 0])), wanted)
    assert made[1, 1].eq(0).all()
    torch.testing.assert_close(window_mean(x, 3)[0], made[0])


@pytest.mark.parametrize("kind", [Descent, Ascent])
def test_every_grid_knows_what_is_real(kind):
    layers = [Same(), Same(), Same()]
    steps = 8 if kind is Descent else 2
    kind(layers)(torch.randn(2, steps, 3), torch.tensor([8, 3]))
    wanted = [[8, 3], [4, 2], [2, 1]]
    told = [layer.real.sum(1).tolist() for layer in layers]
    assert told == (wanted if kind is Descent else wanted[::-1])
