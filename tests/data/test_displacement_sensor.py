"""The simulated sensor follows its law, but not too well."""

import pytest
import torch

from latentloom.data.simulate import displacement_sensor
from latentloom.data.simulate.displacement_sensor import WAVEFORMS, DisplacementSensor

IDEAL = {
    "temperature_coefficient": 0.0,
    "cut_off": 1e6,
    "damping": 0.7,
    "saturation": 1e6,
    "coupling": 0.0,
    "offset": 0.0,
    "noise": 0.0,
    "bits": 24,
}


def simulate(seed=0, **settings):
    return displacement_sensor.simulate(DisplacementSensor(**{"records": 200, **settings}), seed)


def law(dataset):
    current, position = dataset.drive.double().unbind(-1)
    return -position * torch.gradient(current, spacing=1 / 200e3, dim=1)[0]


def errors(dataset, predicted):
    voltage = dataset.series[..., 0].double()
    return (voltage - predicted).square().mean(1).sqrt() / voltage.std(1)


def test_the_ideal_sensor_follows_the_law():
    dataset = simulate(frequency=(1e3, 1.5e3), **IDEAL)
    smooth = dataset.extras["waveform"][:, 0] < WAVEFORMS.index("trapezoid")
    assert errors(dataset, law(dataset))[smooth].max() < 0.02


def test_the_law_with_a_fitted_factor_has_a_clear_error():
    dataset = simulate(records=500)
    shape, voltage = law(dataset), dataset.series[..., 0].double()
    fitted = (voltage * shape).sum() / shape.square().sum()
    assert 0.8 < fitted < 1.1
    assert 0.15 < errors(dataset, fitted * shape).median() < 0.35


def test_noise_is_the_share_of_the_signal_that_it_should_be():
    dataset = simulate(noise=0.01)
    assert errors(dataset, dataset.extras["truth"].double()).median() == pytest.approx(
        0.01, rel=0.1
    )


def test_conditions_say_what_happened():
    dataset = simulate()
    names = dataset.schema.names("condition")
    assert names == ("frequency", "temperature", "amplitude", "mean_position")
    frequency, temperature, amplitude, position = dataset.condition.unbind(-1)
    assert frequency.min() >= 1e3
    assert frequency.max() <= 10e3
    assert temperature.std() > 20
    assert torch.allclose(dataset.drive[..., 1].mean(1), position, atol=1e-7)
    assert (dataset.drive[..., 0].abs().amax(1) <= amplitude * 1.0001).all()


def test_a_sinusoid_has_its_frequency():
    dataset = simulate(steps=1000)
    rows = dataset.extras["waveform"][:, 0] == WAVEFORMS.index("one_sinusoid")
    spectrum = torch.fft.rfft(dataset.drive[rows, :, 0]).abs()
    peak = spectrum.argmax(1) * 200e3 / 1000
    assert (peak - dataset.condition[rows, 0]).abs().max() < 200


def test_some_cores_swing_and_others_rest():
    moving = simulate(drift=0.5).drive[..., 1].std(1) > 1e-9
    assert 0.3 < moving.float().mean() < 0.7
    assert not (simulate(drift=0.0).drive[..., 1].std(1) > 1e-8).any()


def test_the_converter_has_so_many_levels():
    voltage = simulate(bits=4, noise=0.0).series[..., 0]
    assert max(len(row.unique()) for row in voltage) <= 16


def test_saturation_bounds_the_voltage():
    assert simulate(saturation=0.5, offset=0.0).extras["truth"].abs().max() <= 0.5


def test_equal_seeds_give_equal_records():
    assert torch.equal(simulate(3).series, simulate(3).series)
    assert not torch.equal(simulate(3).series, simulate(4).series)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"records": 0}, "records must be at least 1 and steps 2, got 0 and 256"),
        ({"position": (0.0, 1.0)}, r"position must rise from above 0, got 0\.0 to 1\.0"),
        ({"frequency": (1e3, 9e4)}, "a quarter of the rate, 50000 Hz, got 90000 Hz"),
    ],
)
def test_settings_must_make_sense(settings, words):
    with pytest.raises(ValueError, match=words):
        DisplacementSensor(**settings)
