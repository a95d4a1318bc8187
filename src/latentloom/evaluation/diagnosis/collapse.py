"""Gaussian latents that say nothing of their signals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .course import LEAST, Course, TermCourse
from .evidence import Evidence
from .finding import Finding, Suspicion, Symptom

BIT = math.log(2)  # nats
FEW = 0.05  # share of the latent numbers, of which fewer are active
FREE = 5.0  # nats a signal that free nats leave alone
MOST_FREE = 0.5  # nats a latent number, beyond which it is held down by hardly anything


def posterior_collapse(evidence: Evidence) -> Sequence[Suspicion] | None:
    r"""The latents say nothing, so the decoder does not listen.

    The divergence from the prior bounds what latents can tell of their signal,
    $I(x; z) \le \overline{\mathrm{KL}}$: below one bit a signal they cannot even tell two
    kinds of signal apart. A number is active if its mean has a variance above 0.01 among
    signals, a tenth of the prior's deviation. Latents that only depart from the prior, all
    in the same way, have a divergence and tell nothing.

    References:
        Importance Weighted Autoencoders (Burda et al., 2015), section 5.2, for active units
        https://arxiv.org/abs/1509.00519
        Fixing a Broken ELBO (Alemi et al., 2018), eq. 6, for the bound
        https://arxiv.org/abs/1711.00464
    """
    latents = evidence.latents
    if latents is None:
        return None
    spread = ", ".join(f"{span.name} {span.spread:.2g}" for span in evidence.spans)
    cause = "the weight of the divergence outbids what the latents are worth to the decoder"
    found = relief(evidence, cause)
    finding = Finding(
        illness="posterior_collapse",
        severity="bad",
        evidence=f"the latents carry {latents.kl_nats:.2g} nats a signal, of which"
        f" {latents.information:.2g} tell signals apart, and {latents.active:.0%} of"
        f" {latents.numbers} are active"
        + (f"; of their deviation there comes back: {spread}" if spread else ""),
        cause=found.cause,
        cure=found.cure,
        instead=found.instead,
    )
    signs = (
        Symptom("divergence, bits a signal", latents.kl_nats / BIT, 1.0, "below"),
        Symptom("information, bits a signal", latents.information / BIT, 1.0, "below"),
        Symptom("share of active latents", latents.active, FEW, "below"),
    )
    return [Suspicion((sign,), finding) for sign in signs]


def kl_term(evidence: Evidence) -> tuple[Course, TermCourse] | None:
    """The term that weighs the divergence of the latents, and where it stands."""
    course = evidence.course_of("representation")
    if course is None or evidence.latents is None:
        return None
    penalty = next((term for term in course.terms if term.role == "penalty"), None)
    return None if penalty is None else (course, penalty)


def fair_weight(course: Course, term: TermCourse, numbers: int) -> float:
    """A weight at which the divergence has a say and does not rule.

    Beside likelihoods, that at which nats of latents and of signals count alike; otherwise
    that at which a nat for each latent number costs a tenth of the error at first.

    Args:
        course: The update that trains the latents.
        term: The term of the divergence.
        numbers: How many latent numbers a signal has.
    """
    each = numbers if term.averaged else 1
    if course.likely:
        heaviest = max(t.weights.max() for t in course.terms if t.role == "likelihood")
        return float(heaviest) * each
    errors = [other.weighted.max() for other in course.terms if other.role == "error"]
    return float(f"{0.1 * float(np.sum(errors)) * each / numbers:.1g}")


class Relief(NamedTuple):
    """What holds latents down, the setting that lets them go, and what else would."""

    cause: str
    cure: str
    instead: tuple[str, ...] = ()


def relief(evidence: Evidence, cause: str) -> Relief:
    """How latents that are held down by their divergence are let go.

    A weight that is fair so far is not to blame where it still rises, or where there were
    only a few epochs: the parts have not learned yet.

    Args:
        evidence: The run.
        cause: What to say where the weight is to blame.
    """
    found = kl_term(evidence)
    assert evidence.latents is not None
    if found is None:
        return Relief(cause, "parts.representation.bottleneck.kind=free")
    course, term = found
    numbers = evidence.latents.numbers
    if too_early(course, term, numbers):
        rises = f", and the weight of {term.name} still rises" if term.rising else ""
        many = "1 epoch" if course.epochs == 1 else f"{course.epochs} epochs"
        early = f"training stopped too early to tell: after {many}{rises}"
        return Relief(early, course.longer)
    cure = f"{course.path}.objective.{term.name}.weight={_lighter(course, term, numbers)}"
    return Relief(cause, cure, _instead(course, term, numbers))


def too_early(course: Course, term: TermCourse, numbers: int) -> bool:
    """Whether the weight of a divergence has not ruled for long enough to be to blame."""
    now, fair = float(term.weights.max()), fair_weight(course, term, numbers)
    return now <= fair and (course.epochs < LEAST or (term.rising and now <= fair / 2))


def _lighter(course: Course, term: TermCourse, numbers: int) -> str:
    """A weight under which the divergence says less: a fair one, or a later one."""
    now, fair = float(term.weights.max()), fair_weight(course, term, numbers)
    if not course.likely or now <= 0:
        return f"{min(fair, 0.1 * now) or 0.1 * now:.1g}"
    if now > 1.5 * fair:
        return f"{fair:.3g}"
    if np.ptp(term.weights) == 0:
        return f"{{kind: linear, start: 0.0, end: {now:.3g}, by: 0.5}}"
    return f"{0.1 * now:.1g}"


def _instead(course: Course, term: TermCourse, numbers: int) -> tuple[str, ...]:
    """Settings that ask for more than a weight, in words."""
    made: list[str] = []
    if not course.likely:
        errors = ", ".join(other.name for other in course.terms if other.role == "error")
        made.append(
            f"the criterion likelihood for {errors}, beside which {term.name} as a sum of nats"
            " has the weight 1"
        )
    if not term.free:
        each = min(float(f"{FREE / numbers:.1g}"), MOST_FREE)
        made.append(
            f"the penalty kl_free for {term.name} with"
            f" parts.representation.bottleneck.free_nats={each:g}, which lets so many nats be"
        )
    return tuple(made)
