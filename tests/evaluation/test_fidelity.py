import json
from dataclasses import replace

import numpy as np
import pytest

from latentloom.evaluation.distances.role import InapplicableError
from latentloom.evaluation.fidelity.conditions import fidelity
from latentloom.evaluation.fidelity.dense import Response, drive_fidelity
from latentloom.evaluation.fidelity.label import label_fidelity
from latentloom.evaluation.fidelity.result import Fidelity
from latentloom.evaluation.fidelity.scalar import scalar_fidelity
from latentloom.evaluation.fidelity.shuffle import matched, shuffle
from latentloom.evaluation.population import Population, Trial

TIME = np.arange(32)


def sines(size, seed, noise=0.05):
    """Sines of the amplitude that was asked for, square waves where the label says so."""
    rng = np.random.default_rng(seed)
    amplitude, label = rng.uniform(1, 3, size), rng.integers(2, size=size)
    wave = np.sin(2 * np.pi * TIME / 16 + rng.uniform(0, 6, (size, 1)))
    wave = np.where(label[:, None] == 1, np.sign(wave), wave)
    values = amplitude[:, None] * wave + noise * rng.normal(size=wave.shape)
    return Population(
        values=values[..., None].astype(np.float32),
        scalars={"amplitude": amplitude},
        labels={"shape": label},
    )


def driven(size, seed, noise=0.1):
    """Signals that are the square of their drive's change, and noise."""
    rng = np.random.default_rng(seed)
    angle = np.pi * TIME / 32 * rng.uniform(1, 5, (size, 1)) + rng.uniform(0, 6, (size, 1))
    drive = rng.uniform(0.5, 2, (size, 1)) * np.sin(angle)
    values = np.gradient(drive, axis=1) ** 2
    values = values / 0.05 + noise * rng.normal(size=values.shape)
    return Population(
        values=values[..., None].astype(np.float32), drive=drive[..., None].astype(np.float32)
    )


def shuffled(population, seed=7):
    """The same signals, each said to be made for the condition of another one."""
    order = np.random.default_rng(seed).permutation(population.size)
    other = population.take(order)
    return replace(population, scalars=other.scalars, labels=other.labels, drive=other.drive)


def exactly(population):
    """Amplitude as the largest value; of 32 steps it misses 1 % at most."""
    return np.abs(population.values).max((1, 2))


@pytest.fixture(scope="module")
def trial():
    return Trial(train=sines(200, 0), held=sines(80, 1), made=sines(90, 2))


@pytest.fixture(scope="module")
def drives():
    return Trial(train=driven(300, 0), held=driven(80, 1), made=driven(90, 2))


def test_error_of_a_number_is_a_share_of_its_range(trial):
    found = scalar_fidelity(trial, "amplitude", descriptor=exactly)
    off = np.abs(exactly(trial.made) - trial.made.scalars["amplitude"])
    share = off / np.ptp(trial.train.scalars["amplitude"])
    assert found.made.typical.value == pytest.approx(np.median(share))
    assert found.made.ninety.value == pytest.approx(np.quantile(share, 0.9))
    assert (found.made.size, found.held.size) == (90, 80)


def test_error_of_a_number_can_be_a_share_of_itself(trial):
    found = scalar_fidelity(trial, "amplitude", descriptor=exactly, per="value")
    asked = trial.made.scalars["amplitude"]
    share = np.abs(exactly(trial.made) - asked) / asked
    assert found.made.typical.value == pytest.approx(np.median(share))
    assert found.made.ninety.value == pytest.approx(np.quantile(share, 0.9))
    assert Fidelity.of(json.loads(json.dumps(found.plain()))).per == "value"
    (same,) = (
        one
        for one in fidelity(trial, descriptors={"amplitude": exactly}, relative=["amplitude"])
        if one.kind == "scalar"
    )
    assert same.made == found.made


def test_error_of_nothing_has_no_share_of_itself(trial):
    asked = trial.made.scalars["amplitude"] * (np.arange(90) > 0)
    made = replace(trial.made, scalars={"amplitude": asked})
    with pytest.raises(ValueError, match="'amplitude' must not be 0 where errors are shares"):
        scalar_fidelity(replace(trial, made=made), "amplitude", descriptor=exactly, per="value")


def test_a_made_number_is_read_as_well_as_a_real_one(trial):
    found = scalar_fidelity(trial, "amplitude")
    assert found.verdict == "followed"
    assert found.made.p == found.held.p == 0.001
    assert found.made.typical.value < 0.05
    assert found.held.typical.low < 1.5 * found.made.typical.value < 5 * found.held.typical.high


def test_shuffled_numbers_differ_by_the_mean_of_two_draws(trial):
    found = scalar_fidelity(trial, "amplitude", descriptor=exactly).made
    assert found.shuffled == pytest.approx(1 - np.sqrt(0.5), abs=0.05)  # median of |U - U'|


def test_an_ignored_number_is_found(trial):
    found = scalar_fidelity(replace(trial, made=shuffled(trial.made)), "amplitude")
    assert found.verdict == "ignored"
    assert found.made.typical.value == pytest.approx(found.made.shuffled, abs=0.06)


