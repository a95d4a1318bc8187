"""What the joint loss of a TimeGAN is made of, against numbers worked out by hand and by NumPy."""

import math

import numpy as np
import pytest
import torch

from latentloom.objectives.adversarial import Logistic
from latentloom.objectives.combined import Root
from latentloom.objectives.criteria import NextLatentError, SquaredError
from latentloom.objectives.populations import Moments


def signals(size=5, steps=7, lengths=(7, 5, 3, 6, 7)):
    mask = torch.arange(steps) < torch.tensor(lengths)[:, None]
    made = torch.randn(2, size, steps, 2, dtype=torch.double)
    return {"output": 0.7 * made[0] + 0.4, "target": made[1], "mask": mask}


@pytest.mark.parametrize(("claim", "wanted"), [("real", 0.25), ("drawn", 4.0)])
def test_a_claim_costs_the_logarithm_of_its_likelihood(claim, wanted):
    """Odds of 4 to 1 for real: the claim has a likelihood of 4/5, or of 1/5."""
    scores = {"raw_score": torch.tensor([math.log(4.0), 0.0])}
    found = Logistic(of="raw", claim=claim)(scores, 0.0)
    torch.testing.assert_close(found, torch.tensor([math.log(1 + wanted), math.log(2.0)]))


def test_far_scores_cost_finite_numbers():
    scores = {"fake_score": torch.tensor([1e4, -1e4])}
    for claim in ("real", "drawn"):
        assert Logistic(claim=claim)(scores, 0.0).isfinite().all()


def test_what_is_expected_next_is_compared_where_there_is_a_next_step():
    mask = torch.tensor([[True, True], [True, False]])
    expected = torch.tensor([[[1.0], [2.0]], [[3.0], [99.0]]])
    outputs = {"next_z": expected, "true_z": torch.zeros(2, 2, 1), "z_mask": mask}
    assert NextLatentError()(outputs, 0.0).tolist() == [2.5, 9.0]


def test_moments_are_those_of_the_signals_that_reach_a_step():
    every = signals()
    made, real, mask = (every[name].numpy() for name in ("output", "target", "mask"))
    total = 0.0
    for step in range(7):
        own = mask[:, step]
        means = np.abs(made[own, step].mean(0) - real[own, step].mean(0))
        deviations = [np.sqrt(x[own, step].var(0) + 1e-6) for x in (made, real)]
        total += own.sum() * (means + np.abs(np.subtract(*deviations))).mean()
    np.testing.assert_allclose(Moments()(every, 0.0), np.full(5, total / mask.sum()))


def test_moments_do_not_ask_which_signal_is_which():
    every = signals(lengths=(7,) * 5)
    turned = every | {"output": every["output"].flip(0)}
    torch.testing.assert_close(Moments()(turned, 0.0), Moments()(every, 0.0))
    assert Moments()(every | {"output": every["target"].flip(0)}, 0.0).max() < 1e-12


def test_padding_reaches_no_moment():
    every = signals()
    other = {name: every[name].clone() for name in ("output", "target")}
    for x in other.values():
        x[~every["mask"]] = torch.nan
    assert torch.equal(Moments()(every | other, 0.0), Moments()(every, 0.0))


@pytest.mark.parametrize("criterion", [Moments(), Root(criterion=SquaredError())])
def test_the_gradient_is_the_derivative(criterion):
    every = signals()

    def of(output):
        return criterion(every | {"output": output}, 0.0)

    assert torch.autograd.gradcheck(of, every["output"].requires_grad_())


def test_a_root_of_nothing_has_a_finite_slope():
    every = signals()
    same = every | {"output": every["target"].clone().requires_grad_()}
    found = Root(criterion=SquaredError())(same, 0.0)
    found.sum().backward()
    assert found.max() < 1e-5
    assert not same["output"].grad.any()


def test_a_root_reads_what_it_is_of():
    assert Root(criterion=NextLatentError()).reads == {"next_z", "true_z", "z_mask"}
