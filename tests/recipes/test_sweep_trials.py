"""Sweeps: what they find, how they share their trials, and that they go on."""

import csv
import signal
from dataclasses import replace

import pytest
from waves import BEST, KEYS, RATE, WAVES, WEIGHT

from latentloom.cli.main import main
from latentloom.core.errors import RecipeError, RunError
from latentloom.recipes.plan import Plan
from latentloom.recipes.sweep import Outcome, Search, sweep
from latentloom.recipes.sweep.conduct import StoppedSweepError, Work
from latentloom.recipes.sweep.grid import Grid
from latentloom.recipes.sweep.outcomes import SweepFolder
from latentloom.recipes.sweep.pruning import curve_of, falls_behind, score_of
from latentloom.recipes.sweep.search import Judged
from latentloom.recipes.sweep.trial import Bench
from latentloom.recipes.text import write
from latentloom.training.observers import Observer
from latentloom.training.run_folder import RunFolder, read_tensors

SEARCH = Search.of({"recipe": WAVES, "keys": KEYS})


def work(search, path):
    folder = SweepFolder(path)
    folder.begin(search)
    return Work(bench=Bench(search, folder, "cpu"))


def weights(path):
    found = read_tensors(RunFolder(path).model, kind="model")["weights"]
    return {name: value.tolist() for name, value in found.items()}


class Interrupts(Observer):
    """Asks a run to stop when its first epoch is over."""

    def epoch_ends(self, row, rows):
        signal.raise_signal(signal.SIGINT)


def over(number, state="trained", curve=(1.0, 1.0)):
    """What came of a trial that nobody trained."""
    point = {RATE: 0.1 * number}
    scores = curve[-1:] if state == "trained" else ()
    return Outcome(
        number=number, point=point, state=state, scores=scores, curves=(curve,), seconds=1.0
    )


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """A sweep of two by two points, with two seeds each; not to be changed."""
    return sweep(
        replace(SEARCH, seeds=(0, 1)), tmp_path_factory.mktemp("sweeps") / "grid", device="cpu"
    )


def test_a_grid_finds_the_known_best(swept):
    assert swept.best.point == BEST
    assert [outcome.state for outcome in swept.outcomes] == ["trained"] * 4
    assert swept.unfinished == 0


def test_a_score_is_the_mean_over_seeds(swept):
    low, high = sorted(swept.best.scores)
    assert low < high
    assert swept.best.score == pytest.approx((low + high) / 2)
    assert swept.best.spread == pytest.approx((high - low) / 2**0.5)


def test_the_table_has_every_trial_the_best_first(swept):
    with swept.folder.table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    scores = [float(row["score"]) for row in rows]
    assert scores == sorted(scores)
    assert len(rows) == 4
    assert rows[0]["trial"] == swept.best.name
    assert {float(rows[0][key]) for key in KEYS} == {1e-2, 1.0}
    assert float(rows[0]["score_seed_1"]) == swept.best.scores[1]


def test_the_best_recipe_trains_to_the_same_weights(swept, tmp_path):
    assert main(["train", str(swept.folder.best), "-o", str(tmp_path / "run")]) == 0
    trained = swept.folder.run(swept.best.number, seed=0)
    assert weights(tmp_path / "run") == weights(trained)


def test_a_finished_sweep_repeats_nothing(swept):
    models = sorted(swept.folder.path.rglob("best_model.pt"))
    before, again = [path.stat().st_mtime_ns for path in models], []
    ranking = sweep(swept.search, swept.folder.path, device="cpu", told=again.append)
    assert again == []
    assert [path.stat().st_mtime_ns for path in models] == before
    assert list(ranking.outcomes) == list(swept.outcomes)


