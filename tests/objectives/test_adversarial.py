"""What a critic and a generator hold down, against numbers worked out by hand and by NumPy."""

import numpy as np
import pytest
import torch

from latentloom.evaluation.distances.mmd import mmd
from latentloom.objectives.adversarial import (
    ConditionError,
    GradientPenalty,
    HingeCritic,
    WassersteinCritic,
    WassersteinGenerator,
    ZeroGradient,
)
from latentloom.objectives.populations import FeatureMatching, LatentMmd, LatentSpread

BY_HAND = {
    "wasserstein critic": (WassersteinCritic(), [-3.5, 2.5]),
    "wasserstein generator": (WassersteinGenerator(), [1.5, -2.0]),
    "hinge": (HingeCritic(), [0.0, 4.5]),
    "both sides": (GradientPenalty(), [0.25, 4.0]),
    "above": (GradientPenalty(sides="above"), [0.0, 4.0]),
    "zero gradient": (ZeroGradient(), [0.5, 8.0]),
    "conditions": (ConditionError(), [2.5, 0.5]),
}


def outputs():
    said = {
        "real_score": [2.0, -0.5],
        "fake_score": [-1.5, 2.0],
        "slope": [0.5, 3.0],
        "real_slope": [1.0, 4.0],
        "told_conditions": [[1.0, 2.0], [0.0, 1.0]],
        "conditions": [[0.0, 0.0], [0.0, 0.0]],
    }
    return {name: torch.tensor(x, dtype=torch.double) for name, x in said.items()}


@pytest.mark.parametrize("name", BY_HAND)
def test_a_criterion_gives_the_number_worked_out_by_hand(name):
    criterion, wanted = BY_HAND[name]
    assert criterion(outputs(), 0.5).tolist() == wanted


@pytest.mark.parametrize("name", BY_HAND)
def test_its_gradient_is_the_derivative(name):
    criterion = BY_HAND[name][0]
    every = outputs()
    read = [n for n in sorted(criterion.reads) if n != "conditions"]

    def of(*tensors):
        return criterion(every | dict(zip(read, tensors, strict=True)), 0.5)

    assert torch.autograd.gradcheck(of, [every[n].requires_grad_() for n in read])


def latents(size=40, steps=2, dim=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    made = torch.randn(2, size, steps, dim, generator=generator, dtype=torch.double)
    return {"real_z": made[0], "fake_z": 0.7 * made[1] + 0.4}


def rows(made):
    return made["real_z"].flatten(1).numpy(), made["fake_z"].flatten(1).numpy()


@pytest.mark.parametrize("size", [4, 5, 41, 64])
@pytest.mark.parametrize("shift", [0.0, 50.0])
def test_mmd_is_that_of_the_scores(size, shift):
    made = {name: z + shift for name, z in latents(size).items()}
    found = LatentMmd()(made, 0.0)
    assert found.shape == (size,)
    np.testing.assert_allclose(found.numpy(), mmd(*rows(made)), rtol=1e-6, atol=1e-9)


def test_mmd_of_single_floats_is_near_that_of_double_ones():
    made = latents()
    single = {name: z.float() for name, z in made.items()}
    assert LatentMmd()(single, 0.0)[0].item() == pytest.approx(mmd(*rows(made)), abs=1e-3)


def test_mmd_of_equal_latents_is_nothing_and_has_a_finite_slope():
    made = latents()
    fake = made["real_z"].clone().requires_grad_()
    found = LatentMmd()(made | {"fake_z": fake}, 0.0)
    found.sum().backward()
    assert not found.any()
    assert fake.grad.isfinite().all()


def test_matching_compares_means_and_deviations():
    made = latents()
    real, fake = rows(made)
    wanted = ((fake.mean(0) - real.mean(0)) ** 2 + (fake.std(0) - real.std(0)) ** 2).mean()
    np.testing.assert_allclose(FeatureMatching()(made, 0.0), np.full(40, wanted))


def test_spread_is_the_median_ratio_of_deviations():
    made = latents()
    real, fake = rows(made)
    wanted = np.median(fake.std(0, ddof=1) / real.std(0, ddof=1))
    np.testing.assert_allclose(LatentSpread()(made, 0.0), np.full(40, wanted))
    collapsed = made | {"fake_z": torch.ones_like(made["fake_z"])}
    assert not LatentSpread()(collapsed, 0.0).any()


def test_a_number_that_never_varies_does_not_count_in_the_spread():
    made = latents()
    still = {name: torch.cat((z, torch.ones_like(z)), 2) for name, z in made.items()}
    assert torch.equal(LatentSpread()(still, 0.0), LatentSpread()(made, 0.0))


@pytest.mark.parametrize("criterion", [FeatureMatching(), LatentMmd()])
def test_the_gradient_of_a_population_is_the_derivative(criterion):
    made = latents(size=6)

    def of(fake):
        return criterion(made | {"fake_z": fake}, 0.0)

    assert torch.autograd.gradcheck(of, made["fake_z"].requires_grad_())


@pytest.mark.parametrize(
    ("criterion", "wanted"), [(FeatureMatching(), None), (LatentMmd(), 0.0), (LatentSpread(), 1.0)]
)
def test_a_signal_alone_does_no_harm(criterion, wanted):
    made = latents(size=1)
    made["fake_z"].requires_grad_()
    found = criterion(made, 0.0)
    assert found.isfinite().all()
    assert wanted is None or found.item() == wanted
    if found.requires_grad:
        found.sum().backward()
        assert made["fake_z"].grad.isfinite().all()


@pytest.mark.parametrize(
    ("criterion", "words"),
    [
        (LatentMmd(), "latent_mmd must have real latents that differ, and half of their pairs"),
        (LatentSpread(), "latent_spread must have real latents that vary, and none of their"),
    ],
)
def test_a_collapsed_representation_is_refused(criterion, words):
    made = latents()
    with pytest.raises(ValueError, match=words):
        criterion(made | {"real_z": torch.ones_like(made["real_z"])}, 0.0)
