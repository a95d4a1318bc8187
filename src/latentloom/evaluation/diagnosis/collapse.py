"""Gaussian latents that say nothing of their signals."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .course import Course, TermCourse
from .evidence import Evidence
from .finding import Finding, Suspicion, Symptom

BIT = math.log(2)  # nats
FEW = 0.05  # share of the latent numbers, of which fewer are active


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
    finding = Finding(
        illness="posterior_collapse",
        severity="bad",
        evidence=f"the latents carry {latents.kl_nats:.2g} nats a signal, of which"
        f" {latents.information:.2g} tell signals apart, and {latents.active:.0%} of"
        f" {latents.numbers} are active"
        + (f"; of their deviation there comes back: {spread}" if spread else ""),
        cause="the weight of the divergence outbids what the latents are worth to the decoder",
        cure=lighter(evidence),
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


def lighter(evidence: Evidence) -> str:
    """The setting under which the divergence weighs less: a fair weight, or a later one."""
    found = kl_term(evidence)
    assert evidence.latents is not None
    if found is None:
        return "parts.representation.bottleneck.kind=free"
    course, term = found
    path = f"{course.path}.objective.{term.name}.weight"
    now, fair = float(term.weights.max()), fair_weight(course, term, evidence.latents.numbers)
    if not course.likely or now <= 0:
        return f"{path}={min(fair, 0.1 * now) or 0.1 * now:.1g}"
    if now > 1.5 * fair:
        return f"{path}={fair:.3g}"
    if np.ptp(term.weights) == 0:
        return f"{path}={{kind: linear, start: 0.0, end: {now:.3g}, by: 0.5}}"
    return f"{path}={0.1 * now:.1g}"
