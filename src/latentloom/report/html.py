"""HTML as text that cannot be broken by what it is given."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

_VOID = frozenset({"meta", "line", "path", "rect", "circle", "polyline", "wbr", "img"})


class Markup(str):
    """Text that is already HTML, and is not escaped again."""

    __slots__ = ()


def element(tag: str, *children: str | Iterable[str], **attributes: str | float | None) -> Markup:
    """An element; children and attributes that are no `Markup` are escaped.

    An attribute's trailing underscore is dropped and other underscores become hyphens, as
    in `class_` and `stroke_width`. Attributes that are None are left out.

    Example:
        >>> element("p", "1 < 2 ", element("b", "true"), class_="note")
        '<p class="note">1 &lt; 2 <b>true</b></p>'
    """
    names = {name: name.rstrip("_").replace("_", "-") for name in attributes}
    known = "".join(
        f' {names[name]}="{escape(_number(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in _VOID:
        return Markup(f"<{tag}{known}/>")
    return Markup(f"<{tag}{known}>{joined(*children)}</{tag}>")


def joined(*children: str | Iterable[str]) -> Markup:
    """Children one after the other; those that are no `Markup` are escaped."""
    return Markup("".join(_flat(children)))


def _flat(children: Iterable[str | Iterable[str]]) -> Iterable[str]:
    for child in children:
        if isinstance(child, Markup):
            yield str(child)
        elif isinstance(child, str):
            yield escape(child)
        else:
            yield from _flat(child)


def _number(value: str | float) -> str:
    """Coordinates need no more than two decimals."""
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
