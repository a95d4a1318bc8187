"""Models of continuous latents against independent computations, and what they recover."""

import math

import numpy as np
import pytest
import torch
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from latentloom.core.batch import Context
from latentloom.generators.covariance import FullCovariance, LowRankCovariance
from latentloom.generators.decoding import Greedy, Sample
from latentloom.generators.latent_flow import LatentFlow
from latentloom.generators.latent_space import LatentSpace
from latentloom.generators.latents import GaussianMixture, StandardNormal

SIZE = 6
DIM, STRIDE = 2, 4


def moved(model):
    """The model with random weights, in double floats."""
    model = model.double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(0.5 * torch.randn_like(parameter))
    return model


def covariance_of(covariance, component):
    """The matrix of a component, written out."""
    own = np.diag(covariance.variance[component].detach().numpy())
    if isinstance(covariance, LowRankCovariance):
        loadings = covariance.loadings[component].detach().numpy()
        return loadings @ loadings.T + own
    below = np.zeros((SIZE, SIZE))
    below[np.tril_indices(SIZE, -1)] = covariance.below[component].detach().numpy()
    factor = np.linalg.inv(np.eye(SIZE) + below)
    return factor @ own @ factor.T


def mixture(rank=None, conditions=0, **settings):
    return GaussianMixture(
        conditions, DIM, STRIDE, components=3, rank=rank, latent_steps=3, **settings
    )


def likelihood(model, z, numbers):
    """Log-likelihood of the leading numbers, by scipy."""
    x = (z.flatten(1) - model.space.centre) / model.space.scale
    shares = model.weights.log_softmax(0).detach().numpy()
    each = [
        shares[m]
        + multivariate_normal(
            model.means[m, :numbers].detach().numpy(),
            covariance_of(model.covariance, m)[:numbers, :numbers],
        ).logpdf(x[:, :numbers].numpy())
        for m in range(3)
    ]
    units = model.space.scale[:numbers].log().sum().item()
    return logsumexp(np.stack(each), axis=0) - units


@pytest.mark.parametrize("rank", [None, 0, 2, 8])
def test_the_surprise_of_a_mixture_is_its_exact_likelihood(rank):
    model = moved(mixture(rank))
    model.space.start(torch.randn(50, 3, DIM).double() * 3 + 1, Context(size=50, steps=12))
    z = torch.randn(5, 3, DIM).double()
    surprise = model.surprise(z, Context(size=5, steps=12)).detach().numpy()
    np.testing.assert_allclose(surprise, -likelihood(model, z, SIZE), rtol=1e-9)


@pytest.mark.parametrize("rank", [None, 0, 2])
def test_padding_is_integrated_out(rank):
    model, z = moved(mixture(rank)), torch.randn(4, 3, DIM).double()
    context = Context(size=4, steps=12, lengths=torch.tensor([12, 8, 5, 3]))
    surprise = model.surprise(z, context).detach().numpy()
    wanted = [-likelihood(model, z, n)[i] for i, n in enumerate((6, 4, 4, 2))]
    np.testing.assert_allclose(surprise, wanted, rtol=1e-9)


@pytest.mark.parametrize("kind", [FullCovariance, LowRankCovariance])
def test_draws_have_the_covariance_of_the_density(kind):
    settings = {"rank": 2} if kind is LowRankCovariance else {}
    covariance = moved(kind(2, SIZE, floor=1e-3, **settings))
    noise = torch.randn(200_000, covariance.noises).double()
    drawn = covariance.draw(1, noise).detach().numpy()
    wanted = covariance_of(covariance, 1)
    assert np.abs(np.cov(drawn.T) - wanted).max() < 0.03 * wanted.max()


def test_no_variance_falls_below_the_floor():
    covariance = FullCovariance(1, SIZE, floor=0.01)
    with torch.no_grad():
        covariance.log_deviation.fill_(-30.0)
    gap = torch.zeros(1, 1, SIZE)
    most = -SIZE / 2 * math.log(2 * math.pi * 0.01)
    assert covariance.log_density(gap, None).item() == pytest.approx(most, rel=1e-5)


