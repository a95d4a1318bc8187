"""The page that holds runs against each other."""

import re

import numpy as np
import pytest

from latentloom.evaluation.rivals import duels, sheet_duels
from latentloom.report.comparison import Match, Shared, render_comparison
from latentloom.report.content import Line
from latentloom.report.duels import alike, best, duel_table, duel_verdicts


def scores(**offsets):
    x = np.random.default_rng(0).random(60)
    return {name: x + offset for name, offset in offsets.items()}


@pytest.fixture
def match(scorecard, sheet, nasty):
    x = np.arange(5.0)
    lines = tuple(Line(name=name, x=x, y=x + i) for i, name in enumerate(("a", "b", nasty)))
    sheets = {"a": sheet({"mmd": 0.1}), "b": sheet({"mmd": 0.4}), nasty: sheet({"mmd": 0.41})}
    return Match(
        runs={"a": "generated", "b": "generated", nasty: "generated"},
        scorecard=scorecard(),
        duels=duels(scores(a=0.0, b=1.0, **{nasty: 1.0}), score="nrmse"),
        records=(Shared(title=nasty, truth=lines[0], made=lines, x="time", y="volt"),),
        sheets={"strict": sheets},
        sheet_duels={"strict": sheet_duels(sheets)},
        costs={"a": {"parameters": "1,000"}},
        command="latentloom compare a b",
    )


def test_the_page_has_its_parts_and_no_holes(match, nasty):
    page = render_comparison(match)
    titles = ["Verdict", "Scores", "Each against each", "By kind", "Records"]
    titles += ["Scores by strict", "Cost", "How it was made"]
    assert re.findall("<h2>(.*?)</h2>", page) == titles
    assert nasty not in page
    assert not re.search(r"\bnan\b|\binf\b|//|<script", page)


def test_the_best_run_and_its_equals_are_named(match):
    assert best(match.duels) == "a"
    assert alike(match.duels, "a") == []
    first, *_ = duel_verdicts(match.duels, 60, {}, {})
    assert first.mood == "good"
    assert first.text.startswith("a has the lowest median NRMSE, and differs from")


def test_a_tie_is_not_sold_as_a_win():
    tied = duels(scores(a=0.0, b=0.0, c=1.0), score="nrmse")
    first, *_ = duel_verdicts(tied, 60, {}, {})
    assert first.mood == "unsure"
    assert "cannot be told apart from b. It is better than c." in first.text


def test_few_groups_are_no_proof(match):
    texts = [verdict.text for verdict in duel_verdicts(match.duels, 4, {}, {})]
    assert any(text.startswith("The records are of 4 groups only") for text in texts)


def test_every_pair_has_a_line(match):
    assert len(re.findall("<tr>", duel_table(match.duels))) == 1 + 3


def test_a_page_of_scores_alone_needs_no_records(match):
    bare = Match(runs=match.runs, sheets=match.sheets, sheet_duels=match.sheet_duels)
    page = render_comparison(bare)
    assert "Each against each" not in page
    assert "By strict, a is the best in 1 of 1: mmd" in page.replace("MMD", "mmd")
