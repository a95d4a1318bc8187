import pytest
import torch

from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.vary import LevelWarp, _at, _from_samples

SCHEMA = Schema(
    series=(Quantity("voltage", "V"),), drive=(Quantity("current", "A"),), periodic=True
)


def triangles(size=6, steps=128):
    """An ideal inductance: a square voltage, whose integral is the current."""
    level = torch.where(torch.arange(steps) < steps // 2, 1.0, -1.0).expand(size, -1)
    angle = (torch.arange(steps) + 0.5) / steps
    odd = torch.arange(1, 12, 2)
    waves = torch.cos(2 * torch.pi * odd * angle[:, None]) / odd.square()
    current = -waves.sum(-1).expand(size, -1)
    return Dataset(
        schema=SCHEMA, series=level[..., None].clone(), drive=current[..., None].clone()
    )


def test_the_swing_of_the_flux_stays_and_the_mean_stays_zero():
    made = LevelWarp()(triangles())
    flux = made.series[..., 0].cumsum(1)
    assert torch.allclose(flux.amax(1) - flux.amin(1), torch.tensor(64.0), atol=1.0)
    assert made.series.mean(1).abs().max() < 1e-5


def test_steps_of_equal_voltage_stay_steps():
    made = LevelWarp(strength=0.8)(triangles()).series[..., 0]
    for record in made:
        levels = record.round(decimals=2).unique(return_counts=True)[1].sort().values
        assert levels[-2:].sum() >= 124


def test_duty_cycles_differ_and_the_law_still_holds():
    made = LevelWarp(strength=0.8)(triangles(40))
    duty = (made.series[..., 0] > 0).float().mean(1)
    assert duty.min() < 0.4
    assert duty.max() > 0.6
    slope = made.drive.roll(-1, 1) - made.drive.roll(1, 1)
    together = torch.stack([slope.flatten(), made.series.flatten()])
    assert torch.corrcoef(together)[0, 1] > 0.97


def test_how_far_a_sample_departs_is_told():
    far = LevelWarp(strength=2.0)(triangles(200)).extras["variation"]
    near = LevelWarp(strength=0.1)(triangles(200)).extras["variation"]
    assert near.min() >= 1.0
    assert far.mean() > near.mean() + 0.5


def test_a_fourier_series_is_read_and_rebuilt_exactly():
    angle = (torch.arange(128) + 0.5) / 128
    signal = (2 * torch.pi * 3 * angle).sin()[None] + (2 * torch.pi * angle).cos()[None]
    offset = torch.tensor([[0.3]])
    times = (torch.arange(24) + offset) / 24
    rebuilt = _from_samples(_at(signal, times), offset, 128)
    assert torch.allclose(rebuilt, signal, atol=1e-4)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"share": 0.0}, r"share must be in \(0, 1\], got 0.0"),
        ({"strength": 0.0}, "strength must be positive, got 0.0"),
        ({"harmonics": 0}, "harmonics must be at least 1, got 0"),
    ],
)
def test_a_warp_that_cannot_be_is_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        LevelWarp(**settings)


def test_too_many_harmonics_for_the_steps_are_refused():
    with pytest.raises(ValueError, match="harmonics must be at most 64 for 128 steps, got 65"):
        LevelWarp(harmonics=65)(triangles())
