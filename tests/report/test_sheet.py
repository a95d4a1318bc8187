"""What a reader is told of the scores of a protocol."""

import re
from dataclasses import replace

import numpy as np
import pytest

from latentloom.evaluation.distances import DISTANCES
from latentloom.evaluation.statistics import Estimate
from latentloom.report.sheet_table import sheet_section
from latentloom.report.sheet_verdict import sheet_verdicts
from latentloom.report.standing import copiers, standings


def texts(sheet, mood):
    return [f"{v.text} {v.cure}" for v in sheet_verdicts(sheet, DISTANCES) if v.mood == mood]


def standing(sheet, **made):
    own = sheet(made)
    return {s.score: s for s in standings(own, own.rows[0], DISTANCES)}


@pytest.mark.parametrize(
    ("value", "against", "real"),
    [(0.06, "beats", True), (0.2, "beats", False), (0.31, "ties", False), (0.4, "loses", False)],
)
def test_a_number_stands_between_real_data_and_the_best_baseline(sheet, value, against, real):
    found = standing(sheet, mmd=value)["mmd"]
    assert (found.against, found.real) == (against, real)
    assert (found.baseline, found.best) == ("bootstrap", pytest.approx(0.3))
    assert found.floor == pytest.approx(0.05)


def test_nearer_to_the_ideal_is_better_from_either_side(sheet):
    for value in (0.8, 1.2):
        assert standing(sheet, coverage=value)["coverage"].against == "beats"


def test_signals_far_from_the_training_data_are_no_copies(sheet):
    own = sheet({"memorisation": 4.5})
    (found,) = standings(own, own.rows[0], DISTANCES)
    assert found.real
    assert not any("repeat the training data" in text for text in texts(own, "bad"))


def test_real_data_are_what_they_reach_at_every_floor(sheet):
    own = sheet({"mmd": 0.14})
    wide = replace(own.rows[1].scores["mmd"], estimate=Estimate(0.05, -0.3, 0.4))
    rows = (own.rows[0], replace(own.rows[1], scores={"mmd": wide}), *own.rows[2:])
    for loose in (own, replace(own, rows=rows)):
        assert not standings(loose, loose.rows[0], DISTANCES)[0].real


def test_who_copies_is_no_rival(sheet):
    own = sheet({"mmd": 0.4, "memorisation": 0.9})
    row = own.rows[3]
    copies = {**row.scores, "memorisation": replace(row.scores["mmd"], estimate=Estimate(0.1))}
    other = replace(own, rows=(*own.rows[:3], replace(row, scores=copies), own.rows[4]))
    assert copiers(other) == ("bootstrap",)
    found = {s.score: s for s in standings(other, other.rows[0], DISTANCES)}
    assert (found["mmd"].against, found["mmd"].best) == ("beats", pytest.approx(0.5))
    assert "copies train signals: no rival" in sheet_section(other, DISTANCES)


def test_what_loses_to_a_baseline_is_said_first(sheet):
    first, *_ = sheet_verdicts(sheet({"mmd": 0.4, "skewness": 0.1}), DISTANCES)
    assert first.mood == "bad"
    assert first.text == (
        "A baseline without a model does better in 1 of 2 scores: MMD (0.400 against 0.300 of"
        " bootstrap)."
    )


def test_what_cannot_be_told_from_real_data_is_named(sheet):
    (text,) = [t for t in texts(sheet({"mmd": 0.06, "skewness": 0.2}), "good") if "real" in t]
    assert "Cannot be told from real data by 1 of 2 scores: MMD." in text


def test_copies_come_before_larger_faults(sheet):
    found = [t for t in texts(sheet({"mmd": 0.9, "memorisation": 0.5}), "bad") if "reach" in t]
    assert found[0].startswith("Distance to train signals: 0.500; real data reach 0.950.")
    assert "repeat the training data" in found[0]


@pytest.mark.parametrize(
    ("score", "words"),
    [
        ("coverage", "never made"),
        ("correlational", "Channels do not go together"),
        ("spectral", "Rhythms"),
        ("autocorrelation", "memory"),
        ("kurtosis", "too often or too rarely"),
        ("length", "too long or too short"),
        ("discriminative_gru", "A judge finds them out"),
    ],
)
def test_each_fault_comes_with_its_cure(sheet, score, words):
    assert any(words in text for text in texts(sheet({score: 0.4}), "bad"))


def test_every_score_has_a_title_and_a_sentence(sheet):
    own = sheet(dict.fromkeys(DISTANCES, 0.4))
    assert len(standings(own, own.rows[0], DISTANCES)) == len(DISTANCES)
    section = sheet_section(own, DISTANCES)
    assert all(listed.title.replace("&", "&amp;") in section for listed in DISTANCES.values())


def test_a_refused_score_is_a_dash_with_its_reason(sheet):
    section = sheet_section(sheet({"mmd": 0.2}, {"coverage": "needs at least 50"}), DISTANCES)
    assert '<td class="made">–</td>' in section
    assert "<b>Coverage</b> (made): needs at least 50" in section


def test_the_stamp_says_how_a_number_was_made(sheet):
    section = sheet_section(sheet({"mmd": 0.2}), DISTANCES)
    assert (
        "100 real and 100 made signals in 3 dimensions; seeds 0, 1 gave 0.190 to 0.210" in section
    )


def test_every_line_has_a_cell_for_every_population(sheet):
    section = sheet_section(sheet({"mmd": 0.2, "skewness": 0.1}, {"length": "no"}), DISTANCES)
    lines = re.findall("<tr>(.*?)</tr>", section)
    assert [len(re.findall("<t[hd]", line)) for line in lines] == [6, 6, 6, 6]


def test_without_baselines_a_number_says_little(sheet):
    own = sheet({"mmd": 0.2})
    bare = type(own)(protocol="strict", version=1, versions={"mmd": 1}, rows=own.rows[:1])
    (first,) = sheet_verdicts(bare, DISTANCES)
    assert first.text == "No baseline stands beside these scores."


def test_intervals_that_are_missing_decide_nothing(sheet):
    own = sheet({"mmd": 0.29})
    assert np.isfinite(standings(own, own.rows[0], DISTANCES)[0].excess)
