"""The frame of a page: head, style, titled sections of figures."""

from __future__ import annotations

from collections.abc import Sequence

from .html import Markup, element, joined
from .style import STYLE


def page(title: str, *sections: Markup) -> str:
    """A whole page as text: no script, nothing from elsewhere."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("style", STYLE),
    )
    body = element("body", element("main", element("h1", title), *sections))
    return "<!DOCTYPE html>\n" + element("html", head, body, lang="en") + "\n"


def section(title: str, *content: Markup, note: str = "") -> Markup:
    """A titled part of the page; nothing if it is empty.

    Args:
        title: What it is about.
        content: What it shows.
        note: What to look for, for those who see such a figure for the first time.
    """
    if not any(content):
        return joined()
    said = element("p", note, class_="note") if note else joined()
    return element("section", element("h2", title), said, *content)


def panels(figures: Sequence[Markup]) -> Markup:
    """Figures beside each other where there is room, below each other where there is none."""
    if not figures:
        return joined()
    return element("div", figures, class_="panels four" if len(figures) == 4 else "panels")
