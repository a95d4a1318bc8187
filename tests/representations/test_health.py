"""What Gaussian latents carry, by hand, by other ways of working it out, and by its laws."""

import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from latentloom.core.batch import Batch, Context
from latentloom.representations import health as subject
from latentloom.representations.bottlenecks import Gaussian
from latentloom.representations.health import LatentHealth, Posteriors, spreads


def posteriors(mean, deviation, real=None):
    """Posteriors of one latent step, a row of numbers for each signal."""
    centre = torch.as_tensor(mean, dtype=torch.float64)[:, None]
    width = torch.as_tensor(deviation, dtype=torch.float64)[:, None].expand_as(centre)
    return Posteriors(mean=centre, log_variance=2 * width.log(), real=real)


def test_the_divergence_is_that_of_two_normal_distributions():
    found = posteriors([[0.5, -2.0]], [[0.3, 1.7]])
    ours = torch.distributions.Normal(found.mean, (found.log_variance / 2).exp())
    prior = torch.distributions.Normal(0.0, 1.0)
    assert torch.allclose(found.divergence, torch.distributions.kl_divergence(ours, prior))


def test_the_divergence_is_the_penalty_of_the_bottleneck():
    bottleneck, features = Gaussian(8, dim=3), torch.randn(5, 4, 8)
    real = torch.tensor([4, 3, 2, 1, 4])[:, None] > torch.arange(4)
    with torch.no_grad():
        latent = bottleneck.eval()(features, real)
    found = Posteriors(mean=latent.z, log_variance=latent.log_variance, real=real)
    health = LatentHealth.of(found)
    assert health.kl_nats == pytest.approx(float(latent.penalties["kl"].mean()), rel=1e-5)
    assert health.kl_mean == pytest.approx(health.kl_nats * 5 / (14 * 3), rel=1e-5)


def test_a_number_is_active_above_a_variance_of_a_hundredth():
    still, moved = 0.0999, 0.1001  # the variance of -a and a is a squared
    health = LatentHealth.of(posteriors([[-still, -moved], [still, moved]], [[1.0, 1.0]] * 2))
    assert (health.active, health.numbers) == (0.5, 2)


def test_latents_far_apart_tell_all_signals_apart_and_no_more():
    health = LatentHealth.of(posteriors(np.arange(64.0)[:, None] * 100, [[0.1]] * 64))
    assert health.information == pytest.approx(math.log(64), abs=1e-9)
    assert health.marginal == pytest.approx(health.kl_nats - math.log(64))


def test_equal_posteriors_tell_nothing_and_all_of_them_departs_from_the_prior():
    health = LatentHealth.of(posteriors([[1.0, 0.0]] * 32, [[0.5, 2.0]] * 32))
    assert health.information == pytest.approx(0.0, abs=1e-9)
    assert health.marginal == pytest.approx(health.kl_nats)
    assert health.marginal_least == pytest.approx(health.kl_nats)


def test_the_information_is_the_integral_over_a_mixture():
    """Two normal distributions 2 apart: h(z) - h(z | n), the first by quadrature."""
    centres = np.array([-1.0, 1.0])

    def density(z):
        return stats.norm.pdf(z, centres, 1.0).mean()

    entropy = integrate.quad(lambda z: -density(z) * math.log(density(z)), -12, 12)[0]
    wanted = entropy - stats.norm.entropy()
    mean = np.repeat(centres, 1000)[:, None]
    health = LatentHealth.of(posteriors(mean, np.ones_like(mean)))
    assert health.information == pytest.approx(wanted, abs=0.03)
    divergence = integrate.quad(
        lambda z: density(z) * (math.log(density(z)) - stats.norm.logpdf(z)), -12, 12
    )[0]
    assert health.marginal == pytest.approx(divergence, abs=0.03)
    assert health.marginal_least <= divergence


def test_what_the_marginal_departs_by_lies_between_its_bounds():
    torch.manual_seed(0)
    found = Posteriors(mean=torch.randn(128, 4, 3), log_variance=torch.randn(128, 4, 3) - 2)
    health = LatentHealth.of(found)
    assert 0 < health.marginal_least < health.marginal
    assert health.information + health.marginal == pytest.approx(health.kl_nats)


