"""Augmentations: what they must leave as it is."""

import math

import pytest
import torch

from latentloom.core.batch import Batch
from latentloom.data.augment import FlipSign, Noise, Roll, TimeWarp, interpolate, remap, roll

LENGTHS = torch.tensor([16, 12, 5])
ALL = [Roll(), FlipSign(), Noise(drive=0.1, values=0.1), TimeWarp(strength=0.5, rates=[1])]


def batch(lengths=None):
    made = Batch.of(torch.randn(3, 16, 2), drive=torch.randn(3, 16, 2), lengths=lengths)
    made.values[~made.context.mask] = 0
    made.context.drive[~made.context.mask] = 0
    return made


@pytest.mark.parametrize("augmentation", ALL, ids=lambda a: type(a).__name__)
def test_padding_stays_zero(augmentation):
    made = augmentation(batch(LENGTHS))
    assert made.values[~made.context.mask].abs().sum() == 0
    assert made.context.drive[~made.context.mask].abs().sum() == 0


@pytest.mark.parametrize("augmentation", ALL, ids=lambda a: type(a).__name__)
def test_the_seed_fixes_the_draw_and_the_batch_is_left_alone(augmentation):
    original = batch()
    kept = original.values.clone()
    torch.manual_seed(3)
    first = augmentation(original)
    torch.manual_seed(3)
    assert torch.equal(augmentation(original).values, first.values)
    later = [augmentation(original).values for _ in range(9)]
    assert not all(torch.equal(values, first.values) for values in later)
    assert torch.equal(original.values, kept)


@pytest.mark.parametrize("augmentation", ALL, ids=lambda a: type(a).__name__)
def test_a_drive_need_not_be_there(augmentation):
    assert augmentation(Batch.of(torch.randn(3, 16, 1))).context.drive is None


@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["whole", "padded"])
def test_rolling_moves_series_and_drive_alike(lengths):
    original = batch(lengths)
    both = Batch.of(original.values, drive=original.values, lengths=lengths)
    made = Roll()(both)
    assert torch.equal(made.values, made.context.drive)
    assert torch.equal(made.values.sort(1).values, both.values.sort(1).values)


def test_rolling_on_and_back_is_nothing():
    original = batch(LENGTHS)
    amounts = torch.tensor([3, 7, 4])
    again = roll(roll(original, amounts), LENGTHS - amounts)
    assert torch.equal(again.values, original.values)


def test_rolling_commutes_with_what_is_equivariant():
    original, amounts = batch(), torch.tensor([3, 7, 4])

    def derived(b):
        slope = b.context.drive.roll(-1, 1) - b.context.drive.roll(1, 1)
        return Batch.of(slope, drive=b.context.drive)

    a, b = derived(roll(original, amounts)), roll(derived(original), amounts)
    assert torch.equal(a.values, b.values)


def test_flipping_twice_is_nothing():
    original = batch()
    torch.manual_seed(5)
    once = FlipSign(keep=[1])(original)
    torch.manual_seed(5)
    again = FlipSign(keep=[1])(once)
    assert not torch.equal(once.values, original.values)
    assert torch.equal(again.values, original.values)
    assert torch.equal(again.context.drive, original.context.drive)


def test_flipping_keeps_the_product_of_series_and_drive():
    original = batch()
    made = FlipSign(keep=[1])(original)
    before = original.values[..., 0] * original.context.drive[..., 0]
    assert torch.equal(made.values[..., 0] * made.context.drive[..., 0], before)
    assert torch.equal(made.context.drive[..., 1], original.context.drive[..., 1])


def test_noise_has_the_spread_asked_for():
    silent = Batch.of(torch.zeros(64, 500, 1), drive=torch.zeros(64, 500, 1))
    made = Noise(drive=0.2)(silent)
    assert made.context.drive.std().item() == pytest.approx(0.2, rel=0.02)
    assert made.values.abs().sum() == 0


@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["whole", "padded"])
def test_warping_keeps_the_integral(lengths):
    original = batch(lengths)
    made = TimeWarp(strength=0.9)(original)
    torch.testing.assert_close(made.values.sum(1), original.values.sum(1), rtol=0, atol=1e-4)
    assert not torch.allclose(made.values, original.values, atol=1e-2)


def test_warping_keeps_a_law_of_rates():
    angle = 2 * math.pi * torch.arange(512) / 512
    current = torch.stack([angle.sin(), (angle + 0.4).cos(), (2 * angle).sin()])[..., None]
    slope = torch.stack([angle.cos(), -(angle + 0.4).sin(), 2 * (2 * angle).cos()])[..., None]
    original = Batch.of(slope, drive=torch.cat([current, slope], -1))
    made = TimeWarp(strength=0.5, rates=[1])(original)
    warped = made.context.drive[..., :1]
    measured = (warped.roll(-1, 1) - warped.roll(1, 1)) / (2 * 2 * math.pi / 512)
    torch.testing.assert_close(made.values, made.context.drive[..., 1:])
    torch.testing.assert_close(measured, made.values, rtol=0, atol=0.03)


def test_no_strength_no_warp():
    original = batch(LENGTHS)
    made = TimeWarp(strength=0.0)(original)
    torch.testing.assert_close(made.values, original.values, rtol=0, atol=1e-5)
    torch.testing.assert_close(made.context.drive, original.context.drive)


def test_remapping_and_interpolating_agree_on_a_shift():
    x, lengths = torch.randn(2, 8, 1), torch.tensor([8, 6])
    shift = torch.arange(9.0).expand(2, -1) + 0.3
    there = interpolate(x, shift[:, :8], lengths)
    assert there[0, 7, 0] == pytest.approx((0.7 * x[0, 7, 0] + 0.3 * x[0, 0, 0]).item())
    torch.testing.assert_close(remap(x, shift - 0.5, lengths), there, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: TimeWarp(strength=1.0), r"strength must be in \[0, 1\), got 1.0"),
        (lambda: Noise(values=-0.1), "noise must not be negative, got 0.0 and -0.1"),
    ],
)
def test_settings_that_cannot_work_are_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()
