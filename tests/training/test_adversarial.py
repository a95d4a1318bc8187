"""Phases in which a critic and a generator take turns on the latents of a frozen part."""

from dataclasses import replace

import pytest
import torch
from test_resume import assert_equal, killed_at
from tiny import session, weights_of

from latentloom.core.batch import Batch, Latent
from latentloom.core.system import System
from latentloom.data.augment import FlipSign
from latentloom.generators.critics import MlpCritic
from latentloom.generators.decoding import Sample
from latentloom.generators.latent_gan import LatentGan
from latentloom.objectives import adversarial as score
from latentloom.objectives.combined import Sum
from latentloom.objectives.criteria import SquaredError
from latentloom.objectives.objective import Objective, Term
from latentloom.objectives.populations import FeatureMatching, LatentMmd, LatentSpread
from latentloom.representations.autoencoder import Autoencoder
from latentloom.representations.bottlenecks import Free, Gaussian
from latentloom.representations.decoders import ConvDecoder
from latentloom.representations.encoders import ConvEncoder
from latentloom.representations.predictors import UNet
from latentloom.schedules import Constant
from latentloom.training.adversarial import Criticize, DrawLatents, Fool
from latentloom.training.forward_passes import FreeRun, Reconstruct
from latentloom.training.phase import Phase, Probe
from latentloom.training.plateau import Lowering
from latentloom.training.player import Player
from latentloom.training.precision import Precision
from latentloom.training.turn import Turn
from latentloom.training.update import Update
from latentloom.training.validation import judge


def system(bottleneck=Free, *, bound="none", spectral="off"):
    torch.manual_seed(11)
    small = {"widths": [8, 8], "latent_steps": 4, "spectral": spectral}
    return System(
        channels=1,
        base=UNet(1, 1, 1, "circular", -1, widths=[4, 4], blocks=1),
        representation=Autoencoder(
            encoder=ConvEncoder(1, 2, 1, "circular", widths=[4, 8], strides=[2, 2]),
            bottleneck=bottleneck(8, dim=2),
            decoder=ConvDecoder(2, 1, 2, 1, "circular", widths=[8, 4], strides=[2, 2]),
        ),
        generator=LatentGan(1, 2, 4, noise=4, bound=bound, **small),
        critic=MlpCritic(1, 2, 4, reads_conditions="on", **small),
    )


def objective(**criteria):
    return Objective({name: Term(criterion=criterion) for name, criterion in criteria.items()})


CRITIC = Update(
    trains=("critic",),
    forward_pass=Criticize(slope="both", told=1),
    objective=objective(
        distance=score.WassersteinCritic(),
        penalty=score.GradientPenalty(),
        zero=score.ZeroGradient(),
        conditions=score.ConditionError(),
    ),
    optimizer="adam",
    betas=(0, 0.9),
    learning_rate=Constant(4e-3),
    repeats=2,
)
GENERATOR = Update(
    trains=("generator",),
    forward_pass=Fool(told=1),
    objective=objective(
        score=score.WassersteinGenerator(),
        matching=FeatureMatching(),
        conditions=score.ConditionError(),
    ),
    optimizer="rmsprop",
    betas=(0, 0.99),
)
REPRESENT = Update(
    trains=("representation",),
    forward_pass=Reconstruct(),
    objective=objective(squared=SquaredError()),
)
PROBES = {
    "mmd": Probe(forward_pass=Fool(told=1), criterion=LatentMmd()),
    "spread": Probe(forward_pass=DrawLatents(), criterion=LatentSpread()),
    "distance": Probe(forward_pass=Criticize(slope="off"), criterion=score.WassersteinCritic()),
    "steepness": Probe(forward_pass=Criticize(), criterion=score.GradientPenalty()),
}


def phases():
    return [
        Phase(name="represent", epochs=1, updates=(REPRESENT,), batch_size=16),
        Phase(
            name="adversarial",
            epochs=2,
            updates=(CRITIC, GENERATOR),
            batch_size=4,
            probes=PROBES,
            select="mmd",
            ema=0.9,
        ),
    ]


def player_of(path, phase, parts=None):
    run = session(path, parts=parts or system())
    told = {"feed": run.feed, "validation": run.validation, "device": run.device}
    return Player(phase, 1, run.system, **told)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    return weights_of(tmp_path_factory.mktemp("whole"), phases(), parts=system(spectral="on"))


