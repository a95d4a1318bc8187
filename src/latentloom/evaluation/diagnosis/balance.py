"""Terms, channels and conditions that have no say, and records that have it twice."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .course import Course, TermCourse
from .evidence import Evidence, Overlap, Response
from .finding import Finding, Suspicion, Symptom

ERRORS = 0.02  # share of the loss that errors themselves must have
LEFT = 0.2  # of the error of the first epoch; with less it is learned for all its small share
SAY = 1e-3  # share of the loss below which a term has no say
LEARNED, UNLEARNED = 0.5, 0.1  # R2 of the best and of the worst channel
UNEQUAL = 100.0  # variance of the best channel over that of the worst
TOLD = 0.3  # R2 with which real signals tell what they were asked for
FOLLOWED = 0.25  # of what real signals tell


def loss_imbalance(evidence: Evidence) -> Sequence[Suspicion] | None:
    """Some of what is to be learned weighs too little to be learned.

    Either the signals' own error has no share in the loss, or a term beside it has none, or a
    channel is so small in the units of the transforms that no error notices it.
    """
    courses = [course for course in evidence.courses if len(course.terms) > 1]
    if not courses and len(evidence.channels) < 2:
        return None
    found = [suspicion for course in courses for suspicion in _shares(course)]
    return found + _channels(evidence)


def _shares(course: Course) -> list[Suspicion]:
    shares = {term.name: course.share(term) for term in course.terms}
    heaviest = max(course.terms, key=lambda term: shares[term.name][0])
    others = max(1 - float(shares[heaviest.name][0]), 1e-9)
    lighter = float(heaviest.weights[-1]) * others
    cure = f"{course.path}.objective.{heaviest.name}.weight={lighter:.1g}"
    errors = [term for term in course.terms if term.role == "error"]
    made = [_outweighed(course, heaviest, cure)] if errors else []
    for term in course.terms:
        if term.role == "penalty" or not term.weights.any():
            continue
        most = float(shares[term.name][term.weights > 0].max())
        finding = Finding(
            illness="loss_imbalance",
            severity="unsure",
            evidence=f"{course.phase}: {term.name} never makes more than {most:.2g} of the loss",
            cause=f"beside {heaviest.name} it has no say",
            cure=cure,
        )
        made.append(Suspicion((Symptom("largest share of a term", most, SAY, "below"),), finding))
    return made


def _outweighed(course: Course, heaviest: TermCourse, cure: str) -> Suspicion:
    """Whether the errors had no share in the loss, and were not learned."""
    errors = [term for term in course.terms if term.role == "error"]
    own = np.sum([course.share(term) for term in errors], axis=0)
    parts = np.sum([term.parts for term in errors], axis=0)
    quarter = max(1, course.epochs // 4)
    began, ended = (
        float(np.median(own[part])) for part in (slice(quarter), slice(-quarter, None))
    )
    left = float(np.median(parts[-quarter:]) / max(parts[0], 1e-12))
    finding = Finding(
        illness="loss_imbalance",
        severity="bad",
        evidence=f"{course.phase}: errors make {began:.2%} of the loss at first and {ended:.2%} at"
        f" last, the rest is {heaviest.name}; {left:.0%} of them is left",
        cause=f"{heaviest.name} outweighs the error that it should only help",
        cure=cure,
    )
    symptoms = (
        Symptom("share of the errors in the loss", min(began, ended), ERRORS, "below"),
        Symptom("share of the error that is left", left, LEFT, "above"),
    )
    return Suspicion(symptoms, finding)


def _channels(evidence: Evidence) -> list[Suspicion]:
    if len(evidence.channels) < 2:
        return []
    best = max(evidence.channels, key=lambda channel: channel.r2)
    worst = min(evidence.channels, key=lambda channel: channel.r2)
    unequal = best.variance / max(worst.variance, 1e-30)
    finding = Finding(
        illness="loss_imbalance",
        severity="bad",
        evidence=f"of {best.name} {best.r2:.0%} is learned, of {worst.name}"
        f" {max(worst.r2, 0):.0%}, whose variance is {unequal:.3g} times smaller",
        cause="in the units of the transforms the channels are unequal, and errors count units",
        cure="data.transforms=[{kind: standard, arrays: [series]}]",
    )
    symptoms = (
        Symptom("R2 of the best channel", best.r2, LEARNED, "above"),
        Symptom("R2 of the worst channel", worst.r2, UNLEARNED, "below"),
        Symptom("ratio of their variances", unequal, UNEQUAL, "above"),
    )
    return [Suspicion(symptoms, finding)]


def ignored_condition(evidence: Evidence) -> Sequence[Suspicion] | None:
    """What is asked for makes no difference to what is made, though real signals tell it.

    A reader learns from real train signals to tell what they belong to. One thing at a time is
    exchanged among held-out records, all else and the seed kept: the reading of what is made
    must follow. What the reader cannot tell from real signals either, such as a temperature
    without effect, is not held against the generator.
    """
    if not evidence.responses:
        return None
    return [_response(response) for response in evidence.responses]


def _response(response: Response) -> Suspicion:
    relative = response.followed / max(response.told, 1e-9)
    finding = Finding(
        illness="ignored_condition",
        severity="bad",
        evidence=f"{response.name}: real signals tell it with R2 {response.told:.2f}; when it is"
        f" exchanged, generated ones follow by {response.followed:.2f}",
        cause="the generator does not see it, or has learned to do without",
        cure=response.setting,
    )
    symptoms = (
        Symptom("R2 of the reading of real signals", response.told, TOLD, "above"),
        Symptom("share of it that is followed", relative, FOLLOWED, "below"),
    )
    return Suspicion(symptoms, finding)


def leakage(evidence: Evidence) -> Sequence[Suspicion] | None:
    """What is tested was seen in training.

    Equal records, records that are the same stretch of a series shifted, records that differ
    by less than their noise, groups on both sides, or transforms fitted on more than the train
    split.
    """
    found = evidence.overlap
    if found is None:
        return None
    return [
        _shared(found, "equal to a train record", found.equal, 0.01),
        _shared(found, "half of a train record, shifted", found.shifted, 0.01),
        _shared(found, "nearer than 1 % to a train record", found.near, 0.1),
        _shared(found, "of a group that also trains", found.grouped, 0.01),
        _fitted(found),
    ]


def _shared(overlap: Overlap, what: str, share: float, limit: float) -> Suspicion:
    grouped = not math.isnan(overlap.grouped)
    finding = Finding(
        illness="leakage",
        severity="bad",
        evidence=f"{share:.1%} of {overlap.size} test records are {what}",
        cause="the split separates records that belong together"
        + ("" if grouped else "; give them a group column, or remove the doubles"),
        cure="data.split={kind: groups, train: 0.8, validation: 0.1}",
    )
    return Suspicion((Symptom(f"share {what}", share, limit, "above"),), finding)


def _fitted(overlap: Overlap) -> Suspicion:
    finding = Finding(
        illness="leakage",
        severity="bad",
        evidence="the stored statistics of the transforms differ by up to"
        f" {overlap.statistics:.2g} from those of the train split",
        cause="they were fitted on other records than those that train",
        cure="train again: data.transforms are then fitted on the train split",
    )
    symptom = Symptom("difference of the statistics", overlap.statistics, 1e-3, "above")
    return Suspicion((symptom,), finding)