def test_the_prior_is_the_standard_normal_density():
    z = torch.randn(3, 2, DIM)
    wanted = -multivariate_normal(np.zeros(4)).logpdf(z.flatten(1).numpy())
    model, context = StandardNormal(DIM, STRIDE), Context(size=3, steps=8)
    np.testing.assert_allclose(model.surprise(z, context).numpy(), wanted, rtol=1e-5)
    assert model.draw(Context(size=20_000, steps=8), Sample()).std().item() == pytest.approx(
        1.0, abs=0.02
    )


def trained(model, latents, conditions=None, steps=300):
    """The model after some steps on batches of latents."""
    optimizer = torch.optim.Adam(model.train().parameters(), lr=0.02)
    for _ in range(steps):
        rows = torch.randint(len(latents), (128,))
        known = None if conditions is None else conditions[rows]
        context = Context(size=128, steps=STRIDE, condition=known)
        optimizer.zero_grad()
        model.surprise(latents[rows], context).mean().backward()
        optimizer.step()
    return model.eval()


def three_clusters(size=3000):
    """Latents in three clusters, and the weights, means and covariances of these."""
    shares = torch.tensor([0.5, 0.3, 0.2])
    means = torch.tensor([[-4.0, 0.0], [3.0, 3.0], [3.0, -5.0]])
    factors = torch.tensor(
        [[[1.0, 0.0], [0.8, 0.3]], [[0.5, 0.0], [0.0, 0.5]], [[0.3, 0.0], [-0.6, 1.0]]]
    )
    which = torch.multinomial(shares, size, replacement=True)
    strays = torch.einsum("bij,bj->bi", factors[which], torch.randn(size, 2))
    x = means[which] + strays
    own = [x[which == m] for m in range(3)]
    shares = torch.tensor([len(rows) / size for rows in own])
    return x[:, None], shares, torch.stack([r.mean(0) for r in own]), [r.T.cov() for r in own]


@pytest.mark.parametrize("rank", [None, 2])
def test_a_mixture_recovers_what_it_was_drawn_from(rank):
    latents, shares, means, covariances = three_clusters()
    model = trained(GaussianMixture(0, 2, STRIDE, components=3, rank=rank), latents, steps=200)
    scale, centre = model.space.scale, model.space.centre
    found = (model.means * scale + centre).detach()
    order = torch.cdist(means, found).argmin(1)
    assert sorted(order.tolist()) == [0, 1, 2]
    assert torch.allclose(found[order], means, atol=0.15)
    assert torch.allclose(model.weights.softmax(0)[order], shares, atol=0.02)
    for true, component in zip(covariances, order.tolist(), strict=True):
        drawn = model.covariance.draw(component, torch.randn(4000, model.covariance.noises))
        assert torch.allclose((drawn * scale).T.cov(), true, atol=0.2)


def test_a_mixture_follows_labels():
    label = torch.randint(2, (2000,))
    latents = torch.randn(2000, 1, 2) + 6 * label[:, None, None] - 3
    known = torch.nn.functional.one_hot(label, 2).float()
    model = trained(GaussianMixture(2, 2, STRIDE, components=2), latents, known)
    context = Context(size=500, steps=STRIDE, condition=torch.tensor([[0.0, 1.0]]).repeat(500, 1))
    assert (model.draw(context, Sample())[:, 0].mean(1) > 0).float().mean() > 0.98
    assert model.draw(context, Greedy()).mean().item() == pytest.approx(3.0, abs=0.3)


def small_flow(conditions=0, **settings):
    return LatentFlow(conditions, 2, STRIDE, width=16, layers=1, **settings)


@pytest.mark.parametrize("solver", ["euler", "midpoint"])
def test_a_flow_recovers_a_shifted_normal_distribution(solver):
    factor = torch.tensor([[2.0, 0.0], [1.5, 0.5]])
    latents = (torch.randn(4000, 2) @ factor.T + torch.tensor([5.0, -3.0]))[:, None]
    model = trained(small_flow(solver=solver, solver_steps=16), latents)
    drawn = model.draw(Context(size=4000, steps=STRIDE), Sample())[:, 0]
    true = latents[:, 0]
    assert torch.allclose(drawn.mean(0), true.mean(0), atol=0.25)
    assert torch.allclose(drawn.T.cov(), true.T.cov(), rtol=0.2, atol=0.2)


