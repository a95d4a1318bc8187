import json
import math

import pytest
import torch
from tiny import phases, session, system, weights_of

from latentloom.core.errors import TrainingError
from latentloom.training.loop import train
from latentloom.training.observers import History, TensorBoard
from latentloom.training.run_folder import RunFolder


def test_only_what_trains_moves_buffers_included(tmp_path):
    for index, part in enumerate(("base", "representation", "generator")):
        run = session(tmp_path / part)
        before = {n: t.clone() for n, t in run.system.state_dict().items()}
        train(phases()[index : index + 1], run)
        after = run.system.state_dict()
        moved = {n.split(".")[0] for n in after if not torch.equal(after[n], before[n])}
        assert moved - {"trust"} == {part}  # trust is fitted after the last phase, on validation


def test_a_seed_decides_everything(tmp_path):
    a, b, c = (
        weights_of(tmp_path / name, phases()[:1], seed=seed)
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert all(torch.equal(a[n], b[n]) for n in a)
    assert not all(torch.equal(a[n], c[n]) for n in a)


def test_accumulated_gradients_are_those_of_the_whole_batch(tmp_path):
    whole, cut = (
        weights_of(tmp_path / str(k), phases(accumulate=k, augment=())[:1]) for k in (1, 4)
    )
    for name in whole:
        assert torch.allclose(whole[name], cut[name], atol=2e-4), name


def test_patience_ends_a_phase_and_the_best_weights_are_handed_on(tmp_path):
    impatient = phases(epochs=50, patience=2)[:1]
    rows = train(impatient, session(tmp_path))
    scores = [row["validation/error"] for row in rows]
    assert len(rows) < 50
    assert min(scores) == scores[-3]


def test_a_loss_that_is_not_finite_stops_before_the_weights_change(tmp_path):
    parts = system()
    with torch.no_grad():
        next(parts.base.parameters()).fill_(math.nan)
    run = session(tmp_path, parts=parts)
    before = {n: t.clone() for n, t in run.system.state_dict().items()}
    words = r"direct, epoch 1, step 1: the gradient must be finite, got mse nan, total nan;"
    with pytest.raises(TrainingError, match=words):
        train(phases(), run)
    for name, tensor in run.system.state_dict().items():
        assert torch.equal(tensor, before[name]) or bool(tensor.isnan().any())


def test_losses_scores_schedules_and_code_health_are_recorded(tmp_path):
    folder = RunFolder(tmp_path)
    run = session(tmp_path, observers=[History(folder), TensorBoard(folder)])
    train(phases(), run)
    rows = json.loads(folder.history.read_text())
    row = next(r for r in rows if r["phase"] == "represent" and r["epoch"] == 3)
    for name in (
        "train/mse",
        "train/commitment",
        "train/total",
        "validation/error",
        "schedule/learning_rate",
        "codes/0/utilisation",
        "codes/0/evenness",
        "codes/0/top_share",
    ):
        assert math.isfinite(row[name])
    table = (tmp_path / "represent" / "training_metrics.csv").read_text().splitlines()
    assert len(table) == 4
    assert table[0].startswith("phase,epoch,train/")
    assert list((tmp_path / "logs" / "represent").glob("events*"))


def test_a_history_of_short_epochs_lags_behind_and_is_whole_in_the_end(tmp_path, monkeypatch):
    clock = iter([0.0, 1.0, 2.0, 9.9, 10.0, 11.0, 12.0])  # the first writing takes a second
    monkeypatch.setattr("latentloom.training.observers.time.monotonic", lambda: next(clock))
    watching = History(RunFolder(tmp_path))
    (tmp_path / "short").mkdir()
    written, rows = [], []
    for epoch in range(1, 6):
        rows.append({"phase": "short", "epoch": epoch, "train/total": 0.5})
        watching.epoch_ends(rows[-1], rows)
        written.append(len(json.loads(RunFolder(tmp_path).history.read_text())))
    assert written == [1, 1, 1, 4, 4]
    watching.phase_ends("short")
    assert len(json.loads(RunFolder(tmp_path).history.read_text())) == 5
    assert len((tmp_path / "short" / "training_metrics.csv").read_text().splitlines()) == 6


def test_precision_changes_the_numbers_a_little(tmp_path):
    full, half = (
        weights_of(tmp_path / name, phases(precision=name)[:1]) for name in ("float32", "bfloat16")
    )
    gaps = [float((full[n] - half[n]).abs().max()) for n in full]
    assert 0 < max(gaps) < 0.5
