"""The verbs as functions."""

from pathlib import Path

import numpy as np
import pytest
import torch

import latentloom
from latentloom.core.errors import RecipeError
from latentloom.data.simulate.displacement_sensor import DisplacementSensor, simulate
from latentloom.data.stream import StreamedDataset
from latentloom.recipes.conduct import Conduct, train
from latentloom.recipes.plan import Plan
from latentloom.recipes.text import read

SMALL = Path(__file__).parent / "small.yaml"


def test_data_in_memory_trains_and_the_run_can_be_repeated(tmp_path):
    data = simulate(DisplacementSensor(records=40, steps=64), seed=2)
    run = latentloom.train(
        SMALL, tmp_path / "run", data=data, changes={"phases.1.epochs": 1}, device="cpu"
    )
    again = latentloom.train(run.folder.config, tmp_path / "again", device="cpu")
    assert np.array_equal(run.generate(data), again.generate(data))
    assert latentloom.evaluate(run).records == 8
    assert latentloom.evaluate(run.folder.path, data).records == 40


def test_several_files_are_one_dataset(tmp_path):
    from latentloom.data.formats import write

    for seed in (0, 1):
        write(
            simulate(DisplacementSensor(records=3, steps=64), seed=seed), tmp_path / f"{seed}.h5"
        )
    assert latentloom.load([tmp_path / "0.h5", tmp_path / "1.h5"]).size == 6


def test_an_excerpt_that_does_not_exist_is_named():
    with pytest.raises(RecipeError, match=r"unknown excerpt 'magnt'; did you mean 'magnet'\?"):
        latentloom.load("excerpt:magnt")


def test_a_streamed_source_trains_as_one_in_memory(tree, tmp_path):
    from latentloom.data.formats import write

    path = tmp_path / "data.h5"
    write(simulate(DisplacementSensor(records=40, steps=64), seed=2), path)
    tree["data"]["source"] = str(path)
    del tree["data"]["simulate"]
    whole = train(Plan.of(tree), tmp_path / "whole", Conduct(device="cpu"))
    plan = Plan.of(tree, [("data.streaming", "on")])
    streamed = train(plan, tmp_path / "streamed", Conduct(device="cpu"))
    assert isinstance(StreamedDataset(path).steps, int)
    one, other = whole.system.state_dict(), streamed.system.state_dict()
    assert all(torch.allclose(one[name], other[name], atol=1e-5) for name in one)


def test_a_recipe_without_data_cannot_be_given_data(tmp_path):
    data = simulate(DisplacementSensor(records=4, steps=64), seed=2)
    tree = read(SMALL) | {"data": "x"}
    with pytest.raises(RecipeError, match="data: must be a mapping"):
        latentloom.train(tree, tmp_path / "run", data=data)
