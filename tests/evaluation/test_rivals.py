import numpy as np
import pytest

from latentloom.evaluation.rivals import duels, shared, sheet_duels
from latentloom.evaluation.sheet import Measured, Sheet, SheetRow
from latentloom.evaluation.statistics import Estimate


def sheet(version=1, **scores):
    measured = {
        name: Measured(
            estimate=Estimate(value, value - 0.05, value + 0.05),
            repeats=(value,),
            seeds=(0,),
            real=50,
            made=50,
            dimensions=3,
        )
        for name, value in scores.items()
    }
    row = SheetRow(name="made", what="made", scores=measured)
    return Sheet(
        protocol="strict", version=1, versions=dict.fromkeys(scores, version), rows=(row,)
    )


def test_a_model_does_not_beat_itself():
    x = np.random.default_rng(0).random(30)
    (duel,) = duels({"a": x, "b": x.copy()}, score="nrmse")
    assert duel.sign == 0
    assert duel.chance == 1.0


def test_pairs_share_the_price_of_many_questions():
    rng = np.random.default_rng(0)
    x = rng.random(60)
    models = {"a": x, "b": x + 0.04 + 0.12 * rng.random(60)}
    more = {**models, **{f"m{i}": x + 0.001 * rng.random(60) for i in range(4)}}
    few, many = (duels(scores, score="nrmse")[0].chance for scores in (models, more))
    assert few < many
    assert len(duels(more, score="nrmse")) == 15


def test_a_score_is_judged_by_its_distance_from_the_ideal():
    sheets = {"a": sheet(density=0.9, mmd=0.1), "b": sheet(density=1.6, mmd=0.11)}
    found = sheet_duels(sheets)
    assert {name: pair[0].sign for name, pair in found.items()} == {"density": -1, "mmd": 0}


def test_other_versions_of_a_score_are_not_compared():
    sheets = [sheet(mmd=0.1, skewness=0.2), sheet(version=2, mmd=0.1, skewness=0.2)]
    assert shared(sheets) == []
    assert shared(sheets[:1]) == ["mmd", "skewness"]


def test_models_must_have_records_in_common():
    gap = np.array([np.nan, np.nan, 1.0])
    with pytest.raises(ValueError, match="at least 2 records, got 1"):
        duels({"a": gap, "b": np.ones(3)}, score="nrmse")
