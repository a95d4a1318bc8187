from dataclasses import replace

import numpy as np
import pytest
import torch

from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.transforms import Law
from latentloom.evaluation import measures
from latentloom.evaluation.baselines import (
    Fitted,
    Kernel,
    LawFit,
    LawOracle,
    Nearest,
    PerCategory,
    Periods,
    Product,
    Ridge,
    Windows,
)
from latentloom.evaluation.floors import repeatability

PERIODIC = {
    "ridge": lambda: Ridge(Periods(harmonics=4)),
    "turned ridge": lambda: Ridge(Periods(harmonics=4, phase="drive")),
    "kernel": lambda: Kernel(Periods(harmonics=4)),
    "nearest": Nearest,
}
OPEN = {
    "ridge": lambda: Ridge(Windows(behind=4, ahead=4)),
    "kernel": lambda: Kernel(Windows(behind=2, ahead=2), rows=400),
    "nearest": Nearest,
}


def coils(size=120, seed=0, periodic=True):
    """Voltages of two coils, one of them wound the other way."""
    rng = np.random.default_rng(seed)
    time = np.arange(32) / 32
    second, angle = rng.uniform(0, 0.5, size), rng.uniform(0, 6, size)
    amplitude, frequency = rng.uniform(1, 5, size), rng.uniform(1e3, 5e3, size)
    coil = rng.integers(0, 2, size)
    wave = np.exp(2j * np.pi * time), np.exp(4j * np.pi * time + 1j * angle[:, None])
    current = amplitude[:, None] * (wave[0] + second[:, None] * wave[1])
    rate = wave[0] + 2 * second[:, None] * wave[1]
    mutual = np.where(coil, -3e-4, 1e-4) * 2 * np.pi * frequency * amplitude
    voltage = mutual[:, None] * (1j * rate)
    return Dataset(
        schema=Schema(
            series=(Quantity("voltage", "V"),),
            drive=(Quantity("current", "A"),),
            condition=(Quantity("frequency", "Hz"), Quantity("coil")),
            categories={"coil": ("one", "two")},
            periodic=periodic,
        ),
        series=torch.as_tensor(voltage.real).float()[..., None],
        drive=torch.as_tensor(current.real).float()[..., None],
        condition=torch.as_tensor(np.stack([frequency, coil], 1)).float(),
    )


def error(baseline, train, test):
    baseline.fit(train)
    truth, mask = test.series.double().numpy(), np.ones((test.size, test.steps), dtype=bool)
    return float(np.median(measures.nrmse(truth, baseline.predict(test), mask)))


@pytest.mark.parametrize(
    ("name", "most"), [("ridge", 0.06), ("turned ridge", 0.06), ("kernel", 0.08), ("nearest", 0.3)]
)
def test_a_periodic_baseline_learns_each_category(name, most):
    baseline = PerCategory(PERIODIC[name])
    assert error(baseline, coils(), coils(40, seed=1)) < most


@pytest.mark.parametrize(("name", "most"), [("ridge", 0.1), ("kernel", 0.3), ("nearest", 0.6)])
def test_an_open_ended_baseline_learns_each_category(name, most):
    baseline = PerCategory(OPEN[name])
    test = coils(40, seed=1, periodic=False)
    assert error(baseline, coils(periodic=False), test) < most


