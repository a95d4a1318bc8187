"""A small recipe, and a run that it left behind."""

from pathlib import Path

import pytest

SMALL = Path(__file__).parent / "small.yaml"


@pytest.fixture
def tree():
    """The tree of a small recipe, to be changed."""
    from latentloom.recipes.text import read

    return read(SMALL)


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """A run of the small recipe; not to be changed."""
    from latentloom.recipes.conduct import Conduct, train
    from latentloom.recipes.plan import Plan

    folder = tmp_path_factory.mktemp("runs") / "small"
    return train(Plan.read(SMALL), folder, Conduct(device="cpu"))