def test_one_signal_for_all_numbers_is_no_better_than_chance(trial):
    same = np.broadcast_to(trial.made.values[:1], trial.made.values.shape)
    found = scalar_fidelity(replace(trial, made=replace(trial.made, values=same)), "amplitude")
    assert found.made.p == 1


def test_a_number_that_signals_do_not_show_cannot_be_read(trial):
    rng = np.random.default_rng(3)
    parts = {
        name: replace(part, scalars={"mood": rng.normal(size=part.size)})
        for name, part in (("train", trial.train), ("held", trial.held), ("made", trial.made))
    }
    assert scalar_fidelity(Trial(**parts), "mood").verdict == "unreadable"


def test_chance_is_taken_for_a_match_as_rarely_as_promised():
    rng, found = np.random.default_rng(0), []
    for seed in range(30):
        read, asked = rng.uniform(size=(2, 40))
        population = Population(values=read[:, None, None])
        apart = lambda order, read=read, asked=asked: np.abs(read - asked[order])  # noqa: E731
        found.append(matched(apart, population, seed=seed).p)
    assert np.mean(np.array(found) < 0.05) < 0.2
    assert 0.35 < np.mean(found) < 0.65


def test_a_label_is_recognised(trial):
    found = label_fidelity(trial, "shape")
    assert found.verdict == "followed"
    assert found.made.typical.value < 0.05
    assert found.made.shuffled == pytest.approx(0.5, abs=0.05)
    assert [row.label for row in found.labels] == [0, 1]
    assert sum(row.size for row in found.labels) == 90


def test_real_signals_teach_a_label_as_well_as_real_signals(trial):
    lesson = label_fidelity(trial, "shape").lesson
    assert lesson.made.value > 0.95
    assert abs(lesson.lost.value) < 0.05
    assert lesson.lost.value == pytest.approx(lesson.train.value - lesson.made.value)


def test_signals_that_ignore_their_label_teach_nothing(trial):
    lesson = label_fidelity(replace(trial, made=shuffled(trial.made)), "shape").lesson
    assert lesson.made.value < 0.75
    assert lesson.lost.low > 0.2


def test_a_kind_that_is_not_made_is_not_covered(trial):
    """All that is made for a label is one and the same signal."""
    square = trial.made.labels["shape"] == 1
    values = trial.made.values.copy()
    values[square] = values[square][:1]
    poor = label_fidelity(replace(trial, made=replace(trial.made, values=values)), "shape")
    rich = label_fidelity(trial, "shape")
    assert rich.labels[1].coverage > 0.8
    assert poor.labels[1].coverage < 0.4
    assert poor.labels[0].coverage == rich.labels[0].coverage


def test_one_label_alone_teaches_nothing_and_few_signals_have_no_coverage(trial):
    smooth = trial.made.take(trial.made.labels["shape"] == 0)
    found = label_fidelity(replace(trial, made=smooth.take(np.arange(20))), "shape")
    assert found.lesson is None
    few = replace(trial, held=trial.held.take(np.arange(10)))
    assert None in [row.coverage for row in label_fidelity(few, "shape").labels]


def test_an_ignored_label_is_found(trial):
    found = label_fidelity(replace(trial, made=shuffled(trial.made)), "shape")
    assert found.verdict == "ignored"
    assert found.held.typical.value < 0.05


def test_the_table_names_the_label_that_is_never_made(trial):
    smooth = np.flatnonzero(trial.made.labels["shape"] == 0)
    rows = np.resize(smooth, 90)
    values = trial.made.values[rows]
    found = label_fidelity(replace(trial, made=replace(trial.made, values=values)), "shape")
    assert found.labels[0].made > 0.9
    assert found.labels[1].made < 0.1
    assert found.labels[1].held > 0.9


def test_signals_that_follow_their_drive_are_as_near_as_real_ones(drives):
    found = drive_fidelity(drives)
    assert found.verdict == "followed"
    assert found.made.typical.value == pytest.approx(found.held.typical.value, rel=0.3)
    assert found.made.typical.value < 0.5 * found.made.shuffled


def test_an_ignored_drive_is_found(drives):
    found = drive_fidelity(replace(drives, made=shuffled(drives.made)))
    assert found.verdict == "ignored"
    assert found.made.typical.value == pytest.approx(found.made.shuffled, rel=0.3)


def test_half_a_drive_is_between(drives):
    noisy = replace(drives, made=driven(90, 2, noise=1.0))
    whole, half = drive_fidelity(drives).made, drive_fidelity(noisy).made
    assert whole.typical.high < half.typical.low
    assert half.p == 0.001


def test_response_is_the_drives_part_of_the_signal(drives):
    wanted = driven(80, 1, noise=0.0).values
    found = Response(drives.train, seed=0)(drives.held)
    assert np.sqrt(((found - wanted) ** 2).mean()) < 0.3 * wanted.std()


