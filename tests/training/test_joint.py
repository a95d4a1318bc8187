"""A joint TimeGAN: three phases, of which the last trains all parts in turns."""

from dataclasses import replace

import pytest
import torch
from test_resume import assert_equal, killed_at
from tiny import dataset, session, weights_of

from latentloom.core.batch import Context
from latentloom.core.system import System
from latentloom.generators.decoding import Greedy, Sample
from latentloom.generators.recurrent import RecurrentCritic, RecurrentGan
from latentloom.objectives.adversarial import Logistic
from latentloom.objectives.combined import Root
from latentloom.objectives.criteria import NextLatentError, SquaredError
from latentloom.objectives.objective import Objective, Term
from latentloom.objectives.populations import LatentMmd, Moments
from latentloom.representations.autoencoder import Autoencoder
from latentloom.representations.bottlenecks import Free
from latentloom.representations.recurrent import LstmDecoder, LstmEncoder
from latentloom.schedules import Constant
from latentloom.training.adversarial import DrawLatents
from latentloom.training.forward_passes import Reconstruct
from latentloom.training.joint import Imitate, NextLatent, Refine, TellApart
from latentloom.training.phase import Phase, Probe
from latentloom.training.plateau import Lowering
from latentloom.training.player import Player
from latentloom.training.precision import Precision
from latentloom.training.turn import Turn
from latentloom.training.update import Update

PASSES = [NextLatent(), Refine(), Imitate(), TellApart()]
SMALL = {"width": 6, "layers": 2}


def system(bound="tanh"):
    torch.manual_seed(11)
    return System(
        channels=1,
        representation=Autoencoder(
            encoder=LstmEncoder(1, 1, 1, **SMALL, sees="signal"),
            bottleneck=Free(6, dim=3, bound=bound),
            decoder=LstmDecoder(3, 1, 1, 1, **SMALL, sees="latent"),
        ),
        generator=RecurrentGan(1, 3, 1, noise=2, **SMALL),
        critic=RecurrentCritic(1, 3, 1, **SMALL),
    )


def update(part, forward_pass, repeats=1, **criteria):
    terms = {
        name: Term(criterion=criterion, weight=Constant(float(weight)))
        for name, (criterion, weight) in criteria.items()
    }
    return Update(
        trains=(part,),
        forward_pass=forward_pass,
        objective=Objective(terms),
        optimizer="adam",
        learning_rate=Constant(3e-3),
        clip_norm=Constant(1000.0),
        repeats=repeats,
    )


EMBED = update("representation", Reconstruct(), reconstruction=(SquaredError(), 10))
SUPERVISE = update("generator", NextLatent(), supervised=(NextLatentError(), 1))
GENERATE = update(
    "generator",
    Imitate(),
    repeats=2,
    fake=(Logistic(), 1),
    raw=(Logistic(of="raw"), 1),
    supervised=(Root(criterion=NextLatentError()), 100),
    moments=(Moments(), 100),
)
REFINE = update(
    "representation",
    Refine(),
    reconstruction=(Root(criterion=SquaredError()), 10),
    supervised=(NextLatentError(), 0.1),
)
TELL = update(
    "critic",
    TellApart(),
    real=(Logistic(of="real"), 1),
    fake=(Logistic(claim="drawn"), 1),
    raw=(Logistic(of="raw", claim="drawn"), 1),
)
PROBES = {"mmd": Probe(forward_pass=DrawLatents(), criterion=LatentMmd())}


def phases():
    return [
        Phase(name="embed", epochs=1, updates=(EMBED,), batch_size=16),
        Phase(name="supervise", epochs=1, updates=(SUPERVISE,), batch_size=16),
        Phase(
            name="joint",
            iterations=3,
            updates=(GENERATE, REFINE, TELL),
            batch_size=4,
            probes=PROBES,
        ),
    ]


def batch_of(size=4, lengths=(16, 9, 5, 2)):
    made = dataset(size).batch()
    return replace(made, context=replace(made.context, lengths=torch.tensor(lengths)))


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    return weights_of(tmp_path_factory.mktemp("whole"), phases(), parts=system())


