"""Physics terms against NumPy and numbers worked out by hand."""

import numpy as np
import pytest
import torch

from latentloom.objectives.physics import LawCorrelation, LawError, fitted_gain


@pytest.fixture
def outputs():
    return {
        "output": torch.randn(2, 30, 1, dtype=torch.double),
        "target": torch.randn(2, 30, 1, dtype=torch.double),
        "law": torch.randn(2, 30, 1, dtype=torch.double),
        "mask": torch.ones(2, 30, dtype=torch.bool),
    }


def arrays(outputs):
    names = ("output", "target", "law")
    flat = [outputs[name][..., 0].numpy() for name in names]
    return [x - x.mean(1, keepdims=True) for x in flat]


@pytest.mark.parametrize("gain", ["given", "fitted"])
@pytest.mark.parametrize("norm", ["huber", "mse"])
def test_law_error_is_that_of_numpy(outputs, norm, gain):
    made, real, law = arrays(outputs)
    if gain == "fitted":
        law = law * ((made * law).sum(1) / (law**2).sum(1))[:, None]
    error = np.abs(made - law) / real.std(1, keepdims=True)
    if norm == "mse":
        wanted = (error**2).mean(1)
    else:
        wanted = np.where(error < 0.8, error**2 / 2, 0.8 * (error - 0.4)).mean(1)
    got = LawError(norm=norm, gain=gain, delta=0.8)(outputs, 0.0)
    torch.testing.assert_close(got, torch.from_numpy(wanted))


def test_law_correlation_is_that_of_numpy(outputs):
    made, _, law = arrays(outputs)
    wanted = [1 - np.corrcoef(a, b)[0, 1] ** 2 for a, b in zip(made, law, strict=True)]
    got = LawCorrelation()(outputs, 0.0)
    torch.testing.assert_close(got, torch.tensor(wanted).double())


def test_a_fitted_gain_forgives_size_and_sign(outputs):
    obeying = outputs | {"output": -7 * outputs["law"]}
    assert LawError(gain="fitted")(obeying, 0.0).max() < 1e-12
    assert LawError(gain="given")(obeying, 0.0).min() > 1


def test_the_gain_moves_no_gradient_of_squares(outputs):
    criterion = LawError(norm="mse", gain="fitted")
    moved = outputs["output"].requires_grad_()
    (through,) = torch.autograd.grad(criterion(outputs, 0.0).sum(), moved)
    law = outputs["law"] - outputs["law"].mean(1, keepdim=True)
    still = moved.detach() - moved.detach().mean(1, keepdim=True)
    held = outputs | {"law": fitted_gain(still, law) * law}
    (around,) = torch.autograd.grad(LawError(norm="mse")(held, 0.0).sum(), moved)
    torch.testing.assert_close(through, around)


def test_a_spike_of_the_law_pulls_huber_less(outputs):
    spiked = outputs["law"].clone()
    spiked[:, 10] += 50.0
    worse = {
        norm: LawError(norm=norm)(outputs | {"law": spiked}, 0.0)
        / LawError(norm=norm)(outputs, 0.0)
        for norm in ("huber", "mse")
    }
    assert (worse["huber"] < 0.2 * worse["mse"]).all()


def test_a_silent_law_has_no_gain():
    assert fitted_gain(torch.ones(1, 4, 1), torch.zeros(1, 4, 1)).item() == 0


def test_settings_that_cannot_work_are_refused():
    with pytest.raises(ValueError, match="delta must be positive, got -1"):
        LawError(delta=-1.0)
