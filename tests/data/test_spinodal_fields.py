"""Fields are told by autocorrelations, and by components whose signs are settled."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from latentloom.core.errors import DataError
from latentloom.data.fields import (
    autocorrelation,
    basis_file,
    fit_basis,
    principal,
    profiles,
    radial_profile,
    read_basis,
)
from latentloom.data.fields.grid import symbol
from latentloom.data.fields.told import told


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def waves(fields):
    return torch.fft.rfft2(torch.from_numpy(fields))


def by_shifts(field):
    """The autocorrelation summed shift by shift, distance 0 in the cell n / 2."""
    size, centred = len(field), field - field.mean()
    shifts = np.arange(size) - size // 2
    sums = [[(centred * np.roll(centred, (-a, -b), (0, 1))).sum() for b in shifts] for a in shifts]
    return np.array(sums) / np.square(centred).sum()


def by_rings(field):
    size = len(field)
    place = np.arange(size) - size // 2
    ring = np.round(np.sqrt(place[:, None] ** 2 + place[None, :] ** 2))
    return np.array([field[ring == radius].mean() for radius in range(size // 2 + 1)])


@pytest.mark.parametrize("size", [6, 7, 8])
def test_autocorrelations_and_profiles_are_their_definitions(size):
    field = noise(size, size)
    plain = by_shifts(field)
    maps = autocorrelation(torch.from_numpy(field))
    assert np.allclose(maps.numpy(), plain)
    assert np.allclose(radial_profile(maps).numpy(), by_rings(plain))
    assert np.allclose(profiles(waves(field)).numpy(), by_rings(plain))


def test_level_and_size_of_a_field_do_not_matter():
    field = noise(2, 16, 16)
    assert np.allclose(profiles(waves(field)), profiles(waves(5 - 0.01 * field)))


def test_a_constant_field_is_refused():
    fields = noise(3, 8, 8)
    fields[1] = 0.5
    with pytest.raises(ValueError, match=r"must not be constant, .* got 1 with .* is frame 1"):
        profiles(waves(fields))


def test_the_symbol_is_that_of_five_points():
    field = noise(10, 10)
    shifted = [np.roll(field, by, axis) for by in (1, -1) for axis in (0, 1)]
    found = np.fft.irfft2(symbol(10) * np.fft.rfft2(field), s=(10, 10))
    assert np.allclose(found, 4 * field - sum(shifted))


@pytest.mark.parametrize("shape", [(60, 9), (20, 50)], ids=["many values", "many entries"])
def test_components_are_those_of_sklearn_but_for_signs(shape):
    values = noise(*shape) @ np.diag(np.linspace(3, 1, shape[1]))
    basis = principal(values, 4, form="radial", grid=2 * shape[1] - 2)
    other = PCA(4, svd_solver="full").fit(values)
    assert np.allclose(basis.explained, other.explained_variance_ratio_)
    signs = np.sign((basis.components * other.components_).sum(1))
    assert np.allclose(basis.components, signs[:, None] * other.components_)
    assert np.allclose(basis.scores(values), signs * other.transform(values))
    assert np.allclose(
        basis.restored(basis.scores(values)), other.inverse_transform(other.transform(values))
    )


def test_the_largest_entry_of_a_component_is_positive():
    values = noise(40, 12)
    for sign in (1, -1):
        basis = principal(sign * values, 5, form="radial", grid=22)
        largest = np.abs(basis.components).argmax(1)
        assert (basis.components[np.arange(5), largest] > 0).all()


def test_what_is_kept_of_other_values_is_what_is_not_lost():
    fitted, other = noise(50, 8), noise(30, 8, seed=1)
    basis = principal(fitted, 3, form="radial", grid=14, held_out=other)
    lost = np.square(other - basis.restored(basis.scores(other))).sum()
    assert basis.held_out[-1] == pytest.approx(1 - lost / np.square(other - basis.mean).sum())
    assert np.allclose(basis.kept(fitted), np.cumsum(basis.explained))


def test_runs_that_are_held_out_do_not_move_the_basis():
    runs = [noise(10, 6, seed=seed) for seed in range(5)]
    marks = np.array([False, True, False, False, True])
    basis = fit_basis(runs, marks, 2, form="radial", grid=10)
    alone = fit_basis([runs[at] for at in (0, 2, 3)], np.zeros(3, bool), 2, form="radial", grid=10)
    assert np.array_equal(basis.components, alone.components)
    assert basis.held_out.shape == (2,)
    assert alone.held_out.shape == (0,)


def test_maps_are_fitted_to_some_frames_spread_over_all_runs():
    runs = [noise(3000, 4, seed=seed) for seed in range(2)]
    basis = fit_basis(runs, np.zeros(2, bool), 2, form="maps", grid=2)
    some = np.concatenate([run[::2] for run in runs])
    assert np.allclose(basis.mean, some.mean(0))


def test_a_basis_comes_back_from_its_file(tmp_path):
    basis = principal(noise(50, 9), 3, form="radial", grid=16, held_out=noise(9, 9, seed=2))
    path = basis_file(tmp_path / "runs.h5")
    basis.write(path)
    found = read_basis(path)
    assert (found.form, found.grid, found.radii.tolist()) == ("radial", 16, [*range(9)])
    for name in ("mean", "components", "explained", "held_out"):
        assert np.array_equal(getattr(found, name), getattr(basis, name))


def test_another_file_is_no_basis(tmp_path):
    np.savez(tmp_path / "a.npz", mean=np.zeros(3))
    with pytest.raises(DataError, match=r"a\.npz: must be the file of a basis.* lacks \['form'"):
        read_basis(tmp_path / "a.npz")
    with pytest.raises(DataError, match=r"b\.npz: must be the file of a basis.*there is none"):
        read_basis(tmp_path / "b.npz")


def test_there_must_be_more_frames_than_components():
    with pytest.raises(ValueError, match="components must be fewer than the frames"):
        principal(noise(4, 9), 4, form="radial", grid=16)


def test_a_run_is_told_in_three_forms():
    seen = waves(noise(6, 8, 8))
    assert told(seen, "radial", 2).shape == (6, 5)
    assert told(seen, "maps", 2).shape == (6, 64)
    assert told(seen, "per_run", 2).shape == (6, 2)
