import importlib.util
from dataclasses import replace

import numpy as np
import pytest

from latentloom.evaluation.population import Population
from latentloom.evaluation.portrait import portrait
from latentloom.evaluation.portrait.cases import cases
from latentloom.evaluation.portrait.clouds import features
from latentloom.evaluation.portrait.curves import autocorrelation, lengths, marginal, spectrum

RNG = np.random.default_rng
STEPS = 32


def noise(size=40, channels=2, seed=0, **more):
    return Population(values=RNG(seed).normal(size=(size, STEPS, channels)), **more)


def ragged(size=40, channels=2, seed=0, padding=0.0):
    extent = RNG(seed).integers(12, STEPS + 1, size)
    values = RNG(seed).normal(size=(size, STEPS, channels))
    values[np.arange(STEPS) >= extent[:, None]] = padding
    return Population(values=values, lengths=extent)


def same(one, other):
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b)


@pytest.mark.parametrize("curve", [marginal, autocorrelation, spectrum])
def test_padding_does_not_matter_to_a_curve(curve):
    made = ragged(seed=1)
    one, other = (curve(ragged(padding=p), made, 0) for p in (0.0, 99.0))
    np.testing.assert_allclose(one.real, other.real)


def test_padding_does_not_matter_to_the_points():
    for a, b in zip(*(features(ragged(padding=p), noise()) for p in (0.0, 99.0)), strict=True):
        np.testing.assert_allclose(a, b)


def test_all_values_are_counted_even_those_beyond():
    real, made = noise(), noise(seed=1)
    wild = replace(made, values=100 * made.values)
    found = marginal(real, wild, 0)
    wide = np.diff(found.x).mean()
    assert found.made.sum() * wide == pytest.approx(1)
    assert found.made[[0, -1]].sum() > 0.9 * found.made.sum()


def test_what_alternates_remembers_every_second_step():
    values = np.tile([1.0, -1.0], (6, STEPS // 2))[..., None]
    found = autocorrelation(Population(values=values), noise(channels=1), 0)
    np.testing.assert_allclose(found.real, (-1.0) ** np.arange(STEPS), atol=1e-9)


def test_autocorrelation_is_that_of_the_definition():
    population = ragged(size=5, channels=1)
    signals = [s[:n, 0] for s, n in zip(population.values, population.extent, strict=True)]
    mean, variance = np.concatenate(signals).mean(), np.concatenate(signals).var()
    products = np.concatenate([(s[:-3] - mean) * (s[3:] - mean) for s in signals])
    found = autocorrelation(population, population, 0).real
    assert found[3] == pytest.approx(products.mean() / variance)


@pytest.mark.parametrize("extent", [STEPS, 20])
def test_a_rhythm_stands_at_its_frequency_however_long_the_signal(extent):
    wave = 3 + np.sin(2 * np.pi * 0.25 * np.arange(STEPS))
    values = np.where(np.arange(STEPS) < extent, wave, 0)
    sines = Population(values=np.tile(values, (8, 1))[..., None], lengths=np.full(8, extent))
    found = spectrum(sines, sines, 0)
    assert found.x[found.real.argmax()] == 0.25


def test_lengths_are_shares():
    found = lengths(ragged(), noise())
    assert found.real.sum() == pytest.approx(1)
    assert found.made[-1] == 1.0
    assert lengths(noise(), noise()) is None


def test_correlations_are_those_of_all_steps():
    population = ragged(channels=3)
    known = population.values[population.mask]
    found = portrait(population, ragged(channels=3, seed=1)).correlations
    np.testing.assert_allclose(found.real, np.corrcoef(known.T), atol=1e-9)


def test_a_constant_channel_correlates_with_nothing():
    still = noise()
    still.values[..., 1] = 0.3
    shown = portrait(still, noise(seed=1))
    assert np.isnan(shown.correlations.real[1]).all()
    assert np.isfinite(shown.correlations.made).all()


def test_the_channels_that_went_wrong_are_shown_first():
    real, made = noise(channels=7), noise(channels=7, seed=1)
    made.values[..., 5] += 3
    shown = portrait(real, made)
    assert shown.channels[0].name == "channel 5"
    assert len(shown.channels) == 4


def test_conditions_are_compared_like_with_like():
    number = np.arange(40.0)
    label = np.arange(40) % 2
    known = {"scalars": {"load": number}, "labels": {"kind": label}}
    real, made = (noise(channels=1, seed=s, **known) for s in (0, 1))
    found = cases(real, made, [0], {"kind": ("a", "b")})
    names = ["kind = a", "kind = b", "load up to 13", "load 13 to 26", "load above 26"]
    assert [case.name for case in found] == names
    assert [case.real.size for case in found] == [20, 20, 14, 13, 13]


def test_the_band_holds_eight_in_ten():
    known = {"labels": {"kind": np.arange(400) % 2}}
    real = noise(400, 1, **known)
    (case, _) = cases(real, real, [0], {})
    inside = (real.values[::2, :, 0] >= case.real.low) & (real.values[::2, :, 0] <= case.real.high)
    assert inside.mean() == pytest.approx(0.8, abs=0.01)


def test_what_only_one_side_knows_is_left_out():
    known = {"labels": {"kind": np.arange(40) % 2}}
    assert cases(noise(**known), noise(seed=1), [0], {}) == ()


def test_few_signals_have_no_cloud():
    shown = portrait(noise(4), noise(40, seed=1))
    assert shown.clouds == ()
    assert shown.test is None


@pytest.mark.parametrize("shape", [(6, 1, 1), (6, 2, 1), (5, 3, 2)])
def test_the_smallest_signals_can_be_looked_at(shape):
    real, made = (Population(values=RNG(s).normal(size=shape)) for s in (0, 1))
    assert portrait(real, made).clouds[0].real.shape == (shape[0], 2)


def test_the_same_seed_gives_the_same_portrait():
    one, other = (portrait(noise(), noise(seed=1), most=30, seed=3) for _ in range(2))
    same([c.real for c in one.clouds], [c.real for c in other.clouds])
    assert one.test == other.test
    assert one.real == 30


def test_umap_is_one_more_map():
    pytest.importorskip("umap")
    names = [cloud.name for cloud in portrait(noise(), noise(seed=1)).clouds]
    assert names == ["PCA", "t-SNE", "UMAP"]


def test_without_umap_there_are_two_maps():
    if importlib.util.find_spec("umap"):
        pytest.skip("umap is here")
    assert len(portrait(noise(), noise(seed=1)).clouds) == 2


def test_other_channels_are_refused():
    words = "made must have the 32 steps and 2 channels of the real signals, got 32 and 3"
    with pytest.raises(ValueError, match=words):
        portrait(noise(), noise(channels=3))
