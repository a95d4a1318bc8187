"""Says what is wrong with a recipe: one line an error, with its path and the nearest cure."""

import types
from collections.abc import Iterable, Sequence
from typing import Any, Union, cast, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ..core.errors import RecipeError
from ..core.names import nearest
from .models import TAG, Table, settings

_WANTED = {
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "string_type": "text",
    "none_required": "nothing",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "list_type": "a list",
    "tuple_type": "a list",
}


class JointRecipeError(RecipeError):
    """All that is wrong with a recipe, a line each.

    Args:
        problems: The errors, in the order of the recipe.
    """

    def __init__(self, problems: Sequence[RecipeError]) -> None:
        Exception.__init__(self, "\n".join(str(problem) for problem in problems))
        self.path = problems[0].path
        self.problems = tuple(problems)


def raise_all(problems: Sequence[RecipeError]) -> None:
    """Raises what there is to raise.

    Raises:
        RecipeError: If there are problems: the only one, or all of them.
    """
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise JointRecipeError(problems)


def unknown(name: object, known: Iterable[str], *, what: str = "key") -> str:
    """The complaint about a name that is not one of those known.

    Example:
        >>> unknown("widhts", ["widths", "kernel"])
        "unknown key; did you mean 'widths'?"
    """
    names = sorted(known)
    if near := nearest(str(name), names):
        return f"unknown {what}{near}"
    return f"unknown {what}; known: {', '.join(names)}" if names else f"unknown {what}"


def complaints(error: ValidationError, root: type, table: Table) -> list[RecipeError]:
    """A recipe error for each path that a validation found wrong.

    Args:
        error: What the validation found.
        root: The class that the whole tree is a call of.
        table: The kinds that it may name.
    """
    found: dict[str, list[str]] = {}
    for details in error.errors(include_url=False):
        path, owner = _walk(details["loc"], root, table)
        sentence = _sentence(details, owner, table)
        if details["type"] == "missing":
            path, _, name = path.rpartition(".")
            sentence = f"{name} must be given"
            if name.isdecimal():
                sentence = f"must have another number of entries, got {len(details['input'])}"
        if sentence not in found.setdefault(path, []):
            found[path].append(sentence)
    return [
        RecipeError(path, _joined(sentences))
        for path, sentences in found.items()
        if not (_joined(sentences).startswith("must be ") and _below(path, found))
    ]


def _below(path: str, found: Iterable[str]) -> bool:
    """Whether something inside was wrong, so that the whole was of the right type."""
    return any(other.startswith(f"{path}.") for other in found)


def _walk(loc: Sequence[int | str], root: type, table: Table) -> tuple[str, Any]:
    """The path as its writer sees it, and the class whose setting its last step is."""
    hint, owner, path = cast("Any", root), cast("Any", root), list[str]()
    for step in loc:
        owner, label = hint, step == "[key]"
        hint, named = (None, False) if label else _inside(hint, step, table)
        path += [] if named or label else [str(step)]
    return ".".join(path), owner


def _inside(hint: Any, step: int | str, table: Table) -> tuple[Any, bool]:
    """What a step leads to, and whether the step is pydantic's own and not the writer's."""
    if hint in table.transparent:
        hint = settings(hint)[table.transparent[hint]][0]
    args = [arg for arg in get_args(hint) if arg is not type(None)]
    if get_origin(hint) in (Union, types.UnionType) and len(args) > 1:
        return next((arg for arg in args if str(step).startswith(_label(arg))), None), True
    if get_origin(hint) in (Union, types.UnionType):
        return _inside(args[0], step, table)
    if hint in table.kinds:
        return table.kinds[hint].get(str(step).removeprefix(TAG)), True
    if args:
        return args[-1 if isinstance(step, str) else 0], False
    known = settings(hint) if isinstance(hint, type) else {}
    return known.get(str(step), (None,))[0], False


def _label(hint: Any) -> str:
    origin = get_origin(hint) or hint
    return "list" if origin is Sequence else getattr(origin, "__name__", "")


def _sentence(details: ErrorDetails, owner: Any, table: Table) -> str:
    kind, value = details["type"], details["input"]
    if kind == "extra_forbidden":
        return _extra(str(details["loc"][-1]), owner, table)
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        return _choice(details)
    if kind == "literal_error":
        return f"must be one of {details.get('ctx', {})['expected']}, got {value!r}"
    if kind in ("too_short", "too_long"):
        return f"must have another number of entries, got {len(value)}"
    if details["loc"][-1] == "[key]" or kind == "invalid_key":
        return f"keys must be text, got {value!r}"
    if kind in _WANTED:
        return f"must be {_WANTED[kind]}, got {_shown(value)}"
    return details["msg"]


def _extra(name: str, owner: Any, table: Table) -> str:
    role = next((r for r, kinds in table.kinds.items() if owner in kinds.values()), None)
    given = table.given.get(role, frozenset())
    names = settings(owner)
    if name in names and name in given:
        return "is known from its neighbours; leave it out"
    return unknown(name, [n for n in names if n not in given])


def _choice(details: ErrorDetails) -> str:
    value = details["input"]
    if not isinstance(value, dict):
        return f"must be a mapping with a kind, got {_shown(value)}"
    if "kind" not in value:
        return "must say its kind"
    expected = details.get("ctx", {})["expected_tags"].replace("'", "").split(", ")
    names = [name.removeprefix(TAG) for name in expected]
    return unknown(value["kind"], names, what=f"kind {value['kind']!r}")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _joined(sentences: Sequence[str]) -> str:
    """One sentence; the members of a union give several, and all say what was got."""
    heads = [sentence.rpartition(", got ")[0] for sentence in sentences]
    if len(sentences) == 1 or not all(head.startswith("must be ") for head in heads):
        return "; ".join(sentences)
    wanted = " or ".join(head.removeprefix("must be ") for head in heads)
    return f"must be {wanted}, got {sentences[0].rpartition(', got ')[2]}"
