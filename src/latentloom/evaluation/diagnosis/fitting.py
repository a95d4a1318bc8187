"""Illnesses of what was learned by heart, and of what is lost when nobody helps."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .course import Course, quarters, ratio
from .evidence import Evidence, Fit
from .finding import Finding, Suspicion, Symptom

GAP = 1.5  # error on held-out over that on train records, as a root mean square
MATERIAL = 0.05  # of the signals' deviation, below which a gap does no harm
DOUBT = 0.7  # nats a code: on held-out records it is twice as much in doubt
TURNED = 1.5  # last validation over the best
HELD = 1.1  # last train error over the best, above which training itself went astray
COPIES = 0.2  # share of the generated signals that are nearer to a train signal than
NEAR = 0.5  # half of the distance that nine in ten held-out ones keep
LEAST = 20  # signals, below which distances prove nothing
LOST = 0.15  # share of the codes
KEPT = 0.75  # of the share that is hit with help
SURE = 0.75  # share of right codes over that of codes on which two draws agree
LEARNING = 0.1  # fall of the error over the last third of the epochs: it still learns
DRIFT = 0.2  # in the use of the codes late in a signal, beside that after true codes


def over_fitting(evidence: Evidence) -> Sequence[Suspicion] | None:
    """What was learned holds on train records only.

    Judged by the delivered weights, in eval mode and without augmentation, on the train and
    validation splits, which are drawn alike; and by validations that turned upwards, where
    nothing chose the weights by them.
    """
    if not evidence.fits:
        return None
    fits = [_gap(evidence, fit) for fit in evidence.fits]
    curves = [
        _turned(course, name)
        for course in evidence.courses
        if not course.select
        for name in course.scores
    ]
    return [*fits, *curves]


def _gap(evidence: Evidence, fit: Fit) -> Suspicion:
    course = evidence.course_of(fit.part)
    finding = Finding(
        illness="over_fitting",
        severity="bad",
        evidence=f"{fit.part}: {fit.held:.3g} {fit.unit} on held-out records against"
        f" {fit.train:.3g} on what it learned from; knowing nothing gets {fit.flat:.3g}",
        cause="too few records for so long a training of so large a part",
        cure=regularised(fit.part, course),
    )
    if fit.unit == "nats":
        symptoms = (
            Symptom("nats a code more when held out", fit.held - fit.train, DOUBT, "above"),
        )
        return Suspicion(symptoms, finding)
    train, held = (math.sqrt(error / max(fit.flat, 1e-12)) for error in (fit.train, fit.held))
    symptoms = (
        Symptom("error held out over error in training", held / max(train, 1e-6), GAP, "above"),
        Symptom("their difference, deviations", held - train, MATERIAL, "above"),
    )
    return Suspicion(symptoms, finding)


def regularised(part: str, course: Course | None) -> str:
    """The setting that keeps a part from learning records by heart.

    A generator stops where a third of what it was to learn was learned: what comes first is
    what records have in common. Any other part learns from noisy records.
    """
    if course is not None and part == "generator":
        began, ended = course.error[0], course.error.min()
        early = int((course.error <= began - (began - ended) / 3).argmax()) + 1
        return course.lasting(min(early, max(1, course.epochs - 1)))
    where = "phases.0" if course is None else course.phase_path
    return f"{where}.augment=[{{kind: noise, values: 0.1, drive: 0.1, condition: 0.1}}]"


def _turned(course: Course, name: str) -> Suspicion:
    curve = course.scores[name]
    known = curve[np.isfinite(curve)]
    *before, last = quarters(known)
    best = min(before)
    finding = Finding(
        illness="over_fitting",
        severity="bad",
        evidence=f"{course.phase}: validation {name} turned from {best:.3g} to {last:.3g}",
        cause="training went on after the best weights, and the last ones were kept",
        cure=f"{course.phase_path}.select={name}",
    )
    *then, now = quarters(course.error)
    symptoms = (
        Symptom("validation at the end over its best", ratio(last, best), TURNED, "above"),
        Symptom("train error at the end over its best", ratio(now, min(then)), HELD, "below"),
    )
    return Suspicion(symptoms, finding)


def memorised_samples(evidence: Evidence) -> Sequence[Suspicion] | None:
    """Generated signals are copies of train signals.

    Held-out signals say how near to a train signal a new one comes by itself. Both go
    through the same bottleneck, so that the noise which it removes does not make copies of
    everything. A copy is nearer than half of what nine in ten held-out signals keep. Where
    only some train signals were searched, as many more copies have their original elsewhere.

    References:
        The distances to training and held-out data that are compared are those of A
        Non-Parametric Test to Detect Data-Copying in Generative Models (Meehan et al., 2020),
        section 3; the rule is coarser. https://arxiv.org/abs/2004.05675
    """
    near = evidence.neighbours
    if near is None or min(len(near.made), len(near.held)) < LEAST:
        return None
    usual = float(np.quantile(near.held, 0.1))
    copies = min(1.0, float((near.made < NEAR * usual).mean()) / near.searched)
    course = evidence.course_of("generator") or evidence.course_of("base")
    finding = Finding(
        illness="memorised_samples",
        severity="bad",
        evidence=f"{copies:.0%} of {len(near.made)} generated signals are copies: their median"
        f" distance to the nearest train signal is {np.median(near.made):.3g}, that of"
        f" held-out signals {np.median(near.held):.3g}",
        cause="the generator has learned the train split by heart",
        cure=regularised(
            "base" if evidence.course_of("generator") is None else "generator", course
        ),
    )
    return [Suspicion((Symptom("share of copies", copies, COPIES, "above"),), finding)]


def exposure_bias(evidence: Evidence) -> Sequence[Suspicion] | None:
    """A generator that knows what follows true codes goes astray among its own.

    Late in a signal the codes of many free runs must be used as those of real signals are; if
    they are after true codes and are not after its own, errors have led to errors. Where a
    drive tells the signal, hits with and without help are compared too. A loss alone proves
    nothing, for true codes also tell what the drive does not. But a generator that goes its own
    way honestly is as often right as two of its draws agree; one that is astray agrees with
    itself, and is wrong.

    References:
        Scheduled Sampling for Sequence Prediction with RNNs (Bengio et al., 2015), section 1
        https://arxiv.org/abs/1506.03099
    """
    found = evidence.exposed
    if found is None:
        return None
    course = evidence.course_of("generator")
    free = "" if math.isnan(found.free) else f" and {found.free:.0%} after its own"
    finding = Finding(
        illness="exposure_bias",
        severity="bad",
        evidence=f"of held-out codes {found.forced:.0%} are hit after true codes{free}; of a draw"
        f" {found.right:.0%} are right, where two draws agree on {found.agreed:.0%}; late in a"
        f" signal its use of the codes is off by {found.helped:.0%} after true codes and by"
        f" {found.alone:.0%} after its own",
        cause="it has learned to go on from true codes, and never from its own errors",
        cure=_hardened(course),
    )
    lost = (
        Symptom("share of hits lost without help", found.forced - found.free, LOST, "above"),
        Symptom("share of hits kept", found.free / max(found.forced, 1e-9), KEPT, "below"),
        Symptom("right over agreed", found.right / max(found.agreed, 1e-9), SURE, "below"),
    )
    drift = Symptom("drift of the codes' use", found.alone - found.helped, DRIFT, "above")
    return [Suspicion(lost, finding), Suspicion((drift,), finding)]


def _hardened(course: Course | None) -> str:
    """More training while it still learns; then practice with wrong codes."""
    if course is None:
        return "phases.0.updates.0.forward_pass.replacement=0.2"
    before, now = course.error[-1 - course.epochs // 3], course.error[-1]
    if course.epochs < 3 or before - now > LEARNING * before:
        return course.lasting(4 * course.epochs)
    return f"{course.path}.forward_pass.replacement=0.2"
