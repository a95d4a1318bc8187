"""The rules for tokenizers of features, on numbers made up for them."""

from dataclasses import replace

import numpy as np
import pytest

from latentloom.evaluation.diagnosis import (
    Book,
    Course,
    Evidence,
    Fit,
    TermCourse,
    Tokens,
    diagnose,
)

EPOCHS = np.arange(40)
HEALTHY = Tokens(
    bits=30.0,
    categories=3,
    overlap=0.1,
    most_overlap=0.2,
    nearest="shape and size",
    names=tuple(f"shape/x{c}" for c in range(20)),
    errors=np.full(20, 0.5),
    capping="data.transforms.0.cap={kind: percentiles, low: 2.0, high: 98.0}",
    finer="parts.representation.bottleneck.levels=[{dim: 4, size: 32}]",
    minutes=10.0,
    judging=0.1,
    validate_every=5,
)


def course(error, **others):
    """A phase of a tokenizer: its error, and terms of constant size beside it."""
    terms = [TermCourse(name="squared", role="error", parts=error, weights=np.ones(40))]
    terms += [
        TermCourse(name=name, role="other", parts=np.ones(40), weights=np.full(40, weight))
        for name, weight in others.items()
    ]
    return Course(
        phase="tokenize",
        path="phases.0.updates.0",
        trains=("representation",),
        terms=tuple(terms),
        learning_rate=np.full(40, 1e-3),
    )


FLAT = 0.5 + 0 * EPOCHS
FALLS = np.linspace(1.0, 0.5, 40)


def fit(train):
    return Fit(part="representation", unit="error", train=train, held=train, flat=1.0)


def findings(error=FLAT, train=0.5, objective=None, **changes):
    evidence = Evidence(
        courses=(course(error, **(objective or {})),),
        fits=(fit(train),),
        tokens=replace(HEALTHY, **changes),
    )
    return {finding.illness: finding for finding in diagnose(evidence).findings}


@pytest.mark.parametrize(("train", "ill"), [(0.3, True), (0.2, False)])
def test_tokens_that_keep_less_than_three_quarters_of_the_variance_are_poor(train, ill):
    assert ("poor_reconstruction" in findings(train=train)) == ill


def test_what_still_falls_is_given_more_epochs():
    finding = findings(FALLS)["poor_reconstruction"]
    assert finding.cure == "phases.0.epochs=80"


def test_a_heavy_term_is_made_lighter():
    finding = findings(objective={"orthogonality": 0.4})["poor_reconstruction"]
    assert finding.cause == "orthogonality makes 44% of the loss"
    assert finding.cure == "phases.0.updates.0.objective.orthogonality.weight=0.1"


def test_few_features_with_most_of_the_error_are_capped():
    errors = np.full(20, 0.1)
    errors[3] = 8.0
    finding = findings(errors=errors)["poor_reconstruction"]
    assert "shape/x3 most of all" in finding.cause
    assert finding.cure == HEALTHY.capping


def test_otherwise_there_are_too_few_codes():
    assert findings()["poor_reconstruction"].cure == HEALTHY.finer


@pytest.mark.parametrize(
    ("objective", "cure"),
    [
        ({}, "phases.0.updates.0.objective.orthogonality={criterion: orthogonality, weight: 0.1}"),
        ({"orthogonality": 0.1}, "phases.0.updates.0.objective.orthogonality.weight=0.3"),
    ],
)
def test_categories_that_overlap_are_held_further_apart(objective, cure):
    found = findings(train=0.1, objective=objective, overlap=0.3)
    assert found["overlapping_categories"].cure == cure
    assert "shape and size overlap most" in found["overlapping_categories"].evidence


def test_categories_apart_and_a_single_one_do_not_overlap():
    assert "overlapping_categories" not in findings(overlap=0.2)
    assert "overlapping_categories" not in findings(overlap=0.9, categories=1)


def test_validations_that_take_a_third_of_a_long_training_make_it_slow():
    assert findings(train=0.1, judging=0.33)["slow_training"].cure == "phases.0.validate_every=20"
    assert "slow_training" not in findings(judging=0.2)
    assert "slow_training" not in findings(judging=0.9, minutes=1.0)
    assert "slow_training" not in findings(judging=float("nan"))


def test_a_book_of_a_category_is_filled_by_its_own_setting():
    counts = np.zeros(32, int)
    counts[:4] = 100
    cure = "phases.0.resets.every=5"
    book = Book(name="shape/0", counts=counts, revive_below=0.3, fuller=cure)
    finding = diagnose(Evidence(books=(book,))).findings[0]
    assert (finding.illness, finding.cure) == ("dead_codes", cure)


def test_a_category_of_three_values_needs_no_more_than_three_codes():
    counts = np.zeros(32, int)
    counts[:3] = 1000, 20, 20
    few = Book(name="shape/0", counts=counts, revive_below=0.3, reachable=3)
    assert diagnose(Evidence(books=(few,))).findings == ()
    assert diagnose(Evidence(books=(replace(few, reachable=32),))).findings
