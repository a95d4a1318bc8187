"""Laws of every model of continuous latents, whatever its kind."""

import pytest
import torch

from latentloom.core.batch import Context
from latentloom.generators.decoding import Beam, Greedy, Mean, Sample
from latentloom.generators.latent_flow import LatentFlow
from latentloom.generators.latent_gan import LatentGan
from latentloom.generators.latents import GaussianMixture, StandardNormal
from latentloom.generators.recurrent import RecurrentGan

STRIDE, DIM, STEPS = 4, 3, 5


def prior(conditions=0, latent_steps=STEPS):
    del conditions, latent_steps
    return StandardNormal(DIM, STRIDE)


def full(conditions=0, latent_steps=STEPS):
    return GaussianMixture(conditions, DIM, STRIDE, components=3, latent_steps=latent_steps)


def low_rank(conditions=0, latent_steps=STEPS):
    settings = {"components": 3, "rank": 2, "latent_steps": latent_steps}
    return GaussianMixture(conditions, DIM, STRIDE, **settings)


def independent(conditions=0, latent_steps=STEPS):
    settings = {"components": 2, "rank": 0, "latent_steps": latent_steps}
    return GaussianMixture(conditions, DIM, STRIDE, **settings)


def flow(conditions=0, latent_steps=STEPS):
    settings = {"width": 8, "layers": 2, "latent_steps": latent_steps, "solver_steps": 4}
    return LatentFlow(conditions, DIM, STRIDE, **settings)


def euler(conditions=0, latent_steps=STEPS):
    settings = {"width": 8, "layers": 1, "latent_steps": latent_steps, "solver": "euler"}
    return LatentFlow(conditions, DIM, STRIDE, **settings)


def bounded(conditions=0, latent_steps=STEPS):
    settings = {"noise": 4, "widths": [8, 8], "residual": "on", "spectral": "on"}
    return LatentGan(conditions, DIM, STRIDE, **settings, latent_steps=latent_steps)


def unbounded(conditions=0, latent_steps=STEPS):
    settings = {"noise": 4, "widths": [8, 6], "conditioning": "film", "bound": "none"}
    return LatentGan(conditions, DIM, STRIDE, **settings, latent_steps=latent_steps)


def recurrent(conditions=0, latent_steps=STEPS):
    return RecurrentGan(conditions, DIM, STRIDE, noise=4, width=8, layers=2)


MODELS = [prior, full, low_rank, independent, flow, euler]
every_model = pytest.mark.parametrize("kind", MODELS)
every_kind = pytest.mark.parametrize("kind", [*MODELS, bounded, unbounded, recurrent])
learning = pytest.mark.parametrize("kind", MODELS[1:])
adversarial = pytest.mark.parametrize("kind", [bounded, unbounded, recurrent])
WAYS = [Greedy(), Sample(), Sample(temperature=0.5), Mean(draws=2)]


