"""Phases in which a generator learns from the latents of a frozen representation."""

import pytest
import torch
from test_resume import assert_equal, killed_at
from tiny import session, weights_of

from latentloom.core.system import System
from latentloom.data.augment import FlipSign
from latentloom.generators.latent_flow import LatentFlow
from latentloom.generators.latents import GaussianMixture
from latentloom.objectives.criteria import Penalty, RelativeError, SquaredError, Surprise
from latentloom.objectives.objective import Objective, Term
from latentloom.representations.autoencoder import Autoencoder
from latentloom.representations.bottlenecks import Gaussian
from latentloom.representations.decoders import ConvDecoder
from latentloom.representations.encoders import ConvEncoder
from latentloom.representations.predictors import UNet
from latentloom.training.forward_passes import FreeRun, Latents, Reconstruct
from latentloom.training.phase import Phase, Probe
from latentloom.training.player import Player
from latentloom.training.update import Update

MADE = {
    "mixture": lambda: GaussianMixture(1, 2, 4, components=3, latent_steps=4),
    "factors": lambda: GaussianMixture(1, 2, 4, components=3, rank=1, latent_steps=4),
    "flow": lambda: LatentFlow(1, 2, 4, width=8, layers=1, latent_steps=4, solver_steps=2),
}
every_kind = pytest.mark.parametrize("kind", MADE)


def system(kind):
    torch.manual_seed(11)
    return System(
        channels=1,
        base=UNet(1, 1, 1, "circular", -1, widths=[4, 4], blocks=1),
        representation=Autoencoder(
            encoder=ConvEncoder(1, 2, 1, "circular", widths=[4, 8], strides=[2, 2]),
            bottleneck=Gaussian(8, dim=2),
            decoder=ConvDecoder(2, 1, 2, 1, "circular", widths=[8, 4], strides=[2, 2]),
        ),
        generator=MADE[kind](),
    )


def update(part, forward_pass, **criteria):
    terms = {name: Term(criterion=criterion) for name, criterion in criteria.items()}
    return Update(trains=(part,), forward_pass=forward_pass, objective=Objective(terms))


def phases(**changes):
    settings = {"batch_size": 16} | changes
    penalties = Reconstruct(penalties=Gaussian.penalties)
    represent = update(
        "representation", penalties, squared=SquaredError(), kl=Penalty(name="kl_mean")
    )
    probes = {
        "surprise": Probe(forward_pass=Latents(), criterion=Surprise()),
        "drawn": Probe(forward_pass=FreeRun(), criterion=RelativeError()),
    }
    return [
        Phase(name="represent", epochs=1, updates=(represent,), batch_size=16),
        Phase(
            name="generate",
            epochs=3,
            updates=(update("generator", Latents(), surprise=Surprise()),),
            probes=probes,
            select="surprise",
            **settings,
        ),
    ]


# 2 steps an epoch: 1 is in the first phase, 2 before the generator's first step, 3 after it.
@every_kind
@pytest.mark.parametrize("step", [1, 2, 3, 6])
def test_a_killed_run_resumes_to_the_same_bits(kind, step, tmp_path, monkeypatch):
    whole = weights_of(tmp_path / "whole", phases(), parts=system(kind))
    killed_at(monkeypatch, tmp_path / "killed", step, phases(), parts=system(kind))
    assert_equal(weights_of(tmp_path / "killed", phases(), parts=system(kind)), whole)


@every_kind
def test_only_the_generator_moves(kind, tmp_path):
    represented = weights_of(tmp_path / "one", phases()[:1], parts=system(kind))
    both = weights_of(tmp_path / "both", phases(), parts=system(kind))
    moved = {name.split(".")[0] for name in both if not torch.equal(both[name], represented[name])}
    assert "generator" in moved
    assert moved <= {"generator", "trust"}


def player_of(tmp_path, phase, kind="mixture"):
    run = session(tmp_path, parts=system(kind))
    parts = {"feed": run.feed, "validation": run.validation, "device": run.device}
    return Player(phase, 1, run.system, **parts)


def test_latents_are_worked_out_once_and_are_those_of_their_signals(tmp_path):
    player = player_of(tmp_path, phases()[1])
    first, second = player.begin_epoch(), player.begin_epoch()
    assert first.latent is second.latent
    batch = first.batch(1, 16)
    with torch.no_grad():
        latent = player.system.encode(batch)
    assert torch.allclose(batch.latent.z, latent.z, atol=1e-6)
    assert torch.allclose(batch.latent.log_variance, latent.log_variance, atol=1e-6)


def test_a_flow_takes_its_units_from_all_latents(tmp_path):
    player = player_of(tmp_path, phases()[1], "flow")
    every = player.begin_epoch().latent.z.flatten(1)
    assert torch.allclose(player.system.generator.space.centre, every.mean(0), atol=1e-5)


@pytest.mark.parametrize(
    "phase", [phases()[0], phases(augment=(FlipSign(),))[1]], ids=["representation", "augmented"]
)
def test_latents_that_change_are_not_kept(phase, tmp_path):
    assert player_of(tmp_path, phase).begin_epoch().latent is None


def test_a_posterior_may_be_drawn_or_taken_by_its_mean(tmp_path):
    player = player_of(tmp_path, phases()[1])
    batch = player.begin_epoch().batch(0, 16)
    player.system.focus(())
    costs = {
        way: [Latents(way)(player.system, batch, 0.0)["surprise"] for _ in range(2)]
        for way in ("drawn", "mean")
    }
    assert torch.equal(*costs["mean"])
    assert not torch.equal(*costs["drawn"])


def test_parts_of_a_batch_keep_their_latents(tmp_path):
    whole = player_of(tmp_path, phases()[1]).begin_epoch().batch(0, 16)
    assert torch.equal(whole[4:9].latent.z, whole.latent.z[4:9])
    assert torch.equal(whole.to(torch.device("cpu")).latent.z, whole.latent.z)
