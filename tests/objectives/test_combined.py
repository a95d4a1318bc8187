"""Criteria of spans and sums of criteria."""

import pytest
import torch

from latentloom.objectives.combined import OfSpan, Sum
from latentloom.objectives.criteria import AbsoluteError, Penalty, SquaredError
from latentloom.objectives.objective import Objective, Term
from latentloom.schedules import Constant, Linear

LAYOUT = {"xy": 2, "scale": 2, "rot": 1, "feat": 3}
WEIGHTS = {"xy": 1 / 2, "scale": 1 / 2, "rot": 1.0, "feat": 1 / 3}


def outputs():
    mask = torch.arange(6) < torch.tensor([6, 4, 1])[:, None]
    return {"output": torch.randn(3, 6, 8), "target": torch.randn(3, 6, 8), "mask": mask}


def of(name, criterion=None):
    return OfSpan(name=name, criterion=criterion or SquaredError(), layout=LAYOUT)


def by_type():
    return {
        name: Term(criterion=of(name), weight=Constant(weight)) for name, weight in WEIGHTS.items()
    }


def test_the_weighted_error_of_the_types_is_the_documented_one():
    """xy / 2 + scale / 2 + rot / 1 + feat / 3, each a mean over its own real elements."""
    every = outputs()
    error = (every["output"] - every["target"]).square()
    ends = {"xy": (0, 2), "scale": (2, 4), "rot": (4, 5), "feat": (5, 8)}
    wanted = sum(
        WEIGHTS[name] * torch.stack([error[i, every["mask"][i], a:b].mean() for i in range(3)])
        for name, (a, b) in ends.items()
    )
    loss = Objective(by_type())(every, 0.0)
    torch.testing.assert_close(loss.total, wanted.mean())
    assert set(loss.parts) == set(LAYOUT)
    torch.testing.assert_close(Sum(terms=by_type())(every, 0.0), wanted)


@pytest.mark.parametrize("name", LAYOUT)
def test_only_its_own_channels_move(name):
    every = outputs()
    every["output"].requires_grad_()
    of(name, AbsoluteError())(every, 0.0).sum().backward()
    moved = every["output"].grad[0].any(0).tolist()
    owner = [span for span, channels in LAYOUT.items() for _ in range(channels)]
    assert moved == [span == name for span in owner]


def test_a_sum_weighs_by_progress():
    terms = {
        "error": Term(criterion=SquaredError()),
        "kl": Term(criterion=Penalty(name="kl"), weight=Linear(0.0, 2.0)),
    }
    whole = Sum(terms=terms)
    assert whole.reads == {"output", "target", "mask", "kl"}
    every = outputs() | {"kl": torch.tensor([1.0, 2.0, 3.0])}
    late, early = whole(every, 1.0), whole(every, 0.0)
    torch.testing.assert_close(late - early, 2 * every["kl"])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: of("rott"), "name must be a span of the signal, got 'rott'; did you mean 'rot'"),
        (
            lambda: of("colour"),
            r"got 'colour'; the spans are \['xy', 'scale', 'rot', 'feat'\]",
        ),
        (
            lambda: of("xy", Penalty(name="kl")),
            "criterion must compare output and target, and Penalty does not",
        ),
        (lambda: Sum(terms={}), "terms must name at least one criterion, got none"),
    ],
)
def test_a_criterion_that_cannot_be_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()
