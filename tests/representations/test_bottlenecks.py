import pytest
import torch

from latentloom.representations.bottlenecks import Gaussian, Quantized


def test_the_divergence_by_hand():
    made = Gaussian(2, dim=1)
    made.project = torch.nn.Identity()
    features = torch.tensor([[[3.0, 0.0], [0.0, torch.tensor(4.0).log()]]])
    expected = 9 / 2 + (4 - 1 - torch.tensor(4.0).log()) / 2
    torch.testing.assert_close(made(features).penalties["kl"], expected[None])


def gaussian(means, log_variances, **settings):
    """A bottleneck, and features that it takes as means and log-variances (B S D)."""
    made = Gaussian(2 * len(means[0][0]), dim=len(means[0][0]), **settings)
    made.project = torch.nn.Identity()
    return made, torch.cat((torch.tensor(means), torch.tensor(log_variances)), -1)


def test_the_divergence_by_the_definition_of_torch():
    made = Gaussian(8, dim=4)
    features = torch.randn(3, 5, 8)
    mean, log_var = made.posterior(features)
    told = torch.distributions.Normal(mean, (log_var / 2).exp())
    kl = torch.distributions.kl_divergence(told, torch.distributions.Normal(0.0, 1.0))
    penalties = made(features).penalties
    torch.testing.assert_close(penalties["kl"], kl.sum((1, 2)))
    torch.testing.assert_close(penalties["kl_mean"], kl.mean((1, 2)))
    torch.testing.assert_close(penalties["kl_free"].mean(), kl.sum((1, 2)).mean())


def test_the_mean_divergence_is_over_real_numbers_only():
    made, features = gaussian([[[2.0], [4.0], [9.0]]], [[[0.0], [0.0], [0.0]]])
    real = torch.tensor([[True, True, False]])
    penalties = made(features, real).penalties
    assert penalties["kl"].tolist() == [2.0 + 8.0]
    assert penalties["kl_mean"].tolist() == [5.0]
    assert penalties["kl_free"].tolist() == [10.0]


def test_free_nats_cost_the_same_whatever_is_below_them():
    """Mean divergences of the two features: (2 + 0) / 2 = 1 and (0.125 + 0.125) / 2."""
    means = [[[2.0, 0.5]], [[0.0, 0.5]]]
    made, features = gaussian(means, [[[0.0, 0.0]]] * 2, free_nats=0.5)
    features.requires_grad_()
    penalties = made(features).penalties
    assert penalties["kl"].tolist() == [2.125, 0.125]
    assert penalties["kl_free"].tolist() == [1.5, 1.5]
    penalties["kl_free"].mean().backward()
    assert features.grad[:, 0, 1].eq(0).all()
    torch.testing.assert_close(features.grad[:, 0, 0], torch.tensor([1.0, 0.0]))


def test_the_log_variance_is_clamped_where_it_says():
    made, features = gaussian([[[0.0, 0.0]]], [[[-50.0, 50.0]]], log_variance=(-10.0, 3.0))
    _, log_var = made.posterior(features)
    assert log_var.flatten().tolist() == [-10.0, 3.0]


def test_the_divergence_is_in_single_floats_under_half_precision():
    made, features = Gaussian(8, dim=4).eval(), torch.randn(3, 5, 8)
    plain = made(features)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        half = made(features)
    assert half.penalties["kl"].dtype == torch.float32
    assert torch.equal(half.penalties["kl"], plain.penalties["kl"])
    assert torch.equal(half.z, plain.z)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"dim": 0}, "dim must be at least 1, got 0"),
        ({"free_nats": -0.1}, "free_nats must be at least 0, got -0.1"),
        ({"log_variance": (2.0, 2.0)}, r"log_variance must increase, got \[2.0, 2.0\]"),
    ],
)
def test_a_gaussian_that_cannot_be_is_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        Gaussian(8, **({"dim": 4} | settings))


def test_latents_are_drawn_in_training_only():
    made, features = Gaussian(4, dim=2), torch.randn(1, 3, 4)
    assert not torch.equal(made(features).z, made(features).z)
    made.eval()
    assert torch.equal(made(features).z, made(features).z)


def test_an_extreme_variance_stays_finite():
    made = Gaussian(2, dim=1)
    made.project = torch.nn.Identity()
    latent = made(torch.tensor([[[0.0, 1e4]], [[0.0, -1e4]]]))
    assert latent.z.isfinite().all()
    assert latent.penalties["kl"].isfinite().all()


def test_latent_steps_have_a_root_mean_square_of_one_before_rounding():
    made = Quantized(8, dim=4, levels=[3000], normalise="rms")
    latent = made(torch.randn(1, 300, 8))
    torch.testing.assert_close(latent.z.square().mean(-1), torch.ones(1, 300), atol=1e-2, rtol=0)


def test_more_levels_leave_less_over():
    features = torch.randn(4, 200, 8)
    errors = []
    for levels in ([16], [16, 16], [16, 16, 16]):
        torch.manual_seed(0)
        made = Quantized(8, dim=4, levels=levels, normalise="none")
        made(features)
        z = made.eval()(features).z
        errors.append((made.project(features) - z).square().mean().item())
    assert errors[0] > 1.5 * errors[1] > 2 * errors[2]


def test_the_commitment_of_one_level_is_the_squared_error():
    made = Quantized(8, dim=4, levels=[8], update="gradient", normalise="none").eval()
    features = torch.randn(2, 5, 8)
    latent = made(features)
    error = (made.project(features) - latent.z).square().mean((1, 2))
    torch.testing.assert_close(latent.penalties["commitment"], error)
    torch.testing.assert_close(latent.penalties["codebook"], error)


def test_commitment_moves_features_and_codebook_moves_entries():
    made = Quantized(8, dim=4, levels=[8], update="gradient").eval()
    penalties = made(torch.randn(2, 5, 8)).penalties
    entries, weight = made.books[0].entries, made.project.weight
    inputs = (entries, weight)
    of_commitment = torch.autograd.grad(
        penalties["commitment"].sum(), inputs, retain_graph=True, allow_unused=True
    )
    of_codebook = torch.autograd.grad(penalties["codebook"].sum(), inputs, allow_unused=True)
    assert [g is not None for g in of_commitment] == [False, True]
    assert [g is not None for g in of_codebook] == [True, False]


def test_half_precision_does_not_move_a_codebook():
    made = Quantized(8, dim=4, levels=[16]).eval()
    features = torch.randn(2, 50, 8)
    plain = made(features).codes
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(made(features).codes, plain)


def test_a_bottleneck_without_books_is_refused():
    with pytest.raises(ValueError, match="levels must name at least one codebook, got none"):
        Quantized(8, dim=4, levels=[])
