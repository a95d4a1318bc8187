"""Laws of every critic, whatever its kind."""

import pytest
import torch

from latentloom.core.batch import Context
from latentloom.generators.critics import MlpCritic
from latentloom.generators.recurrent import RecurrentCritic

STRIDE, DIM, STEPS = 4, 3, 5
PLAIN = {
    "beside": {},
    "scaled": {"conditioning": "film", "normalise": "none"},
    "projected": {"conditioning": "projection"},
    "spectral": {"conditioning": "projection", "spectral": "on"},
    "reading": {"reads_conditions": "on"},
}


STEPWISE = {"ahead": {"layers": 2}, "both ways": {"layers": 1, "directions": "both"}}


def plain(name):
    return alive(MlpCritic(2, DIM, STRIDE, widths=[8, 6], latent_steps=STEPS, **PLAIN[name]))


def stepwise(name):
    return alive(RecurrentCritic(2, DIM, STRIDE, width=8, **STEPWISE[name]))


def alive(made):
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))  # some layers start at zero
    return made.eval()


@pytest.fixture(params=[*PLAIN, *STEPWISE])
def critic(request):
    return (plain if request.param in PLAIN else stepwise)(request.param)


@pytest.fixture(params=PLAIN)
def with_units(request):
    return plain(request.param)


def context_of(size, lengths=None):
    return Context(
        size=size, steps=STEPS * STRIDE, lengths=lengths, condition=torch.randn(size, 2)
    )


def test_a_score_is_one_finite_number_a_signal(critic):
    z, context = torch.randn(7, STEPS, DIM), context_of(7)
    for made in (critic(z, context), critic.slope(z, context)):
        assert made.shape == (7,)
        assert made.isfinite().all()


def test_padding_does_not_leak(critic):
    context, z = context_of(2, lengths=torch.tensor([20, 9])), torch.randn(2, STEPS, DIM)
    other = torch.where(context.mask[:, ::STRIDE, None], z, 99.0)
    assert torch.equal(critic(z, context), critic(other, context))
    assert torch.equal(critic.slope(z, context), critic.slope(other, context))
    if critic.told:
        assert torch.equal(critic.conditions(z, context), critic.conditions(other, context))


def test_signals_do_not_see_each_other(critic):
    z, context = torch.randn(4, STEPS, DIM), context_of(4)
    assert torch.allclose(critic(z[2:], context[2:]), critic(z, context)[2:], atol=1e-6)


def test_every_parameter_gets_a_gradient(critic):
    critic.train()
    z, context = torch.randn(4, STEPS, DIM), context_of(4, torch.tensor([20, 9, 4, 17]))
    total = critic(z, context).square().sum()
    if critic.told:
        total = total + critic.conditions(z, context).sum()
    total.backward()
    assert all(p.grad.isfinite().all() and p.grad.any() for p in critic.parameters())


def test_a_slope_is_how_fast_the_score_rises_in_the_units_of_the_critic(critic):
    critic.train().double()
    real = torch.randn(50, STEPS, DIM, dtype=torch.double) * torch.tensor([3.0, 1.0, 0.5])
    critic.begin(real, Context(size=50, steps=STEPS * STRIDE))
    critic.eval()
    z, context = real[:3].clone(), context_of(3)
    step = 1e-5 * real.std((0, 1), correction=0)
    own = isinstance(critic, MlpCritic)
    units = critic.space.scale.unflatten(0, (STEPS, DIM)) if own else 1.0
    rises = torch.zeros(3, STEPS, DIM, dtype=torch.double)
    for s in range(STEPS):
        for d in range(DIM):
            move = torch.zeros(STEPS, DIM, dtype=torch.double)
            move[s, d] = step[d]
            rises[:, s, d] = (critic(z + move, context) - critic(z - move, context)) / (
                2 * step[d]
            )
    wanted = (rises * units).flatten(1).norm(dim=1)
    torch.testing.assert_close(critic.slope(z, context), wanted, rtol=1e-5, atol=1e-8)


def test_a_slope_has_a_gradient_even_where_none_is_kept(critic):
    z, context = torch.randn(4, STEPS, DIM), context_of(4)
    critic.slope(z, context).sum().backward()
    inner = critic.layers if isinstance(critic, MlpCritic) else critic.memory
    assert all(p.grad is not None for p in inner.parameters() if p.ndim > 1)
    with torch.no_grad():
        assert critic.slope(z, context).isfinite().all()


def test_conditions_count_and_must_be_there(critic):
    z, context = torch.randn(4, STEPS, DIM), context_of(4)
    other = Context(size=4, steps=context.steps, condition=-context.condition)
    assert not torch.equal(critic(z, context), critic(z, other))
    with pytest.raises(ValueError, match="the context must have 2 conditions, got 0"):
        critic(z, Context(size=4, steps=20))


def test_only_learning_sets_the_units_and_only_once(with_units):
    context, space = context_of(40), with_units.space
    first, second = torch.randn(2, 40, STEPS, DIM) * torch.tensor([5.0, 1.0])[:, None, None, None]
    with_units.begin(first, context)
    assert not space.started
    with_units.train().begin(first, context)
    kept = space.scale.clone()
    with_units.begin(second, context)
    assert torch.equal(space.scale, kept)
    assert torch.allclose(kept, first.flatten(1).std(0, correction=0), rtol=1e-4)


def test_what_never_varies_in_real_latents_is_not_blown_up(with_units):
    real = torch.randn(40, STEPS, DIM)
    real[..., 0] = 0.3
    with_units.train().begin(real, context_of(40))
    scale = with_units.space.scale.unflatten(0, (STEPS, DIM))
    usual = real.var(0, correction=0).mean().sqrt()
    torch.testing.assert_close(scale[:, 0], (0.1 * usual).expand(STEPS))
    torch.testing.assert_close(scale[:, 1:], real[..., 1:].std(0, correction=0))


def test_what_is_read_of_a_latent_does_not_hear_the_conditions(critic):
    z, context = torch.randn(4, STEPS, DIM), context_of(4)
    other = Context(size=4, steps=context.steps, condition=-context.condition)
    if not critic.told:
        assert critic.conditions(z, context) is None
        return
    assert critic.conditions(z, context).shape == (4, 2)
    assert torch.equal(critic.conditions(z, context), critic.conditions(z, other))


def test_there_must_be_conditions_to_read():
    with pytest.raises(ValueError, match="reads_conditions must be off where signals have none"):
        MlpCritic(0, DIM, STRIDE, reads_conditions="on")


def test_without_conditions_it_scores_too():
    z, context = torch.randn(4, STEPS, DIM), Context(size=4, steps=20)
    for settings in ({}, {"conditioning": "film"}, {"conditioning": "projection"}):
        critic = MlpCritic(0, DIM, STRIDE, widths=[4], latent_steps=STEPS, **settings)
        assert critic(z, context).shape == (4,)


def test_there_must_be_layers():
    with pytest.raises(ValueError, match="widths must name at least one layer, got none"):
        MlpCritic(0, DIM, STRIDE, widths=[])


def test_a_score_step_by_step_is_the_mean_over_real_steps():
    critic = RecurrentCritic(0, DIM, STRIDE, width=8, layers=1)
    z, lengths = torch.randn(1, STEPS, DIM), torch.tensor([9])
    over = torch.tensor([1 / 3, 2 / 3, 1.0])[None, :, None]
    memory = critic.memory(torch.cat((z[:, :3], over), -1))
    wanted = critic.write(memory).mean((1, 2))
    context = Context(size=1, steps=STEPS * STRIDE, lengths=lengths)
    torch.testing.assert_close(critic(z, context), wanted)
