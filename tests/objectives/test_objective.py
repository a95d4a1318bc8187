"""Objectives: weights, parts and what they read."""

import pytest
import torch

from latentloom.objectives.criteria import AbsoluteError, CrossEntropy, Penalty, SquaredError
from latentloom.objectives.objective import Objective, Term
from latentloom.schedules import Constant, Linear


def outputs():
    return {
        "output": torch.full((2, 4, 1), 3.0, requires_grad=True),
        "target": torch.tensor([1.0, 2.0])[:, None, None].expand(2, 4, 1),
        "mask": torch.ones(2, 4, dtype=torch.bool),
        "commitment": torch.tensor([1.0, 2.0]),
    }


def objective():
    return Objective(
        {
            "squared": Term(criterion=SquaredError(), weight=Linear(0.0, 2.0)),
            "held": Term(criterion=Penalty(name="commitment"), weight=Constant(0.25)),
        }
    )


def test_total_is_the_weighted_sum_of_means():
    # Squares 4 and 1 have the mean 2.5, penalties 1 and 2 have 1.5.
    assert objective()(outputs(), 0.0).total.item() == pytest.approx(0.25 * 1.5)
    assert objective()(outputs(), 0.5).total.item() == pytest.approx(2.5 + 0.25 * 1.5)


def test_parts_are_unweighted_and_hold_no_graph():
    parts = objective()(outputs(), 0.5).parts
    assert {name: part.item() for name, part in parts.items()} == {"squared": 2.5, "held": 1.5}
    assert not any(part.requires_grad for part in parts.values())


def test_half_floats_are_summed_as_single_floats():
    given = outputs() | {"commitment": torch.tensor([1.0, 256.0], dtype=torch.bfloat16)}
    assert objective()(given, 0.0).parts["held"].item() == 128.5


def test_total_can_be_descended():
    given = outputs()
    objective()(given, 1.0).total.backward()
    assert given["output"].grad[:, 0, 0].tolist() == pytest.approx([0.5 * 2, 0.25 * 2])


def test_it_reads_what_its_criteria_read():
    both = Objective({"a": Term(criterion=AbsoluteError()), "b": Term(criterion=CrossEntropy())})
    assert both.reads == {"output", "target", "mask", "logits", "codes", "code_mask"}


def test_an_objective_without_terms_is_refused():
    with pytest.raises(ValueError, match="must have at least one term, got none"):
        Objective({})