def test_the_aggregated_posterior_of_the_prior_itself_is_the_prior():
    """Means with the variance that the posteriors lack make up a standard normal."""
    torch.manual_seed(0)
    mean = torch.randn(4000, 1, 2) * math.sqrt(0.75)
    found = Posteriors(mean=mean, log_variance=torch.full_like(mean, math.log(0.25)))
    health = LatentHealth.of(found)
    assert (health.mean, health.deviation) == pytest.approx((0.0, 1.0), abs=0.02)
    assert health.noise == pytest.approx(0.5)
    assert health.marginal == pytest.approx(0.0, abs=0.05)
    assert health.information == pytest.approx(math.log(4), abs=0.05)  # 2 channels of 1/2 log 4


def test_many_numbers_are_added_up_piece_by_piece(monkeypatch):
    torch.manual_seed(0)
    found = Posteriors(mean=torch.randn(16, 6, 5) / 5, log_variance=torch.randn(16, 6, 5) / 9)
    whole = LatentHealth.of(found)
    monkeypatch.setattr(subject, "_AT_ONCE", 7)
    assert LatentHealth.of(found).information == pytest.approx(whole.information)


def test_looking_uses_up_no_random_number():
    torch.manual_seed(0)
    found = Posteriors(mean=torch.randn(8, 2, 2), log_variance=torch.zeros(8, 2, 2))
    before = torch.get_rng_state()
    assert LatentHealth.of(found) == LatentHealth.of(found)
    assert torch.equal(before, torch.get_rng_state())


def test_padding_does_not_count():
    torch.manual_seed(0)
    short = Posteriors(mean=torch.randn(8, 2, 3), log_variance=torch.randn(8, 2, 3))
    zeros = torch.zeros(8, 1, 3)
    padded = Posteriors(
        mean=torch.cat((short.mean, zeros), 1),
        log_variance=torch.cat((short.log_variance, zeros), 1),
        real=torch.tensor([[True, True, False]] * 8),
    )
    one, other = LatentHealth.of(short), LatentHealth.of(padded)
    for name in ("kl_nats", "kl_mean", "active", "marginal_least", "mean", "deviation", "noise"):
        assert getattr(one, name) == pytest.approx(getattr(other, name)), name


def test_there_must_be_a_signal():
    nothing = torch.zeros(0, 1, 1)
    with pytest.raises(ValueError, match="posteriors must be of at least one signal, got none"):
        LatentHealth.of(Posteriors(mean=nothing, log_variance=nothing))


def test_spreads_are_ratios_of_deviations_for_each_span():
    torch.manual_seed(0)
    truth = torch.randn(50, 7, 3)
    made = truth.clone()
    made[..., :2] *= 0.25
    mask = torch.ones(50, 7, dtype=torch.bool)
    found = spreads(made + 3, truth, mask, {"xy": 2, "rot": 1})
    assert found == pytest.approx({"xy": 0.25, "rot": 1.0})


def test_the_mean_of_each_step_has_no_spread():
    torch.manual_seed(0)
    truth = torch.arange(6.0)[:, None] + torch.randn(40, 6, 1)
    made = truth.mean(0).expand_as(truth)
    mask = torch.ones(40, 6, dtype=torch.bool)
    assert spreads(made, truth, mask, {"x": 1})["x"] == pytest.approx(0.0, abs=1e-6)


def test_spreads_leave_out_padding_and_what_does_not_vary():
    torch.manual_seed(0)
    truth = torch.randn(9, 4, 2)
    truth[..., 1] = 5.0
    context = Context(size=9, steps=4, lengths=torch.tensor([4, 3, 2, 4, 3, 2, 4, 3, 2]))
    batch = Batch(values=truth, context=context)
    garbage = torch.where(context.mask[..., None], truth, 1e6)
    assert spreads(garbage, batch.values, context.mask, {"a": 1, "b": 1}) == {"a": 1.0}


def test_the_best_prediction_has_the_root_of_its_explained_share_as_spread():
    """Least squares on a noisy view: spread squared is R2."""
    rng = np.random.default_rng(0)
    view = rng.normal(size=(4000, 1, 1))
    truth = view + 2 * rng.normal(size=view.shape)
    slope, _ = np.polyfit(view.ravel(), truth.ravel(), 1)
    made = slope * view
    r2 = 1 - ((truth - made) ** 2).mean() / truth.var()
    mask = torch.ones(4000, 1, dtype=torch.bool)
    found = spreads(torch.tensor(made).float(), torch.tensor(truth).float(), mask, {"x": 1})
    assert found["x"] ** 2 == pytest.approx(r2, abs=0.005)
