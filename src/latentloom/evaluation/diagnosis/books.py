"""Illnesses of codebooks."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .evidence import Book, Evidence
from .finding import Finding, Suspicion, Symptom

LIVE = 0.5  # share of the codes that even use would have touched, of which fewer are live
ENOUGH = 8  # uses per code, below which unused ones prove nothing


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
