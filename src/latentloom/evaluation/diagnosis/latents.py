"""Illnesses of latents and codebooks."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .course import Course, TermCourse
from .evidence import Book, Evidence
from .finding import Finding, Suspicion, Symptom

BIT = math.log(2)  # nats
ACTIVE = 0.1  # deviation of its mean over signals above which a latent number is active
LIVE = 0.5  # share of the codes that even use would have touched, of which fewer are live
ENOUGH = 8  # uses per code, below which unused ones prove nothing


def posterior_collapse(evidence: Evidence) -> Sequence[Suspicion] | None:
    r"""The latents say nothing, so the decoder does not listen.

    The divergence from the prior bounds what latents can tell of their signal,
    $I(x; z) \le \overline{\mathrm{KL}}$: below one bit a signal they cannot even tell two
    kinds of signal apart. A number is active if its mean moves among signals by more than 0.1,
    a tenth of the prior's deviation.

    References:
        Importance Weighted Autoencoders (Burda et al., 2015), section 5.2, for active units
        https://arxiv.org/abs/1509.00519
        Fixing a Broken ELBO (Alemi et al., 2018), eq. 6, for the bound
        https://arxiv.org/abs/1711.00464
    """
    if evidence.latents is None:
        return None
    nats = float(evidence.latents.kl.sum())
    active = float((evidence.latents.deviation > ACTIVE).mean())
    finding = Finding(
        illness="posterior_collapse",
        severity="bad",
        evidence=f"the latents carry {nats:.2g} nats a signal, and {active:.0%} of them are"
        " active",
        cause="the weight of the divergence outbids what the latents are worth to the decoder",
        cure=_lighter(evidence),
    )
    return [
        Suspicion((Symptom("divergence, bits a signal", nats / BIT, 1.0, "below"),), finding),
        Suspicion((Symptom("share of active latents", active, 0.05, "below"),), finding),
    ]


def kl_term(evidence: Evidence) -> tuple[Course, TermCourse] | None:
    """The term that weighs the divergence of the latents, and where it stands."""
    course = evidence.course_of("representation")
    if course is None or evidence.latents is None:
        return None
    penalty = next((term for term in course.terms if term.role == "penalty"), None)
    return None if penalty is None else (course, penalty)


def fair_weight(course: Course, numbers: int) -> float:
    """A weight at which a nat for each latent number costs a tenth of the error at first."""
    errors = [term.weighted.max() for term in course.terms if term.role == "error"]
    weight = 0.1 * float(sum(errors)) / numbers
    return float(f"{weight:.1g}")


def _lighter(evidence: Evidence) -> str:
    found = kl_term(evidence)
    assert evidence.latents is not None
    if found is None:
        return "parts.representation.bottleneck.kind=free"
    course, term = found
    weight = min(fair_weight(course, evidence.latents.kl.size), 0.1 * float(term.weights.max()))
    return f"{course.path}.objective.{term.name}.weight={weight:.1g}"


def dead_codes(evidence: Evidence) -> Sequence[Suspicion] | None:
    r"""Most codes of a book are never used, or one is used for nearly everything.

    Of $V$ evenly used codes, $n$ uses touch a share $1 - e^{-n/V}$. Fewer than half of that is
    ill: with revival, books stay above 0.9. A perplexity below 2 carries less than a bit a code.

    References:
        Neural Discrete Representation Learning (van den Oord et al., 2017), section 3
        https://arxiv.org/abs/1711.00937
    """
    if not evidence.books:
        return None
    books = [book for book in evidence.books if book.counts.sum() >= ENOUGH * len(book.counts)]
    return [suspicion for book in books for suspicion in _of_book(book)]


def _of_book(book: Book) -> list[Suspicion]:
    size, uses = len(book.counts), int(book.counts.sum())
    kinds = size if book.reachable is None else min(size, book.reachable)
    expected = min(1 - math.exp(-uses / size), kinds / size)
    live = float((book.counts > 0).mean())
    share = book.counts[book.counts > 0] / uses
    perplexity = float(np.exp(-(share * np.log(share)).sum()))
    finding = Finding(
        illness="dead_codes",
        severity="bad",
        evidence=f"{book.name}: {live:.1%} of {size} codes are used in {uses} uses, and carry as"
        f" much as {perplexity:.3g} evenly used ones",
        cause="codes that are never nearest are never moved"
        if book.revive_below == 0
        else "the latents have fewer kinds than the book has codes",
        cure=_fuller(book, round(perplexity)),
    )
    told = [Symptom("share of live codes", live / expected, LIVE, "below")]
    even = [Symptom("perplexity of the codes", perplexity, 2.0, "below")] if kinds > 3 else []
    return [Suspicion((symptom,), finding) for symptom in (*told, *even)]


def _fuller(book: Book, kinds: int) -> str:
    if book.fuller:
        return book.fuller
    bottleneck = "parts.representation.bottleneck"
    if book.revive_below is None:
        return (
            f"{bottleneck}.levels=[5, 5]" if len(book.counts) > 25 else f"{bottleneck}.levels=[3]"
        )
    if book.revive_below < 0.1:
        return f"{bottleneck}.revive_below=0.3"
    return f"{bottleneck}.levels=[{max(2, 2 ** max(1, math.ceil(math.log2(max(kinds, 2)))))}]"
