import pytest
import torch

from latentloom.core.batch import Context
from latentloom.representations.predictors import DilatedResNet, Law, UNet
from latentloom.representations.symmetric import Averaged, Balanced


def periodic(size=2, steps=16):
    return Context(
        size=size,
        steps=steps,
        drive=torch.randn(size, steps, 2),
        condition=torch.randn(size, 3),
    )


def small(padding="circular", law=-1, **settings):
    return UNet(1, 2, 3, padding, law, widths=[4, 4], **settings)


def test_a_law_is_its_channel_times_its_gain():
    law, context = Law(1, 2, 3, 1), periodic()
    assert torch.equal(law(context), context.drive[..., 1:])
    with torch.no_grad():
        law.slope[0] = 2.0
    gain = 1 + 2 * context.condition[:, :1, None]
    torch.testing.assert_close(law(context), gain * context.drive[..., 1:])


def test_a_believed_law_has_nothing_to_learn():
    assert not list(Law(1, 2, 3, 1, gain="unit").parameters())


@pytest.mark.parametrize("kind", ["unet", "dilated"])
def test_a_correction_is_added_to_the_law(kind):
    made = {
        "unet": lambda: small(law=1, around="law"),
        "dilated": lambda: DilatedResNet(1, 2, 3, "circular", 1, width=4, around="law"),
    }[kind]()
    with torch.no_grad():
        made.leave.map.conv.weight.zero_()
        made.leave.map.conv.bias.zero_()
    context = periodic()
    assert torch.equal(made(context), context.drive[..., 1:])


def test_a_balanced_signal_swings_as_it_should():
    made = Balanced(1, 3, "circular", predictor=small())
    with torch.no_grad():
        made.log_swing.fill_(0.5)
    signal = made(periodic())
    integral = signal.cumsum(1) / 16
    torch.testing.assert_close(signal.mean(1), torch.zeros(2, 1))
    swing = integral.amax(1) - integral.amin(1)
    torch.testing.assert_close(swing, torch.full((2, 1), 0.5).exp())


def test_an_average_over_rolls_knows_every_roll():
    made = Averaged("circular", predictor=small(), shifts=4, signs="both").eval()
    context = periodic()
    other = Context(size=2, steps=16, drive=-context.drive.roll(1, 1), condition=context.condition)
    torch.testing.assert_close(made(other), -made(context).roll(1, 1))


def test_an_average_trains_as_what_it_averages():
    made, context = Averaged("circular", predictor=small()), periodic()
    assert torch.equal(made(context), made.predictor(context))


def test_a_law_without_a_channel_is_refused():
    with pytest.raises(ValueError, match="add the `law` transform to the data"):
        Law(1, 2, 3, -1)
    with pytest.raises(ValueError, match="add the `law` transform to the data"):
        small(around="law")


def test_a_predictor_without_a_drive_is_refused():
    with pytest.raises(ValueError, match="at least one drive channel, got none"):
        UNet(1, 0, 0, "zeros", -1, widths=[4])


@pytest.mark.parametrize(
    "kind", [Averaged, lambda p, predictor: Balanced(1, 0, p, predictor=predictor)]
)
def test_signals_that_are_not_periodic_are_refused(kind):
    with pytest.raises(ValueError, match="for periodic signals only"):
        kind("zeros", predictor=small("zeros"))


def test_a_swing_needs_conditions_to_depend_on():
    with pytest.raises(ValueError, match="swing must be `shared`: the data has no conditions"):
        Balanced(1, 0, "circular", predictor=small(), swing="conditions")


def test_an_average_of_nothing_is_refused():
    with pytest.raises(ValueError, match="shifts must be at least 1, got 0"):
        Averaged("circular", predictor=small(), shifts=0)