def test_a_stopped_sweep_goes_on_to_the_same_weights(tmp_path):
    search = replace(SEARCH, keys={WEIGHT: SEARCH.keys[WEIGHT]})
    whole = sweep(search, tmp_path / "whole", device="cpu")

    def stop(outcome):
        if outcome.number == 0:
            raise KeyboardInterrupt  # as Ctrl-C does, unless it is ignored where tests run

    with pytest.raises(
        StoppedSweepError,
        match=r"go on with: latentloom sweep .*pieces/sweep.yaml -o .*pieces --device cpu$",
    ):
        sweep(search, tmp_path / "pieces", device="cpu", told=stop)
    assert "trial-0000" in SweepFolder(tmp_path / "pieces").table.read_text()
    told = []
    pieces = sweep(search, tmp_path / "pieces", device="cpu", told=told.append)
    assert [outcome.number for outcome in told] == [1]
    for number in (0, 1):
        assert weights(pieces.folder.run(number)) == weights(whole.folder.run(number))


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        ({}, ""),
        ({"workers": 3}, " --workers 3"),
        (
            {"workers": 2, "storage": "postgresql://me@host/a b"},
            " --workers 2 --storage 'postgresql://me@host/a b'",
        ),
    ],
)
def test_a_stopped_sweep_says_the_whole_command(settings, options, tmp_path):
    bench = Bench(SEARCH, SweepFolder(tmp_path / "sweep"))
    said = str(StoppedSweepError(Work(bench=bench, **settings)))
    assert said.endswith(f" -o {tmp_path / 'sweep'}{options}")


def test_a_part_that_refuses_in_mid_training_fails_its_trial_alone(tmp_path, monkeypatch):
    class Refuses(Observer):
        def epoch_ends(self, row, rows):
            raise ValueError("bound must be none where\nlatents leave [-1, 1]")

    search = replace(SEARCH, keys={WEIGHT: SEARCH.keys[WEIGHT]})
    watched = iter([[Refuses()], []])
    monkeypatch.setattr("latentloom.recipes.sweep.trial.Bench._watching", lambda *_: next(watched))
    first, second = sweep(search, tmp_path / "sweep", device="cpu").outcomes
    assert {first.state, second.state} == {"trained", "failed"}
    failed = first if first.state == "failed" else second
    assert failed.problem == "bound must be none where latents leave [-1, 1]"


def test_a_trial_that_was_stopped_goes_on(swept, tmp_path, monkeypatch):
    one = work(SEARCH, tmp_path / "sweep")
    trial = one.source().claim()
    monkeypatch.setattr(
        "latentloom.recipes.sweep.trial.Bench._watching", lambda *_: [Interrupts()]
    )
    with pytest.raises(KeyboardInterrupt):
        one.bench.outcome(trial)
    assert one.bench.folder.outcomes() == []
    monkeypatch.undo()
    one.bench.outcome(trial)
    assert weights(one.bench.folder.run(0)) == weights(swept.folder.run(0, seed=0))


def test_two_processes_never_train_the_same_trial(tmp_path):
    folder = SweepFolder(tmp_path)
    one, other = Grid(SEARCH, folder), Grid(SEARCH, folder)
    claims = [source.claim() for source in (one, other, one, other)]
    assert [claim.number for claim in claims] == [0, 1, 2, 3]
    assert one.claim() is None
    claims[2].claim.release()  # as when its process dies
    assert other.claim().number == 2


def test_workers_share_the_trials(tmp_path):
    told = []
    search = replace(SEARCH, keys={WEIGHT: SEARCH.keys[WEIGHT]})
    ranking = sweep(search, tmp_path / "sweep", workers=2, device="cpu", told=told.append)
    assert sorted(outcome.number for outcome in told) == [0, 1]
    assert ranking.best.point == {WEIGHT: 1.0}
    assert not ranking.unfinished


def test_a_trial_that_falls_behind_is_stopped_and_marked(tmp_path):
    search = Search.of({"recipe": WAVES, "keys": {RATE: [1e-6, 1e-6 / 2]}, "pruning": "median"})
    one = work(search, tmp_path / "sweep")
    for number in (2, 3, 4, 5):
        one.bench.folder.write(over(number, curve=(0.0, 0.0)))
    outcome = next(one.outcomes())
    assert (outcome.state, len(outcome.curves[0]), outcome.scores) == ("pruned", 1, ())
    assert not RunFolder(one.bench.folder.run(0)).model.exists()
    assert one.bench.folder.outcomes()[0] == outcome


