"""Runs scored by a protocol: what they make, against what they never saw."""

import numpy as np
import pytest

from latentloom.core.errors import RecipeError
from latentloom.evaluation.protocols import Extent, Legacy24, Strict
from latentloom.evaluation.sheet import Sheet
from latentloom.recipes.assess import assess, splits
from latentloom.recipes.contest import of_run, scored
from latentloom.recipes.judging import Judging

FEW = Extent(scores=("marginal",), baselines=())


@pytest.fixture(scope="module")
def contest(run):
    return of_run(run, Strict())


def test_a_run_is_held_against_its_own_test_split(run, contest):
    train, _, held = splits(run)
    assert contest.real.values == pytest.approx(held.series.numpy())
    assert contest.train.size == train.size
    assert contest.made.size == held.size
    assert contest.made.scalars.keys() == contest.real.scalars.keys()


def test_the_published_protocol_draws_for_what_was_learned_from(run):
    train, _, _ = splits(run)
    contest = of_run(run, Legacy24())
    assert contest.made.size == train.size
    arranged = Legacy24().arrange(contest.real, contest.made, contest.train, seed=0)
    assert arranged.trial.held.size == train.size


def test_each_scalar_condition_is_swept(contest):
    assert {found.condition for found in contest.sweeps} <= set(contest.real.scalars)
    for found in contest.sweeps:
        assert len(found.asked) == len(found.answered) == 9


def test_a_sheet_with_conditions_survives_its_file(contest, tmp_path):
    if contest.real.size < 20:
        with pytest.raises(Exception, match="strict needs at least 20 real"):
            scored(contest, Strict(), FEW)
        return
    sheet = scored(contest, Strict(), FEW).sheet
    sheet.write(tmp_path / "scores.json")
    assert Sheet.read(tmp_path / "scores.json") == sheet


@pytest.mark.parametrize("flag", ["real", "train"])
def test_a_run_takes_no_other_real_signals(run, tmp_path, flag):
    asked = Judging(judged=run.folder.path, protocol="strict", **{flag: tmp_path})
    with pytest.raises(RecipeError, match="a run is held against its own test split"):
        asked.result()


def test_answers_are_scored_by_default_and_say_how_much_of_each_channel_they_explain(run):
    asked = Judging(judged=run.folder.path)
    assert asked.paired
    card = assess(run).scorecard
    assert list(card.parts) == list(run.schema.names("series"))
    assert all(np.isfinite(estimate.value) for estimate in card.parts.values())