# 2 steps, then 2 an epoch: 2 is before the critic's first step, 3 and 5 in mid-epoch.
@pytest.mark.parametrize("step", [2, 3, 4, 5])
def test_a_killed_run_resumes_to_the_same_bits(step, uninterrupted, tmp_path, monkeypatch):
    killed_at(monkeypatch, tmp_path, step, phases(), parts=system(spectral="on"))
    resumed = weights_of(tmp_path, phases(), parts=system(spectral="on"))
    assert_equal(resumed, uninterrupted)


def test_only_critic_and_generator_move(tmp_path):
    represented = weights_of(tmp_path / "one", phases()[:1], parts=system())
    both = weights_of(tmp_path / "both", phases(), parts=system())
    moved = {name.split(".")[0] for name in both if not torch.equal(both[name], represented[name])}
    assert {"critic", "generator"} <= moved <= {"critic", "generator", "trust"}


@pytest.mark.parametrize("spectral", ["off", "on"])
@pytest.mark.parametrize(("update", "part"), [(CRITIC, "critic"), (GENERATOR, "generator")])
def test_each_turn_moves_one_part_alone(update, part, spectral, tmp_path):
    phase = replace(phases()[1], updates=(update,))
    player = player_of(tmp_path, phase, system(spectral=spectral))
    before = {name: value.clone() for name, value in player.system.state_dict().items()}
    player.take_step(player.begin_epoch())
    after = player.system.state_dict()
    moved = {name for name in after if not torch.equal(after[name], before[name])}
    learned = {name.split(".")[0] for name in moved if ".space." not in name}
    assert learned == {part}


def test_latents_are_worked_out_once(tmp_path):
    player = player_of(tmp_path, phases()[1])
    assert player.begin_epoch().latent is player.begin_epoch().latent is not None


def test_outputs_are_those_that_were_promised(tmp_path):
    player = player_of(tmp_path, phases()[1])
    batch = player.begin_epoch().batch(0, 4)
    passes = [Criticize(slope) for slope in ("off", "between", "real", "both")]
    passes += [Criticize(told=1), Fool(), Fool(told=1), DrawLatents("mean")]
    passes += [DrawLatents(decoded="on", conditions=1), FreeRun(Sample(), conditions=1)]
    for forward_pass in passes:
        outputs = forward_pass(player.system, batch, 0.0)
        assert forward_pass.provides <= outputs.keys()
        assert all(len(tensor) == 4 for tensor in outputs.values())


def test_what_is_drawn_and_decoded_is_what_generation_makes(tmp_path):
    player = player_of(tmp_path, phases()[1])
    batch = player.begin_epoch().batch(0, 4)
    player.system.focus(())
    torch.manual_seed(0)
    drawn = DrawLatents(decoded="on", conditions=1)(player.system, batch, 0.0)
    torch.manual_seed(0)
    generated = FreeRun(Sample(), conditions=1)(player.system, batch, 0.0)
    assert generated.keys() < drawn.keys()
    assert all(torch.equal(drawn[name], generated[name]) for name in generated)


def test_one_number_judges_latents_and_signals_of_one_draw(tmp_path):
    player = player_of(tmp_path, phases()[1])
    half = Term(criterion=SquaredError(), weight=Constant(0.5))
    criteria = {
        "mmd": LatentMmd(),
        "error": SquaredError(),
        "chosen": Sum(terms={"mmd": Term(criterion=LatentMmd()), "error": half}),
    }
    told = DrawLatents(decoded="on", conditions=1)
    probes = {n: Probe(forward_pass=told, criterion=c, batch=4) for n, c in criteria.items()}
    scores = judge(probes, player.system, player.validation, player.device)
    assert scores["chosen"] == pytest.approx(scores["mmd"] + 0.5 * scores["error"], rel=1e-5)


def test_the_critic_meets_no_draws_in_units_that_are_yet_unknown(tmp_path):
    turn = replace(phases()[1], updates=(replace(CRITIC, repeats=1),), augment=(FlipSign(),))
    player = player_of(tmp_path, turn)
    player.scores()
    generator = player.system.generator
    epoch = player.begin_epoch()
    assert not generator.space.started  # looking teaches nothing
    player.take_step(epoch)
    assert generator.space.started
    assert not generator.training


def test_units_are_those_of_all_latents_where_these_stay(tmp_path):
    player = player_of(tmp_path, replace(phases()[1], updates=(replace(CRITIC, repeats=1),)))
    every = player.begin_epoch().latent.z
    space = player.system.generator.space
    torch.testing.assert_close(space.centre, every.flatten(1).mean(0))