# 2 steps, 2 steps, then 3: 3 is while the supervisor learns, 5 and 6 while all do.
@pytest.mark.parametrize("step", [3, 5, 6])
def test_a_killed_run_resumes_to_the_same_bits(step, uninterrupted, tmp_path, monkeypatch):
    killed_at(monkeypatch, tmp_path, step, phases(), parts=system())
    assert_equal(weights_of(tmp_path, phases(), parts=system()), uninterrupted)


@pytest.mark.parametrize(
    ("turn", "part"),
    [
        (SUPERVISE, "generator"),
        (GENERATE, "generator"),
        (REFINE, "representation"),
        (TELL, "critic"),
    ],
)
def test_each_turn_moves_one_part_alone(turn, part, tmp_path):
    run = session(tmp_path, parts=system())
    told = {"feed": run.feed, "validation": run.validation, "device": run.device}
    player = Player(replace(phases()[2], updates=(turn,)), 2, run.system, **told)
    before = {name: value.clone() for name, value in run.system.state_dict().items()}
    player.take_step(player.begin_epoch())
    after = run.system.state_dict()
    assert {n.split(".")[0] for n in after if not torch.equal(after[n], before[n])} == {part}


@pytest.mark.parametrize("forward_pass", PASSES, ids=lambda p: type(p).__name__)
def test_outputs_are_those_that_were_promised(forward_pass):
    outputs = forward_pass(system(), batch_of(), 0.0)
    assert outputs.keys() == forward_pass.provides
    assert all(len(tensor) == 4 for tensor in outputs.values())


@pytest.mark.parametrize("turn", [SUPERVISE, GENERATE, REFINE, TELL])
def test_padding_changes_no_loss(turn):
    parts, batch = system(), batch_of()
    values = torch.where(batch.context.mask[..., None], batch.values, 99.0)
    losses = []
    for one in (batch, replace(batch, values=values)):
        torch.manual_seed(5)
        losses.append(turn.objective(turn.forward_pass(parts, one, 0.0), 0.0).total)
    assert torch.equal(*losses)


def test_what_is_expected_stands_beside_what_comes_next():
    parts, batch = system(), batch_of()
    z = parts.encode(batch).z
    outputs = NextLatent()(parts, batch, 0.0)
    torch.testing.assert_close(outputs["true_z"], z[:, 1:])
    expected = parts.generator.following(z, batch.context)
    torch.testing.assert_close(outputs["next_z"], expected[:, :-1])
    assert outputs["z_mask"].sum(1).tolist() == [15, 8, 4, 1]


def test_a_supervisor_sees_no_step_ahead():
    parts, batch = system(), batch_of(lengths=(16,) * 4)
    z = parts.encode(batch).z.detach().requires_grad_()
    parts.generator.following(z, batch.context)[:, 7].sum().backward()
    assert z.grad[:, 7].any()
    assert not z.grad[:, 8:].any()


def test_what_is_drawn_is_what_the_supervisor_makes_of_raw_latents():
    parts, context = system(), batch_of().context
    raw, made = parts.generator.stages(context, Greedy())
    assert torch.equal(parts.generator.following(raw, context), made)
    assert torch.equal(parts.generator.draw(context, Greedy()), made)


def test_lengths_are_those_of_the_context():
    context = Context(size=2, steps=8, lengths=torch.tensor([8, 3]), condition=torch.zeros(2, 1))
    made = system().generate(context, Sample())
    assert torch.equal(made.context.lengths, torch.tensor([8, 3]))


def test_unbounded_latents_are_refused_with_the_cure():
    parts = system(bound="none")
    with torch.no_grad():
        parts.representation.bottleneck.project.weight.mul_(100)
    with pytest.raises(ValueError, match=r"within \[-1, 1\], and real ones reach .*bound=tanh"):
        NextLatent()(parts, batch_of(), 0.0)


def test_a_supervisor_learns_how_latents_go_on():
    parts, batch = system(), batch_of(32, lengths=(16,) * 32)
    turn = Turn(
        replace(SUPERVISE, learning_rate=Constant(1e-2)),
        parts,
        Precision("float32", torch.device("cpu")),
        accumulate=1,
        lowering=Lowering(None),
    )
    parts.focus(("generator",))
    losses = [float(turn.step(batch, 0.0, "here").losses["supervised"]) for _ in range(60)]
    assert losses[-1] < 0.2 * losses[0]
