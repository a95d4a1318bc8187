"""Simulated operators do what their formulas say, and their features are what they are called."""

from dataclasses import replace

import h5py
import numpy as np
import pytest
import torch
from killing import killed_and_whole
from scipy import ndimage

from latentloom.cli.main import main
from latentloom.core.errors import DataError
from latentloom.data.dataset import Quantity
from latentloom.data.formats import read
from latentloom.data.simulate.operators import (
    Operators,
    architecture,
    chunks,
    frames,
    initial,
    simulate,
    summary,
    write,
)
from latentloom.data.simulate.operators.beginnings import KINDS, begin
from latentloom.data.simulate.operators.grid import grid_of
from latentloom.data.simulate.operators.laws import CHANNELS, Flow, Law, draw
from latentloom.data.simulate.operators.rollout import sensitivity, trajectory

SMALL = Operators(records=6, grid=32, steps=8, realisations=2)
STILL = Law(
    diffusion=np.zeros(3),
    velocity=np.zeros(2),
    kernel=np.zeros((3, 3, 3)),
    gain=0.0,
    reaction="none",
    rate=0.0,
    mixing=np.zeros((3, 3)),
    bias=0.0,
    damping=0.0,
    decay=0.0,
    time_step=0.5,
)


def flow(**changes):
    return Flow.of((replace(STILL, **changes),), grid_of(32))


def field(values):
    """The same field in each of three channels of one operator and one realisation."""
    return np.broadcast_to(values, (1, 1, CHANNELS, 32, 32)).astype(np.float32)


def wave(down, along, size=32):
    """A plane wave of amplitude 1, with so many waves per side."""
    place = 2 * np.pi * np.arange(size) / size
    return np.cos(down * place[:, None] + along * place[None, :])


def noise():
    return np.random.default_rng(0).normal(size=(32, 32))


def told(values):
    """The features of one field that has not moved, by name."""
    frame = frames.Frame.of(field(values))
    row = frames.frame_features(frame, frame, frame, np.ones((1, 1, 1)))[0, 0]
    return dict(zip(frames.NAMES, row, strict=True))


def begun(values):
    """The initial features of one field, by name."""
    return dict(zip(initial.NAMES, initial.initial_features(field(values))[0], strict=True))


@pytest.fixture
def little_chunks(monkeypatch):
    monkeypatch.setattr(chunks, "CHUNK", 2)


def test_there_are_as_many_features_as_promised_and_no_name_is_twice():
    counts = {"initial": 42, "architecture": 21, "summary": 275, "temporal": 63}
    modules = {"initial": initial, "architecture": architecture, "summary": summary}
    names = {name: module.NAMES for name, module in modules.items()} | {"temporal": frames.NAMES}
    assert {name: len(set(features)) for name, features in names.items()} == counts
    assert {name: len(features) for name, features in names.items()} == counts


def test_each_column_is_called_what_it_holds():
    dataset = simulate(Operators(records=2, grid=32, steps=8), seed=0)
    modules = {"initial": initial, "architecture": architecture, "summary": summary}
    for family, module in modules.items():
        assert dataset.schema.families[family] == tuple(map(Quantity, module.NAMES))


def test_diffusion_keeps_the_mass_and_flattens_a_wave_at_its_rate():
    start = field(2 + wave(3, 4))
    later = start
    for _ in range(10):
        _, later = flow(diffusion=np.full(3, 0.7)).step(later)
    assert later.mean() == pytest.approx(start.mean(), rel=1e-6)
    faded = np.exp(-0.7 * (5 * 2 * np.pi / 32) ** 2 * 10 * 0.5)
    assert np.allclose(later, 2 + faded * wave(3, 4), atol=1e-5)


def test_advection_moves_a_field_by_speed_times_time():
    start = field(noise())
    _, later = flow(velocity=np.array([4.0, -2.0])).step(start)
    smooth = grid_of(32).number[None] < 3  # the finest waves have no direction
    seen, moved = (np.fft.rfft2(x) * smooth for x in (later, np.roll(start, (2, -1), (3, 4))))
    assert np.allclose(seen, moved, atol=1e-3)


def test_the_kernel_acts_as_a_convolution():
    kernel = np.random.default_rng(1).normal(size=(3, 5, 5))
    start = field(noise())
    _, later = flow(kernel=kernel, gain=1.5, time_step=1e-3).step(start)
    plain = ndimage.convolve(start[0, 0, 1].astype(float), kernel[1], mode="wrap")
    rate = 1.5 * (plain - kernel[1].sum() * start[0, 0, 1])
    assert np.allclose((later - start)[0, 0, 1] / 1e-3, rate, atol=0.15)