def test_the_generator_gets_no_gradient_from_the_critics_turn(tmp_path):
    player = player_of(tmp_path, phases()[1])
    outputs = Criticize()(player.system, player.begin_epoch().batch(0, 4), 0.0)
    (outputs["fake_score"] + outputs["slope"]).sum().backward()
    assert all(p.grad is None for p in player.system.generator.parameters())


def test_without_a_cache_the_frozen_representation_is_asked(tmp_path):
    player = player_of(tmp_path, phases()[1])
    cached = player.begin_epoch().batch(0, 4)
    player.system.focus(("generator",))
    torch.manual_seed(0)
    one = Fool("mean")(player.system, cached, 0.0)
    torch.manual_seed(0)
    two = Fool("mean")(player.system, replace(cached, latent=None), 0.0)
    torch.testing.assert_close(one["real_z"], two["real_z"])
    assert torch.equal(one["fake_z"], two["fake_z"])


def test_a_posterior_may_be_drawn_or_taken_by_its_mean(tmp_path):
    player = player_of(tmp_path, phases()[1], system(Gaussian))
    batch = player.begin_epoch().batch(0, 4)
    real = {
        way: [DrawLatents(way)(player.system, batch, 0.0)["real_z"] for _ in range(2)]
        for way in ("drawn", "mean")
    }
    assert torch.equal(*real["mean"])
    assert not torch.equal(*real["drawn"])


def test_a_bounded_generator_refuses_latents_that_it_cannot_reach(tmp_path):
    player = player_of(tmp_path, phases()[1], system(bound="tanh"))
    with torch.no_grad():
        player.system.representation.bottleneck.project.weight.mul_(100)
    with pytest.raises(ValueError, match=r"bound must be none where latents leave \[-1, 1\]"):
        player.take_step(player.begin_epoch())


def test_rmsprop_divides_by_the_average_square_alone():
    part = torch.nn.Linear(1, 1, bias=False)
    plain = System(channels=1, base=UNet(1, 1, 1, "circular", -1, widths=[2], blocks=1))
    plain.base = part
    update = replace(GENERATOR, trains=("base",), weight_decay=Constant(0.0))
    optimizer = update.make_optimizer(plain)
    start, rate = part.weight.item(), optimizer.param_groups[0]["lr"]
    part.weight.grad = torch.tensor([[3.0]])
    optimizer.step()
    assert part.weight.item() == pytest.approx(start - rate * 3 / (0.01**0.5 * 3), rel=1e-5)


def test_rmsprop_has_no_average_of_the_gradient():
    with pytest.raises(ValueError, match="betas must begin with 0 for rmsprop, which has no"):
        replace(GENERATOR, betas=(0.9, 0.999))


def learned(steps):
    """A generator after some turns on latents about three times their condition."""
    parts = System(
        channels=1,
        generator=LatentGan(1, 2, 4, noise=4, widths=[48], bound="none"),
        critic=MlpCritic(1, 2, 4, widths=[48], reads_conditions="on"),
    )
    penalty = Term(criterion=score.GradientPenalty(), weight=Constant(10.0))
    terms = {"distance": Term(criterion=score.WassersteinCritic()), "penalty": penalty}
    terms |= {"conditions": Term(criterion=score.ConditionError())}
    rate = {"optimizer": "adam", "betas": (0, 0.9)}
    critic = replace(CRITIC, forward_pass=Criticize(told=1), objective=Objective(terms), **rate)
    precision = Precision("float32", torch.device("cpu"))
    turns = [
        Turn(update, parts, precision, accumulate=1, lowering=Lowering(None))
        for update in (replace(critic, learning_rate=Constant(1e-3)), replace(GENERATOR, **rate))
    ]
    for _ in range(steps):
        for turn, repeats in zip(turns, (3, 1), strict=True):
            parts.focus(turn.update.trains)
            for _ in range(repeats):
                turn.step(conditioned(64), 0.0, "here")
    parts.focus(())
    return parts


def conditioned(size):
    condition = torch.rand(size, 1) * 2 - 1
    batch = Batch.of(torch.zeros(size, 4, 1), condition=condition)
    z = torch.randn(size, 1, 2) * 0.3 + 3 * condition[:, None]
    return replace(batch, latent=Latent(z=z))


def test_a_generator_learns_to_draw_what_its_conditions_ask_for():
    both = DrawLatents()(learned(100), conditioned(2000), 0.0)
    gap = (both["fake_z"] - both["real_z"])[:, 0]  # each draw beside another of its condition
    assert gap.mean(0).abs().max() < 1.0
    assert gap.std() < 0.8  # 0.42 at best, 2.5 where conditions are not heard
    assert 0.7 < LatentSpread()(both, 0.0)[0] < 1.3