def test_a_flow_finds_both_clusters_and_nothing_between():
    side = torch.randint(2, (4000, 1)) * 2.0 - 1
    latents = (torch.randn(4000, 2) * 0.3 + 3 * side)[:, None]
    model = trained(small_flow(), latents)
    drawn = model.draw(Context(size=2000, steps=STRIDE), Sample())[:, 0]
    right = drawn.mean(1) > 0
    assert right.float().mean().item() == pytest.approx(0.5, abs=0.1)
    assert (drawn.mean(1).abs() > 1.5).float().mean() > 0.95


def test_a_flow_follows_conditions():
    known = torch.rand(3000, 1) * 2 - 1
    latents = (torch.randn(3000, 2) * 0.2 + 3 * known)[:, None]
    model = trained(small_flow(1), latents, known)
    for wanted in (-0.5, 0.5):
        context = Context(size=500, steps=STRIDE, condition=torch.full((500, 1), wanted))
        assert model.draw(context, Sample()).mean().item() == pytest.approx(3 * wanted, abs=0.3)


def test_a_flow_that_knows_nothing_has_a_surprise_of_two():
    model = LatentFlow(0, 8, STRIDE, width=8, layers=1)
    surprise = model.train().surprise(torch.randn(4000, 1, 8), Context(size=4000, steps=STRIDE))
    assert surprise.mean().item() == pytest.approx(2.0, abs=0.05)


def slanted(count, dim=3):
    """Correlated latents far from zero, one step each, in double floats."""
    factor = torch.tensor([[2.0, 0.0, 0.0], [1.5, 0.5, 0.0], [-1.0, 0.3, 0.01]])
    around = torch.randn(count, 3, dtype=torch.float64) @ factor.T.double()
    return (around + torch.tensor([5.0, -3.0, 0.5]))[:, None, :dim]


def test_rows_along_principal_axes_are_uncorrelated_and_lead_back():
    latents, context = slanted(500), Context(size=500, steps=STRIDE)
    space = LatentSpace(3, STRIDE, latent_steps=1, axes="principal").double()
    space.start(latents, context)
    x, _ = space.row(latents, context)
    assert torch.allclose(x.T.cov(), torch.eye(3, dtype=torch.float64), atol=3e-3)
    assert torch.allclose(x.mean(0), torch.zeros(3, dtype=torch.float64), atol=1e-9)
    assert torch.allclose(space.latent(x, context), latents, atol=1e-9)
    assert (space.scale.diff() < 0).all()  # the longest axis comes first


def test_a_flow_along_principal_axes_starts_as_the_normal_distribution_of_its_latents():
    latents, context = slanted(4000), Context(size=4000, steps=STRIDE)
    model = LatentFlow(0, 3, STRIDE, width=8, layers=1, axes="principal").double().train()
    model.begin(latents, context)
    drawn, true = model.draw(context, Sample())[:, 0], latents[:, 0]
    assert torch.allclose(drawn.mean(0), true.mean(0), atol=0.15)
    assert torch.allclose(drawn.T.cov(), true.T.cov(), rtol=0.1, atol=0.02)
    assert torch.allclose(model.draw(context, Greedy())[0, 0], true.mean(0), atol=1e-9)
    # Of a normal distribution no more can be known: the squared error that is left at a time
    # is one over t^2 + (1 - t)^2, whose mean over all times is half of pi.
    assert model.surprise(latents, context).mean().item() == pytest.approx(math.pi / 2, abs=0.05)


def test_principal_axes_need_latents_of_one_length():
    space = LatentSpace(3, STRIDE, latent_steps=2, axes="principal")
    lengths = torch.tensor([STRIDE] * 4 + [2 * STRIDE] * 4)
    with pytest.raises(ValueError, match="needs latents of 2 steps throughout"):
        space.start(torch.randn(8, 2, 3), Context(size=8, steps=2 * STRIDE, lengths=lengths))


