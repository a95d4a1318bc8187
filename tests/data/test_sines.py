"""The sines are those of the field, number by number."""

import math
import random

import numpy as np
import pytest
import torch

from latentloom.data.simulate.sines import Sines, simulate


def test_the_set_has_the_size_of_the_literature():
    assert simulate(Sines(), 0).series.shape == (10_000, 24, 5)


def test_each_channel_is_a_sinusoid_of_its_own():
    data = simulate(Sines(records=4, steps=6, channels=2), 1)
    record, channel = 2, 1
    frequency, phase = (data.extras[n][record, channel] for n in ("frequency", "phase"))
    for step in range(6):
        wanted = (math.sin(frequency * step + phase) + 1) / 2
        assert data.series[record, step, channel] == pytest.approx(wanted, abs=1e-6)


def test_frequencies_and_phases_fill_their_range():
    data = simulate(Sines(), 0)
    for extra in (data.extras["frequency"], data.extras["phase"]):
        assert 0 <= extra.min() < 1e-4
        assert 0.1 - 1e-4 < extra.max() <= 0.1
        assert extra.mean() == pytest.approx(0.05, abs=1e-3)


def test_numbers_are_drawn_channel_by_channel_frequency_first():
    twister = random.Random()  # the same Mersenne Twister, set to the state of NumPy's
    state = np.random.RandomState(123).get_state()
    twister.setstate((3, (*map(int, state[1]), int(state[2])), None))
    drawn = torch.tensor([0.1 * twister.random() for _ in range(12)]).reshape(2, 3, 2)
    data = simulate(Sines(records=2, channels=3), 123)
    assert torch.allclose(data.extras["frequency"], drawn[..., 0])
    assert torch.allclose(data.extras["phase"], drawn[..., 1])


@pytest.mark.parametrize("name", ["records", "steps", "channels"])
def test_none_is_refused(name):
    with pytest.raises(ValueError, match=f"{name} must be at least 1, got 0"):
        Sines(**{name: 0})