def cut(population, seed):
    lengths = np.random.default_rng(seed).integers(8, 33, population.size)
    real = (lengths[:, None] > TIME)[..., None]
    return replace(
        population, values=np.where(real, population.values, np.float32(0)), lengths=lengths
    )


def test_padding_of_ragged_signals_does_not_matter(drives):
    ragged = Trial(train=cut(drives.train, 0), held=cut(drives.held, 1), made=cut(drives.made, 2))
    padding = ~ragged.made.mask[..., None]
    soiled = replace(
        ragged.made,
        values=np.where(padding, np.float32(99), ragged.made.values),
        drive=np.where(padding, np.float32(99), ragged.made.drive),
    )
    assert drive_fidelity(replace(ragged, made=soiled)) == drive_fidelity(ragged)
    assert drive_fidelity(ragged).verdict == "followed"


def test_ragged_signals_exchange_drives_with_those_as_long():
    lengths = np.random.default_rng(0).integers(1, 101, 400)
    population = Population(values=np.zeros((400, 100, 1)), lengths=lengths)
    order = shuffle(population, np.random.default_rng(1))
    assert np.sort(order).tolist() == list(range(400))
    assert np.abs(lengths - lengths[order]).max() < 15


def test_all_conditions_are_looked_at(trial):
    found = fidelity(trial, descriptors={"amplitude": exactly})
    assert [(one.condition, one.kind) for one in found] == [
        ("amplitude", "scalar"),
        ("shape", "label"),
    ]


def test_signals_without_conditions_have_no_fidelity(drives):
    assert fidelity(replace(drives, made=replace(drives.made, drive=None))) == ()


def test_fidelity_survives_a_file(trial):
    for found in fidelity(trial, descriptors={"amplitude": exactly}):
        assert Fidelity.of(json.loads(json.dumps(found.plain()))) == found


def test_an_unknown_kind_is_refused(trial):
    plain = scalar_fidelity(trial, "amplitude", descriptor=exactly).plain()
    with pytest.raises(ValueError, match=r"kind must be one of .* got 'mood'"):
        Fidelity.of({**plain, "kind": "mood"})


def test_a_descriptor_of_nothing_is_refused(trial):
    with pytest.raises(ValueError, match=r"of scalars \['amplitude'\], got one of 'speed'"):
        fidelity(trial, descriptors={"speed": exactly})


def test_a_descriptor_must_be_finite(trial):
    with pytest.raises(ValueError, match="finite numbers, got nan for signal 0"):
        scalar_fidelity(trial, "amplitude", descriptor=lambda p: np.full(p.size, np.nan))


def test_what_was_not_asked_cannot_be_judged(trial, drives):
    bare = replace(trial, made=replace(trial.made, scalars={}))
    with pytest.raises(InapplicableError, match="'amplitude' must be known of train, held"):
        scalar_fidelity(bare, "amplitude")
    with pytest.raises(InapplicableError, match="held has none"):
        drive_fidelity(replace(drives, held=replace(drives.held, drive=None)))


def test_what_never_varies_cannot_be_judged(trial):
    same = replace(
        trial.train, scalars={"amplitude": np.ones(200)}, labels={"shape": np.ones(200, dtype=int)}
    )
    with pytest.raises(InapplicableError, match=r"'amplitude' must vary .* always 1"):
        scalar_fidelity(replace(trial, train=same), "amplitude")
    with pytest.raises(InapplicableError, match=r"'shape' must vary .* always 1"):
        label_fidelity(replace(trial, train=same), "shape")


def test_few_signals_are_refused(trial):
    few = replace(trial, made=trial.made.take(np.arange(9)))
    with pytest.raises(InapplicableError, match="at least 10 signals, got 9"):
        scalar_fidelity(few, "amplitude", descriptor=exactly)


def test_measured_voltages_follow_their_currents(shared_data):
    with np.load(shared_data / "waveforms" / "magnet_ML95S.npz") as file:
        voltage, current = (file[name][:, ::2, None] for name in ("voltage", "current"))
    rows = np.random.default_rng(0).permutation(1000)
    train, held, made = (
        Population(values=voltage[part], drive=current[part])
        for part in (rows[:500], rows[500:600], rows[600:700])
    )
    real = Trial(train=train, held=held, made=made)
    assert drive_fidelity(real).verdict == "followed"
    assert drive_fidelity(replace(real, made=shuffled(made))).verdict == "ignored"


def one_by_one(population):
    """Each signal with zero mean and unit deviation, as single floats round them."""
    x = population.values - population.values.mean(1, keepdims=True)
    return replace(population, values=(x / x.std(1, keepdims=True)).astype(np.float32))


def test_what_only_rounding_varies_says_nothing_of_labels(trial):
    scaled = Trial(
        train=one_by_one(trial.train), held=one_by_one(trial.held), made=one_by_one(trial.made)
    )
    nearly = replace(scaled.made, values=1.001 * scaled.made.values)
    found = label_fidelity(replace(scaled, made=nearly), "shape")
    assert found.made.typical.value < 0.1
    assert all(row.coverage > 0.5 for row in found.labels)
