import json
from dataclasses import replace

import numpy as np
import pytest

from latentloom.evaluation.distances.role import InapplicableError
from latentloom.evaluation.fidelity.sweep import Sweep, drive_sweep, sweep
from latentloom.evaluation.population import Population

TIME = np.arange(32)


def constants(asked, size, rng, gain=1.0):
    """Signals around gain times what was asked."""
    values = gain * np.broadcast_to(asked, (size,))[:, None] + 0.1 * rng.normal(size=(size, 32))
    return values[..., None].astype(np.float32)


def exactly(population):
    return population.values.mean((1, 2)).astype(float)


@pytest.fixture
def train():
    rng = np.random.default_rng(0)
    level, other = rng.uniform(2, 6, 100), rng.normal(size=100)
    return Population(
        values=constants(level, 100, rng),
        scalars={"level": level, "other": other},
        labels={"kind": rng.integers(3, size=100)},
    )


def generator(gain, seen=None):
    rng = np.random.default_rng(1)

    def generate(settings):
        if seen is not None:
            seen.append(dict(settings))
        return Population(values=constants(settings["level"], 30, rng, gain))

    return generate


@pytest.mark.parametrize("gain", [1.0, 0.5])
def test_slope_is_the_gain(train, gain):
    found = sweep(train, train, "level", generator(gain), descriptor=exactly)
    assert found.slope.value == pytest.approx(gain, abs=0.01)
    assert found.slope.low < gain < found.slope.high
    assert found.real == pytest.approx(1, abs=0.02)
    assert not found.ignored


def test_an_ignored_condition_is_found(train):
    found = sweep(train, train, "level", generator(0.0), descriptor=exactly)
    assert found.ignored
    assert abs(found.slope.value) < 0.01


def test_the_same_signal_for_all_is_ignored(train):
    same = train.take(np.zeros(12, dtype=int))
    found = sweep(train, train, "level", lambda _: same, descriptor=exactly)
    assert (found.slope.value, found.rank.value, found.ignored) == (0, 0, True)


def test_a_learned_descriptor_does_as_well(train):
    found = sweep(train, train, "level", generator(1.0), points=5)
    assert found.slope.value == pytest.approx(1, abs=0.05)


def test_nothing_else_changes(train):
    seen = []
    found = sweep(train, train, "level", generator(1.0, seen), descriptor=exactly, points=4)
    levels = [settings.pop("level") for settings in seen]
    wanted = np.linspace(train.scalars["level"].min(), train.scalars["level"].max(), 4)
    assert levels == list(found.asked) == pytest.approx(wanted)
    assert all(settings == seen[0] for settings in seen)
    rows = np.flatnonzero(train.scalars["other"] == seen[0]["other"])
    assert seen[0]["kind"] == train.labels["kind"][rows[0]]


def test_sweep_survives_a_file(train):
    found = sweep(train, train, "level", generator(1.0), descriptor=exactly, points=3)
    assert Sweep.of(json.loads(json.dumps(found.plain()))) == found


def test_a_condition_without_a_range_is_not_swept(train):
    same = replace(train, scalars={"level": np.ones(100)})
    with pytest.raises(InapplicableError, match="'level' must vary in train and held"):
        sweep(same, train, "level", generator(1.0), descriptor=exactly)


@pytest.fixture
def held():
    rng = np.random.default_rng(0)
    drive = np.sin(TIME * rng.uniform(0.1, 1, (50, 1)))[..., None]
    return Population(values=3 * drive + 0.1 * rng.normal(size=drive.shape), drive=drive)


def test_who_follows_the_drive_comes_nearer_with_it(held):
    found = drive_sweep(held, lambda drive: Population(values=3 * drive))
    assert found.sign == -1
    assert found.wins > 0.9


def test_who_ignores_the_drive_does_not(held):
    rng = np.random.default_rng(1)
    found = drive_sweep(held, lambda drive: Population(values=rng.normal(size=drive.shape)))
    assert found.sign == 0


def test_one_signal_must_be_made_for_each_drive(held):
    with pytest.raises(ValueError, match=r"shape \(50, 32, 1\), one for each drive, got \(9"):
        drive_sweep(held, lambda drive: Population(values=drive[:9]))


def test_signals_without_drives_are_not_swept(held):
    with pytest.raises(InapplicableError, match="real signals with drives"):
        drive_sweep(replace(held, drive=None), lambda drive: Population(values=drive))
