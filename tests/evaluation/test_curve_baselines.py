"""What takes no drive: repeating, averaging, and regression of whole curves."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.evaluation.baselines import (
    Curves,
    Kernel,
    MeanCurve,
    PerCategory,
    RepeatFirst,
    Ridge,
)

STEPS = 12


def arcs(size=80, seed=0, lengths=None):
    """Curves that are quadratic in two conditions at each step."""
    rng = np.random.default_rng(seed)
    known = rng.uniform(-1, 1, (size, 2))
    time = np.linspace(0, 1, STEPS)[None]
    u, v = known[:, :1], known[:, 1:]
    first = 1 + time * u + time**2 * u * v
    second = 100 * (time - v**2)
    series = torch.tensor(np.stack([first, second], -1)).float()
    if lengths is not None:
        padding = torch.arange(STEPS) >= lengths[:, None]
        series = series.masked_fill(padding[..., None], 0.0)
    return Dataset(
        schema=Schema(
            series=(Quantity("a"), Quantity("b")), condition=(Quantity("u"), Quantity("v"))
        ),
        series=series,
        condition=torch.tensor(known).float(),
        lengths=lengths,
    )


def error(baseline, train, test):
    baseline.fit(train)
    real = test.context().mask.numpy()
    return np.abs(baseline.predict(test) - test.series.numpy())[real].mean(0)


def test_a_regression_of_curves_is_quadratic_in_the_conditions():
    assert error(Ridge(Curves()), arcs(), arcs(seed=1)) == pytest.approx(0, abs=0.02)


def test_it_is_the_least_squares_of_the_products_at_each_step():
    train, test = arcs(), arcs(20, seed=1)
    noisy = replace(train, series=train.series + torch.randn(train.series.shape))
    baseline = Ridge(Curves())
    baseline.fit(noisy)

    def products(dataset):
        u, v = dataset.condition.double().numpy().T
        return np.stack([np.ones_like(u), u, v, u * u, u * v, v * v], 1)

    weights = np.linalg.lstsq(products(train), noisy.series[:, :, 0].double().numpy(), rcond=None)
    wanted = products(test) @ weights[0]
    made = baseline.predict(test)[..., 0]
    assert np.abs(made - wanted).max() < 0.35 * wanted.std()
    assert np.corrcoef(made.ravel(), wanted.ravel())[0, 1] > 0.98


def test_resemblance_learns_curves_too():
    assert (error(Kernel(Curves()), arcs(), arcs(seed=1)) < [0.05, 2.0]).all()


def test_first_steps_can_say_what_conditions_do_not():
    train, test = (replace(a, condition=0 * a.condition) for a in (arcs(), arcs(seed=1)))
    blind, seeing = (error(Ridge(Curves(steps=s)), train, test) for s in (0, 1))
    assert seeing[1] < 0.1 * blind[1]


@pytest.mark.parametrize("make", [lambda: Ridge(Curves()), MeanCurve, RepeatFirst])
def test_padding_is_zero_and_says_nothing(make):
    lengths = torch.arange(80) % 6 + 6
    ragged = arcs(lengths=lengths)
    other = replace(ragged, series=ragged.series.clone())
    padding = torch.arange(STEPS) >= lengths[:, None]
    other.series[padding] = 77.0
    first, second = make(), make()
    first.fit(ragged)
    second.fit(other)
    assert (first.predict(ragged)[padding.numpy()] == 0).all()
    np.testing.assert_allclose(first.predict(ragged), second.predict(other))


def test_nothing_happens_after_the_first_row():
    test = arcs(5)
    baseline = RepeatFirst()
    baseline.fit(arcs())
    made = baseline.predict(test)
    assert (made == test.series[:, :1].numpy()).all()
    assert (RepeatFirst(steps=3).predict(test)[:, 2:] == test.series[:, 2:3].numpy()).all()


def test_the_mean_curve_is_the_mean_of_those_that_get_so_far():
    lengths = torch.tensor([2, 4])
    two = arcs(2, lengths=lengths)
    baseline = MeanCurve()
    baseline.fit(two)
    made = baseline.predict(arcs(1))[0, :, 0]
    values = two.series[..., 0].double().numpy()
    assert made[:4] == pytest.approx([*values[:, :2].mean(0), *values[1, 2:4]])
    assert made[4:] == pytest.approx(values[1, 3])


def test_a_longer_signal_stays_where_the_curve_ends():
    baseline = Ridge(Curves())
    baseline.fit(arcs())
    test = arcs(3, seed=1)
    longer = replace(test, series=torch.cat([test.series, test.series], 1))
    made = baseline.predict(longer)
    assert (made[:, STEPS:] == made[:, STEPS - 1 : STEPS]).all()


def test_categories_need_no_drive():
    baseline = PerCategory(MeanCurve)
    baseline.fit(arcs())
    assert baseline.predict(arcs(4)).shape == (4, STEPS, 2)


def test_the_mean_curve_must_be_fitted():
    with pytest.raises(ValueError, match="MeanCurve must be fitted first; call fit with the"):
        MeanCurve().predict(arcs(2))


def test_signals_must_have_their_known_steps():
    with pytest.raises(ValueError, match="must have the 8 known steps, got 6"):
        RepeatFirst(steps=8).predict(arcs(2, lengths=torch.tensor([6, 12])))


def test_a_number_of_steps_is_not_negative():
    with pytest.raises(ValueError, match="steps must be at least 0"):
        Curves(steps=-1)
    with pytest.raises(ValueError, match="steps must be at least 1"):
        RepeatFirst(steps=0)
