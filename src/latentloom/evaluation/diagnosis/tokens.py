"""Illnesses of tokenizers of features."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .course import LEAST, Course, TermCourse, quarters
from .evidence import Evidence, Fit, Tokens
from .finding import Finding, Suspicion, Symptom

POOR = 0.75  # share of the variance that tokens keep of what they were trained on
STILL_LEARNS = 0.03  # fall of the error from the third quarter of the epochs to the last
HEAVY = 0.3  # share of the loss that a term beside the error may have
RULES = 0.6  # share that a penalty may have, which grows with the error of the codes itself
CONCENTRATED = 0.5  # share of the error that a twentieth of the features make
OVERLAPPING = 0.25  # mean |cosine| of the embeddings of two categories
JUDGING = 0.25  # share of the training time that validations may take
MINUTES = 2.0  # training time below which nothing is slow


def poor_reconstruction(evidence: Evidence) -> Sequence[Suspicion] | None:
    """The tokens do not tell the features, even of what they were trained on.

    Where they do and do not tell those of held-out samples, it is `over_fitting`.
    """
    fit = next((fit for fit in evidence.fits if fit.part == "representation"), None)
    if evidence.tokens is None or fit is None:
        return None
    kept = 1 - fit.train / max(fit.flat, 1e-12)
    cause, cure = _why_poor(evidence, evidence.tokens)
    finding = Finding(
        illness="poor_reconstruction",
        severity="bad",
        evidence=_told(evidence.tokens, fit, kept),
        cause=cause,
        cure=cure,
    )
    return [Suspicion((Symptom("share of the variance kept", kept, POOR, "below"),), finding)]


def _told(tokens: Tokens, fit: Fit, kept: float) -> str:
    held = 1 - fit.held / max(fit.flat, 1e-12)
    return (
        f"{tokens.bits:.0f} bits a sample keep {kept:.0%} of the variance of the features that"
        f" were trained on, and {held:.0%} of held-out ones"
    )


def _why_poor(evidence: Evidence, tokens: Tokens) -> tuple[str, str]:
    """What most likely keeps the error up, and the setting that brings it down."""
    course = evidence.course_of("representation")
    if course is None:
        return "unknown, for there is no history", "phases.0.epochs=500"
    if course.epochs < LEAST or _still_learns(course):
        cure = course.lasting(2 * course.epochs)
        return "training stopped while the error still fell", cure
    share, heavy = _heaviest(course)
    if heavy is not None and share > (RULES if heavy.role == "penalty" else HEAVY):
        lighter = float(f"{heavy.weights[-1] / 4:.1g}")
        cure = f"{course.path}.objective.{heavy.name}.weight={lighter:g}"
        return f"{heavy.name} makes {share:.0%} of the loss", cure
    worst = np.sort(tokens.errors)[::-1]
    few = max(1, len(worst) // 20)
    if worst.sum() > 0 and worst[:few].sum() > CONCENTRATED * worst.sum():
        name = tokens.names[int(np.argmax(tokens.errors))]
        cause = f"few features make most of the error, {name} most of all: outliers rule them"
        return cause, tokens.capping
    return "the codes are too few for so many features", tokens.finer


def _still_learns(course: Course) -> bool:
    *_, before, now = quarters(course.error)
    return before - now > STILL_LEARNS * before


def _heaviest(course: Course) -> tuple[float, TermCourse | None]:
    """The share of the heaviest term beside the error in the loss of the last epoch."""
    terms = [term for term in course.terms if term.role != "error"]
    shares = [float(course.share(term)[-1]) for term in terms]
    return max(zip(shares, terms, strict=True), key=lambda pair: pair[0], default=(0.0, None))


def overlapping_categories(evidence: Evidence) -> Sequence[Suspicion] | None:
    """Different categories tell the same, so that their codes are not worth their bits."""
    tokens = evidence.tokens
    if tokens is None or tokens.categories < 2:
        return None
    finding = Finding(
        illness="overlapping_categories",
        severity="bad",
        evidence=f"the embeddings of two categories have a mean |cosine| of {tokens.overlap:.2f};"
        f" {tokens.nearest} overlap most, by {tokens.most_overlap:.2f}",
        cause="nothing holds the categories apart"
        if _apart(evidence) is None
        else "what holds the categories apart is too weak",
        cure=_further_apart(evidence),
    )
    symptom = Symptom("mean |cosine| of two categories", tokens.overlap, OVERLAPPING, "above")
    return [Suspicion((symptom,), finding)]


def _apart(evidence: Evidence) -> TermCourse | None:
    course = evidence.course_of("representation")
    if course is None:
        return None
    return next((term for term in course.terms if term.name == "orthogonality"), None)


def _further_apart(evidence: Evidence) -> str:
    course, term = evidence.course_of("representation"), _apart(evidence)
    place = "phases.0.updates.0" if course is None else course.path
    if term is None or term.weights[-1] == 0:
        return f"{place}.objective.orthogonality={{criterion: orthogonality, weight: 0.1}}"
    return f"{place}.objective.orthogonality.weight={float(f'{3 * term.weights[-1]:.1g}'):g}"


def slow_training(evidence: Evidence) -> Sequence[Suspicion] | None:
    """Most of the time goes elsewhere than into learning.

    What a validation takes is told by the epochs that end with one and those that do not.
    """
    tokens, course = evidence.tokens, evidence.course_of("representation")
    if tokens is None or course is None or np.isnan(tokens.judging):
        return None
    finding = Finding(
        illness="slow_training",
        severity="unsure",
        evidence=f"validations took {tokens.judging:.0%} of the {tokens.minutes:.1f} minutes of"
        f" {course.phase}",
        cause="the validation split is judged too often for its size",
        cure=f"{course.phase_path}.validate_every={4 * tokens.validate_every}",
    )
    symptoms = (
        Symptom("share of the time that validations take", tokens.judging, JUDGING, "above"),
        Symptom("minutes of training", tokens.minutes, MINUTES, "above"),
    )
    return [Suspicion(symptoms, finding)]
