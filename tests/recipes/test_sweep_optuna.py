"""Sweeps whose points Optuna suggests."""

import pytest
from waves import RATE, WAVES

from latentloom.core.errors import RecipeError, RunError
from latentloom.recipes.sweep import Outcome, Search, sweep
from latentloom.recipes.sweep.outcomes import SweepFolder

pytest.importorskip("optuna", reason="needs the extra sweep")

from latentloom.recipes.sweep.optuna_study import OptunaStudy

WIDTHS = "parts.representation.encoder.widths, parts.representation.decoder.widths"
KEYS = {RATE: {"log": [1e-6, 1e-1]}, WIDTHS: [[4], [8]], "phases.0.epochs": {"whole": [1, 3]}}
SEARCH = Search.of({"recipe": WAVES, "search": "optuna", "trials": 6, "keys": KEYS})


def study(path, storage=""):
    return OptunaStudy(SEARCH, SweepFolder(path), storage)


def finish(source, claimed, state="trained"):
    """Ends a trial as if it had been trained; the nearer its rate is to 1e-3, the better."""
    scores = (abs(claimed.point[RATE] - 1e-3),) if state == "trained" else ()
    outcome = Outcome(
        number=claimed.number,
        point=claimed.point,
        state=state,
        scores=scores,
        curves=(scores,),
        seconds=1.0,
    )
    source.folder.write(outcome)
    source.learn(outcome)
    claimed.claim.release()


def points(source, count):
    """The next points, each finished before another is asked for."""
    found = []
    for _ in range(count):
        claimed = source.claim()
        found.append(claimed.point)
        finish(source, claimed)
    return found


def test_points_lie_in_their_spans(tmp_path):
    for point in points(study(tmp_path), 6):
        assert 1e-6 <= point[RATE] <= 1e-1
        assert point[WIDTHS] in ([4], [8])
        assert point["phases.0.epochs"] in (1, 2, 3)


def test_there_are_as_many_trials_as_were_asked_for(tmp_path):
    source = study(tmp_path)
    assert len(points(source, 6)) == 6
    assert source.claim() is None


def test_a_search_that_goes_on_suggests_what_it_would_have(tmp_path):
    whole = points(study(tmp_path / "whole"), 6)
    pieces = points(study(tmp_path / "pieces"), 2) + points(study(tmp_path / "pieces"), 4)
    assert pieces == whole


def test_two_processes_never_have_the_same_trial(tmp_path):
    one, other = study(tmp_path), study(tmp_path)
    claims = [source.claim() for source in (one, other) * 3]
    assert [claimed.number for claimed in claims] == [0, 1, 2, 3, 4, 5]
    assert one.claim() is None


def test_a_trial_whose_process_died_is_gone_on_with(tmp_path):
    left = study(tmp_path).claim()
    left.claim.release()
    again = study(tmp_path).claim()
    assert (again.number, again.point) == (left.number, left.point)


def test_a_trial_whose_outcome_was_removed_is_gone_on_with(tmp_path):
    source = study(tmp_path)
    points(source, 3)
    source.folder.outcome(1).unlink()
    assert source.claim().number == 1


def test_a_trial_that_was_over_and_not_told_is_told(tmp_path):
    first = study(tmp_path)
    claimed = first.claim()
    first.learn = lambda outcome: None  # as when it is killed before
    finish(first, claimed)
    assert study(tmp_path).claim().number == 1


def test_what_was_pruned_or_failed_counts_as_tried(tmp_path):
    source = study(tmp_path)
    for state in ("pruned", "failed") * 3:
        finish(source, source.claim(), state)
    assert source.claim() is None


def test_a_database_keeps_the_trials(tmp_path):
    address = f"sqlite:///{tmp_path}/trials.db"
    source = study(tmp_path / "sweep", address)
    points(source, 6)
    assert study(tmp_path / "sweep", address).claim() is None
    assert not SweepFolder(tmp_path / "sweep").journal.exists()
    assert study(tmp_path / "another", address).claim().number == 0


def test_another_storage_is_refused(tmp_path):
    source = study(tmp_path)
    points(source, 2)
    source.folder.journal.unlink()
    with pytest.raises(RunError, match=r"--storage: must be that of the sweep in .* knows fewer"):
        study(tmp_path)


def test_a_storage_that_is_none_is_refused_without_its_address(tmp_path):
    with pytest.raises(RunError, match="--storage: must be a database server that") as refused:
        study(tmp_path, "nothing://me:secret@nowhere")
    assert "secret" not in str(refused.value)


def test_optuna_is_named_where_it_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr("latentloom.recipes.sweep.optuna_study.find_spec", lambda name: None)
    words = r"search: optuna needs the package optuna; install latentloom\[sweep\], or take a grid"
    with pytest.raises(RecipeError, match=words):
        sweep(SEARCH, tmp_path / "sweep")
    assert not (tmp_path / "sweep").exists()


def test_optuna_trains_what_it_suggests_and_more_when_asked(tmp_path):
    tree = SEARCH.tree | {"keys": {RATE: {"log": [1e-6, 1e-2]}}, "trials": 2}
    assert len(sweep(Search.of(tree), tmp_path / "sweep", device="cpu").outcomes) == 2
    ranking = sweep(Search.of(tree | {"trials": 3}), tmp_path / "sweep", device="cpu")
    rates = [outcome.point[RATE] for outcome in ranking.outcomes]
    assert ranking.best.point[RATE] == max(rates)
    assert len(rates) == 3
