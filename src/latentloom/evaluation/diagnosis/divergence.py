"""Losses that grow without bound, and losses that only a schedule moves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from .collapse import fair_weight, kl_term
from .course import LEAST, Course, TermCourse, quarters, ratio
from .evidence import Evidence, Fit
from .finding import Finding, Suspicion, Symptom

GROWTH = 4.0  # last quarter over the lowest one: no term that settles ends there
RISING = 0.25  # growth from the third quarter to the last: it does not settle
DOUBLED = 2.0  # last quarter over the best one, for an error
HEARD = 0.02  # share of the loss, below which an error was never held down
FLAT = 1.5  # error on train records over what knowing nothing would get
HELD = 0.1  # of the weight at which nats of latents and of signals count alike
UNHELD = 0.05  # share of the loss, below which a divergence is held down by nothing
NATS = 2.0  # a number, from which posteriors are nearly points
CREEPING = 0.02  # the same growth of a divergence, which is the logarithm of a variance


def divergence(evidence: Evidence) -> Sequence[Suspicion] | None:
    r"""A term grows without bound, is no number, or the fit is worse than none.

    Beside an adversary, only the terms of the critic are looked at: its gap
    $\overline{D(x)} - \overline{D(G(z))}$ may rise and must fall again, while the level of
    its scores, which the generator's loss is made of, means nothing.

    References:
        Improved Training of Wasserstein GANs (Gulrajani et al., 2017), section 5.3: the gap
        falls as samples get better. https://arxiv.org/abs/1704.00028
    """
    if not evidence.courses:
        return None
    found = [
        suspicion
        for course in evidence.courses
        if not _beside_critic(course, evidence.courses)
        for term in course.terms
        for suspicion in _of_term(course, term)
    ]
    found += [_worse_than_flat(evidence, fit) for fit in evidence.fits]
    return found + _unheld(evidence)


def _beside_critic(course: Course, courses: Sequence[Course]) -> bool:
    same = [other for other in courses if other.phase == course.phase]
    return "critic" not in course.trains and any("critic" in other.trains for other in same)


def _of_term(course: Course, term: TermCourse) -> list[Suspicion]:
    bad = int((~np.isfinite(term.parts)).sum())
    sizes = np.abs(np.where(np.isfinite(term.parts), term.parts, np.nan))
    *before, third, last = quarters(sizes)
    least = min(*before, third)
    grown, rising = last / max(least, 1e-12), last / max(third, 1e-12) - 1
    finding = Finding(
        illness="divergence",
        severity="bad",
        evidence=f"{course.phase}: {term.name} went from {term.parts[0]:.3g} to"
        f" {term.parts[-1]:.3g}, its best quarter was {least:.3g}"
        + (f"; {bad} epochs are no number" if bad else ""),
        cause="steps are longer than the loss is smooth"
        if "critic" not in course.trains
        else "the critic is not held to bounded slopes, or runs away from the generator",
        cure=_slower(course),
    )
    suspicions = [
        Suspicion((Symptom("epochs that are no number", float(bad), 0.5, "above"),), finding)
    ]
    if course.moving or term.role == "likelihood":  # which crosses zero as it gets better
        return suspicions
    growing = (
        Symptom("last quarter over the lowest", grown, GROWTH, "above"),
        Symptom("growth in the last quarter", rising, RISING, "above"),
    )
    suspicions.append(Suspicion(growing, finding))
    if term.role == "error" and not _moves(term.weights):
        heard = float(np.median(course.share(term)[-LEAST:]))
        ended = (
            Symptom("error at the end over its best", grown, DOUBLED, "above"),
            Symptom("its share of the loss", heard, HEARD, "above"),
        )
        suspicions.append(Suspicion(ended, finding))
    return suspicions


def _slower(course: Course) -> str:
    return f"{course.path}.learning_rate={min(course.learning_rate.max() / 10, 1e-3):.1g}"


def _worse_than_flat(evidence: Evidence, fit: Fit) -> Suspicion:
    course = evidence.course_of(fit.part)
    finding = Finding(
        illness="divergence",
        severity="bad",
        evidence=f"{fit.part}: {fit.train:.3g} {fit.unit} on what it learned from, where knowing"
        f" nothing gets {fit.flat:.3g}",
        cause="training ran away, and did not come back",
        cure=_slower(course) if course is not None else f"parts.{fit.part}=null",
    )
    ratio = fit.train / max(fit.flat, 1e-12)
    return Suspicion(
        (Symptom("error over that of knowing nothing", ratio, FLAT, "above"),), finding
    )


def _unheld(evidence: Evidence) -> list[Suspicion]:
    """A divergence of latents that grows because its weight holds nothing down."""
    found = kl_term(evidence)
    if found is None or evidence.latents is None:
        return []
    course, term = found
    numbers = evidence.latents.numbers
    *_, third, last = quarters(term.parts)
    each = last if term.averaged else last / numbers
    weight = fair_weight(course, term, numbers)
    share = float(np.median(course.share(term)[-LEAST:]))
    if course.likely and term.weights.max() >= HELD * weight:
        return []  # nats against nats: the share of a sum that crosses zero says nothing
    finding = Finding(
        illness="divergence",
        severity="bad",
        evidence=f"{course.phase}: {term.name} reached {each:.2g} nats for each latent number and"
        f" still grows, and makes {share:.1%} of the loss",
        cause="its weight is too small to hold it: posteriors shrink to points, and what lies"
        " between them is never decoded",
        cure=f"{course.path}.objective.{term.name}.weight={weight:.1g}",
    )
    symptoms = (
        Symptom("nats a latent number", each, NATS, "above"),
        Symptom("growth in the last quarter", ratio(last, third) - 1, CREEPING, "above"),
        Symptom("share of the loss", share, UNHELD, "below"),
    )
    return [Suspicion(symptoms, finding)]


IDLE = 0.25  # of the epochs at the floor of the learning rate; a cosine spends 0.06 there
FLOOR = 0.01  # of the highest learning rate
FORGONE = 0.2  # fall of the loss, had it gone on at the rate of the last live epochs
MOVED = 0.2  # relative change of the loss over the phase
FROZEN = 0.02  # relative fall that the loss would have had under its last weights


def plateau_by_schedule(evidence: Evidence) -> Sequence[Suspicion] | None:
    """The score stands still because the learning rate does, or moves because a weight does."""
    courses = [course for course in evidence.courses if course.epochs >= LEAST]
    if not courses:
        return None
    found = [_idle(course) for course in courses]
    return [s for s in (*found, *(_carried(course) for course in courses)) if s is not None]


def _idle(course: Course) -> Suspicion | None:
    rate, peak = course.learning_rate, int(course.learning_rate.argmax())
    low = np.flatnonzero(rate[peak:] <= FLOOR * rate[peak])
    start = peak + int(low[0]) if len(low) else course.epochs
    curve = _judged(course)
    end = min(start, course.epochs - 1)
    half = start // 2
    rate_of_fall = float(curve[half] - curve[end]) / max(abs(curve[half]) * (end - half), 1e-12)
    idle = 1 - start / course.epochs
    forgone = rate_of_fall * (course.epochs - start)
    finding = Finding(
        illness="plateau_by_schedule",
        severity="bad",
        evidence=f"{course.phase}: the learning rate reached {rate[-1]:.2g} after {start} of"
        f" {course.epochs} epochs, while the loss fell by {rate_of_fall:.1%} an epoch",
        cause="the learning rate ended before the learning did",
        cure=f"{course.path}.learning_rate={{kind: cosine, start: {rate[peak]:.2g}, end:"
        f" {rate[peak] / 200:.2g}}}",
    )
    symptoms = (
        Symptom("share of the epochs at the floor", idle, IDLE, "above"),
        Symptom("fall of the loss forgone", forgone, FORGONE, "above"),
    )
    return Suspicion(symptoms, finding)


def _judged(course: Course) -> Float[np.ndarray, " E"]:
    """What tells whether learning goes on: a validation score if there is one."""
    names = [course.select] if course.select else list(course.scores)
    curve = course.scores[names[0]] if names else course.total_at(_last_weights(course))
    known = np.flatnonzero(np.isfinite(curve))
    if not len(known):
        return np.zeros(course.epochs)
    return np.interp(np.arange(course.epochs), known, curve[known])


def _carried(course: Course) -> Suspicion | None:
    if course.moving or not any(_moves(term.weights) for term in course.terms):
        return None
    first, *_, last = quarters(course.total)
    began, *_, ended = quarters(course.total_at(_last_weights(course)))
    moved = abs(first - last) / max(abs(first), abs(last), 1e-12)
    improved = (began - ended) / max(abs(began), 1e-12)
    mover = next(term for term in course.terms if _moves(term.weights))
    finding = Finding(
        illness="plateau_by_schedule",
        severity="unsure",
        evidence=f"{course.phase}: the loss went from {first:.3g} to {last:.3g}, but under its"
        f" last weights it would have gone from {began:.3g} to {ended:.3g}",
        cause=f"the weight of {mover.name} moves, and nothing is learned",
        cure=f"{course.path}.objective.{mover.name}.weight={mover.weights[-1]:.2g}",
    )
    symptoms = (
        Symptom("change of the loss", moved, MOVED, "above"),
        Symptom("fall under fixed weights", improved, FROZEN, "below"),
    )
    return Suspicion(symptoms, finding)


def _last_weights(course: Course) -> list[float]:
    return [float(term.weights[-1]) for term in course.terms]


def _moves(weights: Float[np.ndarray, " E"]) -> bool:
    return bool(np.ptp(weights) > 1e-9 * np.abs(weights).max())
