"""Runs of sets of Gaussians held against each other: tables and images, and no curves."""

import copy
import re

import numpy as np
import pytest
from test_gaussian_sets import TREE
from test_sets_assessed import strokes

import latentloom
from latentloom.cli.main import main
from latentloom.recipes.comparison import compare_runs
from latentloom.recipes.sets_assessed import assess_sets
from latentloom.recipes.sets_compared import APART
from latentloom.report.comparison import render_comparison


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A run, one that learned for longer, and one of another form."""
    folder, data = tmp_path_factory.mktemp("sets"), strokes(60)

    def made(name, change):
        tree = copy.deepcopy(TREE)
        change(tree)
        return latentloom.train(tree, folder / name, data=data, device="cpu").folder.path

    def longer(tree):
        tree["phases"][0]["epochs"] += 2

    def other(tree):
        tree["data"]["transforms"][0]["form"] = "cholesky"

    changes = {"short": lambda tree: None, "long": longer, "other": other}
    return {name: made(name, change) for name, change in changes.items()}


@pytest.fixture(scope="module")
def match(runs):
    return compare_runs([runs["short"], runs["long"]], device="cpu")


def test_the_rows_are_those_of_each_run_alone(runs, match):
    from latentloom.recipes.run import Run

    alone = assess_sets(Run.open(runs["long"], device="cpu"))
    rows = {row.name: row for row in match.sets.card.rows}
    assert [row.name for row in match.sets.card.of_kind("run")] == ["short", "long"]
    assert rows["long"].errors == alone.card.run.errors
    assert rows["long"].fitted == alone.card.run.fitted
    assert {row.name for row in alone.card.of_kind("baseline")} <= rows.keys()


def test_pairs_are_judged_by_the_error_of_the_images(runs, match):
    from latentloom.recipes.run import Run

    medians = []
    for name in ("short", "long"):
        found = assess_sets(Run.open(runs[name], device="cpu")).material
        psnr = found.pictures.near(found.made, original=False)["psnr"]
        medians.append(np.median(10 ** (-psnr / 20)))
    (duel,) = match.duels
    assert duel.comparison.difference.value == pytest.approx(medians[0] - medians[1])


def test_the_page_shows_images_and_no_curves_of_slots(match):
    assert (match.scorecard, match.records) == (None, ())
    page = render_comparison(match)
    assert "<polyline" not in page
    assert "NRMSE" not in page
    assert "median root mean square error of the images" in page
    assert [*match.sets.beside.rows] == ["fitted", "short", "long"]
    assert len(re.findall(r'alt="long, record', page)) == len(match.sets.beside.records)


def test_errors_without_a_common_unit_are_left_out(runs):
    card = compare_runs([runs["short"], runs["other"]], device="cpu").sets.card
    assert card.notes == (APART,)
    assert all(not row.errors and not row.spread for row in card.rows)
    assert all(row.fitted is not None for row in card.of_kind("run"))


def test_the_command_prints_the_table_of_sets(runs, tmp_path, capsys):
    page = tmp_path / "page.html"
    assert main(["compare", *map(str, runs.values()), "-o", str(page), "--device", "cpu"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "image, short against long" in printed
    assert "images of 28 x 28 pixels" in printed
    assert page.is_file()
