"""The one schema of recipes, made from the constructors that a recipe calls."""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from pydantic import ValidationError

from .build import Builder
from .complaints import JointRecipeError, complaints
from .kinds import KINDS
from .models import Call, Models
from .sections import Recipe

T = TypeVar("T")


@cache
def model(root: type = Recipe) -> type[Call]:
    """The model of a whole recipe, or of another dataclass made of what recipes name."""
    return Models(KINDS).of(root)


def json_schema() -> dict[str, Any]:
    """The JSON schema of recipes, by which editors complete and check them."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return head | model().model_json_schema()


def validate(tree: Mapping[str, Any], root: type = Recipe) -> Call:
    """The settings of a recipe, or of another dataclass, every default filled in.

    Raises:
        RecipeError: If a key is unknown or missing, or a value has the wrong type; it has
            a line for each.
    """
    try:
        return model(root).model_validate(tree)
    except ValidationError as error:
        problems = complaints(error, root, KINDS)
    raise problems[0] if len(problems) == 1 else JointRecipeError(problems)


def make(root: type[T], tree: Mapping[str, Any]) -> T:
    """An object of a dataclass made of what recipes name, such as a section.

    Raises:
        RecipeError: If the tree does not fit, or the object refuses to be made.
    """
    builder = Builder()
    made = builder.make(validate(tree, root), "")
    builder.finish()
    return made


def plain(value: Any) -> Any:
    """The tree that settings are written as, in the shortest form that says everything."""
    if isinstance(value, Call):
        fields = type(value).model_fields
        entries = {
            name: plain(getattr(value, name))
            for name, field in fields.items()
            if getattr(value, name) is not None or field.default is not None
        }
        if value.constructor in _numbers():
            return next(entry for name, entry in entries.items() if name != "kind")
        return entries["kind"] if [*entries] == ["kind"] else entries
    if isinstance(value, Mapping):
        return {name: plain(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    return value


def _numbers() -> set[type]:
    """The kinds that a bare number stands for."""
    return {KINDS.kinds[role][name] for role, name in KINDS.numbers.items()}
