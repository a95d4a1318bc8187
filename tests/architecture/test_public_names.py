"""What the package promises to those who import it."""

import inspect

import latentloom

NAMES = [
    "Columns",
    "Dataset",
    "Run",
    "diagnose",
    "evaluate",
    "interpolate",
    "load",
    "locate",
    "score",
    "sweep",
    "train",
]


def test_the_public_names_are_these():
    assert sorted(latentloom.__all__) == NAMES
    assert dir(latentloom) == NAMES


def test_every_public_name_is_there_and_documented():
    for name in NAMES:
        assert inspect.getdoc(getattr(latentloom, name)), name


def test_another_name_is_not_there():
    assert not hasattr(latentloom, "Trainer")


def test_the_functions_take_these_arguments():
    parameters = {
        name: list(inspect.signature(getattr(latentloom, name)).parameters)
        for name in set(NAMES) - {"Columns", "Dataset", "Run"}
    }
    assert parameters == {
        "load": ["source", "columns"],
        "train": ["recipe", "output", "data", "changes", "existing_model", "device"],
        "evaluate": ["run", "data"],
        "diagnose": ["run"],
        "interpolate": ["run", "data", "start", "end", "steps", "path"],
        "locate": ["run", "state", "condition", "start", "prior"],
        "score": ["made", "real", "train", "protocol", "scores", "baselines", "seed"],
        "sweep": ["search", "output", "workers", "storage", "device"],
    }
