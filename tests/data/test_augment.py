"""Augmentations: what they must leave as it is."""

import pytest
import torch

from latentloom.core.batch import Batch
from latentloom.data.augment import FlipSign, Noise, Roll, roll

LENGTHS = torch.tensor([16, 12, 5])
ALL = [Roll(), FlipSign(), Noise(drive=0.1, values=0.1)]


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


def test_noise_on_conditions_leaves_the_signals():
    silent = Batch.of(torch.zeros(64, 10, 1), condition=torch.zeros(64, 50))
    made = Noise(condition=0.2)(silent)
    assert made.context.condition.std().item() == pytest.approx(0.2, rel=0.05)
    assert made.values.abs().sum() == 0


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Noise(values=-0.1), r"noise must not be negative, got \(0.0, -0.1, 0.0\)"),
    ],
)
def test_settings_that_cannot_work_are_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()
