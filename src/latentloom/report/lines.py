"""Verdicts as a list: a word, a sentence, and what may help."""

from __future__ import annotations

from collections.abc import Sequence

from .html import Markup, element
from .verdict import Mood, Verdict

_WORDS: dict[Mood, str] = {"good": "✓ Good.", "unsure": "? Unsure.", "bad": "✗ Beware."}


def verdict_list(found: Sequence[Verdict]) -> Markup:
    """The sentences in their order; nothing but a word and a colour says how they are meant."""
    lines = [
        element(
            "li",
            element("b", _WORDS[verdict.mood]),
            verdict.text,
            element("i", verdict.cure) if verdict.cure else "",
            class_=verdict.mood,
        )
        for verdict in found
    ]
    return element("ul", lines, class_="verdicts")
