"""What the section `evaluation` adds to the scores of a run."""

import shutil
from dataclasses import replace

import pytest

from latentloom.recipes.assess import assess
from latentloom.recipes.plan import Plan
from latentloom.recipes.run import Run


def assessed(run, **settings):
    changes = [(f"evaluation.{name}", value) for name, value in settings.items()]
    return assess(replace(run, plan=Plan.of(run.plan.tree, changes)))


@pytest.fixture
def copied(run, tmp_path):
    return Run.open(shutil.copytree(run.folder.path, tmp_path / "copy"), device="cpu")


def test_a_direct_network_is_one_more_row(copied):
    names = [entry.name for entry in assessed(copied, direct=1).entries]
    assert names.count("direct network") == 1
    assert "direct network" not in [entry.name for entry in assess(copied).entries]


def test_phase_is_scored_where_the_frequency_is_known(run):
    plain = assessed(run).records
    one = assessed(run, frequency="frequency", interval=5e-6).records
    other = assessed(run, frequency="frequency", interval=2.5e-6).records
    assert plain.cycles is None
    assert one.cycles == pytest.approx(2 * other.cycles)
