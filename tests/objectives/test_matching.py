"""The error of sets, whatever the order of their slots."""

from itertools import permutations

import pytest
import torch

from latentloom.objectives.matching import Matching

WAYS = ("assignment", "nearest")


def outputs(lengths=(5, 3, 2)):
    mask = torch.arange(5) < torch.tensor(lengths)[:, None]
    return {"output": torch.randn(3, 5, 2), "target": torch.randn(3, 5, 2), "mask": mask}


@pytest.mark.parametrize("by", WAYS)
def test_the_order_of_a_set_does_not_matter(by):
    every = outputs(lengths=(5, 5, 5))
    other = every | {"output": every["output"][:, torch.randperm(5)]}
    torch.testing.assert_close(Matching(by=by)(other, 0.0), Matching(by=by)(every, 0.0))


def test_an_assignment_is_the_best_of_all_permutations():
    every = outputs()
    made = Matching()(every, 0.0)
    for signal, length in enumerate((5, 3, 2)):
        output, target = every["output"][signal, :length], every["target"][signal, :length]
        costs = [(output - target[list(p)]).square().mean() for p in permutations(range(length))]
        torch.testing.assert_close(made[signal], torch.stack(costs).min())


def test_the_nearest_are_found_both_ways():
    """From 0 and 1 to 0 and 5: 0, 1 there; 0, 16 back."""
    every = {
        "output": torch.tensor([[[0.0], [1.0]]]),
        "target": torch.tensor([[[0.0], [5.0]]]),
        "mask": torch.ones(1, 2, dtype=torch.bool),
    }
    assert Matching(by="nearest")(every, 0.0).tolist() == [(1 / 2 + 16 / 2) / 2]
    assert Matching()(every, 0.0).tolist() == [16 / 2]


def test_every_step_is_paired_once():
    """Two steps near one target: one of them has to take the far one."""
    every = {
        "output": torch.tensor([[[0.0], [0.1]]], requires_grad=True),
        "target": torch.tensor([[[0.0], [9.0]]]),
        "mask": torch.ones(1, 2, dtype=torch.bool),
    }
    Matching()(every, 0.0).sum().backward()
    torch.testing.assert_close(every["output"].grad.flatten(), torch.tensor([0.0, 0.1 - 9.0]))


@pytest.mark.parametrize("by", WAYS)
def test_what_is_not_finite_stays_so(by):
    every = outputs()
    every["output"][0, 0, 0] = torch.nan
    made = Matching(by=by)(every, 0.0)
    assert made[0].isnan()
    assert made[1:].isfinite().all()