def test_principal_axes_of_few_latents_do_not_believe_in_chance():
    latents, context = torch.randn(5, 1, 40), Context(size=5, steps=STRIDE)
    model = LatentFlow(0, 40, STRIDE, width=8, layers=1, axes="principal").train()
    model.begin(latents, context)
    drawn = model.draw(Context(size=4000, steps=STRIDE), Sample())[:, 0]
    assert torch.allclose(drawn.var(0), latents[:, 0].var(0), rtol=0.3, atol=0.05)


def curved(count):
    """Latents about an arc, whose covariance turns with the place."""
    angle = torch.rand(count) * math.pi
    around = torch.stack((angle.cos(), angle.sin(), 0.2 * angle), 1)
    return (around + 0.02 * torch.randn(count, 3))[:, None]


@pytest.mark.parametrize("rank", [None, 1])
def test_a_mixture_that_has_seen_all_latents_starts_near_where_learning_ends(rank):
    latents, fresh = curved(3000), curved(2000)
    context = Context(size=3000, steps=STRIDE)
    started = GaussianMixture(0, 3, STRIDE, components=20, rank=rank).train()
    started.begin(latents, context)
    learned = trained(GaussianMixture(0, 3, STRIDE, components=20, rank=rank), latents)
    one = GaussianMixture(0, 3, STRIDE, components=1, rank=rank).train()
    one.begin(latents, context)
    told = Context(size=2000, steps=STRIDE)
    costs = [m.eval().surprise(fresh, told).mean().item() for m in (one, started, learned)]
    assert costs[1] < costs[0] - 0.8 * (costs[0] - costs[2])


@pytest.mark.parametrize("rank", [None, 2, 5])
def test_one_component_starts_as_the_normal_distribution_of_its_latents(rank):
    latents = slanted(4000).float()
    model = GaussianMixture(0, 3, STRIDE, components=1, rank=rank, floor=1e-6).train()
    model.begin(latents, Context(size=4000, steps=STRIDE))
    drawn = model.draw(Context(size=20000, steps=STRIDE), Sample())[:, 0]
    assert torch.allclose(drawn.mean(0), latents[:, 0].mean(0), atol=0.15)
    assert torch.allclose(drawn.T.cov(), latents[:, 0].T.cov(), rtol=0.1, atol=0.1)


@pytest.mark.parametrize("rank", [None, 2])
def test_a_mixture_starts_from_latents_of_several_lengths_and_from_few(rank):
    lengths = torch.tensor([STRIDE, 2 * STRIDE, 3 * STRIDE, 3 * STRIDE])
    context = Context(size=4, steps=3 * STRIDE, lengths=lengths)
    model = mixture(rank).train()
    model.begin(torch.randn(4, 3, DIM), context)
    assert model.surprise(torch.randn(4, 3, DIM), context).isfinite().all()
    assert model.draw(context, Sample()).isfinite().all()


def test_a_mixture_starts_with_components_that_answer_to_conditions():
    label = torch.randint(2, (2000,))
    latents = torch.randn(2000, 1, 2) + 6 * label[:, None, None] - 3
    known = torch.nn.functional.one_hot(label, 2).float()
    model = GaussianMixture(2, 2, STRIDE, components=6).train()
    model.begin(latents, Context(size=2000, steps=STRIDE, condition=known))
    asked = torch.tensor([[0.0, 1.0]]).repeat(500, 1)
    drawn = model.draw(Context(size=500, steps=STRIDE, condition=asked), Sample())
    assert (drawn[:, 0].mean(1) > 0).float().mean() > 0.98


def test_a_mixture_starts_where_a_condition_never_varies():
    known = torch.cat((torch.randn(200, 1), torch.ones(200, 1)), 1)
    context = Context(size=200, steps=STRIDE, condition=known)
    model = GaussianMixture(2, 2, STRIDE, components=4).train()
    latents = torch.randn(200, 1, 2)
    model.begin(latents, context)
    assert model.surprise(latents, context).isfinite().all()


@pytest.mark.parametrize("rank", [None, 1])
@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_mixture_starts_from_fewer_latents_than_components(rank, count):
    context = Context(size=count, steps=STRIDE)
    model = GaussianMixture(0, 4, STRIDE, components=8, rank=rank).train()
    latents = torch.randn(count, 1, 4)
    model.begin(latents, context)
    assert model.surprise(latents, context).isfinite().all()
    assert model.draw(context, Sample()).isfinite().all()
