"""What a report gathers from a run."""

import copy
import json

import numpy as np
import pytest
import torch

from latentloom.recipes.assess import assess
from latentloom.recipes.conduct import Conduct, train
from latentloom.recipes.costs import operations, seconds
from latentloom.recipes.plan import Plan
from latentloom.recipes.portraits import kept_of
from latentloom.recipes.reporting import report_of, schedules_of
from latentloom.report import render


@pytest.fixture(scope="module")
def report(run):
    return report_of(run, assess(run))


@pytest.fixture(scope="module")
def blurred(run, tmp_path_factory):
    """A run whose latents are normal distributions."""
    phases = copy.deepcopy(run.plan.tree["phases"][:2])
    terms = phases[1]["updates"][0]["objective"]
    terms["commitment"] = {"criterion": {"kind": "penalty", "name": "kl"}, "weight": 1e-3}
    changes = [
        ("parts.representation.bottleneck", {"kind": "gaussian", "dim": 3}),
        ("parts.generator", None),
        ("phases", phases),
    ]
    folder = tmp_path_factory.mktemp("blurred") / "run"
    return train(Plan.of(run.plan.tree, changes), folder, Conduct(device="cpu"))


def test_the_portrait_shows_draws_beside_the_test_records(report, run):
    assert report.portrait.real == report.portrait.made == 12
    assert report.portrait.channels[0].name == run.schema.series[0].name


def test_a_report_without_scores_of_a_protocol_has_no_table_of_them(report):
    assert report.sheet is None
    assert "Scores of the signals as a whole" not in render(report)


def test_the_operations_of_a_linear_map_are_counted(run):
    one = assess(run).known.take(slice(0, 1))
    found = operations(run, one)
    assert set(found) == {"generating one signal", "encoding and decoding one signal"}
    assert min(found.values()) > 10_000


def test_seconds_are_those_of_the_last_epoch(run):
    rows = json.loads(run.folder.history.read_text())
    found = seconds(rows)
    assert list(found) == ["direct", "represent", "generate"]
    assert found["represent"] == [r for r in rows if r["phase"] == "represent"][-1]["seconds"]


def test_what_a_gaussian_keeps_adds_up_to_its_penalty(blurred):
    known = assess(blurred).known
    (kept,) = kept_of(blurred, known)
    ready = blurred.pipeline.apply(known).batch()
    with torch.inference_mode():
        latent = blurred.system.encode(ready)
    steps = latent.z.shape[1]
    total = float(latent.penalties["kl"].mean()) / steps
    assert kept.divergence.sum() == pytest.approx(total, rel=1e-4)
    np.testing.assert_allclose(kept.spread, latent.z.flatten(0, 1).std(0, correction=0), rtol=1e-4)


def test_codes_are_no_normal_distributions(run):
    assert kept_of(run, assess(run).known) == ()


def test_weights_that_move_have_a_figure_of_their_own():
    rows = [
        {"phase": "learn", "epoch": epoch, "schedule/learning_rate": 0.1 / epoch}
        | {"schedule/weight/kl": 0.1 * epoch, "schedule/weight_decay": 0.01}
        for epoch in (1, 2, 3)
    ]
    rates, weights = schedules_of(rows)
    assert [line.name for line in rates.lines] == ["learning_rate"]
    assert [line.name for line in weights.lines] == ["weight/kl"]
    assert weights.y == "weight"
