"""Several runs held against each other."""

import re
import shutil
from dataclasses import replace

import numpy as np
import pytest

from latentloom.core.errors import RunError
from latentloom.evaluation.sheet import Measured, Sheet, SheetRow
from latentloom.evaluation.statistics import Estimate
from latentloom.recipes.comparison import compare_runs
from latentloom.recipes.conduct import Conduct, train
from latentloom.recipes.plan import Plan


@pytest.fixture(scope="module")
def runs(run, tmp_path_factory):
    """A run, the same with another seed of its weights alone, and one of other records."""
    folder = tmp_path_factory.mktemp("rivals")
    device = Conduct(device="cpu")

    def made(name, **changes):
        return train(Plan.of(run.plan.tree, list(changes.items())), folder / name, device)

    longer = made("longer", **{"phases.0.epochs": 2})
    other = made("other", **{"data.simulate.records": 50})
    return {"small": run.folder.path, "longer": longer.folder.path, "other": other.folder.path}


def sheet(value, **more):
    measured = Measured(
        estimate=Estimate(value, value - 0.05, value + 0.05),
        repeats=(value,),
        seeds=(0,),
        real=50,
        made=50,
        dimensions=3,
    )
    known = {"protocol": "strict", "version": 1, "stamp": {"real.npz": "sha256 1", "real": "9"}}
    row = SheetRow(name="made", what="made", scores={"mmd": measured})
    return Sheet(**{**known, **more}, versions={"mmd": 1}, rows=(row,))


def written(folder, **sheets):
    for name, found in sheets.items():
        found.write(folder / f"{name}.json")
    return [folder / f"{name}.json" for name in sheets]


def test_the_numbers_are_those_of_each_run_alone(runs, run):
    from latentloom.recipes.assess import assess

    match = compare_runs([runs["small"], runs["longer"]], device="cpu")
    alone = assess(run).scorecard.rows[0].scores["nrmse"]
    assert match.scorecard.rows[0].scores["nrmse"].median == alone.median
    assert match.runs == {"small": "generated", "longer": "generated"}
    (duel,) = match.duels
    medians = [row.scores["nrmse"].median.value for row in match.scorecard.rows]
    assert duel.comparison.difference.value == pytest.approx(medians[0] - medians[1])
    assert len(match.records) == 3


def test_a_copy_of_a_run_is_no_better(runs, tmp_path):
    again = shutil.copytree(runs["small"], tmp_path / "again")
    match = compare_runs([runs["small"], again], device="cpu")
    assert match.duels[0].sign == 0
    assert match.duels[0].comparison.difference.value == 0
    assert np.array_equal(match.records[0].made[0].y, match.records[0].made[1].y)


def test_other_records_are_refused(runs):
    words = "must be scored on the test records of small, and has 10 of them instead of 12"
    with pytest.raises(RunError, match=words):
        compare_runs([runs["small"], runs["other"]], device="cpu")


def test_scores_of_signals_from_any_tool_are_compared(tmp_path):
    match = compare_runs(written(tmp_path, one=sheet(0.1), two=sheet(0.5)))
    assert match.scorecard is None
    assert match.sheet_duels["strict"]["mmd"][0].sign == -1


def test_scores_beside_runs_are_compared_too(runs, tmp_path):
    folders = [shutil.copytree(runs[name], tmp_path / name) for name in ("small", "longer")]
    for folder, value in zip(folders, (0.1, 0.11), strict=True):
        sheet(value).write(folder / "scores_strict.json")
    match = compare_runs(folders, device="cpu")
    assert match.duels
    assert match.sheet_duels["strict"]["mmd"][0].sign == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"version": 2}, "must be scored by version 1 of strict"),
        ({"stamp": {"other.npz": "sha256 2", "real": "9"}}, "must be held against the real sign"),
        ({"stamp": {"real.npz": "sha256 1", "real": "8"}}, "must be held against the real sign"),
        ({"protocol": "legacy24"}, "has no scores of a protocol that all have"),
    ],
)
def test_scores_that_cannot_be_compared_are_refused(tmp_path, changes, words):
    paths = written(tmp_path, one=sheet(0.1), two=replace(sheet(0.1), **changes))
    with pytest.raises(RunError, match=words):
        compare_runs(paths)


def test_a_run_is_not_compared_with_itself(runs):
    with pytest.raises(ValueError, match="must differ, got one of them twice"):
        compare_runs([runs["small"], runs["small"]], device="cpu")
    with pytest.raises(ValueError, match="2 to 7 runs can be compared, got 1"):
        compare_runs([runs["small"]])


def test_equal_names_are_told_apart_by_their_folders(tmp_path):
    paths = [written(folder, scores=sheet(0.1))[0] for folder in folders(tmp_path, "a", "b")]
    assert list(compare_runs(paths).runs) == ["a/scores.json", "b/scores.json"]


def folders(place, *names):
    for name in names:
        (place / name).mkdir()
    return [place / name for name in names]


def test_the_command_line_compares_and_writes_the_page(runs, tmp_path, capsys):
    from latentloom.cli.main import main

    page = tmp_path / "page.html"
    command = ["compare", str(runs["small"]), str(runs["longer"]), "-o", str(page)]
    assert main([*command, "--device", "cpu"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"nrmse, small against longer  [+-]\d\.\d+ \(.*p \d\.\d+: ", said)
    assert "Each against each" in page.read_text()
