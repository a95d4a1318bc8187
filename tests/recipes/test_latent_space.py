"""Drawn latents beside real ones, and movements, as a run gives them to its report."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from latentloom.core.roles import Critic
from latentloom.evaluation.protocols import Extent, protocol_named
from latentloom.evaluation.sheet import Sheet
from latentloom.recipes.assess import splits
from latentloom.recipes.conduct import Conduct, train
from latentloom.recipes.contest import of_run, scored
from latentloom.recipes.latent_space import latent_match_of, latent_space_of, movements_of
from latentloom.recipes.plan import Plan

POINTING = {
    "data": {
        "simulate": {"kind": "pointing", "records": 200},
        "transforms": [{"kind": "standard", "arrays": ["series", "condition"]}],
    },
    "parts": {
        "representation": {
            "encoder": {"kind": "conv", "widths": [4, 4], "strides": [4, 4]},
            "bottleneck": {"kind": "gaussian", "dim": 2},
            "decoder": {"kind": "conv", "widths": [4, 4], "strides": [4, 4]},
        },
        "generator": "standard_normal",
    },
    "phases": [
        {
            "name": "paths",
            "epochs": 1,
            "batch_size": 64,
            "updates": [
                {
                    "trains": ["representation"],
                    "forward_pass": "reconstruct",
                    "objective": {"error": {"criterion": "squared"}},
                }
            ],
        }
    ],
}


class Sum(Critic):
    """Scores a latent by the sum of its numbers."""

    def forward(self, z, context):
        return z.sum((1, 2))

    def slope(self, z, context):
        return torch.ones(len(z))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return train(Plan.of(POINTING), tmp_path_factory.mktemp("run") / "p", Conduct(device="cpu"))


@pytest.fixture(scope="module")
def parts(run):
    learned, _, held = splits(run)
    return learned, held


def test_latents_are_drawn_for_held_out_signals_and_told_apart(run, parts):
    found = latent_space_of(run, *parts)
    assert found.match == latent_match_of(run, *parts)
    assert found.match.real == found.match.made == parts[1].size
    assert found.match.mmd > 0
    assert found.scores is None
    assert [cloud.name for cloud in found.clouds][:2] == ["PCA", "t-SNE"]


def test_a_critic_is_asked_of_real_and_of_drawn_latents(run, parts, monkeypatch):
    monkeypatch.setattr(run.system, "critic", Sum(), raising=False)
    scores = latent_space_of(run, *parts).scores
    wide = np.diff(scores.x).mean()
    assert (scores.real.sum() * wide, scores.made.sum() * wide) == pytest.approx((1, 1))


def test_a_seed_gives_the_same_draws_and_leaves_the_luck_of_others_alone(run, parts):
    torch.manual_seed(0)
    one, after = latent_match_of(run, *parts, seed=3), torch.rand(1)
    torch.manual_seed(0)
    assert latent_match_of(run, *parts, seed=3) == one
    assert torch.equal(after, torch.rand(1))
    assert latent_match_of(run, *parts, seed=4) != one


def test_few_signals_have_no_latent_space(run, parts):
    few = parts[1].take(slice(0, 5))
    assert latent_space_of(run, parts[0], few) is None
    assert latent_match_of(run, parts[0], few) is None


def test_movements_are_shown_in_pixels(run, parts):
    found = movements_of(run, parts[1])
    assert (len(found.couples), found.unit, found.downward) == (12, "px", True)


def test_signals_that_are_no_movements_are_not_drawn_as_such(run, parts):
    held = parts[1]
    named = [replace(q, name=name) for q, name in zip(held.schema.series, "abc", strict=True)]
    other = replace(held, schema=replace(held.schema, series=tuple(named)))
    assert movements_of(run, other) is None


def test_the_sheet_of_a_run_keeps_the_match_of_latents(run, tmp_path):
    protocol = protocol_named("trajectories")
    asked = Extent(scores=("peak_speed_ks",), baselines=())
    sheet = scored(of_run(run, protocol), protocol, asked).sheet
    sheet.write(tmp_path / "sheet.json")
    assert Sheet.read(tmp_path / "sheet.json").latents == sheet.latents
    assert sheet.latents.real == sheet.rows[0].scores["peak_speed_ks"].real
    assert {found.condition for found in sheet.fidelity} >= {"distance", "direction_cos"}