def test_cubic_damping_solves_its_equation():
    _, later = flow(damping=0.8).step(field(np.full((32, 32), 3.0)))
    assert np.allclose(later, 3 / np.sqrt(1 + 2 * 0.8 * 0.5 * 9), rtol=1e-5)


@pytest.mark.parametrize("reaction", ["saturating", "bistable", "cyclic"])
def test_no_reaction_blows_up(reaction):
    law = replace(draw(np.random.default_rng(3)), reaction=reaction, rate=1.5, damping=0.05)
    later = field(1e4 * noise())
    for _ in range(50):
        _, later = Flow.of((law,), grid_of(32)).step(later)
    assert np.abs(later).max() < 100


def test_reactions_follow_their_formulas():
    mixing = np.array([[0, 1, 0], [0, 0, 2], [-1, 0, 0.5]])
    start = np.stack([np.full((32, 32), value) for value in (0.3, -0.2, 0.5)])[None, None]
    mixed = mixing @ [0.3, -0.2, 0.5] + 0.1
    turned = np.array([-0.2 - 0.5, 0.5 - 0.3, 0.3 + 0.2])
    rates = {
        "saturating": np.tanh(mixed),
        "bistable": np.array([0.3, -0.2, 0.5]) + np.tanh(mixed) / 4,
        "cyclic": np.tanh(turned + mixed / 2),
    }
    for reaction, rate in rates.items():
        law = flow(reaction=reaction, rate=0.4, mixing=mixing, bias=0.1)
        _, later = law.step(start.astype(np.float32))
        assert np.allclose((later - start)[0, 0, :, 3, 4], 0.5 * 0.4 * rate, atol=1e-6)


def test_a_constant_field_is_its_mean_and_nothing_else():
    features = told(np.full((32, 32), 1.75))
    known = {"mean": 1.75, "least": 1.75, "greatest": 1.75}
    for name, value in features.items():
        expected = known.get(name.rpartition("_")[0], 0.0)
        assert value == pytest.approx(expected, abs=1e-6), name


def test_a_plane_wave_has_its_own_spectrum_and_moments():
    features, number = told(2 * wave(3, 4)), 5 * 2 * np.pi / 32
    known = {
        "deviation": np.sqrt(2),
        "skewness": 0,
        "kurtosis": -1.5,
        "slope": np.sqrt(2) * number,
        "curvature": np.sqrt(2) * number**2,
        "centroid": number,
        "bandwidth": 0,
        "entropy": 0,
        "low": 0,
        "high": 0,
        "anisotropy": 1,
        "memory": 1,
    }
    for name, value in known.items():
        assert features[f"{name}_2"] == pytest.approx(value, abs=2e-3), name
    assert features["correlation_01"] == pytest.approx(1)


def test_change_and_memory_compare_a_field_with_others():
    series = trajectory(flow(decay=0.2), field(wave(1, 0)), 3)[0, 0]
    names = dict(zip(frames.NAMES, series.T, strict=True))
    sizes = np.exp(-0.1 * np.arange(4)) / np.sqrt(2)
    assert np.allclose(names["deviation_0"], sizes[1:], rtol=1e-5)
    assert np.allclose(names["change_0"], -np.diff(sizes) / 0.5, rtol=1e-4)
    assert np.allclose(names["memory_0"], 1, atol=1e-6)


def test_long_waves_and_short_ones_are_correlated_apart():
    both = field(wave(0, 1)).copy()
    both[0, 0, 0] += wave(0, 12)
    both[0, 0, 1] -= wave(0, 12)
    frame = frames.Frame.of(both)
    correlation = frames.pairs(frame)[0, 0, 0]
    assert correlation[[0, 2, 3]] == pytest.approx([0, 1, -1], abs=1e-5)
    assert correlation[1] == pytest.approx((1 - 144) / (1 + 144), abs=1e-5)


def test_clusters_join_round_the_circle():
    values = np.zeros((32, 32))
    values[-2:, :4] = values[:2, :4] = 1  # one cluster of 16 cells over the edge
    values[14:18, 1:3] = 1  # another of 8, half the grid away
    features = begun(values)
    assert features["cluster_count"] == 2
    assert features["largest_cluster"] == pytest.approx(16 / 1024)
    assert features["cluster_distance"] == pytest.approx(16)
    assert features["density"] == pytest.approx(24 / 1024)