@pytest.mark.parametrize("name", ["turned ridge", "nearest"])
def test_a_rolled_drive_gives_a_rolled_signal(name):
    baseline = PerCategory(PERIODIC[name])
    baseline.fit(coils())
    test = coils(10, seed=1)
    rolled = replace(test, drive=test.drive.roll(5, 1))
    expected = np.roll(baseline.predict(test), 5, axis=1)
    assert np.allclose(baseline.predict(rolled), expected, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("name", ["ridge", "nearest"])
def test_what_is_predicted_is_zero_in_padding(name):
    dataset = coils(60, periodic=False)
    lengths = torch.full((60,), 24)
    empty = torch.arange(32)[:, None] >= 24
    cut = replace(
        dataset,
        lengths=lengths,
        series=dataset.series.masked_fill(empty, 0),
        drive=dataset.drive.masked_fill(empty, 0),
    )
    baseline = PerCategory(OPEN[name])
    baseline.fit(cut)
    assert (baseline.predict(cut)[:, 24:] == 0).all()


def test_the_law_finds_its_sign_and_size():
    law = LawFit(Law(frequency="frequency", per="coil"))
    assert error(law, coils(), coils(40, seed=1)) < 0.05
    one_for_all = LawFit(Law(frequency="frequency"))
    assert error(one_for_all, coils(), coils(40, seed=1)) > 0.5


def test_the_oracle_bounds_every_law():
    oracle = LawOracle(Law(frequency="frequency"))
    per_coil = LawFit(Law(frequency="frequency", per="coil"))
    train, test = coils(), coils(40, seed=1)
    assert error(oracle, train, test) <= error(per_coil, train, test)


def test_a_product_is_a_scale():
    test = coils(5)
    scale = Product(["frequency"])
    scale.fit(test)
    assert scale.of(test)[:, 0] == pytest.approx(test.condition[:, 0].numpy())


def test_a_fitted_scale_is_the_rms_of_what_follows_a_power_law():
    dataset = coils(50).take(range(50))
    one = dataset.take((dataset.condition[:, 1] == 0).nonzero().flatten())
    scale = Fitted()
    scale.fit(one)
    rms = one.series.square().mean(1).sqrt().numpy()
    assert np.std(np.log(scale.of(one) / rms)) < 0.1


@pytest.mark.parametrize("make", [*PERIODIC.values()], ids=[*PERIODIC])
def test_a_baseline_must_be_fitted(make):
    with pytest.raises(ValueError, match="must be fitted first; call fit with the train split"):
        make().predict(coils(4))


def test_an_unknown_category_is_refused():
    dataset = coils(60)
    one = dataset.take((dataset.condition[:, 1] == 0).nonzero().flatten())
    baseline = PerCategory(Nearest)
    baseline.fit(one)
    with pytest.raises(ValueError, match=r"labels \['coil'\] must occur in the train split"):
        baseline.predict(dataset)


def test_other_lengths_have_no_nearest():
    baseline = Nearest()
    baseline.fit(coils(8))
    test = coils(4)
    short = replace(test, series=test.series[:, :30], drive=test.drive[:, :30])
    with pytest.raises(ValueError, match=r"must have the train split's 32 steps, got 30"):
        baseline.predict(short)


def test_one_group_cannot_be_cross_validated():
    dataset = replace(coils(20), group=torch.zeros(20, dtype=torch.long))
    with pytest.raises(ValueError, match=r"at least 2 groups of records, got 1"):
        Ridge(Periods()).fit(dataset)


def test_periods_have_one_length():
    dataset = replace(coils(4), lengths=torch.tensor([32, 32, 32, 30]))
    with pytest.raises(ValueError, match="must all have as many steps"):
        Ridge(Periods()).fit(dataset)


def test_a_scale_must_be_positive():
    dataset = coils(4)
    with pytest.raises(ValueError, match="coil must be positive, got 0"):
        Product(["coil"]).fit(dataset)


def test_twins_say_how_repeatable_a_measurement_is():
    dataset = coils(30)
    noisy = dataset.series * (1 + 0.01 * torch.randn(dataset.series.shape))
    arrays = {
        name: torch.cat([getattr(dataset, name), other])
        for name, other in {
            "series": noisy,
            "drive": dataset.drive,
            "condition": dataset.condition,
        }.items()
    }
    twins = repeatability(replace(dataset, **arrays), drive=1e-3, condition=1e-3)
    assert set(zip(twins.rows.tolist(), twins.twins.tolist(), strict=True)) >= {(0, 30), (30, 0)}
    assert np.median(twins.distances) == pytest.approx(0.01, rel=0.3)


def test_records_without_twins_have_no_floor():
    assert repeatability(coils(10), drive=1e-6) is None
