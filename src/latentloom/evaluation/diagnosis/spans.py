"""Channels that do not come back, although Gaussian latents carry something."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ...representations.health import LatentHealth
from .collapse import BIT, FEW, Relief, kl_term, relief
from .course import Course, TermCourse
from .evidence import Evidence, Room, Span
from .finding import Finding, Suspicion, Symptom

FLAT = 0.05  # share of the variance, of which less comes back: the mean, or not much more
LIVELY = 0.6  # deviation of what is decoded over that of the data, above which it is not flat
HEARD = 0.2  # share of the variance of another span that does come back
LINEAR = 0.1  # share that a linear code brings back: there is something to learn
UNWEIGHED = 0.1  # weighted error of a span over that of the heaviest, at first
FULL = 0.9  # share of the latent numbers that are active
NATS = 1.25  # a latent number
LACKING = 0.6  # share of the variance that comes back
BEHIND = 0.25  # of the variance, that a linear code brings back and the parts do not
LOST = -0.2  # share, below which training ran away, which is another illness
IDLE = 0.5  # nats a number, below which the divergence holds latents down
DOUBLE = 0.03  # more of it that a linear code of twice as many numbers brings back


def flat_channels(evidence: Evidence) -> Sequence[Suspicion] | None:
    """A span of channels stays at its mean, while others are learned.

    Not held against a run is what cannot be learned, such as noise: there must be a cause
    that is known, a form in which one thing has many numbers or a small weight in the loss,
    or a linear code of the same size that does bring some of it back.
    """
    latents = evidence.latents
    if latents is None or len(evidence.spans) < 2:
        return None
    best = max(evidence.spans, key=lambda span: span.explained)
    carried = Symptom("information, bits a signal", latents.information / BIT, 1.0, "above")
    return [_flat(evidence, span, best, carried) for span in evidence.spans]


def _flat(evidence: Evidence, span: Span, best: Span, carried: Symptom) -> Suspicion:
    course, weight = evidence.course_of("representation"), 1.0
    own = None if course is None else _own_term(course, span)
    if course is not None and own is not None:
        weight = _say(course, own)
    found, known = _cause(evidence, span, course, own, weight)
    finding = Finding(
        illness="flat_channels",
        severity="bad",
        evidence=f"of {span.name} {max(span.explained, 0):.0%} of the variance comes back, with"
        f" {span.spread:.2g} of its deviation, while of {best.name} {best.explained:.0%} does"
        + ("" if math.isnan(span.linear) else f"; a linear code brings back {span.linear:.0%}"),
        cause=found.cause,
        cure=found.cure,
        instead=found.instead,
    )
    symptoms = (
        Symptom("deviation that comes back", span.spread, LIVELY, "below"),
        Symptom("share of a span that comes back", span.explained, FLAT, "below"),
        Symptom("share of the best span", best.explained, HEARD, "above"),
        carried,
        known,
    )
    return Suspicion(symptoms, finding)


def _cause(
    evidence: Evidence, span: Span, course: Course | None, own: TermCourse | None, weight: float
) -> tuple[Relief, Symptom]:
    """Why a span is flat, what cures it, and the symptom that shows it."""
    if course is not None and own is not None and weight < UNWEIGHED:
        fair = float(own.weights.max()) / max(weight, 1e-9)
        cause = "its error weighs too little beside the others"
        cure = f"{course.path}.objective.{own.name}.weight={fair:.1g}"
        known = Symptom("its weighted error over the heaviest", weight, UNWEIGHED, "below")
        return Relief(cause, cure), known
    if span.form:
        form = Symptom("forms in which one thing has many numbers", 1.0, 0.5, "above")
        cause = "in this form one thing has many numbers, and what jumps is not learned"
        return Relief(cause, span.form), form
    linear = Symptom("share that a linear code brings back", span.linear, LINEAR, "above")
    latents, room = evidence.latents, evidence.room
    if latents is not None and room is not None and latents.kl_mean > NATS:
        return Relief("there are too few latents for all that varies", room.setting), linear
    found = kl_term(evidence)
    if found is not None and found[1].weights.any():
        return relief(evidence, "it is worth less than the divergence that it costs"), linear
    return Relief("the parts have not learned it yet", _longer(course)), linear


def _own_term(course: Course, span: Span) -> TermCourse | None:
    return next((term for term in course.terms if term.span == span.name), None)


def _say(course: Course, own: TermCourse) -> float:
    """The weighted error of a term over that of the heaviest span, in the first epoch."""
    spans = [term for term in course.terms if term.span and term.role == own.role]
    heaviest = max(abs(float(term.weighted[0])) for term in spans)
    return abs(float(own.weighted[0])) / max(heaviest, 1e-30)


def _longer(course: Course | None) -> str:
    return "phases.0.epochs=400" if course is None else course.longer


def under_fitting(evidence: Evidence) -> Sequence[Suspicion] | None:
    """Less of the signals comes back than could.

    Either all latents are full and more of them would keep more, or a linear code of as many
    numbers, judged on records that it was not fitted to, brings back more than the parts do
    on those that they learned from: then the divergence holds the latents down, or the
    parts have not learned for long enough.
    """
    latents, room = evidence.latents, evidence.room
    if latents is None or room is None:
        return None
    found = [_crowded(latents, room)]
    flat = any(suspicion.confirmed for suspicion in flat_channels(evidence) or ())
    if flat or room.explained < LOST:
        return found
    return [*found, _behind(evidence, latents, room)]


def _crowded(latents: LatentHealth, room: Room) -> Suspicion:
    gain = room.double - room.linear
    finding = Finding(
        illness="under_fitting",
        severity="unsure",
        evidence=f"{room.explained:.0%} of the variance comes back, while {latents.active:.0%} of"
        f" {latents.numbers} latents are active and carry {latents.kl_mean:.2g} nats each",
        cause=f"there are too few latents: a linear code of twice as many keeps {gain:.0%} more",
        cure=room.setting,
    )
    symptoms = (
        Symptom("share of the variance that comes back", room.explained, LACKING, "below"),
        Symptom("share of active latents", latents.active, FULL, "above"),
        Symptom("nats a latent number", latents.kl_mean, NATS, "above"),
        Symptom("gain by twice as many", gain, DOUBLE, "above"),
    )
    return Suspicion(symptoms, finding)


def _behind(evidence: Evidence, latents: LatentHealth, room: Room) -> Suspicion:
    found = _held_back(evidence, latents)
    finding = Finding(
        illness="under_fitting",
        severity="bad",
        evidence=f"{room.explained:.0%} of the variance comes back, where a linear code of as many"
        f" numbers brings back {room.linear:.0%}; latents carry {latents.kl_mean:.2g} nats each",
        cause=found.cause,
        cure=found.cure,
        instead=found.instead,
    )
    symptoms = (
        Symptom("lead of a linear code", room.linear - room.explained, BEHIND, "above"),
        Symptom("information, bits a signal", latents.information / BIT, 1.0, "above"),
        Symptom("share of active latents", latents.active, FEW, "above"),
    )
    return Suspicion(symptoms, finding)


def _held_back(evidence: Evidence, latents: LatentHealth) -> Relief:
    """What keeps the parts behind a linear code, and the setting that lets them go."""
    found = kl_term(evidence)
    if found is not None and found[1].weights.any() and latents.kl_mean < IDLE:
        return relief(evidence, "the weight of the divergence holds the latents down")
    cause = "the parts have not learned for long enough, or are too small"
    return Relief(cause, _longer(evidence.course_of("representation")))