def test_nobody_falls_behind_before_enough_others_are_there():
    assert not falls_behind([9.0], [[1.0]] * 3)
    assert falls_behind([9.0], [[1.0]] * 4)
    assert not falls_behind([1.0], [[1.0]] * 4)
    assert not falls_behind([2.0, 9.0], [[5.0, 3.0]] * 4)  # its best so far counts


def test_a_value_that_no_recipe_can_train_with_fails_alone(tmp_path):
    search = Search.of({"recipe": WAVES, "keys": {RATE: [1e30, 1e-3]}})
    ranking = sweep(search, tmp_path / "sweep", device="cpu")
    assert [outcome.state for outcome in ranking.outcomes] == ["trained", "failed"]
    assert "the gradient must be finite" in ranking.outcomes[1].problem


def test_the_score_is_that_of_the_weights_that_were_chosen():
    rows = [
        {"phase": "a", "validation/error": 3.0, "validation/other": 9.0},
        {"phase": "a", "validation/error": 1.0, "validation/other": 8.0},
        {"phase": "a", "seconds": 2.0},
        {"phase": "a", "validation/error": 2.0, "validation/other": float("nan")},
        {"phase": "b", "validation/error": 0.0},
    ]
    assert score_of(rows, Judged("a", "other", "error"), 1.0) == 8.0
    assert score_of(rows, Judged("a", "error", "error"), 0.5) == 0.5  # of an earlier phase
    assert score_of(rows, Judged("a", "error", ""), float("inf")) == 2.0
    assert curve_of(rows, Judged("a", "other", "error")) == (9.0, 8.0, float("inf"))


def test_another_sweep_is_not_mixed_in(swept, tmp_path):
    other = replace(swept.search, seeds=(5,))
    with pytest.raises(RunError, match="holds a sweep with other seeds; choose another -o"):
        sweep(other, swept.folder.path, device="cpu")
    (tmp_path / "note").write_text("mine")
    with pytest.raises(RunError, match="and holds other files; choose another -o"):
        sweep(swept.search, tmp_path, device="cpu")
    assert [path.name for path in tmp_path.iterdir()] == ["note"]


def test_a_damaged_outcome_is_named(swept, tmp_path):
    folder = SweepFolder(tmp_path)
    folder.write(over(0))
    folder.outcome(0).write_text("{")
    with pytest.raises(
        RunError, match=r"trial-0000.json: is damaged; remove it, and the same command"
    ):
        folder.outcomes()


def test_a_grid_needs_no_server(tmp_path):
    with pytest.raises(RecipeError, match="--storage: belongs to search: optuna"):
        sweep(SEARCH, tmp_path / "sweep", storage="sqlite://")


def test_the_command_line_says_what_it_found(tmp_path, capsys):
    path, folder = tmp_path / "rates.yaml", tmp_path / "sweep"
    path.write_text(write({"recipe": WAVES, "keys": {WEIGHT: [0.0, 1.0]}}))
    assert main(["sweep", str(path), "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "grid: 2 trials, 2 runs, compared by error of waves on validation" in said
    assert "trial-0001  weight=1" in said
    assert main(["sweep", str(path), "-o", str(folder), "--device", "cpu"]) == 0
    said = capsys.readouterr()
    assert [line.split()[0] for line in said.err.splitlines()] == ["trial-0000", "trial-0001"]
    assert said.out.splitlines()[2].startswith("trial-0001")
    assert "train the best again with: latentloom train" in said.out
    assert Plan.read(folder / "best.yaml").tree["phases"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["absent.yaml"], "absent.yaml: no such file or folder"),
        (["PATH"], "-o: must name the folder of the sweep, got nothing"),
        (["PATH", "-o", "x", "--workers", "0"], "Invalid value for '--workers'"),
    ],
)
def test_the_command_line_says_what_is_wrong_in_one_line(words, said, tmp_path, capsys):
    path = tmp_path / "rates.yaml"
    path.write_text(write({"recipe": WAVES, "keys": {WEIGHT: [0.0, 1.0]}}))
    code = main(["sweep", *(word.replace("PATH", str(path)) for word in words)])
    assert code == 2
    assert said in capsys.readouterr().err