def alive(model):
    """The model with random weights everywhere: some layers start at zero."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return model.eval()


def context_of(size, steps=STEPS * STRIDE, lengths=None, conditions=0):
    condition = torch.randn(size, conditions) if conditions else None
    return Context(size=size, steps=steps, lengths=lengths, condition=condition)


def seeded(make, seed=3):
    torch.manual_seed(seed)
    return make()


@every_model
def test_a_surprise_is_one_finite_number_a_signal(kind):
    cost = alive(kind()).surprise(torch.randn(7, STEPS, DIM), context_of(7))
    assert cost.shape == (7,)
    assert cost.isfinite().all()


@every_model
def test_padding_does_not_leak(kind):
    model, lengths = alive(kind()), torch.tensor([20, 9])
    context, z = context_of(2, lengths=lengths), torch.randn(2, STEPS, DIM)
    other = torch.where(context.mask[:, ::STRIDE, None], z, 99.0)
    costs = [seeded(lambda x=x: model.surprise(x, context)) for x in (z, other)]
    assert torch.equal(costs[0], costs[1])


@every_kind
@pytest.mark.parametrize("way", WAYS, ids=lambda way: type(way).__name__)
def test_what_is_drawn_is_zero_in_the_padding_and_nowhere_else(kind, way):
    context = context_of(2, lengths=torch.tensor([20, 9]))
    z = alive(kind()).draw(context, way)
    assert z.shape == (2, STEPS, DIM)
    assert not z[1, 3:].any()
    if not isinstance(way, Greedy):
        assert (z[context.mask[:, ::STRIDE]] != 0).all()


@every_model
def test_shorter_signals_need_no_padding(kind):
    model = alive(kind())
    z, padded = torch.randn(4, 3, DIM), torch.zeros(4, STEPS, DIM)
    padded[:, :3] = z
    lengths = torch.full((4,), 3 * STRIDE)
    short = seeded(lambda: model.surprise(z, context_of(4, steps=3 * STRIDE)))
    long = seeded(lambda: model.surprise(padded, context_of(4, lengths=lengths)))
    assert torch.allclose(short, long)


@every_kind
def test_shorter_signals_are_drawn_without_padding(kind):
    drawn = alive(kind()).draw(context_of(4, steps=3 * STRIDE), Sample())
    assert drawn.shape == (4, 3, DIM)


@every_kind
def test_equal_seeds_draw_equal_latents(kind):
    model, context = alive(kind()), context_of(4)
    one, same, other = (seeded(lambda: model.draw(context, Sample()), seed) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@every_kind
def test_a_greedy_draw_needs_no_luck(kind):
    model, context = alive(kind()), context_of(4)
    one, other = (seeded(lambda: model.draw(context, Greedy()), seed) for seed in (1, 2))
    assert torch.equal(one, other)


@every_kind
def test_a_lower_temperature_draws_nearer_together(kind):
    model, context = alive(kind(latent_steps=1)), context_of(2000, steps=STRIDE)
    ways = [Sample(temperature=0.1), Sample(temperature=1.0)]
    cold, warm = (seeded(lambda way=way: model.draw(context, way)) for way in ways)
    assert (cold.var(0) < warm.var(0)).all()


@every_kind
@pytest.mark.parametrize("way", [Beam(), Sample(top_k=2), Sample(top_p=0.5)])
def test_ways_of_choosing_codes_are_refused(kind, way):
    with pytest.raises(ValueError, match="decoding must be greedy, a mean, or a sample without"):
        kind().draw(context_of(2), way)


@every_kind
def test_the_order_of_signals_does_not_matter(kind):
    model, context = alive(kind(conditions=2)), context_of(4, conditions=2)
    drawn = model.draw(context, Greedy())
    assert torch.allclose(model.draw(context[2:], Greedy()), drawn[2:], atol=1e-6)


@pytest.mark.parametrize("kind", MODELS[:4])  # the others' surprise is drawn at random times
def test_the_order_of_signals_does_not_matter_to_a_surprise(kind):
    model, context = alive(kind(conditions=2)), context_of(4, conditions=2)
    z = torch.randn(4, STEPS, DIM)
    cost = model.surprise(z, context)
    assert torch.allclose(model.surprise(z[2:], context[2:]), cost[2:], atol=1e-4)


@learning
@pytest.mark.parametrize("conditions", [0, 2])
def test_every_parameter_gets_a_gradient(kind, conditions):
    model, lengths = alive(kind(conditions)).train(), torch.tensor([20, 9, 4, 17])
    context = context_of(4, lengths=lengths, conditions=conditions)
    model.surprise(torch.randn(4, STEPS, DIM), context).sum().backward()
    assert not [n for n, p in model.named_parameters() if p.grad is None]
    assert all(p.grad.isfinite().all() for p in model.parameters())


@learning
def test_conditions_are_used_and_must_be_there(kind):
    model, context = alive(kind(conditions=2)), context_of(64, conditions=2)
    other = Context(size=64, steps=context.steps, condition=-context.condition)
    one, two = (seeded(lambda c=c: model.draw(c, Sample())) for c in (context, other))
    assert not torch.equal(one, two)
    with pytest.raises(ValueError, match="the context must have 2 conditions, got 0"):
        model.surprise(torch.randn(2, STEPS, DIM), context_of(2))


@learning
def test_only_learning_moves_the_units_and_only_once(kind):
    model, context = kind(), context_of(40)
    first, second = torch.randn(2, 40, STEPS, DIM) * torch.tensor([5.0, 1.0])[:, None, None, None]
    model.eval().surprise(first, context)
    assert not model.space.started
    model.train().surprise(first, context)
    kept = model.space.scale.clone()
    model.surprise(second, context)
    assert torch.equal(model.space.scale, kept)
    assert torch.allclose(kept, first.flatten(1).std(0, correction=0), rtol=1e-4)


@learning
def test_latents_that_never_vary_do_no_harm(kind):
    model, context = kind(), context_of(8)
    cost = model.train().surprise(torch.ones(8, STEPS, DIM), context)
    cost.sum().backward()
    assert cost.isfinite().all()
    assert model.draw(context, Sample()).isfinite().all()


@learning
def test_more_latent_steps_than_expected_are_refused_with_the_cure(kind):
    model = kind(latent_steps=1)
    words = r"at least the 5 latent steps of 20 time steps, got 1; set .*\.latent_steps=5"
    with pytest.raises(ValueError, match=words):
        model.surprise(torch.randn(2, STEPS, DIM), context_of(2))
    with pytest.raises(ValueError, match=words):
        model.draw(context_of(2), Sample())


@learning
def test_latents_of_another_width_are_refused(kind):
    with pytest.raises(ValueError, match=r"z must be \(5, 3\) latent steps x features, got"):
        kind().surprise(torch.randn(2, STEPS, DIM + 1), context_of(2))


@every_kind
def test_drawing_keeps_the_mode(kind):
    model = kind().train()
    model.draw(context_of(2), Sample())
    assert model.training


@adversarial
@pytest.mark.parametrize("conditions", [0, 2])
def test_what_is_drawn_carries_a_gradient_to_every_parameter(kind, conditions):
    model, lengths = alive(kind(conditions)).train(), torch.tensor([20, 9, 4, 17])
    context = context_of(4, lengths=lengths, conditions=conditions)
    (model.draw(context, Sample()) * torch.randn(4, STEPS, DIM)).sum().backward()
    assert not [n for n, p in model.named_parameters() if p.grad is None]
    assert all(p.grad.isfinite().all() and p.grad.any() for p in model.parameters())


@adversarial
def test_conditions_move_what_is_drawn_and_must_be_there(kind):
    model, context = alive(kind(conditions=2)), context_of(64, conditions=2)
    other = Context(size=64, steps=context.steps, condition=-context.condition)
    one, two = (seeded(lambda c=c: model.draw(c, Sample())) for c in (context, other))
    assert not torch.equal(one, two)
    with pytest.raises(ValueError, match="the context must have 2 conditions, got 0"):
        model.draw(context_of(2), Sample())
