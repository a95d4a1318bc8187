"""What a finished run does, and what it refuses."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
import torch
import yaml

from latentloom.core.errors import DataError, RunError
from latentloom.data.simulate.displacement_sensor import DisplacementSensor, simulate
from latentloom.generators.decoding import Sample
from latentloom.recipes.plan import identity_of
from latentloom.recipes.run import Encoded, Run
from latentloom.recipes.text import read
from latentloom.training.run_folder import read_tensors, write_tensors

SCALARS = {"frequency": 2e3, "temperature": 20.0, "amplitude": 0.01, "mean_position": 1e-3}


@pytest.fixture(scope="module")
def sensor():
    return simulate(DisplacementSensor(records=5, steps=64), seed=1)


@pytest.fixture
def copied(run, tmp_path):
    return shutil.copytree(run.folder.path, tmp_path / "copy")


def test_opening_a_run_twice_gives_the_same_signals(run, sensor):
    again = Run.open(run.folder.path, device="cpu")
    assert np.array_equal(again.generate(sensor), run.generate(sensor))


def test_generates_so_many_samples_for_each_drive(run, sensor):
    assert run.generate(sensor, samples=3).shape == (5, 3, 64, 1)


def test_equal_seeds_give_equal_samples_and_leave_the_generator_alone(run, sensor):
    opened = Run.open(run.folder.path, device="cpu")
    opened.system.trust.fill_(1.0)
    before = torch.get_rng_state()
    one, same, other = (
        opened.generate(sensor, samples=2, decoding=Sample(), seed=seed) for seed in (3, 3, 4)
    )
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert torch.equal(torch.get_rng_state(), before)


def test_arrays_frames_and_datasets_mean_the_same(run, sensor):
    drive = sensor.drive.numpy()
    scalars = dict(zip(sensor.schema.names("condition"), sensor.condition.numpy().T, strict=True))
    made = run.generate(sensor)
    assert np.array_equal(run.generate(drive, scalars), made)
    assert np.array_equal(run.generate(list(drive), pd.DataFrame(scalars)), made)
    assert np.array_equal(run.generate(drive, sensor.condition.numpy()), made)
    one = pd.DataFrame(drive[0], columns=["current [A]", "position [m]"])
    first = {name: float(values[0]) for name, values in scalars.items()}
    assert np.allclose(run.generate(one, first), made[:1], atol=1e-5)


def test_decoding_what_was_encoded_is_reconstruction(run, sensor):
    latents = run.encode(sensor)
    assert latents.codes.shape == (5, 8, 1)
    whole = run.reconstruct(sensor)
    assert np.allclose(run.decode(latents, sensor), whole, atol=1e-6)
    assert np.allclose(run.decode(latents.codes, sensor), whole, atol=1e-5)


def test_signals_are_in_the_units_of_the_files(run, sensor):
    made = run.predict(sensor)
    assert 0.2 < made.std() / sensor.series.numpy().std() < 2


@pytest.mark.parametrize(
    ("drive", "condition", "words"),
    [
        (None, SCALARS, r"drive: must be given, as in training: current \[A\], position \[m\]"),
        (
            np.zeros((1, 64, 2)),
            None,
            r"condition: must be given, as in training: frequency \[Hz\]",
        ),
        (np.zeros((1, 63, 2)), SCALARS, r"input: signals must have 64 steps, got 63"),
        (np.zeros((1, 64, 1)), SCALARS, r"drive: must be samples x steps x 2 channels"),
        (np.full((1, 64, 2), np.nan), SCALARS, r"input: drive has 128 values that are not finite"),
        (np.zeros((1, 64, 2)), {"frequency": 1.0}, r"condition: must have temperature \[degC\]"),
        (
            np.zeros((1, 64, 2)),
            SCALARS | {"freqency": 3},
            r"condition freqency: unknown condition; did you mean 'frequency'\?",
        ),
        (
            np.zeros((3, 64, 2)),
            SCALARS | {"frequency": [1.0, 2.0]},
            r"must be 1 or 3 numbers, got 2",
        ),
        (np.zeros((1, 64, 2)), SCALARS | {"frequency": "high"}, r"must be numbers, got 'high'"),
        (np.zeros((1, 64, 2)), SCALARS | {"frequency": True}, r"must be numbers, got True"),
        (np.zeros((1, 64, 2)), SCALARS | {"frequency": {"a": 1}}, r"must be numbers, got \{'a'"),
        (np.zeros((0, 64, 2)), SCALARS, r"input: must hold at least one sample, got none"),
        (pd.DataFrame({"current": [0.0]}), SCALARS, r"drive: must have the column 'position'"),
    ],
)
def test_refuses_what_it_was_not_trained_on(run, drive, condition, words):
    with pytest.raises(DataError, match=words):
        run.generate(drive, condition)


def test_refuses_another_unit(run, sensor):
    from dataclasses import replace

    from latentloom.data.dataset import Quantity

    drive = (Quantity("current", "mA"), sensor.schema.drive[1])
    other = replace(sensor, schema=replace(sensor.schema, drive=drive))
    with pytest.raises(DataError, match="drive current must be in A, got mA"):
        run.generate(other)


def test_refuses_no_samples(run, sensor):
    with pytest.raises(ValueError, match="samples must be at least 1, got 0"):
        run.generate(sensor, samples=0)


def test_a_folder_without_a_recipe_is_no_run(tmp_path):
    with pytest.raises(RunError, match=r"must be the folder of a run, and holds no config.yaml"):
        Run.open(tmp_path)


def test_a_run_that_is_not_finished_says_how_to_go_on(copied):
    (copied / "best_model.pt").unlink()
    with pytest.raises(
        RunError, match=r"not finished; go on with: latentloom train --resume-from"
    ):
        Run.open(copied)


def test_a_model_cut_short_is_named(copied):
    path = copied / "best_model.pt"
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(RunError, match=r"best_model.pt: must be a complete checkpoint"):
        Run.open(copied)


def test_a_model_of_another_recipe_is_named(copied):
    config = copied / "config.yaml"
    config.write_text(config.read_text().replace("random_seed: 0", "random_seed: 1"))
    with pytest.raises(RunError, match=r"best_model.pt: is from another recipe or other data"):
        Run.open(copied)


def test_a_run_from_before_a_setting_was_there_opens(copied, sensor, run):
    config, model = copied / "config.yaml", copied / "best_model.pt"
    tree = dict(read(config))
    for phase in tree["phases"]:
        del phase["accumulate"]
    config.write_text(yaml.safe_dump(tree))
    kept = read_tensors(model, kind="model")
    _, data = kept["identity"].split("-")
    write_tensors(model, kept | {"identity": f"{identity_of(tree)}-{data}"})
    assert np.array_equal(Run.open(copied, device="cpu").generate(sensor), run.generate(sensor))


def test_a_recipe_that_was_broken_is_named(copied):
    config = copied / "config.yaml"
    config.write_text(config.read_text().replace("parts:", "prts:"))
    with pytest.raises(RunError, match=r"config.yaml: is no longer what the run wrote \(recipe: "):
        Run.open(copied)


def test_latents_of_another_width_are_refused(run, sensor):
    latents = run.encode(sensor)
    with pytest.raises(DataError, match="latents: must have 2 features a step, got 1"):
        run.decode(Encoded(z=latents.z[..., :1]), sensor)


def test_statistics_that_are_missing_are_named(copied):
    (copied / "normalization_stats.npz").unlink()
    with pytest.raises(RunError, match=r"normalization_stats.npz: is missing"):
        Run.open(copied)


def test_a_damaged_fingerprint_is_named(copied):
    (copied / "data.json").write_text("{")
    with pytest.raises(RunError, match=r"data.json: is missing or damaged"):
        Run.open(copied)


def test_there_is_no_such_device(run):
    for name in ("gpu", "meta"):
        with pytest.raises(RunError, match=f"{name}: must be auto, cpu or cuda, and a device of"):
            Run.open(run.folder.path, device=name)


def test_the_fingerprint_says_what_the_data_was(run):
    told = json.loads(run.folder.data.read_text())
    assert told["samples"] == 60
    assert told["split"] == {"train": 36, "validation": 12, "test": 12}
    assert told["schema"]["series"] == ["voltage [V]"]
    assert len(told["files"][0]["sha256"]) == 64
