"""Joined windows go on as the process that they are windows of."""

import numpy as np
import pytest
import torch

from latentloom.data.joining import Joining


def memory(rows, steps, share=0.8, seed=0):
    """Windows of a process that keeps a share of itself from step to step, of variance 1."""
    random = np.random.default_rng(seed)
    values = [random.normal(size=rows)]
    for _ in range(steps - 1):
        values.append(share * values[-1] + (1 - share**2) ** 0.5 * random.normal(size=rows))
    return torch.tensor(np.stack(values, 1), dtype=torch.float32)[..., None]


def test_a_process_keeps_its_variance_and_its_memory():
    series = Joining(overlap=4)(memory(4000, 24), 3000, count=4, seed=1)[..., 0].numpy()
    assert series.shape == (4, 3000)
    assert series.var() == pytest.approx(1.0, abs=0.1)
    for lag in (1, 2, 5):
        both = np.corrcoef(series[:, lag:].ravel(), series[:, :-lag].ravel())[0, 1]
        assert both == pytest.approx(0.8**lag, abs=0.06)


def test_a_switch_leaves_every_step_as_it_was_drawn():
    windows = torch.rand(50, 10, 2)
    series = Joining(overlap=3)(windows, 200, count=2, seed=0)
    drawn = {tuple(step) for step in windows.flatten(0, 1).tolist()}
    assert {tuple(step) for step in series.flatten(0, 1).tolist()} <= drawn


def test_a_fade_moves_from_one_to_the_other():
    windows = torch.tensor([[0.0, 0.0, 8.0, 8.0, 8.0]])[..., None]
    series = Joining(overlap=3, near=1, seam="fade")(windows, 7, count=1, seed=0)
    assert series.flatten().tolist() == [0.0, 0.0, 6.0, 4.0, 8.0, 8.0, 8.0]


def test_channels_count_in_their_own_units():
    small = torch.tensor([0.0, 0.001]).repeat_interleave(2)
    large = torch.tensor([0.0, 1000.0, 0.0, 1000.0])
    flat = torch.stack((small, large), 1)[:, None].expand(4, 6, 2)
    series = Joining(overlap=2, near=1)(flat, 40, count=8, seed=0)
    assert (series == series[:, :1]).all()


def test_equal_seeds_make_equal_series():
    windows = memory(100, 8)
    one, same, other = (Joining(overlap=2)(windows, 50, count=3, seed=s) for s in (0, 0, 1))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_a_window_must_add_steps():
    with pytest.raises(ValueError, match="overlap must be less than the 8 steps of a window, got"):
        Joining(overlap=8)(memory(10, 8), 20, count=1, seed=0)