def test_a_wave_at_the_start_is_told_by_its_length_and_symmetry():
    features = begun(wave(0, 4))
    assert features["dominant"] == pytest.approx(4 * 2 * np.pi / 32)
    assert features["octave_4"] == pytest.approx(1, abs=1e-5)
    assert features["slope_y"] == pytest.approx(0, abs=1e-5)
    assert features["crossings"] == pytest.approx(8 / 32 / 2)
    # cos(k r) falls below 1 / e; along the other axis it stays 1, so their mean is cos + 1
    shift = np.arange(16)
    course = (np.cos(shift * np.pi / 4) + 1) / 2
    after = int((course < 1 / np.e).argmax())
    part = (course[after - 1] - 1 / np.e) / (course[after - 1] - course[after])
    assert features["autocorrelation_length"] == pytest.approx(after - 1 + part, abs=1e-4)


def test_order_and_noise_are_told_apart():
    order, chance = begun(wave(1, 1)), begun(noise())
    assert order["lempel_ziv"] < chance["lempel_ziv"] - 0.2
    assert order["predictability"] > 0.99
    assert chance["predictability"] < 0.05
    assert abs(chance["power_law"]) < 0.5


def test_base_values_are_gathered_by_their_spread():
    base = np.zeros((1, 2, 55))
    base[0, :, 0] = 1.0, 3.0
    first = summary.aggregated(base)[0, :5]
    assert summary.NAMES[:2] == ("mean_mean", "mean_deviation")
    assert first == pytest.approx([2, 1, 1 / 2.001, 1, 3])


def test_nothing_happens_in_a_still_summary():
    series = trajectory(flow(), field(noise()), 8)
    base = summary.base_values(series, np.zeros((1, 1, 5)))[0, 0]
    found = dict(zip(summary.BASE_NAMES, base, strict=True))
    silent = ("change", "centroid_trend", "unrest", "mass_drift", "energy_excursion")
    for name in silent:
        assert found[name] == pytest.approx(0, abs=1e-5), name
    for name in ("memory", "memory_time", "steadiness"):
        assert found[name] == pytest.approx(1, abs=1e-5), name


def test_a_channel_that_grows_first_leads():
    time = np.arange(64)
    deviations = np.stack([np.sin(0.4 * time), np.sin(0.4 * (time - 1)), np.cos(0.05 * time)], -1)
    series = np.zeros((1, 64, 63))
    series[0, :, [1, 18, 35]] = 3 + deviations.T
    base = summary.base_values(series, np.zeros((1, 5)))[0]
    found = dict(zip(summary.BASE_NAMES, base, strict=True))
    assert found["lead_01"] > 0.2
    assert found["persistence_2"] > found["persistence_0"] > 0.8


def test_a_linear_operator_answers_in_proportion():
    answer = sensitivity(flow(decay=0.3), field(noise()), field(noise()))[0, 0]
    assert answer[:2] == pytest.approx([-0.3 * 8 * 0.5] * 2, abs=1e-3)
    assert answer[2:4] == pytest.approx([0, 0], abs=1e-3)
    assert answer[4] == pytest.approx(np.exp(-1.2), rel=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_realisations_share_their_size_but_not_their_shape(kind):
    fields = begin(np.random.default_rng(0), kind, 32, 2)
    assert fields.shape == (2, 3, 32, 32)
    assert np.allclose(fields.std((-1, -2))[0], fields.std((-1, -2))[1], rtol=1e-4)
    assert not np.allclose(fields[0], fields[1], atol=0.01)


def test_architecture_says_what_was_drawn():
    law = draw(np.random.default_rng(5))
    row = architecture.architecture_features(law)
    found = dict(zip(architecture.NAMES, row, strict=True))
    assert found["kernel_size"] == law.kernel.shape[-1]
    assert found[f"kernel_{law.kernel.shape[-1]}"] == found[f"reaction_{law.reaction}"] == 1
    assert found["log_diffusion_1"] == pytest.approx(np.log10(law.diffusion[1]))
    assert row[14:17].sum() == row[17:].sum() == 1


def contents(path):
    found = {}

    def note(name, node):
        if isinstance(node, h5py.Dataset):
            found[name] = node[()]

    with h5py.File(path) as file:
        file.visititems(note)
    return found


def assert_same(one, other):
    a, b = contents(one), contents(other)
    assert a.keys() == b.keys()
    for name, array in a.items():
        assert np.array_equal(array, b[name]), name


@pytest.mark.usefixtures("little_chunks")
def test_equal_seeds_make_equal_records_whoever_works(tmp_path):
    write(SMALL, 3, tmp_path / "one.h5")
    write(SMALL, 3, tmp_path / "two.h5", workers=2)
    write(SMALL, 4, tmp_path / "other.h5")
    assert_same(tmp_path / "one.h5", tmp_path / "two.h5")
    one, other = contents(tmp_path / "one.h5"), contents(tmp_path / "other.h5")
    assert not np.array_equal(one["parameters/params"], other["parameters/params"])


def test_a_record_is_the_same_but_for_rounding_however_many_there_are():
    few, many = (simulate(replace(SMALL, records=n), 1) for n in (2, 6))
    for name, family in few.families.items():
        assert torch.allclose(family, many.families[name][:2], rtol=1e-3, atol=1e-4), name


@pytest.mark.usefixtures("little_chunks")
def test_a_simulation_that_was_stopped_goes_on(tmp_path):
    done = []

    def stop(records, total):
        done.append((records, total))
        if records == 4:
            raise KeyboardInterrupt

    write(SMALL, 0, tmp_path / "whole.h5")
    with pytest.raises(KeyboardInterrupt):
        write(SMALL, 0, tmp_path / "pieces.h5", progress=stop)
    assert not (tmp_path / "pieces.h5").exists()
    write(SMALL, 0, tmp_path / "pieces.h5", progress=lambda *seen: done.append(seen))
    assert done == [(0, 6), (2, 6), (4, 6), (4, 6), (6, 6)]
    assert_same(tmp_path / "whole.h5", tmp_path / "pieces.h5")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pieces.h5", "whole.h5"]


def test_a_killed_simulation_goes_on(tmp_path):
    arguments = ["data", "simulate", "operators", "--records", "64", "--workers", "1"]
    arguments += ["--set", "grid=32", "--set", "steps=8", "-o"]
    assert_same(*killed_and_whole(arguments, tmp_path, ".h5"))


def test_parts_of_another_simulation_are_not_taken(tmp_path):
    def stop(records, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(SMALL, 0, tmp_path / "a.h5", progress=stop)
    with pytest.raises(DataError, match=r'holds parts of .*"seed": 0.*, and .*"seed": 1.*'):
        write(SMALL, 1, tmp_path / "a.h5")


@pytest.mark.usefixtures("little_chunks")
def test_a_damaged_part_is_named(tmp_path):
    def stop(records, total):
        if records == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(SMALL, 0, tmp_path / "a.h5", progress=stop)
    (tmp_path / "a.h5.parts" / "00000000.npz").write_bytes(b"PK\x03\x04")
    with pytest.raises(DataError, match=r"00000000.npz: is damaged: .*; remove it, and"):
        write(SMALL, 0, tmp_path / "a.h5")


def test_an_existing_file_is_left_alone(tmp_path):
    (tmp_path / "a.h5").write_text("mine")
    with pytest.raises(DataError, match="exists already; remove it, or choose another name"):
        write(SMALL, 0, tmp_path / "a.h5")


def test_the_file_reads_as_the_dataset(tmp_path):
    dataset = simulate(SMALL, 0)
    write(SMALL, 0, tmp_path / "a.h5")
    again = read(tmp_path / "a.h5")
    assert again.schema.families == dataset.schema.families
    for name, family in dataset.families.items():
        assert torch.equal(family, again.families[name]), name
        assert family.isfinite().all()


def test_the_file_has_the_layout(tmp_path):
    write(SMALL, 0, tmp_path / "a.h5")
    shapes = {name: array.shape for name, array in contents(tmp_path / "a.h5").items()}
    assert shapes == {
        "features/architecture/aggregated/features": (6, 21),
        "features/initial/aggregated/features": (6, 42),
        "features/summary/aggregated/features": (6, 275),
        "features/summary/per_trajectory/features": (6, 2, 55),
        "features/temporal/features": (6, 8, 63),
        "metadata/ic_types": (6,),
        "parameters/params": (6, 14),
    }


def test_other_formats_are_written_too(tmp_path):
    settings = ["--set", "grid=32", "--set", "steps=8", "--records", "2"]
    arguments = ["data", "simulate", "operators", "-o", str(tmp_path / "a.npz"), *settings]
    assert main(arguments) == 0
    assert read(tmp_path / "a.npz").families["summary"].shape == (2, 275)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"records": 0}, "records must be at least 1, got 0"),
        ({"steps": 7}, "steps must be at least 8, got 7"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        Operators(**settings)
